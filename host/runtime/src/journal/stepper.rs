//! A run whose events another engine keeps: it is told each as it happens, and makes them one by one.

use std::collections::BTreeMap;

use serde_json::Value;
use sortie_engine::{Decision, ExecutionContext, Next, OrchestrationResult, RunEvent};
use sortie_journal::wait::WaitRequest;
use sortie_journal::{Actor, Event, RunId, Start, Timestamp};

use super::RunError;
use super::audit::audit;
use super::beginning::Beginning;
use super::fold::{RebuiltRun, body, finished};
use super::runs::normalised;
use super::segment::asked;
use crate::draft::Draft;
use crate::error::HostError;
use crate::host::Host;
use crate::humans::Question;
use crate::nested::nesting;
use crate::session::Session;

/// A run that is driven event by event, for an engine of durable workflows that keeps the events itself. Nothing that it
/// says of the run takes a plugin, but for [`act`](Self::act): so it can be told again what happened on a machine that
/// has none of them.
///
/// ```
/// use std::collections::BTreeMap;
/// use serde_json::json;
/// use sortie_host::journal::{Stage, Stepper, SystemClock, Clock};
/// use sortie_host::{ExecutionContext, Host};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = Host::builder().first_party().build()?;
/// let mission = host.build_mission("echo", &json!({"message": "hello"}))?;
/// let context = ExecutionContext::new(json!({}))?;
/// let start = Stepper::start(mission, &context, &BTreeMap::new(), None)?;
///
/// let mut run = Stepper::new("r1".parse()?, &start)?;
/// let result = loop {
///     match run.stage()? {
///         // The engine records what the act comes to, and is told it again after a crash.
///         Stage::Act => { let event = run.act(&host)?; run.tell(SystemClock.now(), &event)?; }
///         Stage::Ask(_) => unreachable!("nobody is asked here"),
///         Stage::Done(result) => break result,
///     }
/// };
/// assert!(result.success);
/// # Ok(())
/// # }
/// ```
pub struct Stepper {
    run: RunId,
    folded: RebuiltRun,
    /// What the receipt's audit tells of.
    told: Vec<(Timestamp, Event)>,
}

/// What has to happen next to a run that is driven event by event: closed by design, as its driver has to do each.
#[derive(Debug, Clone)]
pub enum Stage {
    /// A plugin is to be called, or an answer that was at hand is to be tried: [`Stepper::act`].
    Act,
    /// A person is to be asked; the engine tells the answer, the expiry or the cancellation.
    Ask(Box<WaitRequest>),
    /// Nothing: the run has this result.
    Done(Box<OrchestrationResult>),
}

impl std::fmt::Debug for Stepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stepper").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Stepper {
    /// The first event of a run: all that another machine needs besides the plugins' files. `answers` are decisions that
    /// are at hand, by step id.
    ///
    /// # Errors
    ///
    /// It is an error if the workflow, the context or an answer is rejected.
    pub fn start(
        draft: Draft,
        context: &ExecutionContext,
        answers: &BTreeMap<String, Value>,
        by: Option<&Actor>,
    ) -> Result<Start, RunError> {
        let answers = normalised(answers)?;
        let session = draft.start(context)?;
        Ok(Beginning::of(&session, context, &answers).start(&session, by)?)
    }

    /// A run that has but begun.
    ///
    /// # Errors
    ///
    /// It is an error if this release cannot make a run of the event.
    pub fn new(run: RunId, start: &Start) -> Result<Self, RunError> {
        let folded = RebuiltRun::begun(&run, start)?;
        Ok(Self { run, folded, told: Vec::new() })
    }

    /// Tells what happened to the run, in the order in which it did.
    ///
    /// # Errors
    ///
    /// It is an error if an event cannot follow those before it.
    pub fn tell(&mut self, at: Timestamp, event: &Event) -> Result<(), RunError> {
        self.folded.apply(event).map_err(|detail| RunError::NotRebuilt { run: self.run.clone(), detail })?;
        match event {
            Event::Asked(_) | Event::Approved(_) | Event::Decided(_) | Event::Expired(_) | Event::Note(_) => {
                self.told.push((at, event.clone()));
            }
            Event::Started(_) | Event::Engine(_) | Event::Cancelled(_) | Event::Finished(_) => {}
        }
        Ok(())
    }

    /// What has to happen next. It changes nothing: asked twice, it says the same.
    ///
    /// # Errors
    ///
    /// It is an error if the question that the run asks cannot be kept.
    pub fn stage(&self) -> Result<Stage, RunError> {
        Ok(match self.folded.run.next() {
            Next::Call(_) => Stage::Act,
            Next::Ask(step) if self.folded.beginning.answers.contains_key(&step.id) => Stage::Act,
            Next::Ask(step) => Stage::Ask(Box::new(asked(&Question::of(step, &self.folded.run))?)),
            Next::Done(mut result) => {
                result.receipt.audit = audit(self.told.iter().map(|(at, event)| (*at, event)));
                Stage::Done(result)
            }
        })
    }

    /// Calls the plugin that is to be called next, or tries the answer at hand; gives what happened, and does not apply
    /// it. The plugins that the run began with have to be registered. After an error nothing has happened.
    pub fn act(&self, host: &Host) -> Result<Event, RunError> {
        let (registry, changed) = self.folded.registry(host, &self.run)?;
        if let Some(plugin) = changed.into_iter().next() {
            return Err(RunError::ChangedPlugin { run: self.run.clone(), plugin });
        }
        let run = &self.folded.run;
        let nesting = nesting(&registry, *run.limits(), 0, None);
        let event = if let Some(pending) = run.pending() {
            let plugin = registry.plugin(&pending.call().plugin.name).map_err(HostError::from)?.plugin();
            let report = plugin.call(pending.call(), &nesting).map_err(HostError::from)?;
            RunEvent::Called { outcome: report.outcome, fuel: report.fuel }
        } else {
            let at_hand = run.question().and_then(|step| self.folded.beginning.answers.get(&step.id));
            let answer = at_hand.ok_or_else(|| HostError::Bug("there is nothing to do for the run".to_owned()))?;
            Session::new(run.clone(), registry, nesting, Vec::new()).ahead(answer)?;
            RunEvent::Decided(Decision::answered(answer.clone()))
        };
        Ok(Event::Engine(body(&event)?))
    }

    /// The last event of a run with this result.
    #[must_use]
    pub fn finish(result: &OrchestrationResult) -> Event {
        Event::Finished(finished(result))
    }
}
