//! Files of allowed signers, keys, and signed statements. (Built with the targets of the sandbox: it needs the host.)

#![no_main]

use sortie_attestation::{Envelope, Signers, SigningKey};
use sortie_json::{ParseLimits, parse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (keys, statement) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, bytes),
    };
    let text = String::from_utf8_lossy(keys);
    let _ = SigningKey::read(&text);
    let signers = Signers::parse(&text);
    let Ok(value) = parse(statement, ParseLimits::default()) else { return };
    let Ok(envelope) = Envelope::read(&value) else { return };
    let _ = envelope.unverified();
    assert_eq!(
        Envelope::read(&envelope.to_json()).expect("what was written can be read").to_json(),
        envelope.to_json()
    );
    if let Ok(signers) = signers {
        let _ = envelope.verify(&signers);
    }
});
