//! Runs a suite of equal scenarios, each a mission of two calls: `cargo bench --profile profiling --features measure --bench
//! suites -- 10000 1`, with so many scenarios on so many threads, for a profiler that looks on; without them, 2,000 on one.
//! With `whole` behind them, results are made whole and kept. It prints how many were run in a second, loading left out, and
//! what one took to the least time of F, one fresh call of `noop` on bare wasmtime.

#![allow(missing_docs)]
#![allow(dead_code, reason = "what is measured is shared with the table, which needs more of it")]

#[path = "../missions/bare.rs"]
mod bare;

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{fs, io};

use serde_json::json;
use sortie_host::{CacheDir, SandboxConfig};
use sortie_runner::{Options, Retention, TestPlan, TestVerdict, prepare, reporters};
use sortie_sandbox::Sandbox;

use bare::Bare;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often the suite is run: the least time counts.
const RUNS: usize = 20;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (scenarios, jobs, keep) = match arguments.as_slice() {
        [] => ("2000", "1", Retention::Nothing),
        [scenarios, jobs] => (scenarios.as_str(), jobs.as_str(), Retention::Nothing),
        [scenarios, jobs, whole] if whole == "whole" => (scenarios.as_str(), jobs.as_str(), Retention::Results),
        _ => return Err("say how many scenarios there are, and how many threads; and `whole`, to keep results".into()),
    };
    let (scenarios, jobs) = (scenarios.parse::<u32>()?, jobs.parse::<NonZeroUsize>()?);
    let mut options = Options::of(Vec::<PathBuf>::new());
    options.text = Some(("suite.json".to_owned(), suite(scenarios)));
    options.jobs = jobs;
    options.keep = keep;
    let plan = prepare(&options, &|builder| builder.first_party().cache(CacheDir::from_environment()).build())?;
    let mut time = Duration::MAX;
    for _ in 0..RUNS {
        let begun = (Instant::now(), on_processor());
        if run(&plan)? != TestVerdict::Passed {
            return Err("a scenario failed".into());
        }
        // What this thread alone did on the processor holds on a busy machine too.
        time = time.min(match (jobs.get(), begun.1, on_processor()) {
            (1, Some(begun), Some(ended)) => ended.saturating_sub(begun),
            _ => begun.0.elapsed(),
        });
    }
    let (core, nothing) = (Bare::of(&Sandbox::new(SandboxConfig::default())?, "core")?, json!({}));
    let mut floor = Duration::MAX;
    for _ in 0..1000 {
        let begun = Instant::now();
        black_box(core.execute("noop", &nothing, &nothing)?);
        floor = floor.min(begun.elapsed());
    }
    let each = time.as_secs_f64() / f64::from(scenarios);
    println!("{:.0} scenarios/s on {jobs} threads\teach {:.2} F of {floor:?}", 1.0 / each, each / floor.as_secs_f64());
    Ok(())
}

/// The time that this thread has been on a processor, where the system tells it.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// A function of its own, so that a profiler can be told of it.
#[inline(never)]
fn run(plan: &TestPlan<'_>) -> Outcome<TestVerdict> {
    Ok(plan.run(vec![Box::new(reporters::HumanReporter::new(io::sink()))])?)
}

/// Scenarios with the expectations that a tester writes first.
fn suite(scenarios: u32) -> Vec<u8> {
    let scenario = |number: u32| {
        let message = format!("message {number}");
        json!({
            "scenario_name": format!("scenario-{number}"),
            "missions": [{"name": "echo", "params": {"message": message}}],
            "expect": [{"path": "outputs.echo.message", "op": "eq", "expected": message}],
        })
    };
    let scenarios: Vec<_> = (0..scenarios).map(scenario).collect();
    json!({"suite_name": "equal scenarios", "scenarios": scenarios}).to_string().into_bytes()
}
