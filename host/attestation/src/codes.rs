//! The codes of this crate's errors.

use sortie_json::{Code, UserError};

use crate::decision::SigningError;
use crate::envelope::EnvelopeError;
use crate::key::KeyError;
use crate::passkey::PasskeyFault;
use crate::signers::SignersError;

sortie_json::codes! {
    NOT_A_SIGNING_KEY = "not_a_signing_key", Rejected,
        "A file is no private key, or is damaged.",
        "give an Ed25519 key in OpenSSH's form or in PKCS#8: `ssh-keygen -t ed25519 -f FILE` makes one";
    SIGNING_KEY_ENCRYPTED = "signing_key_encrypted", Rejected,
        "A passphrase protects a private key, and it was not given.",
        "type the passphrase at a terminal, or name a file that holds it: `SORTIE_KEY_PASSPHRASE_FILE`; a key in PKCS#8 has to have none";
    WRONG_PASSPHRASE = "wrong_passphrase", Rejected,
        "A private key is protected by another passphrase than the one that was given.",
        "try again; `ssh-keygen -y -f KEY` tells whether a passphrase is right";
    SIGNING_KEY_ALGORITHM = "signing_key_algorithm", Rejected,
        "A private key is for another algorithm than Ed25519.", "make one: `ssh-keygen -t ed25519 -f FILE`";
    NOT_AN_ATTESTATION = "not_an_attestation", Rejected,
        "A file is no DSSE envelope with an in-toto statement.",
        "give a file that `--attest` wrote, or another tool that writes such envelopes";
    ATTESTATION_NOT_SIGNED = "attestation_not_signed", Failed,
        "No allowed signer signed a statement.", "name the signer's key in the file that `--signers` names";
    VALUE_NOT_I_JSON = "value_not_i_json", Rejected,
        "What was to be signed is not I-JSON (RFC 7493), and so has no canonical form.",
        "write large numbers as strings, and nest less deeply";
    PASSKEY_REFUSED = "passkey_refused", Rejected,
        "What a browser and a passkey gave does not prove who it is, or what they agreed to.",
        "try again from the page, at the server's own address, and confirm it with your PIN, finger or face";
    INVALID_SIGNERS = "invalid_signers", Rejected,
        "A line of allowed signers cannot be read.",
        "write it as ssh-keygen(1) says under ALLOWED SIGNERS: `ann@example.org ssh-ed25519 AAAA…`";
}

impl UserError for KeyError {
    fn code(&self) -> Code {
        match self {
            Self::NotAKey | Self::Damaged(_) => NOT_A_SIGNING_KEY,
            Self::Encrypted | Self::EncryptedPkcs8 | Self::TooManyRounds { .. } => SIGNING_KEY_ENCRYPTED,
            Self::WrongPassphrase => WRONG_PASSPHRASE,
            Self::OtherAlgorithm => SIGNING_KEY_ALGORITHM,
        }
    }
}

impl UserError for SigningError {
    fn code(&self) -> Code {
        match self {
            Self::Value(_) => VALUE_NOT_I_JSON,
            Self::Key(error) => UserError::code(error),
            Self::Passkey(error) => UserError::code(error),
        }
    }
}

impl UserError for PasskeyFault {
    fn code(&self) -> Code {
        PASSKEY_REFUSED
    }
}

impl UserError for EnvelopeError {
    fn code(&self) -> Code {
        match self {
            Self::NotAnEnvelope(_) => NOT_AN_ATTESTATION,
            Self::NotSigned => ATTESTATION_NOT_SIGNED,
        }
    }
}

impl UserError for SignersError {
    fn code(&self) -> Code {
        INVALID_SIGNERS
    }
}
