//! Many threads, few places; and calls that would not end.

use std::time::Duration;

use sortie_sandbox::{Allocation, HostFault, Sandbox, SandboxConfig};

use super::component::{FUEL, ending, execute, load};

#[test]
fn a_call_past_a_full_pool_waits_its_turn() {
    for allocation in [Allocation::Pooled, Allocation::OnDemand] {
        let config = SandboxConfig { allocation, cache: None, concurrent_calls: 1, ..SandboxConfig::default() };
        let sandbox = Sandbox::new(config).unwrap();
        let (quick, slow) = (load(&sandbox, "ok"), load(&sandbox, "endless_loop"));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        assert_eq!(ending(&execute(&slow, 100_000)), "out_of_fuel");
                        assert_eq!(ending(&execute(&quick, FUEL)), r#"ok {"a":1}"#);
                    }
                });
            }
        });
    }
}

#[test]
fn a_turn_is_given_back_however_a_call_ends() {
    let config = SandboxConfig { cache: None, concurrent_calls: 1, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    for name in ["unreachable", "memory_grow", "endless_recursion", "start_traps", "not_utf8", "bad_realloc"] {
        let plugin = load(&sandbox, name);
        let first = ending(&execute(&plugin, FUEL));
        assert_eq!(ending(&execute(&plugin, FUEL)), first, "{name}");
    }
}

#[test]
fn invariant_8_a_host_fault_is_an_error_and_not_an_outcome_the_watchdog_ends_what_fuel_does_not() {
    let watchdog = Duration::from_millis(300);
    let sandbox = Sandbox::new(SandboxConfig { cache: None, watchdog, ..SandboxConfig::default() }).unwrap();
    for name in ["endless_loop", "start_loops", "realloc_loops"] {
        let plugin = load(&sandbox, name);
        assert_eq!(execute(&plugin, u64::MAX), Err(HostFault::Watchdog), "{name}");
    }
    // The engine goes on as if nothing had been.
    assert_eq!(ending(&execute(&load(&sandbox, "ok"), FUEL)), r#"ok {"a":1}"#);
}
