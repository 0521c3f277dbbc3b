//! What missions cost, in one table: medians, and their ratio to F. F is one fresh call of `noop` on bare wasmtime with
//! the sandbox's configuration, and comes first, so that the ratios can be compared between machines.
//!
//! ```sh
//! cargo measure                 # the table
//! cargo measure -- daily_loop   # what has this in its name
//! SORTIE_PEERS=1 cargo measure  # with the same work on other runtimes, from `tests/peers`
//! ```
//!
//! The measuring is criterion's. Nothing is asserted: a time is no test.

#![allow(missing_docs)]

mod bare;
mod native;
mod table;
mod work;

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use serde_json::json;
use sortie_host::json::ContentHash;
use sortie_host::{Host, SandboxConfig};
use sortie_sandbox::{Nesting, Sandbox};

use bare::Bare;
use work::Work;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcome<()> {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    calls(&mut criterion)?;
    missions(&mut criterion)?;
    criterion.final_summary();
    table::print()
}

/// Single calls: on bare wasmtime, through the sandbox, and natively.
fn calls(criterion: &mut Criterion) -> Outcome<()> {
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    let core = Bare::of(&sandbox, "core")?;
    let (nothing, state) = (json!({}), json!({}));
    let (set, document) = (work::set_payload(), work::document());
    core.execute("noop", &nothing, &state)?;
    core.execute("set", &set, &json!({"/notes": document["notes"]}))?;
    let document = json!({"/notes": document["notes"]});
    let plugin = bare::plugin(&sandbox, "core")?;
    let nesting = Nesting::default();
    let mut group = criterion.benchmark_group(table::CALLS);
    for (operation, payload, state) in [("noop", &nothing, &state), ("set", &set, &document)] {
        let name = |how: &str| format!("{how}_{operation}");
        group.bench_function(name("bare"), |bencher| {
            bencher.iter(|| black_box(core.execute(operation, payload, state)));
        });
        let call = work::call(&plugin, operation, payload, state)?;
        if let Some(failure) = plugin.call(&call, &nesting)?.outcome.failure() {
            return Err(failure.message.clone().into());
        }
        group.bench_function(name("sandboxed"), |bencher| bencher.iter(|| black_box(plugin.call(&call, &nesting))));
        let payload = payload.to_string();
        native::execute(operation, &payload)?;
        group.bench_function(name("native"), |bencher| {
            bencher.iter(|| black_box(native::execute(operation, &payload)));
        });
    }
    // What the machine itself gives to two threads: they share nothing here.
    let bytes = vec![7; 16 << 10];
    for (name, threads) in [("hash_on_one_thread", 1), ("hash_on_two_threads", 2)] {
        let work = || {
            black_box(ContentHash::of_bytes(&bytes));
        };
        group.bench_function(name, |bencher| bencher.iter_custom(|rounds| work::on_threads(threads, rounds, &work)));
    }
    for (name, threads) in [("bare_on_one_thread", 1), ("bare_on_two_threads", 2)] {
        let work = || drop(black_box(core.execute("noop", &nothing, &state)));
        group.bench_function(name, |bencher| bencher.iter_custom(|rounds| work::on_threads(threads, rounds, &work)));
    }
    group.finish();
    Ok(())
}

/// Whole missions, as a host program runs them.
fn missions(criterion: &mut Criterion) -> Outcome<()> {
    let host = Host::builder().first_party().build()?;
    let mut group = criterion.benchmark_group(table::MISSIONS);
    for work in &Work::all()? {
        // What does not succeed is not measured as if it had.
        if let Err(error) = work.run(&host) {
            eprintln!("not measured: {error}");
            continue;
        }
        if work.is_long {
            group.sample_size(10);
        }
        group.bench_function(work.name, |bencher| bencher.iter(|| black_box(work.run(&host))));
    }
    let echo = Work::echo()?;
    for (name, threads) in [("echo_on_one_thread", 1), ("echo_on_two_threads", 2)] {
        let work = || drop(black_box(echo.run(&host)));
        group.bench_function(name, |bencher| bencher.iter_custom(|rounds| work::on_threads(threads, rounds, &work)));
    }
    group.finish();
    Ok(())
}
