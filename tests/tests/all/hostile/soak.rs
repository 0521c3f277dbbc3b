//! Many calls on many threads: what the last one finds is what the first one found.

use std::sync::atomic::{AtomicUsize, Ordering};

use sortie_sandbox::{Plugin, Sandbox, SandboxConfig};

use super::component::{ending, execute, load};
use super::corpus::CORPUS;

/// A quarter of a million units are enough for every plugin to come to what it does.
const FUEL: u64 = 250_000;
const THREADS: usize = 8;

/// How many calls are made. The whole soak: `SORTIE_SOAK_CALLS=100000 cargo test -p sortie-tests --test all soak`.
fn calls() -> usize {
    std::env::var("SORTIE_SOAK_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

/// What the process has in memory now, where the system tells.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? * 1024)
}

#[test]
fn hostile_and_honest_calls_go_on_side_by_side_and_memory_stays_flat() {
    let sandbox = Sandbox::new(SandboxConfig { cache: None, ..SandboxConfig::default() }).unwrap();
    let honest = load(&sandbox, "ok");
    let hostile: Vec<(Plugin, String)> = CORPUS
        .iter()
        .map(|(name, _)| {
            let plugin = load(&sandbox, name);
            let first = ending(&execute(&plugin, FUEL));
            (plugin, first)
        })
        .collect();
    let (total, next) = (calls(), AtomicUsize::new(0));
    let turn = |until: usize| {
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= until {
                            return;
                        }
                        let (plugin, first) = &hostile[index / 2 % hostile.len()];
                        if index % 2 == 0 {
                            assert_eq!(ending(&execute(plugin, FUEL)), *first);
                        } else {
                            assert_eq!(ending(&execute(&honest, FUEL)), r#"ok {"a":1}"#);
                        }
                    }
                });
            }
        });
        next.store(until, Ordering::Relaxed);
        resident_bytes()
    };
    // Pools and caches are full after a part of it.
    let (early, late) = (turn(total / 4), turn(total));
    if let (Some(early), Some(late)) = (early, late) {
        assert!(late < early + (64 << 20), "{early} bytes after a quarter, {late} at the end");
    }
}
