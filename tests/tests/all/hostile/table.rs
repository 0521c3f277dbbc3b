//! Tables for people: the hostile corpus, and what it takes to compile what is just within the bounds.
//! `cargo test -p sortie-tests --test all -- --ignored --nocapture --test-threads 1 table_of`.

use std::time::Instant;

use sortie_sandbox::{Allocation, Backend, Plugin, Sandbox, SandboxConfig};
use sortie_tests::TextPlugin;

use super::component::{FUEL, ending, execute, load, manifest};
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
            let (fuel, memory) = executed.map_or((0, 0), |executed| (executed.fuel, executed.memory_bytes / 1024));
            let case = if *kind == kinds[0].0 { *name } else { kind };
            println!("{case:<28} {outcome:<34} {verdict:>7} {fuel:>10} {memory:>10} {spent:>8}");
        }
    }
}

/// A plugin with a function of this text, for which nobody calls.
fn with_function(text: &str) -> Vec<u8> {
    TextPlugin { module: text, manifest: Some(&manifest()), ..TextPlugin::default() }.bytes()
}

/// The most that the process has had in memory, in MiB, where the system tells.
fn peak_mebibytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? / 1024)
}

#[test]
#[ignore = "it prints a table, and judges nothing that the other tests do not"]
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn table_of_compiling_at_the_bounds() {
    let sandbox = Sandbox::new(SandboxConfig { cache: None, ..SandboxConfig::default() }).unwrap();
    let locals = |count: usize| format!("(local {})", "i32 ".repeat(count));
    let step = |index: usize, count: usize| {
        let (to, from) = (index % count, (index * 7 + 3) % count);
        format!("(local.set {to} (i32.add (local.get {from}) (i32.const {index})))")
    };
    let loops = |count: usize, of: usize| {
        let each = |index| format!("(loop {} (br_if 0 (local.get {})))", step(index, of), index % of);
        format!("(func {} {})", locals(of), (0..count).map(each).collect::<String>())
    };
    let nested = |count: usize, of: usize| {
        let open = |index| format!("(loop {} ", step(index, of));
        let close = |index| format!("(br_if 0 (local.get {})))", index % of);
        let open: String = (0..count).map(open).collect();
        let close: String = (0..count).map(close).collect();
        format!("(func {} {open}{close})", locals(of))
    };
    let blocks = |count: usize, of: usize| {
        let each = |index| format!("(block (br_if 0 (local.get {})) {})", index % of, step(index, of));
        format!("(func {} {})", locals(of), (0..count).map(each).collect::<String>())
    };
    let straight = |count: usize, of: usize| {
        format!("(func {} {})", locals(of), (0..count).map(|index| step(index, of)).collect::<String>())
    };
    let switch =
        |targets: usize| format!("(func (block (block (br_table {} (i32.const 0)))))", "0 1 ".repeat(targets / 2));
    let many = |count: usize| format!("(func (param i32) {})", step(0, 1)).repeat(count);
    let each = |operator: &str, count: usize, functions: usize| {
        let function = format!("(func (param i32) {})", format!("{operator} ").repeat(count));
        format!("(type $t (func)) (table 9 9 funcref) (func $f) {}", function.repeat(functions))
    };
    let cases = [
        ("nothing", String::new()),
        ("400 loops, 100 locals", loops(400, 100)),
        ("400 loops, 1200 locals", loops(400, 1200)),
        ("400 loops within each other, 1200 locals", nested(400, 1200)),
        ("9900 blocks, 45 locals", blocks(9_900, 45)),
        ("260 blocks, 1900 locals", blocks(260, 1900)),
        ("90000 steps, 1900 locals", straight(90_000, 1900)),
        ("40000 targets", switch(39_980)),
        ("49000 functions", many(49_000)),
        ("18 MiB of additions", straight(100_000, 45).repeat(21)),
        ("1,490,000 blocks", each("(block)", 19_900, 75)),
        ("740,000 branches out of blocks", each("(block (br_if 0 (local.get 0)))", 9_900, 75)),
        ("49 million locals times blocks", blocks(9_900, 45).repeat(54)),
        ("490,000 calls", each("call $f", 19_900, 25)),
        ("99,000 calls by table", each("(call_indirect (type $t) (local.get 0))", 990, 100)),
        ("99,000 times more memory", each("(drop (memory.grow (local.get 0)))", 990, 100)),
    ];
    println!("{:<44} {:>10} {:>10} {:>12}", "case", "KiB", "ms", "peak MiB");
    for (name, text) in cases {
        let bytes = with_function(&text);
        let size = bytes.len() / 1024;
        let plugin = match Plugin::load(&sandbox, bytes) {
            Ok(plugin) => plugin,
            Err(rejection) => {
                println!("{name:<44} {size:>10} {rejection}");
                continue;
            }
        };
        let began = Instant::now();
        plugin.compile().unwrap();
        println!("{name:<44} {size:>10} {:>10} {:>12}", began.elapsed().as_millis(), peak_mebibytes().unwrap_or(0));
    }
}
