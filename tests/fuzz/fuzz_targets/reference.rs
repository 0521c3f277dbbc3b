//! Names of what is in registries. What is read says itself again. (Built with the targets of the sandbox: it needs TLS.)

#![no_main]

use sortie_oci::Reference;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse::<Reference>().as_ref(), Ok(&reference));
    }
});
