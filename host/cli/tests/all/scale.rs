//! Long suites: what memory they take, and how fast they run on several threads. The real binary runs suites that are
//! made here.
//!
//! `cargo test -p sortie scale:: -- --ignored --nocapture` prints the rates; no test asserts a time.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a run of the command took.
struct Took {
    wall: Duration,
    /// The greatest resident memory, in KiB.
    peak: u64,
    /// The processor's time, in ticks of the clock.
    ticks: u64,
}

/// Runs a suite, which has to pass.
fn run(suite: &Path, jobs: &str, reporter: &str) -> Took {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(["test", "--jobs", jobs, "--reporter", reporter])
        .arg(suite)
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .stdout(Stdio::null())
        .spawn()
        .expect("the command runs");
    let process = Path::new("/proc").join(child.id().to_string());
    let (mut peak, mut ticks) = (0, 0);
    loop {
        // The kernel keeps the greatest value itself, until the process ends.
        let text = fs::read_to_string(process.join("status")).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = high.unwrap_or(peak);
        let text = fs::read_to_string(process.join("stat")).unwrap_or_default();
        // Behind the name, which is in parentheses: fields 14 and 15, of user and system.
        let fields = text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().skip(11).take(2));
        ticks = fields.map_or(ticks, |fields| fields.filter_map(|field| field.parse::<u64>().ok()).sum());
        if let Some(ended) = child.try_wait().expect("the command is there") {
            assert!(ended.success(), "{ended}");
            return Took { wall: begun.elapsed(), peak, ticks };
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Suites of as many scenarios, by what is special about them.
fn suites(scenarios: usize) -> [(&'static str, String); 4] {
    let mut inside = "suite_name: s\nscenarios:\n".to_owned();
    let mut apart = inside.clone();
    let mut expectations = "expectations:\n".to_owned();
    let mut json = Vec::new();
    for n in 0..scenarios {
        let mission = format!("{{name: echo, params: {{word: hello, n: {n}}}}}");
        let expected = format!("path: outputs.echo.n, op: eq, expected: {n}");
        writeln!(inside, "- {{scenario_name: number {n}, missions: [{mission}], expect: [{{{expected}}}]}}")
            .expect("a string");
        writeln!(apart, "- {{scenario_name: number {n}, missions: [{mission}]}}").expect("a string");
        writeln!(expectations, "- {{scenario_name: number {n}, {expected}}}").expect("a string");
        json.push(format!(
            r#"{{"scenario_name":"{n}","missions":[{{"name":"echo","params":{{"n":{n}}}}}],"expect":[{{"path":"outputs.echo.n","op":"eq","expected":{n}}}]}}"#
        ));
    }
    let axis = |size: usize| (0..size).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let matrix = format!(
        "suite_name: s\nscenarios:\n- scenario_name: m\n  matrix: {{a: [{}], b: [{}]}}\n  missions: [{{name: echo, \
         params: {{n: '${{{{a}}}}', m: '${{{{b}}}}'}}}}]\n  expect: [{{path: outputs.echo.n, op: type, expected: \
         integer}}]\n",
        axis(100),
        axis(scenarios / 100)
    );
    [
        ("inside.yaml", inside),
        ("apart.yaml", apart + &expectations),
        ("matrix.yaml", matrix),
        ("inside.json", format!(r#"{{"suite_name":"s","scenarios":[{}]}}"#, json.join(","))),
    ]
}

#[test]
fn ten_thousand_scenarios_take_little_more_memory_than_a_thousand() {
    let folder = tempfile::tempdir().expect("a folder");
    let reporters = ["human", "json", "junit", "tap"];
    for (((name, thousand), (_, ten_thousand)), reporter) in
        suites(1_000).into_iter().zip(suites(10_000)).zip(reporters)
    {
        let file = folder.path().join(name);
        let peak = |text: String| {
            fs::write(&file, text).expect("the suite is written");
            run(&file, "2", reporter).peak
        };
        let (short, long) = (peak(thousand), peak(ten_thousand));
        println!("{name}, {reporter}: {short} KiB, {long} KiB: {:.2} times", ratio(long, short));
        assert!(short > 0 && long * 2 <= short * 3, "{name}: {long} KiB is more than 1.5 times {short} KiB");
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn ratio(long: u64, short: u64) -> f64 {
    long as f64 / short as f64
}

#[test]
#[ignore = "it measures and proves nothing"]
fn how_fast_a_long_suite_runs_on_several_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let [(name, text), ..] = suites(10_000);
    let file = folder.path().join(name);
    fs::write(&file, text).expect("the suite is written");
    let cores = thread::available_parallelism().expect("the number of cores").get();
    let all = cores.to_string();
    // Other work on the machine makes some runs slower and none faster: the best of several is the truest.
    let mut best = [(Duration::MAX, u64::MAX); 2];
    for round in 1..=7 {
        for (best, jobs) in best.iter_mut().zip(["1", &all]) {
            let Took { wall, ticks, .. } = run(&file, jobs, "human");
            *best = (best.0.min(wall), best.1.min(ticks));
        }
        let [one, many] = best.map(|(wall, _)| 10_000.0 / wall.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let share = many / (one * cores as f64) * 100.0;
        let work = ratio(best[1].1, best[0].1);
        println!(
            "{round}: {one:.0}/s on 1 thread, {many:.0}/s on {cores}: {share:.0} % of {cores} times that, \
             with {work:.2} times the processor's time"
        );
    }
}
