//! Logging in with a password that is not sent: SCRAM-SHA-256 (RFC 5802, RFC 7677).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

/// The name of the mechanism, as the server lists it.
pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// "No channel binding": the server's certificate is checked by TLS itself.
const GS2_HEADER: &str = "n,,";

/// How often a server may have a password hashed: it is the client that does so.
const MOST_ITERATIONS: u32 = 1_000_000;

/// The client's side of an exchange.
pub(super) struct Scram {
    nonce: String,
    password: String,
    server_signature: Option<hmac::Tag>,
    is_proven: bool,
}

impl Scram {
    /// Begins with a number that was never used before.
    pub(super) fn new(password: &str, random: [u8; 24]) -> Self {
        // The part of SASLprep (RFC 4013) that concerns passwords that people type.
        Self {
            nonce: STANDARD.encode(random),
            password: password.nfkc().collect(),
            server_signature: None,
            is_proven: false,
        }
    }

    /// The first message. The user is the one of the connection.
    pub(super) fn first(&self) -> String {
        format!("{GS2_HEADER}{}", self.first_bare())
    }

    fn first_bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// The last message: the proof that the password is known, for what the server says first.
    pub(super) fn proof(&mut self, server_first: &[u8]) -> Result<String, String> {
        let text = std::str::from_utf8(server_first).map_err(|_| "it is not text".to_owned())?;
        let part = |index: usize, name: &str| {
            let part = text.split(',').nth(index).and_then(|part| part.strip_prefix(name)?.strip_prefix('='));
            part.ok_or_else(|| format!("it has no `{name}`"))
        };
        let (nonce, salt, iterations) = (part(0, "r")?, part(1, "s")?, part(2, "i")?);
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("its nonce does not begin with ours".to_owned());
        }
        let salt = STANDARD.decode(salt).map_err(|error| error.to_string())?;
        let iterations = iterations.parse::<NonZeroU32>().map_err(|error| error.to_string())?;
        if iterations.get() > MOST_ITERATIONS {
            return Err(format!("it asks for {iterations} iterations"));
        }
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, self.password.as_bytes(), &mut salted);
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let client_key = hmac::sign(&key(&salted), b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(GS2_HEADER));
        let message = format!("{},{text},{without_proof}", self.first_bare());
        let signature = hmac::sign(&key(stored_key.as_ref()), message.as_bytes());
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(one, other)| one ^ other).collect();
        let server_key = hmac::sign(&key(&salted), b"Server Key");
        self.server_signature = Some(hmac::sign(&key(server_key.as_ref()), message.as_bytes()));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether the server knows the password too, as it says at last.
    pub(super) fn takes_proof(&mut self, server_last: &[u8]) -> bool {
        let said = server_last.strip_prefix(b"v=").and_then(|said| STANDARD.decode(said).ok());
        self.is_proven = match (said, &self.server_signature) {
            (Some(said), Some(expected)) => said.ct_eq(expected.as_ref()).into(),
            _ => false,
        };
        self.is_proven
    }

    /// Whether it has said so.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3, in which a user is named.
    #[test]
    fn the_example_of_the_standard_is_proven_and_proves_the_server() {
        let mut scram = Scram {
            nonce: "rOprNGfwEbeRWgbNEkqO".to_owned(),
            password: "pencil".to_owned(),
            server_signature: None,
            is_proven: false,
        };
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let last = scram.proof(first.as_bytes()).unwrap();
        // The user is in what is signed, so the proof is another one than there; its form is the same.
        assert!(last.starts_with("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="), "{last}");
        assert!(!scram.takes_proof(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        let signature = STANDARD.encode(scram.server_signature.as_ref().unwrap().as_ref());
        assert!(scram.takes_proof(format!("v={signature}").as_bytes()) && scram.is_proven());
    }

    #[test]
    fn a_server_that_means_harm_is_refused() {
        let proof = |first: &str| Scram::new("pencil", [7; 24]).proof(first.as_bytes());
        let nonce = STANDARD.encode([7; 24]);
        for first in [
            String::new(),
            "r=other,s=W22Z,i=4096".to_owned(),
            format!("r={nonce},s=W22Z,i=4096"),
            format!("r={nonce}x,s=W22Z,i=0"),
            format!("r={nonce}x,s=W22Z,i=4000000000"),
            format!("r={nonce}x,s=~,i=4096"),
        ] {
            assert!(proof(&first).is_err(), "{first}");
        }
        assert!(proof(&format!("r={nonce}x,s=W22Z,i=4096")).is_ok());
    }
}
