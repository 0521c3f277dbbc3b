//! The codes of this crate's errors.

use sortie_json::{Code, UserError};

use crate::decision::SigningError;
use crate::envelope::EnvelopeError;
use crate::key::KeyError;
use crate::passkey::PasskeyFault;
use crate::signers::SignersError;

sortie_json::codes! {
    NOT_A_SIGNING_KEY = "not_a_signing_key", Rejected,
        "A file is not a private key, or is damaged.",
        "give an Ed25519 key in OpenSSH or PKCS#8 format; `ssh-keygen -t ed25519 -f FILE` creates one";
    SIGNING_KEY_ENCRYPTED = "signing_key_encrypted", Rejected,
        "A private key is protected by a passphrase, and none was given.",
        "type the passphrase at a terminal, or set `SORTIE_KEY_PASSPHRASE_FILE` to a file that contains it; a PKCS#8 key must not have one";
    WRONG_PASSPHRASE = "wrong_passphrase", Rejected,
        "The passphrase does not fit the private key.",
        "try again; `ssh-keygen -y -f KEY` checks a passphrase";
    SIGNING_KEY_ALGORITHM = "signing_key_algorithm", Rejected,
        "A private key is not an Ed25519 key.", "create one with `ssh-keygen -t ed25519 -f FILE`";
    NOT_AN_ATTESTATION = "not_an_attestation", Rejected,
        "A file is not a DSSE envelope with an in-toto statement.",
        "give a file that `--attest`, or another tool that writes such envelopes, wrote";
    ATTESTATION_NOT_SIGNED = "attestation_not_signed", Failed,
        "The statement is not signed by an allowed signer.", "add the signer's key to the file given with `--signers`";
    VALUE_NOT_I_JSON = "value_not_i_json", Rejected,
        "The value to sign is not I-JSON (RFC 7493), so it has no canonical form.",
        "write large numbers as strings, and nest less deeply";
    PASSKEY_REFUSED = "passkey_refused", Rejected,
        "The passkey's response does not prove who answered, or what they agreed to.",
        "try again from the page, at the server's own address, and confirm it with your PIN, finger or face";
    INVALID_SIGNERS = "invalid_signers", Rejected,
        "A line in the file of allowed signers is invalid.",
        "write it as described in ssh-keygen(1) under ALLOWED SIGNERS: `ann@example.org ssh-ed25519 AAAA…`";
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
