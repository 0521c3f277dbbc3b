//! Runs that an engine drives: asked of the engine alone, and told as of any journal.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use sortie_host::Host;
use sortie_host::journal::{
    Actor, Bookmark, CancelOutcome, Claim, DecideOutcome, EngineError, Event, FeedEntry, Filter, Journal, JournalError,
    Launch, MemoryJournal, NewAnswer, NewRun, Owner, Position, ResumeOutcome, RunEngine, RunError, RunId, RunOrder,
    RunRecord, RunSummary, Segment, Setback, Status, SystemClock, Timestamp, Token, Version,
};
use sortie_host::{ExecutionContext, WorkflowDefinition};

use super::{answer, ask, driver, host, log, no_answers, waits, workflow};
use crate::support::context;

/// An engine in memory, with a host of its own. It counts how often it is asked why a run does not go on.
struct Engine {
    kept: MemoryJournal,
    host: Host,
    me: Owner,
    setbacks: Mutex<Vec<RunId>>,
}

impl Engine {
    fn new() -> Self {
        Self { kept: MemoryJournal::new(), host: host(), me: Owner::new("the engine"), setbacks: Mutex::default() }
    }
}

fn refusal(error: RunError) -> JournalError {
    match error {
        RunError::Journal(error) => error,
        error => {
            JournalError::Engine(EngineError { code: sortie_json::UserError::code(&error), message: error.to_string() })
        }
    }
}

/// Nobody but the engine writes.
fn never<T>() -> Result<T, JournalError> {
    panic!("only the engine drives its runs and writes their events")
}

impl RunEngine for Engine {
    fn start(&self, run: &RunId, order: &RunOrder<'_>) -> Result<Option<Vec<Token>>, JournalError> {
        let runs = self.host.runs(&self.kept, &SystemClock, &self.me);
        let runs = order.by.map_or(runs, |by| runs.on_behalf_of(by));
        let draft = match order.mission {
            Some((name, params)) => self.host.build_mission(name, params).unwrap(),
            None => self.host.draft(WorkflowDefinition::from_json(order.workflow).unwrap()),
        };
        let context =
            ExecutionContext::new(order.state.clone()).unwrap().with_metadata(order.metadata.clone()).unwrap();
        match runs.start_as(run, draft, &context, order.answers).map_err(refusal) {
            Ok(Launch::Now(started)) => Ok(Some(match started.segment {
                Segment::Asked(asked) => vec![asked.token],
                Segment::Done(_) => Vec::new(),
            })),
            Ok(Launch::Before(_)) | Err(JournalError::RunExists { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn decide(&self, answer: &NewAnswer<'_>) -> Result<DecideOutcome, JournalError> {
        let runs = self.host.runs(&self.kept, &SystemClock, &self.me);
        runs.answer(answer).map(|answered| answered.outcome).map_err(refusal)
    }

    fn cancel(&self, run: &RunId, reason: &str, actor: &Actor) -> Result<CancelOutcome, JournalError> {
        self.host.runs(&self.kept, &SystemClock, &self.me).cancel(run, reason, actor).map_err(refusal)
    }

    fn setback(&self, run: &RunId) -> Result<Option<Setback>, JournalError> {
        self.setbacks.lock().unwrap().push(run.clone());
        let (code, reason) = ("plugin_missing".to_owned(), "it is not there".to_owned());
        Ok(Some(Setback { code, reason, attempts: 3, retry_at: None }))
    }
}

impl Journal for Engine {
    fn engine(&self) -> Option<&dyn RunEngine> {
        Some(self)
    }
    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.kept.read(run)
    }
    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.kept.list(filter)
    }
    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.kept.changes(after, limit)
    }
    fn position(&self) -> Result<Position, JournalError> {
        self.kept.position()
    }
    fn create(&self, _: &NewRun) -> Result<RunSummary, JournalError> {
        never()
    }
    fn restore(&self, _: &RunRecord) -> Result<RunSummary, JournalError> {
        never()
    }
    fn append(&self, _: &RunId, _: Version, _: Timestamp, _: &[Event]) -> Result<RunSummary, JournalError> {
        never()
    }
    fn claim(&self, _: &RunId, _: &Owner, _: Duration) -> Result<Claim, JournalError> {
        never()
    }
    fn claim_next(&self, _: &Owner, _: Duration) -> Result<Option<RunSummary>, JournalError> {
        never()
    }
    fn release(&self, _: &RunId, _: &Owner) -> Result<(), JournalError> {
        never()
    }
    fn set_back(&self, _: &RunId, _: &Owner, _: &Setback) -> Result<(), JournalError> {
        never()
    }
    fn retry(&self, _: &RunId) -> Result<(), JournalError> {
        never()
    }
    fn hold_bookmark(&self, _: &str, _: &Owner, _: Duration) -> Result<Bookmark, JournalError> {
        never()
    }
    fn move_bookmark(&self, _: &str, _: &Owner, _: Position) -> Result<bool, JournalError> {
        never()
    }
    fn prune(&self, _: Timestamp) -> Result<usize, JournalError> {
        never()
    }
}

#[test]
fn a_run_on_an_engine_has_the_result_the_codes_and_the_token_of_one_in_a_journal() {
    let (host, engine, ann, owner) = (host(), Engine::new(), Actor::new("ann"), driver());
    let cem = Actor::new("cem");
    let runs = host.runs(&engine, &SystemClock, &owner).on_behalf_of(&cem);
    let steps = [ask("ship", json!({"choices": [1, 2]})), log("end")];
    let start =
        |run: &RunId| runs.start_as(run, host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers());
    let run: RunId = "here".parse().unwrap();
    let Launch::Now(started) = start(&run).unwrap() else { panic!("it is new") };
    let Segment::Asked(asked) = started.segment else { panic!("it asks") };
    assert!(asked.waiting.summary.wait.as_ref().is_some_and(|wait| wait.token_hash.fits(&asked.token)));
    assert_eq!(asked.waiting.summary.started_by.as_ref(), Some(&cem));
    assert!(matches!(start(&run).unwrap(), Launch::Before(_)));

    // An answer is judged here first: what is refused never comes to the engine.
    let code = |value: u32| runs.decide(&answer(&run, "ship", &json!(value), &ann)).map_err(|error| error.code());
    assert_eq!(code(3), Err("schema_mismatch"));
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Waits(_)));
    let expected = runs.waiting(&run).unwrap().unwrap().preview(&json!(1)).unwrap();
    let answered = runs.answer(&answer(&run, "ship", &json!(1), &ann)).unwrap();
    assert_eq!((answered.outcome.code(), answered.followed.is_none()), ("decided", true));
    assert_eq!(code(1).unwrap().code(), "already_decided");
    assert_eq!(code(2), Err("conflict"));
    let ResumeOutcome::HadEnded(ended) = runs.resume(&run).unwrap() else { panic!("the engine drove it") };
    let sortie_host::Outlook::Ends(previewed) = expected.outlook else { panic!() };
    assert_eq!(ended.result.receipt.result_hash, previewed.receipt.result_hash);

    let other = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    assert_eq!(runs.cancel(&other, "no longer", &ann).unwrap().code(), "cancelled");
    assert_eq!(runs.cancel(&other, "again", &ann).unwrap().code(), "already_cancelled");
    // There is nothing for a worker to do.
    assert_eq!((runs.claim_next().unwrap(), runs.expire_next().unwrap(), runs.free().unwrap()), (None, None, 0));
    assert_eq!(*engine.setbacks.lock().unwrap(), [] as [RunId; 0], "nobody asked why a run does not go on");
}

#[test]
fn why_a_run_does_not_go_on_is_asked_where_it_is_shown() {
    let (host, engine, ann, owner) = (host(), Engine::new(), Actor::new("ann"), driver());
    let runs = host.runs(&engine, &SystemClock, &owner);
    let steps = [ask("ship", json!({"choices": [1, 2]})), log("end")];
    let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({"log": []})), &no_answers()).unwrap());
    // The engine has taken the answer, and does not come on.
    engine.host.runs(&engine.kept, &SystemClock, &engine.me).decide(&answer(&run, "ship", &json!(1), &ann)).unwrap();
    assert!(matches!(runs.resume(&run).unwrap(), ResumeOutcome::Held(_)));
    assert_eq!(*engine.setbacks.lock().unwrap(), [] as [RunId; 0]);
    let shown = runs.inbox().show(&run).unwrap();
    assert_eq!(shown.record.summary.status, Status::Decided);
    assert_eq!(shown.record.summary.setback.map(|setback| setback.code).as_deref(), Some("plugin_missing"));
    assert_eq!(*engine.setbacks.lock().unwrap(), [run]);
}
