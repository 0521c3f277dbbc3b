//! What running missions costs: ratios, each against a named baseline, measured in turns in one run.
//!
//! ```sh
//! cargo run --release -p sortie-host --example figures
//! ```
//!
//! Each figure is the median of many turns, and in each turn both sides are measured. On a machine that does other
//! things too the ratios move; the times besides are only there to give an idea.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_host::{Allocation, Backend, CacheDir, ExecutionContext, Host, SandboxConfig, WorkflowDefinition};

const TURNS: usize = 15;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    println!("{:<58} {:>10} {:>10} {:>7}", "", "BASELINE", "MEASURED", "RATIO");
    let pooled = host(SandboxConfig::default())?;
    let on_demand = host(SandboxConfig { allocation: Allocation::OnDemand, ..SandboxConfig::default() })?;
    let pulley = host(SandboxConfig { backend: Backend::Pulley, ..SandboxConfig::default() })?;
    let empty = ExecutionContext::new(json!({}))?;
    let (one, five) = (noops(1)?, noops(5)?);

    figure(
        "a mission of one step: pooled / on demand",
        || missions(&on_demand, &one, &empty),
        || missions(&pooled, &one, &empty),
    )?;
    figure(
        "a mission of one step: interpreted / compiled",
        || missions(&pooled, &one, &empty),
        || missions(&pulley, &one, &empty),
    )?;
    figure(
        "a mission of five steps / of one",
        || missions(&pooled, &one, &empty),
        || missions(&pooled, &five, &empty),
    )?;
    figure(
        "as many missions on each of two threads / on one",
        || missions(&pooled, &one, &empty),
        || on_two_threads(&pooled, &one, &empty),
    )?;

    let (small, large) = (state(100)?, state(100_000)?);
    let sets = workflow(5, &json!({"operation": "set", "path": "/n", "value": 1}))?;
    figure("a step: in a state of 7 MB / of 7 KB", || step(&pooled, &sets, &small), || step(&pooled, &sets, &large))?;

    let cache = tempfile::tempdir()?;
    let cached = || SandboxConfig { cache: Some(CacheDir::at(cache.path())), ..SandboxConfig::default() };
    first_mission(cached())?;
    figure(
        "the first mission of a process: cache / no cache",
        || first_mission(SandboxConfig { cache: None, ..cached() }),
        || first_mission(cached()),
    )
}

fn host(sandbox: SandboxConfig) -> Outcome<Host> {
    Ok(Host::builder().first_party().sandbox(sandbox).build()?)
}

fn workflow(count: usize, payload: &Value) -> Outcome<WorkflowDefinition> {
    let steps = (0..count).map(|step| json!({"id": format!("s{step}"), "kind": "runtime", "payload": payload}));
    Ok(WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps.collect::<Vec<_>>()}))?)
}

fn noops(count: usize) -> Outcome<WorkflowDefinition> {
    workflow(count, &json!({"operation": "noop"}))
}

fn state(tasks: usize) -> Outcome<ExecutionContext> {
    let task = |id: usize| json!({"id": id, "description": "A task with an ordinary description.", "project": "x"});
    Ok(ExecutionContext::new(json!({"tasks": (0..tasks).map(task).collect::<Vec<_>>()}))?)
}

/// The time of one of four steps, from the end of the first to the end of the fifth.
fn step(host: &Host, workflow: &WorkflowDefinition, context: &ExecutionContext) -> Outcome<Duration> {
    let mut ends = Vec::new();
    host.start(workflow.clone(), context)?.advance_with(&mut |_| {
        ends.push(Instant::now());
        Ok(())
    })?;
    let (first, last) = (ends.first().ok_or("no step ended")?, ends.last().ok_or("no step ended")?);
    Ok((*last - *first) / 4)
}

/// The time of one of a hundred missions.
fn missions(host: &Host, workflow: &WorkflowDefinition, context: &ExecutionContext) -> Outcome<Duration> {
    let begun = Instant::now();
    for _ in 0..100 {
        host.exec(workflow.clone(), context)?;
    }
    Ok(begun.elapsed() / 100)
}

/// The same, with another thread that does as much at the same time.
fn on_two_threads(host: &Host, workflow: &WorkflowDefinition, context: &ExecutionContext) -> Outcome<Duration> {
    let run = || missions(host, workflow, context).map_err(|error| error.to_string());
    let times = thread::scope(|scope| {
        let other = scope.spawn(run);
        (run(), other.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    });
    Ok(times.0?.max(times.1?))
}

fn first_mission(sandbox: SandboxConfig) -> Outcome<Duration> {
    let begun = Instant::now();
    host(sandbox)?.run_mission("echo", &ExecutionContext::new(json!({}))?, &json!({}))?;
    Ok(begun.elapsed())
}

/// Measures both in turns, and prints the medians.
fn figure(
    name: &str,
    mut baseline: impl FnMut() -> Outcome<Duration>,
    mut measured: impl FnMut() -> Outcome<Duration>,
) -> Outcome<()> {
    let (mut of_baseline, mut of_measured) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        of_baseline.push(baseline()?);
        of_measured.push(measured()?);
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times.get(TURNS / 2).copied().unwrap_or_default().as_secs_f64() * 1e6
    };
    let (baseline, measured) = (median(of_baseline), median(of_measured));
    println!("{name:<58} {baseline:>7.1} µs {measured:>7.1} µs {:>7.2}", measured / baseline);
    Ok(())
}
