//! Keys, signers and signed statements, as files that the command line names.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sortie_attestation::{Signers, SigningKey, Statement};
use sortie_json::canonical;
use sortie_runner::files::{self, FileError};

use crate::error::CliError;
use crate::refusal::Refusal;

#[derive(Debug, Clone, Args)]
pub(crate) struct AttestArguments {
    /// Write a statement about the outcome, signed with this Ed25519 key (OpenSSH or PKCS#8): an in-toto statement in a
    /// DSSE envelope, for `sortie verify --attestation` and other tools.
    #[arg(long, value_name = "KEY")]
    attest: Option<PathBuf>,
    /// Write the statement to this file [default: beside the file that is written, with `.dsse.json` appended].
    #[arg(long, value_name = "FILE", requires = "attest")]
    attestation: Option<PathBuf>,
}

/// Who signs a statement, and where it is written.
pub(crate) struct Attester {
    key: SigningKey,
    file: PathBuf,
}

impl AttestArguments {
    /// Whether a statement is asked for.
    pub(crate) fn is_wanted(&self) -> bool {
        self.attest.is_some()
    }

    /// Who signs, if a statement is asked for: the key is read before anything is done. The statement is written beside a
    /// file, where it is not said where.
    pub(crate) fn attester(&self, beside: Option<&Path>) -> Result<Option<Attester>, CliError> {
        let Some(attest) = &self.attest else { return Ok(None) };
        let beside = beside.filter(|file| file.as_os_str() != "-").map(|file| {
            let mut name = file.as_os_str().to_owned();
            name.push(".dsse.json");
            PathBuf::from(name)
        });
        let file = self.attestation.clone().or(beside).ok_or(Refusal::AttestationWithoutFile)?;
        Ok(Some(Attester { key: key(attest)?, file }))
    }
}

impl Attester {
    /// Signs a statement and writes it.
    pub(crate) fn attest(&self, statement: &Statement) -> Result<(), CliError> {
        let envelope = statement.sign(&self.key).to_json();
        fs::write(&self.file, canonical(&envelope)).map_err(|error| FileError::writing(&self.file, error).into())
    }
}

/// A private key.
pub(crate) fn key(file: &Path) -> Result<SigningKey, CliError> {
    SigningKey::read(&text(file)?).map_err(|error| CliError::Error(Box::new(error)))
}

/// Who may sign.
pub(crate) fn signers(file: &Path) -> Result<Signers, CliError> {
    Signers::parse(&text(file)?).map_err(|error| CliError::Error(Box::new(error)))
}

fn text(file: &Path) -> Result<String, CliError> {
    let name = Refusal::shown(file);
    let bytes = files::bytes(&name)?;
    String::from_utf8(bytes).map_err(|_| Refusal::FileNotUtf8 { file: name }.into())
}
