//! Reading a bundle, and verifying it: it may be refused, differ or hold, and nothing else.

#![no_main]

use sortie_host::Bundle;
use sortie_json::{ParseLimits, parse};
use sortie_sandbox::{Backend, SandboxConfig};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes, ParseLimits::default()) else { return };
    let Ok(bundle) = serde_json::from_value::<Bundle>(value) else { return };
    let config =
        SandboxConfig { backend: Backend::Pulley, cache: None, concurrent_calls: 1, ..SandboxConfig::default() };
    let _ = bundle.verify(config);
});
