//! The public keys of passkeys, and of keys in hardware that OpenSSH uses.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256};

use super::{cbor, ecdsa, wire};

/// How a passkey signs. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PasskeyAlgorithm {
    /// ECDSA on P-256 with SHA-256: what every authenticator has.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// The public key of a passkey, with the name that it is for.
///
/// It is written as OpenSSH writes a key in hardware (`PROTOCOL.u2f`), so that it can stand in a file of allowed signers.
///
/// ```
/// use sortie_attestation::{PasskeyAlgorithm, PasskeyKey};
///
/// let text = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbhAAAAC2V4YW1wbGUub3Jn";
/// let key = PasskeyKey::openssh(text).unwrap();
/// assert_eq!((key.algorithm(), key.relying_party()), (PasskeyAlgorithm::EdDsa, "example.org"));
/// assert_eq!(key.to_string(), text);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PasskeyKey {
    algorithm: PasskeyAlgorithm,
    /// A point, not compressed; or the 32 bytes of Ed25519.
    bytes: Vec<u8>,
    relying_party: String,
}

impl PasskeyAlgorithm {
    /// Those that a server asks for, the preferred first.
    pub const ALL: [Self; 2] = [Self::Es256, Self::EdDsa];

    /// Its number in the registry of COSE (RFC 9053).
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
        }
    }

    /// What OpenSSH calls such a key.
    fn key_type(self) -> &'static str {
        match self {
            Self::Es256 => "sk-ecdsa-sha2-nistp256@openssh.com",
            Self::EdDsa => "sk-ssh-ed25519@openssh.com",
        }
    }
}

impl PasskeyKey {
    /// Reads a key as OpenSSH writes it: `sk-ecdsa-sha2-nistp256@openssh.com AAAA… comment`, or `sk-ssh-ed25519@openssh.com`.
    #[must_use]
    pub fn openssh(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (kind, blob) = (words.next()?, words.next()?);
        let key = Self::from_blob(&STANDARD.decode(blob).ok()?)?;
        (key.algorithm.key_type() == kind).then_some(key)
    }

    /// Reads a key as authenticators write it (COSE, RFC 9052): of a kind that is known, with nothing besides.
    pub(super) fn cose(bytes: &[u8], relying_party: &str) -> Option<Self> {
        let mut reader = cbor::Reader(bytes);
        let (mut kind, mut algorithm, mut curve, mut x, mut y) = (None, None, None, None, None);
        for _ in 0..reader.map().filter(|pairs| *pairs <= 5)? {
            // What is there twice is not overwritten, it is refused.
            let is_new = match reader.integer()? {
                1 => kind.replace(reader.integer()?).is_none(),
                3 => algorithm.replace(reader.integer()?).is_none(),
                -1 => curve.replace(reader.integer()?).is_none(),
                -2 => x.replace(reader.bytes()?).is_none(),
                -3 => y.replace(reader.bytes()?).is_none(),
                _ => false,
            };
            is_new.then_some(())?;
        }
        reader.0.is_empty().then_some(())?;
        let x = x.filter(|x| x.len() == 32)?;
        let (algorithm, bytes) = match (kind?, algorithm?, curve?, y) {
            (2, -7, 1, Some(y)) if y.len() == 32 => (PasskeyAlgorithm::Es256, [&[4], x, y].concat()),
            (1, -8, 6, None) => (PasskeyAlgorithm::EdDsa, x.to_vec()),
            _ => return None,
        };
        Some(Self { algorithm, bytes, relying_party: relying_party.to_owned() })
    }

    pub(super) fn from_blob(blob: &[u8]) -> Option<Self> {
        let mut reader = wire::Reader(blob);
        let kind = reader.text()?;
        let algorithm = PasskeyAlgorithm::ALL.into_iter().find(|algorithm| algorithm.key_type() == kind)?;
        let fits = match algorithm {
            PasskeyAlgorithm::Es256 => reader.text()? == "nistp256",
            PasskeyAlgorithm::EdDsa => true,
        };
        let bytes = reader.string()?.to_vec();
        let relying_party = reader.text()?.to_owned();
        reader.end()?;
        let fits = fits
            && match algorithm {
                PasskeyAlgorithm::Es256 => bytes.len() == 65 && bytes.first() == Some(&4),
                PasskeyAlgorithm::EdDsa => bytes.len() == 32,
            };
        fits.then_some(Self { algorithm, bytes, relying_party })
    }

    pub(super) fn to_blob(&self) -> Vec<u8> {
        let kind = self.algorithm.key_type().as_bytes();
        let name = self.relying_party.as_bytes();
        match self.algorithm {
            PasskeyAlgorithm::Es256 => wire::nested(&[kind, b"nistp256", &self.bytes, name]),
            PasskeyAlgorithm::EdDsa => wire::nested(&[kind, &self.bytes, name]),
        }
    }

    /// How it signs.
    #[must_use]
    pub fn algorithm(&self) -> PasskeyAlgorithm {
        self.algorithm
    }

    /// The name of the server that it is for.
    #[must_use]
    pub fn relying_party(&self) -> &str {
        &self.relying_party
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(self.to_blob())))
    }

    /// A signature as the authenticator wrote it, in the form of SSH; nothing, if it is none.
    pub(super) fn signature_for_ssh(&self, signature: &[u8]) -> Option<Vec<u8>> {
        match self.algorithm {
            PasskeyAlgorithm::Es256 => Some(ecdsa::to_ssh(&ecdsa::from_asn1(signature)?)),
            PasskeyAlgorithm::EdDsa => Some(signature.to_vec()),
        }
    }

    /// Whether it made a signature, which is in the form of SSH.
    pub(super) fn made(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            PasskeyAlgorithm::Es256 => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.bytes).ok();
                let signature = ecdsa::from_ssh(signature);
                let signature = signature.and_then(|fixed| p256::ecdsa::Signature::from_slice(&fixed).ok());
                key.zip(signature).is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
            }
            PasskeyAlgorithm::EdDsa => {
                let bytes = <&[u8; 32]>::try_from(self.bytes.as_slice()).ok();
                let key = bytes.and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(bytes).ok());
                let signature = ed25519_dalek::Signature::from_slice(signature).ok();
                key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
            }
        }
    }
}

/// As OpenSSH writes it, without a comment: what a line of allowed signers ends with.
impl fmt::Display for PasskeyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.algorithm.key_type(), STANDARD.encode(self.to_blob()))
    }
}

impl fmt::Debug for PasskeyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ec2(head: &[u8]) -> Vec<u8> {
        [head, &[0x21, 0x58, 0x20], &[1; 32], &[0x22, 0x58, 0x20], &[2; 32]].concat()
    }

    fn okp(head: &[u8]) -> Vec<u8> {
        [head, &[0x21, 0x58, 0x20], &[1; 32]].concat()
    }

    #[test]
    fn a_key_is_read_that_is_just_what_its_algorithm_asks_for() {
        let es256 = ec2(&[0xa5, 1, 2, 3, 0x26, 0x20, 1]);
        let eddsa = okp(&[0xa4, 1, 1, 3, 0x27, 0x20, 6]);
        for good in [&es256, &eddsa] {
            let key = PasskeyKey::cose(good, "example.org").unwrap();
            assert_eq!(PasskeyKey::from_blob(&key.to_blob()), Some(key.clone()));
            assert_eq!(PasskeyKey::openssh(&format!("{key} a comment")), Some(key));
        }
        let bad = [
            // Another algorithm than its kind has; another curve; a kind that is not known.
            ec2(&[0xa5, 1, 2, 3, 0x27, 0x20, 1]),
            ec2(&[0xa5, 1, 2, 3, 0x26, 0x20, 2]),
            ec2(&[0xa5, 1, 3, 3, 0x26, 0x20, 1]),
            okp(&[0xa4, 1, 1, 3, 0x26, 0x20, 6]),
            // RS256.
            okp(&[0xa4, 1, 1, 3, 0x39, 1, 0, 0x20, 6]),
            // Something twice, something besides, something missing.
            ec2(&[0xa5, 1, 2, 3, 0x26, 3, 0x26]),
            okp(&[0xa5, 1, 1, 3, 0x27, 0x20, 6, 2, 0]),
            okp(&[0xa3, 1, 1, 3, 0x27]),
            [es256.as_slice(), &[0]].concat(),
            es256[..es256.len() - 1].to_vec(),
            Vec::new(),
        ];
        for bytes in bad {
            assert_eq!(PasskeyKey::cose(&bytes, "example.org"), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_line_with_another_type_than_its_key_is_none() {
        let key = PasskeyKey::cose(&okp(&[0xa4, 1, 1, 3, 0x27, 0x20, 6]), "example.org").unwrap().to_string();
        assert_eq!(PasskeyKey::openssh(&key.replacen("sk-ssh-ed25519@", "sk-ecdsa-sha2-nistp256@", 1)), None);
        assert_eq!(PasskeyKey::openssh(""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..96)) {
            let _ = (PasskeyKey::cose(&bytes, "example.org"), PasskeyKey::from_blob(&bytes));
        }
    }
}
