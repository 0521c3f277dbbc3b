//! The plugins that come with the host.

use std::sync::LazyLock;

use sortie_first_party::COMPONENTS;
use sortie_sandbox::BuiltIn;

/// The first-party plugins' files: `core`, `daily-loop`, `echo`, `run-tests`. They are unpacked when they are first asked for.
pub static FIRST_PARTY: LazyLock<[&[u8]; 4]> =
    LazyLock::new(|| [0, 1, 2, 3].map(|index: usize| COMPONENTS[index].bytes()));

/// What the build recorded of them.
#[expect(clippy::unreadable_literal, reason = "the build wrote it, and nobody reads it")]
pub(crate) static BUILT_IN: [BuiltIn; 4] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use sortie_sandbox::{CheckOutcome, Examination};

    use super::*;
    use crate::schema::check_schema;

    #[test]
    fn what_the_build_recorded_is_what_loading_finds() {
        assert_eq!(BUILT_IN.len(), FIRST_PARTY.len());
        for (built_in, bytes) in BUILT_IN.iter().zip(FIRST_PARTY.iter()) {
            let examination = Examination::of(bytes, u64::MAX);
            assert!(
                examination.checks.iter().all(|(_, checked)| matches!(checked, CheckOutcome::Passed)),
                "{examination:?}"
            );
            let anatomy = &examination.anatomy;
            assert_eq!((built_in.bytes)(), *bytes);
            assert_eq!(built_in.size, bytes.len());
            assert_eq!(built_in.digest, anatomy.digest.to_string());
            assert_eq!(Some(built_in.manifest.as_bytes()), anatomy.manifest.as_deref());
            assert_eq!(built_in.orchestrates, anatomy.orchestrates());
            assert_eq!(built_in.memory_bytes, anatomy.memory_bytes);
            let manifest = examination.manifest.unwrap();
            for mission in &manifest.missions {
                check_schema(&mission.params_schema).unwrap();
            }
            for operation in &manifest.operations {
                check_schema(&operation.payload_schema).unwrap();
            }
        }
    }
}
