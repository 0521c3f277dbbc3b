//! Notifications: at least once, in order, with patience.

use std::cell::RefCell;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use sortie_host::journal::{Clock, Driver, Owner};
use sortie_worker::{Delivery, Message, Notifier, Patience, Receiver, Stop};

use super::{Desk, drain};

/// A receiver that takes messages while it is told to.
#[derive(Default)]
struct Letterbox {
    closed: Mutex<bool>,
    messages: Mutex<Vec<Message>>,
}

impl Receiver for Letterbox {
    fn deliver(&self, message: &Message) -> Result<(), String> {
        if *self.closed.lock().unwrap() {
            return Err("closed".to_owned());
        }
        self.messages.lock().unwrap().push(message.clone());
        Ok(())
    }
}

impl Letterbox {
    fn close(&self, closed: bool) {
        *self.closed.lock().unwrap() = closed;
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.messages.lock().unwrap().iter().map(|message| message.kind).collect()
    }
}

fn notified(notifier: &Notifier<'_>) -> Vec<&'static str> {
    let told = RefCell::new(Vec::new());
    notifier
        .notify(&|notified| {
            told.borrow_mut().push(match notified {
                Delivery::Delivered(_) => "delivered",
                Delivery::Failed { .. } => "failed",
                Delivery::Dropped { .. } => "dropped",
                _ => "other",
            });
        })
        .unwrap();
    told.into_inner()
}

#[test]
fn what_happens_is_told_in_order_from_the_first_time_on_and_no_secret_with_it() {
    let (desk, receiver) = (Desk::new(), Letterbox::default());
    desk.start(json!({}));
    let notifier = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver);
    assert_eq!(notified(&notifier), [""; 0], "what happened before is not told");
    let run = desk.start(json!({"description": "Go on?", "assignees": ["ann"], "expires": "1h"}));
    desk.decide(&run);
    drain(&desk.worker());
    assert_eq!(notified(&notifier), ["delivered"; 3]);
    assert_eq!(notified(&notifier), [""; 0], "once");
    assert_eq!(receiver.kinds(), ["run.waiting", "run.decided", "run.done"]);
    let messages = receiver.messages.lock().unwrap();
    let first = &messages[0];
    assert_eq!(first.body["type"], json!("run.waiting"));
    assert_eq!(first.body["data"]["assignees"], json!(["ann"]));
    assert_eq!(first.id, format!("{run}.2"));
    assert!(messages.iter().all(|message| !message.body.to_string().contains("token")));
}

#[test]
fn a_receiver_that_is_away_gets_all_of_it_later_and_one_that_stays_away_holds_nothing_up_for_ever() {
    let (desk, receiver) = (Desk::new(), Letterbox::default());
    let patience = Patience { attempts: 3, ..Patience::default() };
    let notifier = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver).with_patience(patience);
    notified(&notifier);
    desk.start(json!({}));
    receiver.close(true);
    assert_eq!(notified(&notifier), ["failed"]);
    assert_eq!(notified(&notifier), [""; 0], "not before its time");
    desk.clock.forward(Duration::from_secs(5));
    receiver.close(false);
    assert_eq!(notified(&notifier), ["delivered"]);

    desk.start(json!({}));
    receiver.close(true);
    for (told, seconds) in [("failed", 5), ("failed", 10), ("dropped", 0)] {
        assert_eq!(notified(&notifier), [told]);
        desk.clock.forward(Duration::from_secs(seconds));
    }
    receiver.close(false);
    desk.start(json!({}));
    assert_eq!(notified(&notifier), ["delivered"]);
}

#[test]
fn one_process_at_a_time_tells_a_receiver_and_the_next_goes_on_where_it_was() {
    let (desk, receiver, other) = (Desk::new(), Letterbox::default(), Owner::new("worker 2"));
    let one = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver);
    let two = Notifier::new(&desk.journal, &*desk.clock, &other, "box", &receiver);
    notified(&one);
    desk.start(json!({}));
    assert_eq!(notified(&two), [""; 0], "the first has it");
    assert_eq!(notified(&one), ["delivered"]);
    desk.start(json!({}));
    desk.clock.forward(Duration::from_mins(10));
    assert_eq!(notified(&two), ["delivered"], "its time is over");
    assert_eq!(receiver.kinds(), ["run.waiting"; 2]);
}

/// A driver that knows which other is gone.
struct Successor {
    owner: Owner,
    gone: Owner,
}

impl Driver for Successor {
    fn owner(&self) -> &Owner {
        &self.owner
    }

    fn is_gone(&self, other: &Owner) -> bool {
        *other == self.gone
    }
}

#[test]
fn who_follows_a_process_that_is_gone_tells_at_once_what_it_did_not_and_nothing_twice() {
    let (desk, receiver) = (Desk::new(), Letterbox::default());
    let next = Successor { owner: Owner::new("worker 2"), gone: desk.driver.clone() };
    let one = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver);
    notified(&one);
    let first = desk.start(json!({}));
    assert_eq!(notified(&one), ["delivered"]);
    let second = desk.start(json!({}));

    // No time passes: the lease of the first stands.
    let two = Notifier::new(&desk.journal, &*desk.clock, &next, "box", &receiver);
    assert_eq!(notified(&two), ["delivered"]);
    let third = desk.start(json!({}));
    assert_eq!(notified(&one), [""; 0], "the second has it now");
    assert_eq!(notified(&two), ["delivered"]);
    let ids: Vec<String> = receiver.messages.lock().unwrap().iter().map(|message| message.id.clone()).collect();
    assert_eq!(ids, [first, second, third].map(|run| format!("{run}.2")));
}

#[test]
fn who_is_told_to_stop_leaves_the_receiver_to_the_next() {
    let (desk, receiver, other) = (Desk::new(), Letterbox::default(), Owner::new("worker 2"));
    let one = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver);
    notified(&one);
    desk.start(json!({}));
    let stop = Stop::new();
    stop.stop();
    one.run(&stop, &|_| ());
    let two = Notifier::new(&desk.journal, &*desk.clock, &other, "box", &receiver);
    assert_eq!(notified(&two), ["delivered"]);
}

#[test]
fn a_deadline_that_comes_near_is_told_once() {
    let (desk, receiver) = (Desk::new(), Letterbox::default());
    let notifier = Notifier::new(&desk.journal, &*desk.clock, &desk.driver, "box", &receiver);
    let notifier = notifier.before_deadlines(Duration::from_hours(1));
    notified(&notifier);
    desk.start(json!({"expires": "3h"}));
    notified(&notifier);
    for _ in 0..12 {
        desk.clock.forward(Duration::from_mins(10));
        notified(&notifier);
    }
    assert_eq!(receiver.kinds(), ["run.waiting", "run.due"]);
    let deadline = desk.clock.now().plus(Duration::from_hours(1));
    assert_eq!(receiver.messages.lock().unwrap()[1].body["data"]["deadline"], json!(deadline));
}

#[cfg(unix)]
#[test]
fn a_program_gets_the_message_on_its_standard_input_and_its_exit_tells_whether_it_has_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("receive");
    let write = |text: &str| {
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    };
    write(&format!("#!/bin/sh\necho \"$SORTIE_EVENT\" > {0}/kind\ncat > {0}/body\n", folder.path().display()));
    let at = Desk::new().clock.now();
    let message = Message { id: "r1.2".to_owned(), kind: "run.waiting", at, body: json!({"type": "run.waiting"}) };
    let program = sortie_worker::Program::new(&script);
    program.deliver(&message).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!((read("kind").as_str(), read("body").as_str()), ("run.waiting\n", "{\"type\":\"run.waiting\"}\n"));
    write("#!/bin/sh\nexit 3\n");
    assert!(program.deliver(&message).unwrap_err().contains('3'));
    assert!(sortie_worker::Program::new(folder.path().join("missing")).deliver(&message).is_err());
}

/// Takes one request and answers with a status; gives the request.
fn server(status: u16) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut bytes) = (String::new(), [0; 4096]);
        while !request.contains("run.waiting") {
            let count = stream.read(&mut bytes).unwrap();
            request.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        let answer = format!("HTTP/1.1 {status} -\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        request
    });
    (url, thread)
}

#[test]
fn a_webhook_is_posted_with_id_time_and_signature_and_has_the_message_once_it_says_so() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let at = Desk::new().clock.now();
    let message = Message { id: "r1.2".to_owned(), kind: "run.waiting", at, body: json!({"type": "run.waiting"}) };
    for (status, is_delivered) in [(204, true), (500, false), (302, false)] {
        let (url, server) = server(status);
        let delivered = sortie_worker::Webhook::new(&url, secret.parse().unwrap()).deliver(&message);
        assert_eq!(delivered.is_ok(), is_delivered, "{status}: {delivered:?}");
        let request = server.join().unwrap();
        let header = |name: &str| {
            let line = request.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")));
            line.unwrap_or_else(|| panic!("no {name}: {request}"))[name.len() + 2..].to_owned()
        };
        let (id, seconds) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
        assert_eq!(id, "r1.2");
        let secret: sortie_worker::Secret = secret.parse().unwrap();
        assert_eq!(header("webhook-signature"), secret.sign(&id, seconds, r#"{"type":"run.waiting"}"#));
    }
    // Nobody is there.
    let gone = sortie_worker::Webhook::new("http://127.0.0.1:1/", secret.parse().unwrap());
    assert!(gone.deliver(&message).is_err());
}

/// Long enough for what comes at once, on a machine that has much to do.
const ENOUGH: Duration = Duration::from_mins(2);
const TOO_LITTLE: Duration = Duration::from_millis(200);

#[cfg(unix)]
#[test]
fn a_program_that_takes_longer_than_it_may_is_ended_also_where_it_does_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("receive");
    let at = Desk::new().clock.now();
    // More than a pipe holds.
    let body = json!({"data": "x".repeat(1 << 20)});
    let message = Message { id: "r1.2".to_owned(), kind: "run.waiting", at, body };
    let deliver = |text: &str, patience: Duration| {
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        sortie_worker::Program::new(&script).within(patience).deliver(&message)
    };
    assert_eq!(deliver("#!/bin/sh\nsleep 0.1\n", ENOUGH), Ok(()));
    let late = "the program took longer than 200ms".to_owned();
    assert_eq!(deliver("#!/bin/sh\nexec sleep 600\n", TOO_LITTLE), Err(late));
}

#[test]
fn a_webhook_that_takes_longer_to_answer_than_it_may_is_not_waited_for() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (answer, wait) = std::sync::mpsc::channel::<()>();
    // The first request is answered at once, the second when nobody waits for it any more.
    let server = std::thread::spawn(move || {
        for is_late in [false, true] {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut bytes) = (String::new(), [0; 4096]);
            while !request.contains("run.waiting") {
                let count = stream.read(&mut bytes).unwrap();
                request.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            if is_late {
                wait.recv().unwrap();
            }
            let _ = stream.write_all(b"HTTP/1.1 204 -\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let at = Desk::new().clock.now();
    let message = Message { id: "r1.2".to_owned(), kind: "run.waiting", at, body: json!({"type": "run.waiting"}) };
    let webhook = sortie_worker::Webhook::new(&url, secret.parse().unwrap());
    assert_eq!(webhook.clone().within(ENOUGH).deliver(&message), Ok(()));
    assert!(webhook.within(TOO_LITTLE).deliver(&message).is_err());
    answer.send(()).unwrap();
    server.join().unwrap();
}
