//! The hostile corpus as a table, for people:
//! `cargo test -p sortie-tests --test all -- --ignored --nocapture table_of_the_corpus`.

use std::time::Instant;

use sortie_sandbox::{Allocation, Backend, Sandbox, SandboxConfig};

use super::component::{FUEL, ending, execute, load};
use super::corpus::CORPUS;

/// The time that this thread had a processor, in nanoseconds, where the system tells.
fn processor_time() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

#[test]
#[ignore = "it prints a table, and judges nothing that the other tests do not"]
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn table_of_the_corpus() {
    let kinds = [
        ("cranelift", Backend::Cranelift, Allocation::Pooled),
        ("unoptimised", Backend::CraneliftUnoptimized, Allocation::OnDemand),
        ("pulley", Backend::Pulley, Allocation::Pooled),
    ];
    let sandboxes = kinds.map(|(_, backend, allocation)| {
        Sandbox::new(SandboxConfig { backend, allocation, cache: None, ..SandboxConfig::default() }).unwrap()
    });
    println!("{:<28} {:<34} {:>7} {:>10} {:>10} {:>8}", "case", "outcome", "verdict", "fuel", "peak KiB", "CPU µs");
    for (name, expected) in CORPUS {
        for ((kind, ..), sandbox) in kinds.iter().zip(&sandboxes) {
            let plugin = load(sandbox, name);
            plugin.compile().unwrap();
            let (began, before) = (Instant::now(), processor_time());
            let executed = execute(&plugin, FUEL);
            let spent = processor_time().zip(before).map(|(after, before)| u128::from(after - before) / 1000);
            let spent = spent.unwrap_or_else(|| began.elapsed().as_micros());
            let outcome = ending(&executed);
            let verdict = if outcome == *expected { "as due" } else { "WRONG" };
            let (fuel, memory) =
                executed.map_or((0, 0), |executed| (executed.called.fuel, executed.memory_bytes / 1024));
            let case = if *kind == kinds[0].0 { *name } else { kind };
            println!("{case:<28} {outcome:<34} {verdict:>7} {fuel:>10} {memory:>10} {spent:>8}");
        }
    }
}
