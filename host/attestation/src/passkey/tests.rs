//! An authenticator and a browser in software, and what does not pass.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

use super::authenticator::written;
use super::ceremony::signed;
use super::*;

const ORIGIN: &str = "https://sortie.example.org";
const NAME: &str = "sortie.example.org";
const PURPOSE: &str = "sortie-decision";
/// Present, and verified.
const SEEN: u8 = 0x05;

enum Device {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Device {
    fn es256() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random).unwrap())
    }

    fn eddsa(seed: u8) -> Self {
        Self::EdDsa(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat()
            }
            Self::EdDsa(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20], pair.public_key().as_ref()].concat()
            }
        }
    }

    fn key(&self) -> PasskeyKey {
        PasskeyKey::cose(&self.cose(), NAME).unwrap()
    }

    fn sign(&self, authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let message = signed(authenticator_data, client_data);
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(&message).as_ref().to_vec(),
        }
    }

    /// What a new credential looks like.
    fn created(&self, flags: u8) -> Vec<u8> {
        let credential = [[0; 16].as_slice(), &[0, 4, 1, 2, 3, 4], &self.cose()].concat();
        written(NAME, flags | 0x40, 0, &credential)
    }
}

fn client_data(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#).into_bytes()
}

fn server() -> RelyingParty {
    RelyingParty::new(NAME, [ORIGIN.to_owned()])
}

fn register(client: &[u8], authenticator: &[u8]) -> Result<Passkey, PasskeyFault> {
    server().register(b"new", &RegistrationResponse { client_data: client, authenticator_data: authenticator })
}

#[test]
fn a_passkey_is_registered_and_signs_in_whatever_its_algorithm() {
    for device in [Device::es256(), Device::eddsa(1)] {
        let passkey = register(&client_data("webauthn.create", b"new", ORIGIN), &device.created(SEEN)).unwrap();
        assert_eq!((passkey.credential.as_slice(), &passkey.key), ([1, 2, 3, 4].as_slice(), &device.key()));
        let (client, authenticator) = (client_data("webauthn.get", b"in", ORIGIN), written(NAME, SEEN, 7, &[]));
        let signature = device.sign(&authenticator, &client);
        let assertion =
            PasskeyAssertion { client_data: &client, authenticator_data: &authenticator, signature: &signature };
        assert_eq!(assertion.claimed_challenge().as_deref(), Some(b"in".as_slice()));
        assert_eq!(server().authenticate(b"in", &passkey.key, 6, &assertion), Ok(7));
        assert_eq!(server().authenticate(b"in", &passkey.key, 7, &assertion), Err(PasskeyFault::Counter));
        assert_eq!(server().authenticate(b"again", &passkey.key, 0, &assertion), Err(PasskeyFault::Challenge));
    }
}

#[test]
fn a_registration_that_is_not_just_this_one_is_refused() {
    let device = Device::es256();
    let (right, client) = (device.created(SEEN), client_data("webauthn.create", b"new", ORIGIN));
    let cases = [
        (client_data("webauthn.get", b"new", ORIGIN), right.clone(), PasskeyFault::Purpose),
        (client_data("webauthn.create", b"old", ORIGIN), right.clone(), PasskeyFault::Challenge),
        (client_data("webauthn.create", b"new", "https://evil.example"), right.clone(), PasskeyFault::Origin),
        (client.clone(), written("evil.example", SEEN, 0, &[]), PasskeyFault::RelyingParty),
        (client.clone(), written(NAME, SEEN, 0, &[]), PasskeyFault::AuthenticatorData),
        (client.clone(), device.created(0x04), PasskeyFault::NotPresent),
        (client.clone(), device.created(0x01), PasskeyFault::NotVerified),
        // Backed up, although it cannot be.
        (client.clone(), device.created(SEEN | 0x10), PasskeyFault::AuthenticatorData),
        (client.clone(), right[..right.len() - 1].to_vec(), PasskeyFault::AuthenticatorData),
        (client.clone(), [right.as_slice(), &[0]].concat(), PasskeyFault::AuthenticatorData),
        (client.clone(), vec![0; 5000], PasskeyFault::TooLarge),
        (vec![b' '; 5000], right.clone(), PasskeyFault::TooLarge),
    ];
    for (client, authenticator, fault) in cases {
        assert_eq!(register(&client, &authenticator), Err(fault), "{}", String::from_utf8_lossy(&client));
    }
    // RS256, which is not asked for.
    let mut other = right.clone();
    let algorithm = other.len() - device.cose().len() + 4;
    other[algorithm] = 0x29;
    assert_eq!(register(&client, &other), Err(PasskeyFault::Key));
    assert!(register(&client, &right).is_ok());
}

#[test]
fn an_assertion_that_is_not_just_this_one_is_refused() {
    let device = Device::es256();
    let key = device.key();
    let check = |client: &[u8], authenticator: &[u8]| {
        let signature = device.sign(authenticator, client);
        let assertion =
            PasskeyAssertion { client_data: client, authenticator_data: authenticator, signature: &signature };
        server().authenticate(b"in", &key, 0, &assertion)
    };
    let (client, right) = (client_data("webauthn.get", b"in", ORIGIN), written(NAME, SEEN, 0, &[]));
    assert_eq!(check(&client, &right), Ok(0));
    // With extensions, as they are announced.
    assert_eq!(check(&client, &written(NAME, SEEN | 0x80, 0, &[0xa1, 0x61, b'a', 0xf5])), Ok(0));
    let head = String::from_utf8(client_data("webauthn.get", b"in", ORIGIN)).unwrap();
    let in_frame = head.replace("\"crossOrigin\":false", "\"crossOrigin\":true");
    let twice = head.replace('}', ",\"type\":\"webauthn.get\"}");
    let spaced = head.replacen(':', ": ", 1);
    let reordered = format!(r#"{{"origin":"{ORIGIN}",{}"#, head[1..].replace(&format!(r#""origin":"{ORIGIN}","#), ""));
    let escaped = head.replace("https://", "https:\\/\\/");
    let trailing = format!("{head} x");
    let cases: Vec<(Vec<u8>, Vec<u8>, PasskeyFault)> = vec![
        (client_data("webauthn.create", b"in", ORIGIN), right.clone(), PasskeyFault::Purpose),
        (client_data("webauthn.get", b"other", ORIGIN), right.clone(), PasskeyFault::Challenge),
        (client_data("webauthn.get", b"in", "http://sortie.example.org"), right.clone(), PasskeyFault::Origin),
        (client_data("webauthn.get", b"in", "https://sortie.example.org.evil"), right.clone(), PasskeyFault::Origin),
        (in_frame.into_bytes(), right.clone(), PasskeyFault::Origin),
        (twice.into_bytes(), right.clone(), PasskeyFault::ClientData),
        (spaced.into_bytes(), right.clone(), PasskeyFault::ClientData),
        (reordered.into_bytes(), right.clone(), PasskeyFault::ClientData),
        (escaped.into_bytes(), right.clone(), PasskeyFault::ClientData),
        (trailing.into_bytes(), right.clone(), PasskeyFault::ClientData),
        (client.clone(), written("example.org", SEEN, 0, &[]), PasskeyFault::RelyingParty),
        (client.clone(), written(NAME, 0x04, 0, &[]), PasskeyFault::NotPresent),
        (client.clone(), written(NAME, 0x01, 0, &[]), PasskeyFault::NotVerified),
        (client.clone(), device.created(SEEN), PasskeyFault::AuthenticatorData),
        (client.clone(), written(NAME, SEEN, 0, &[0xa0]), PasskeyFault::AuthenticatorData),
        (client.clone(), written(NAME, SEEN | 0x80, 0, &[]), PasskeyFault::AuthenticatorData),
        (client.clone(), right[..36].to_vec(), PasskeyFault::AuthenticatorData),
        (Vec::new(), right.clone(), PasskeyFault::ClientData),
    ];
    for (client, authenticator, fault) in cases {
        assert_eq!(check(&client, &authenticator), Err(fault), "{}", String::from_utf8_lossy(&client));
    }
}

#[test]
fn what_a_browser_and_a_passkey_give_has_as_many_bytes_as_it_may_have_and_not_one_more() {
    let device = Device::es256();
    let check = |client: &[u8], authenticator: &[u8]| {
        let signature = device.sign(authenticator, client);
        let assertion =
            PasskeyAssertion { client_data: client, authenticator_data: authenticator, signature: &signature };
        server().authenticate(b"in", &device.key(), 0, &assertion)
    };
    let client = |bytes: usize| {
        let head = String::from_utf8(client_data("webauthn.get", b"in", ORIGIN)).unwrap();
        let head = head.strip_suffix('}').unwrap();
        format!(r#"{head},"x":"{}"}}"#, "x".repeat(bytes - head.len() - r#","x":""}"#.len())).into_bytes()
    };
    // Of extensions, a map of one text to another, whose length is two bytes.
    let authenticator = |bytes: usize| {
        let plain = written(NAME, SEEN | 0x80, 0, &[]).len();
        let text = bytes - plain - 6;
        let length = u16::try_from(text).unwrap().to_be_bytes();
        let extensions = [&[0xa1, 0x61, b'a', 0x79][..], &length, &vec![b'x'; text]].concat();
        written(NAME, SEEN | 0x80, 0, &extensions)
    };
    let right = written(NAME, SEEN, 0, &[]);
    assert_eq!(check(&client(4096), &right), Ok(0));
    assert_eq!(check(&client(4097), &right), Err(PasskeyFault::TooLarge));
    assert_eq!(check(&client(200), &authenticator(4096)), Ok(0));
    assert_eq!(check(&client(200), &authenticator(4097)), Err(PasskeyFault::TooLarge));
}

#[test]
fn another_key_or_another_algorithm_signs_for_nobody() {
    let (client, right) = (client_data("webauthn.get", b"in", ORIGIN), written(NAME, SEEN, 0, &[]));
    let devices = [Device::es256(), Device::es256(), Device::eddsa(1), Device::eddsa(2)];
    for (signer, device) in devices.iter().enumerate() {
        let signature = device.sign(&right, &client);
        let assertion = PasskeyAssertion { client_data: &client, authenticator_data: &right, signature: &signature };
        for (owner, other) in devices.iter().enumerate() {
            let checked = server().authenticate(b"in", &other.key(), 0, &assertion);
            assert_eq!(checked.is_ok(), signer == owner, "{signer} for {owner}");
        }
        let elsewhere = PasskeyKey::cose(&device.cose(), "example.org").unwrap();
        assert_eq!(server().authenticate(b"in", &elsewhere, 0, &assertion), Err(PasskeyFault::RelyingParty));
        let huge = PasskeyAssertion { signature: &[0; 257], ..assertion };
        assert_eq!(server().authenticate(b"in", &device.key(), 0, &huge), Err(PasskeyFault::TooLarge));
    }
}

/// A signature of a message, as a bundle has it.
fn text_of(device: &Device, message: &[u8]) -> String {
    let client = client_data("webauthn.get", &challenge(PURPOSE, message), ORIGIN);
    let authenticator = written(NAME, SEEN, 3, &[]);
    let signature = device.sign(&authenticator, &client);
    let assertion =
        PasskeyAssertion { client_data: &client, authenticator_data: &authenticator, signature: &signature };
    HardwareSignature::of(&device.key(), PURPOSE, message, &assertion).unwrap().to_text()
}

#[test]
fn a_signature_is_read_as_it_was_written_and_is_for_one_message_and_purpose() {
    for device in [Device::es256(), Device::eddsa(1)] {
        let text = text_of(&device, b"yes");
        let read = HardwareSignature::from_text(&text).unwrap();
        assert_eq!(read.to_text(), text);
        assert_eq!(read.check(PURPOSE, b"yes"), Ok(()));
        assert_eq!(read.check(PURPOSE, b"no"), Err(PasskeyFault::Challenge));
        assert_eq!(read.check("file", b"yes"), Err(PasskeyFault::Challenge));
    }
}

#[test]
fn signing_in_is_never_signing_a_decision() {
    let device = Device::es256();
    let (client, authenticator) = (client_data("webauthn.get", b"in", ORIGIN), written(NAME, SEEN, 0, &[]));
    let signature = device.sign(&authenticator, &client);
    let assertion =
        PasskeyAssertion { client_data: &client, authenticator_data: &authenticator, signature: &signature };
    let made = HardwareSignature::of(&device.key(), PURPOSE, b"in", &assertion);
    assert_eq!(made, Err(PasskeyFault::Challenge));
}

proptest! {
    #[test]
    fn no_byte_of_a_signature_can_be_changed(place in 0usize..400, bit in 0u8..8) {
        use base64::engine::general_purpose::STANDARD;
        let device = Device::eddsa(1);
        let text = text_of(&device, b"yes");
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let mut bytes = STANDARD.decode(body).unwrap();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        let text = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", STANDARD.encode(&bytes));
        let proves = HardwareSignature::from_text(&text)
            .is_some_and(|read| read.key == device.key() && read.check(PURPOSE, b"yes").is_ok());
        prop_assert!(!proves, "byte {place}");
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
        let _ = register(&client_data("webauthn.create", b"new", ORIGIN), &bytes);
        let _ = register(&bytes, &bytes);
        let _ = HardwareSignature::from_text(&text);
    }
}
