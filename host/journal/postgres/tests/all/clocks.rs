//! Workers whose clocks disagree by minutes: a lease counts by the database's clock, and so none is taken or lost early.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sortie_journal::{Claim, Clock, Journal, Owner, Status, SystemClock};
use sortie_journal_postgres::PostgresJournal;

use super::fixture::{finished, make, open, run, server};

const ADDRESS: &str = "SORTIE_TEST_ADDRESS";
const TTL: &str = "SORTIE_TEST_TTL";

#[test]
#[ignore = "runs as a child of the test below, by another clock"]
fn child() {
    let told = |name: &str| std::env::var(name).unwrap();
    let journal = PostgresJournal::open(&told(ADDRESS).parse().unwrap()).unwrap();
    let ttl = Duration::from_millis(told(TTL).parse().unwrap());
    let claim = journal.claim(&run("r1"), &Owner::new("elsewhere"), ttl).unwrap();
    let next = journal.claim_next(&Owner::new("elsewhere"), ttl).unwrap();
    let said = match claim {
        Claim::Granted(_) => "granted",
        Claim::Held(_) => "held",
        Claim::Idle(_) => "idle",
    };
    let next = if next.is_some() { "next" } else { "nothing" };
    let (own, of_journal) = (SystemClock.now().as_millis(), journal.clock().now().as_millis());
    println!("said {said} {next} at {own} {of_journal} so");
}

/// What a process with another clock is told when it claims, and the time by its clock and by that of the journal.
fn elsewhere(address: &str, offset: &str, ttl: Duration) -> (String, [i64; 2]) {
    let mut command = Command::new("faketime");
    command.args(["-f", offset]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "clocks::child", "--ignored", "--nocapture"]);
    command.env(ADDRESS, address).env(TTL, ttl.as_millis().to_string());
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.split("said ").nth(1).and_then(|rest| rest.split(" so").next()).unwrap_or_else(|| panic!("{text}"));
    let (said, at) = said.split_once(" at ").unwrap();
    let (own, of_journal) = at.split_once(' ').unwrap();
    (said.to_owned(), [own, of_journal].map(|time| time.parse().unwrap()))
}

fn has_faketime() -> bool {
    let found = Command::new("faketime").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    let required = std::env::var_os("SORTIE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "faketime is not installed: apt-get install faketime");
    eprintln!("not run: faketime is not installed");
    false
}

#[test]
fn a_lease_ends_by_the_clock_of_the_database_whatever_that_of_a_worker_says() {
    let (Some(server), true) = (server(), has_faketime()) else { return };
    let (address, journal) = (server.journal("sortie").unwrap().to_string(), open(&server));
    let here = Owner::new("here");
    make(&journal, "r1");
    // By the clock of the first child the lease ended long ago, by that of the second it begins minutes from now.
    assert!(matches!(journal.claim(&run("r1"), &here, Duration::from_mins(1)).unwrap(), Claim::Granted(_)));
    for (offset, minutes) in [("+10m", 10), ("-10m", -10)] {
        let (said, times) = elsewhere(&address, offset, Duration::from_mins(1));
        let [own, of_journal] = times.map(|time| (time - SystemClock.now().as_millis()) / 60_000);
        assert!((minutes - own).abs() <= 1, "its clock is {own} minutes ahead, and not {minutes}");
        assert_eq!(of_journal, 0, "what happens is recorded by the clock of the database");
        assert_eq!(said, "held nothing", "{offset}");
    }
    journal.release(&run("r1"), &here).unwrap();
    // A worker ten minutes ahead does not keep the run ten minutes longer, nor one behind for no time at all.
    for offset in ["+10m", "-10m"] {
        let ttl = Duration::from_secs(2);
        assert_eq!(elsewhere(&address, offset, ttl).0, "granted nothing", "{offset}");
        assert!(matches!(journal.claim(&run("r1"), &here, ttl).unwrap(), Claim::Held(_)), "{offset}");
        let began = Instant::now();
        while !matches!(journal.claim(&run("r1"), &here, Duration::ZERO).unwrap(), Claim::Granted(_)) {
            assert!(began.elapsed() < Duration::from_secs(20), "{offset}: the lease does not end");
            thread::sleep(Duration::from_millis(50));
        }
    }
    let claimed = journal.claim_next(&here, Duration::from_secs(5)).unwrap().unwrap();
    let done = journal.append(&claimed.run, claimed.version, SystemClock.now(), &[finished()]).unwrap();
    assert_eq!(done.status, Status::Done);
}
