//! A day by a clock that the test sets: what the server does at its time, and no sooner.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_host::journal::{Clock, RunId, Timestamp};
use sortie_server::Listener;
use sortie_worker::{Message, Receiver};

use crate::site::Site;

/// Minutes that the test counts, from 2026-01-01T00:00:00Z on.
#[derive(Default)]
struct Hand(AtomicU64);

impl Hand {
    fn set(&self, minutes: u64) {
        self.0.store(minutes, Ordering::SeqCst);
    }

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000).unwrap().plus(Duration::from_mins(minutes))
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Self::at(self.0.load(Ordering::SeqCst))
    }
}

/// Keeps what it is told of, but for the time between these minutes.
struct Mailbox {
    hand: Arc<Hand>,
    is_away: std::ops::Range<u64>,
    told: Mutex<Vec<(String, String, Timestamp)>>,
}

impl Receiver for Mailbox {
    fn deliver(&self, message: &Message) -> Result<(), String> {
        if self.is_away.contains(&self.hand.0.load(Ordering::SeqCst)) {
            return Err("nobody is here".to_owned());
        }
        let run = message.body["data"]["run"].as_str().unwrap_or_default().to_owned();
        self.told.lock().unwrap().push((run, message.kind.to_owned(), message.at));
        Ok(())
    }
}

/// Waits until that is so, for as long as a machine with much to do may take.
fn until(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(5);
    while !so() {
        assert!(Instant::now() < end, "it does not come to be: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn asking(site: &Site, more: Value) -> RunId {
    let mut payload = json!({"description": "Ship it?", "choices": ["ship", "hold"]});
    payload.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    site.run(&json!([
        {"id": "ask", "kind": "human", "payload": payload},
        {"id": "end", "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": "end"}},
    ]))
}

#[test]
fn sessions_waits_and_messages_keep_to_the_clock_of_the_server() {
    let hand = Arc::new(Hand::default());
    // Nobody hears of anything from the ninth hour to the fifteenth.
    let mailbox = Arc::new(Mailbox { hand: Arc::clone(&hand), is_away: 9 * 60..15 * 60, told: Mutex::default() });
    let receiver = Arc::clone(&mailbox) as Arc<dyn Receiver>;
    let listener = Listener { name: "mail".to_owned(), receiver, lead: Some(Duration::from_hours(1)) };
    let site = Site::by_clock(Arc::clone(&hand) as Arc<dyn Clock>, |settings| settings.listeners = vec![listener]);
    let told = |run: &RunId, kind: &str| {
        let run = run.to_string();
        mailbox.told.lock().unwrap().iter().filter(|(of, what, _)| *of == run && what == kind).count()
    };
    // A receiver is told of what happens from its first look on: until then runs begin that nobody is told of.
    until("the receiver is told", || {
        let run = asking(&site, json!({}));
        thread::sleep(Duration::from_millis(100));
        told(&run, "run.waiting") > 0
    });
    let early = site.browser("decide");
    let default = json!({"expires": "8h", "on_expiry": "default", "default": "hold"});
    let (defaults, fails, waits) =
        (asking(&site, default), asking(&site, json!({"expires": "10h"})), asking(&site, json!({"expires": "2d"})));
    let late = Mutex::new(None);
    for minutes in (0..=24 * 60).step_by(30) {
        hand.set(minutes);
        // Somebody else signs in at six.
        if minutes == 6 * 60 {
            *late.lock().unwrap() = Some(site.browser("ann"));
        }
        let hours = |hours: u64| minutes >= hours * 60;
        until("the first run takes its default in time", || hours(8) == (site.status(&defaults) == "done"));
        until("the second run fails in time", || hours(10) == (site.status(&fails) == "failed"));
        assert_eq!(site.status(&waits), "waiting");
        assert_eq!(early.get("/").status == 200, !hours(12), "the first session after {minutes} minutes");
        if let Some(late) = &*late.lock().unwrap() {
            assert_eq!(late.get("/").status == 200, !hours(18), "the second session after {minutes} minutes");
        }
        until("who listens is told that a deadline is near", || told(&defaults, "run.due") == usize::from(hours(7)));
        until("who listens is told what became of the first run", || {
            told(&defaults, "run.done") == usize::from(hours(8))
        });
        // What happened meanwhile is told when somebody is there again, which is tried at the latest after an hour.
        let heard = told(&fails, "run.failed");
        assert!(heard == 0 || hours(15), "{heard} after {minutes} minutes");
        if hours(17) {
            until("who comes back is told of what they missed", || told(&fails, "run.failed") == 1);
        }
    }
    let page = site.browser("decide").get(&format!("/runs/{waits}")).body;
    assert!(page.contains("datetime=\"2026-01-03T00:00:00.000Z\""), "{page}");
    let told = mailbox.told.lock().unwrap();
    let of = |run: &RunId| -> Vec<(&str, Timestamp)> {
        let run = run.to_string();
        told.iter().filter(|(of, ..)| *of == run).map(|(_, kind, at)| (kind.as_str(), *at)).collect()
    };
    let kinds = |run: &RunId| of(run).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(&defaults), ["run.waiting", "run.due", "run.expired", "run.done"]);
    assert_eq!(of(&defaults).last(), Some(&("run.done", Hand::at(8 * 60))));
    assert_eq!(kinds(&waits), ["run.waiting"]);
    let failed = of(&fails);
    assert_eq!(failed.last(), Some(&("run.failed", Hand::at(10 * 60))), "{failed:?}");
}
