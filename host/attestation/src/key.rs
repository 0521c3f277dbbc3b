//! Keys, as OpenSSH and OpenSSL write them: those that sign are Ed25519 keys; those that check are passkeys, too.

use std::fmt;

use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::spki;
use ed25519_dalek::pkcs8::{self, DecodePrivateKey as _};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, Kdf, LineEnding, PrivateKey, SshSig};

use crate::passkey::PasskeyKey;

/// A private key that signs.
pub struct SigningKey(Ed25519Keypair);

/// A private key in OpenSSH's form that a passphrase protects.
///
/// ```
/// use sortie_attestation::{KeyError, ProtectedKey, SigningKey};
///
/// fn key(text: &str, passphrase: &str) -> Result<SigningKey, KeyError> {
///     match SigningKey::read(text) {
///         Err(KeyError::Encrypted) => ProtectedKey::read(text)?.open(passphrase),
///         key => key,
///     }
/// }
/// assert_eq!(key("no key", "a passphrase").err(), Some(KeyError::NotAKey));
/// ```
pub struct ProtectedKey(PrivateKey);

/// What a key may ask for so that a passphrase is hard to guess: some twenty seconds. `ssh-keygen` asks for 16 or 24 rounds.
const MAX_ROUNDS: u32 = 2_000;

/// The key that a signature is checked with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifyingKey(PublicKey);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum PublicKey {
    /// In a file.
    File(KeyData),
    /// In hardware, or a passkey.
    Hardware(PasskeyKey),
}

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is something else.
    #[error("this is not a private key in PEM")]
    NotAKey,
    /// A passphrase protects it: it is a [`ProtectedKey`].
    #[error("the private key is protected by a passphrase")]
    Encrypted,
    /// A passphrase protects it, and it is in PKCS#8.
    #[error("the private key is protected by a passphrase in PKCS#8's own way, which is not read here")]
    EncryptedPkcs8,
    /// It is protected by another passphrase.
    #[error("this is not the passphrase of the private key")]
    WrongPassphrase,
    /// To try a passphrase would take too long.
    #[error("to try a passphrase of the private key takes {rounds} rounds, and at most {MAX_ROUNDS} are made")]
    TooManyRounds {
        /// What it asks for.
        rounds: u32,
    },
    /// It is for another algorithm.
    #[error("the private key is not an Ed25519 key")]
    OtherAlgorithm,
    /// It is damaged.
    #[error("the private key cannot be read: {0}")]
    Damaged(String),
}

impl SigningKey {
    /// Reads a private key that no passphrase protects: in OpenSSH's form, or in PKCS#8 (RFC 8410), both in PEM.
    ///
    /// # Errors
    ///
    /// It is not such a key: see [`KeyError`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let label = text.lines().find_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
        match label {
            Some("OPENSSH PRIVATE KEY") => openssh(text),
            Some("PRIVATE KEY") => pkcs8(text),
            Some("ENCRYPTED PRIVATE KEY") => Err(KeyError::EncryptedPkcs8),
            Some(label) if label.ends_with(" PRIVATE KEY") => Err(KeyError::OtherAlgorithm),
            Some(_) | None => Err(KeyError::NotAKey),
        }
    }

    /// The key that its signatures are checked with.
    #[must_use]
    pub fn verifying(&self) -> VerifyingKey {
        VerifyingKey(PublicKey::File(KeyData::Ed25519(self.0.public)))
    }

    /// A signature in OpenSSH's form (`PROTOCOL.sshsig`), in armour: `ssh-keygen -Y verify` checks it.
    ///
    /// # Errors
    ///
    /// The namespace is empty.
    pub fn sign_in_namespace(&self, namespace: &str, message: &[u8]) -> Result<String, KeyError> {
        let damaged = |error: ssh_key::Error| KeyError::Damaged(error.to_string());
        let key = PrivateKey::from(self.0.clone());
        let signature = key.sign(namespace, HashAlg::Sha512, message).map_err(damaged)?;
        signature.to_pem(LineEnding::LF).map_err(damaged)
    }

    /// A bare signature (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        ed25519_dalek::SigningKey::from_bytes(&self.0.private.to_bytes()).sign(message).to_bytes()
    }
}

impl ProtectedKey {
    /// Reads a private key that a passphrase protects, in OpenSSH's form. What is wrong with it is told before anybody is asked.
    ///
    /// # Errors
    ///
    /// It is not such a key, is for another algorithm, or takes too long to open: see [`KeyError`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(text).map_err(|error| KeyError::Damaged(error.to_string()))?;
        match (key.public_key().key_data(), key.kdf()) {
            (KeyData::Ed25519(_), Kdf::Bcrypt { rounds, .. }) if *rounds > MAX_ROUNDS => {
                Err(KeyError::TooManyRounds { rounds: *rounds })
            }
            (KeyData::Ed25519(_), _) => Ok(Self(key)),
            _ => Err(KeyError::OtherAlgorithm),
        }
    }

    /// The key, for those who know its passphrase.
    ///
    /// # Errors
    ///
    /// It is another passphrase, or the key is damaged: see [`KeyError`].
    pub fn open(&self, passphrase: &str) -> Result<SigningKey, KeyError> {
        // With another passphrase, bytes come out that are no key.
        let key = self.0.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
        match key.key_data() {
            KeypairData::Ed25519(pair) => Ok(SigningKey(pair.clone())),
            _ => Err(KeyError::OtherAlgorithm),
        }
    }
}

impl fmt::Debug for ProtectedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ProtectedKey").field(&self.0.fingerprint(HashAlg::Sha256).to_string()).finish()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SigningKey").field(&self.verifying()).finish()
    }
}

impl VerifyingKey {
    /// Reads a public key as OpenSSH writes it: `ssh-ed25519 AAAA… comment`.
    pub(crate) fn openssh(text: &str) -> Option<Self> {
        if let Some(key) = PasskeyKey::openssh(text) {
            return Some(key.into());
        }
        Some(Self(PublicKey::File(ssh_key::PublicKey::from_openssh(text).ok()?.key_data().clone())))
    }

    pub(crate) fn of(signature: &SshSig) -> Self {
        Self(PublicKey::File(signature.public_key().clone()))
    }

    /// Whether this key made a bare signature of a message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = self.ed25519().and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok());
        let signature = ed25519_dalek::Signature::from_slice(signature).ok();
        key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
    }

    /// The 32 bytes of an Ed25519 key; nothing, if it is of another kind.
    #[must_use]
    pub fn ed25519(&self) -> Option<[u8; 32]> {
        match &self.0 {
            PublicKey::File(key) => key.ed25519().map(|key| key.0),
            PublicKey::Hardware(_) => None,
        }
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match &self.0 {
            PublicKey::File(key) => key.fingerprint(HashAlg::Sha256).to_string(),
            PublicKey::Hardware(key) => key.fingerprint(),
        }
    }
}

impl From<PasskeyKey> for VerifyingKey {
    fn from(key: PasskeyKey) -> Self {
        Self(PublicKey::Hardware(key))
    }
}

/// As OpenSSH writes it, without a comment: what a line of allowed signers ends with.
impl fmt::Display for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PublicKey::File(key) => {
                let text = ssh_key::PublicKey::from(key.clone()).to_openssh().unwrap_or_default();
                formatter.write_str(text.trim())
            }
            PublicKey::Hardware(key) => fmt::Display::fmt(key, formatter),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn openssh(text: &str) -> Result<SigningKey, KeyError> {
    let key = PrivateKey::from_openssh(text).map_err(|error| KeyError::Damaged(error.to_string()))?;
    match key.key_data() {
        KeypairData::Ed25519(pair) => Ok(SigningKey(pair.clone())),
        _ if key.is_encrypted() => Err(KeyError::Encrypted),
        _ => Err(KeyError::OtherAlgorithm),
    }
}

fn pkcs8(text: &str) -> Result<SigningKey, KeyError> {
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(text).map_err(|error| match error {
        pkcs8::Error::PublicKey(spki::Error::OidUnknown { .. }) => KeyError::OtherAlgorithm,
        error => KeyError::Damaged(error.to_string()),
    })?;
    Ok(SigningKey(Ed25519Keypair::from_seed(&key.to_bytes())))
}
