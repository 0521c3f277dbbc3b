//! Keys, signers and signed statements, as files that the command line names.

use std::env;
use std::path::{Path, PathBuf};

use clap::Args;
use sortie_attestation::{KeyError, ProtectedKey, Signers, SigningKey, Statement};
use sortie_json::canonical;
use sortie_runner::files;

use crate::error::CliError;
use crate::humans;
use crate::refusal::Refusal;
use crate::render::printable;

#[derive(Debug, Clone, Args)]
pub(crate) struct AttestArguments {
    /// Write a statement about the outcome, signed with this Ed25519 key (OpenSSH or PKCS#8): an in-toto statement in a
    /// DSSE envelope, for `sortie verify --attestation` and other tools. A passphrase is asked for at the terminal, or
    /// read from the file that `SORTIE_KEY_PASSPHRASE_FILE` names.
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

    /// The file that is named for the statement.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.attestation.as_deref()
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
        Ok(files::write(&self.file, &canonical(&envelope))?)
    }
}

/// The variable that names the file with the passphrase of a private key.
const PASSPHRASE_FILE: &str = "SORTIE_KEY_PASSPHRASE_FILE";

/// How often a person may mistype a passphrase, as of `ssh`.
const TRIES: u32 = 3;

/// A private key. If a passphrase protects it, that is in the file that a variable names, or is asked for at the terminal.
pub(crate) fn key(file: &Path) -> Result<SigningKey, CliError> {
    let text = text(file)?;
    let key = match SigningKey::read(&text) {
        Err(KeyError::Encrypted) => ProtectedKey::read(&text),
        key => return key.map_err(refused),
    };
    let key = key.map_err(refused)?;
    if let Some(passphrase) = env::var_os(PASSPHRASE_FILE) {
        return key.open(&first_line(Path::new(&passphrase))?).map_err(refused);
    }
    let mut prompt = format!("Passphrase of {}", printable(&Refusal::shown(file)));
    let mut fault = KeyError::Encrypted;
    for _ in 0..TRIES {
        let Some(passphrase) = humans::secret(&prompt) else { break };
        match key.open(&passphrase) {
            Err(KeyError::WrongPassphrase) if matches!(fault, KeyError::Encrypted) => {
                fault = KeyError::WrongPassphrase;
                prompt.insert_str(0, "That is another one. ");
            }
            Err(KeyError::WrongPassphrase) => {}
            key => return key.map_err(refused),
        }
    }
    Err(refused(fault))
}

/// What stands in a file, without the end of its line.
fn first_line(file: &Path) -> Result<String, CliError> {
    let text = text(file)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn refused(error: KeyError) -> CliError {
    CliError::Error(Box::new(error))
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
