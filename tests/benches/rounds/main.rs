//! Does one piece of work so often, for a profiler that looks on: `cargo bench --profile profiling --features measure
//! --bench rounds -- exec_noop 1000`. It prints the least and the median time of a round, and what the least is to the least
//! time of F, one fresh call of `noop` on bare wasmtime, done in turns with it: that ratio holds on a busy machine too.

#![allow(missing_docs)]
#![allow(dead_code, reason = "what is measured is shared with the table, which needs more of it")]

#[path = "../missions/bare.rs"]
mod bare;
#[path = "../missions/work.rs"]
mod work;

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;
use sortie_host::{CacheDir, Host, SandboxConfig};
use sortie_sandbox::Sandbox;

use bare::Bare;
use work::Work;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [name, rounds] = arguments.as_slice() else {
        return Err("name a piece of work, and how often it is done".into());
    };
    let all = Work::all()?;
    let work = all.iter().find(|work| work.name == name).ok_or_else(|| format!("there is no work `{name}`"))?;
    let host = Host::builder().first_party().cache(CacheDir::from_environment()).build()?;
    // What is compiled and kept at the first call is no part of a round.
    work.run(&host)?;
    let (core, nothing) = (Bare::of(&Sandbox::new(SandboxConfig::default())?, "core")?, json!({}));
    let mut times = Vec::new();
    let mut floor = Duration::MAX;
    for _ in 0..rounds.parse::<usize>()?.max(1) {
        let begun = Instant::now();
        black_box(core.execute("noop", &nothing, &nothing)?);
        floor = floor.min(begun.elapsed());
        let begun = Instant::now();
        round(work, &host)?;
        times.push(begun.elapsed());
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let least = times.first().copied().unwrap_or(Duration::ZERO);
    let ratio = least.as_secs_f64() / floor.as_secs_f64();
    println!("{name}\tleast {least:?}\tmedian {median:?}\tleast {ratio:.2} F of {floor:?}");
    Ok(())
}

/// A function of its own, so that a profiler can be told of it.
#[inline(never)]
fn round(work: &Work, host: &Host) -> Outcome<()> {
    black_box(work).run(black_box(host))
}
