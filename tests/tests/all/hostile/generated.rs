//! Plugins that nobody wrote: programs made of random bytes, and real components with some of their bytes changed.
//! `SORTIE_GENERATED=10000` tries that many of each; the fuzz targets `differential` and `plugin` do the same with a fuzzer
//! that is told what was reached.

use proptest::collection::vec;
use proptest::prelude::*;
use sortie_engine::Fuel;
use sortie_sandbox::{Allocation, Backend, Plugin, Sandbox, SandboxConfig};
use sortie_tests::{TextPlugin, program};

use super::component::{ending, execute, manifest, plugin_bytes, sandbox};

/// Enough for what these programs do, and little where they do not end.
const FUEL: Fuel = 200_000;

fn cases() -> ProptestConfig {
    let cases = std::env::var("SORTIE_GENERATED").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn backends() -> Vec<Sandbox> {
    [
        (Backend::Cranelift, Allocation::Pooled),
        (Backend::CraneliftUnoptimized, Allocation::OnDemand),
        (Backend::Pulley, Allocation::OnDemand),
    ]
    .map(|(backend, allocation)| {
        let config =
            SandboxConfig { backend, allocation, cache: None, concurrent_calls: 1, ..SandboxConfig::default() };
        Sandbox::new(config).unwrap()
    })
    .into()
}

#[test]
fn invariant_6_determinism_generated_programs_end_alike_on_every_backend() {
    let sandboxes = backends();
    proptest!(cases(), |(bytes in vec(any::<u8>(), 0..300))| {
        let module = program(&bytes);
        let component = TextPlugin { module: &module, ..TextPlugin::default() }.bytes();
        let component = sortie_packager::with_manifest(&component, &manifest()).unwrap();
        let ends: Vec<_> = sandboxes
            .iter()
            .map(|sandbox| {
                let plugin = Plugin::load(sandbox, component.clone()).unwrap();
                let executed = execute(&plugin, FUEL);
                (ending(&executed), executed.map(|report| report.fuel).ok())
            })
            .collect();
        prop_assert!(ends.iter().all(|end| *end == ends[0] && end.1.is_some()), "{ends:?}\n{module}");
    });
}

#[test]
fn a_component_with_changed_bytes_is_refused_or_runs_alike_on_every_backend() {
    let sandboxes = backends();
    let real = plugin_bytes("ok");
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    let cases = ProptestConfig { cases: cases().cases * 20, ..cases() };
    proptest!(cases, |(changes in changes, cut in prop::option::weighted(0.1, any::<prop::sample::Index>()))| {
        let mut bytes = real.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        let ends: Vec<_> = sandboxes
            .iter()
            .map(|sandbox| match Plugin::load(sandbox, bytes.clone()) {
                Err(rejection) => (rejection.code().to_owned(), None),
                Ok(plugin) => {
                    let executed = execute(&plugin, FUEL);
                    (ending(&executed), executed.map(|report| report.fuel).ok())
                }
            })
            .collect();
        prop_assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
        prop_assert!(!ends[0].0.starts_with("fault"), "{ends:?}");
    });
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    let sandbox = sandbox();
    let header = prop_oneof![Just(&b""[..]), Just(&b"\0asm\x01\0\0\0"[..]), Just(&b"\0asm\x0d\0\x01\0"[..])];
    proptest!(cases(), |(header in header, bytes in vec(any::<u8>(), 0..200))| {
        prop_assert!(Plugin::load(&sandbox, [header, &bytes].concat()).is_err());
    });
}
