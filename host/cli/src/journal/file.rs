//! Which journal it is, and who uses it.

use std::env;
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use sortie_host::journal::{Actor, JournalError, SqliteJournal};

use crate::error::CliError;
use crate::options::JournalArguments;
use crate::refusal::Refusal;

impl JournalArguments {
    /// Opens the journal to add a run to it, and makes it if there is none.
    pub(crate) fn open_or_make(&self) -> Result<SqliteJournal, CliError> {
        let path = match &self.journal {
            Some(path) => path.clone(),
            None => made_default_file()?,
        };
        Ok(SqliteJournal::open(path)?)
    }

    /// A run that does not pause is in no journal: to name one is a mistake. The environment names it for all commands.
    pub(crate) fn none_named(&self) -> Result<(), CliError> {
        if self.journal.is_none() || self.journal == env::var_os("SORTIE_JOURNAL").map(PathBuf::from) {
            return Ok(());
        }
        Err(Refusal::JournalWithoutPause.into())
    }

    /// Opens the journal for what is in it: a file that was named has to be there.
    pub(crate) fn open(&self) -> Result<SqliteJournal, CliError> {
        match &self.journal {
            Some(path) if !path.exists() => Err(Refusal::JournalNotFound { path: Refusal::shown(path) }.into()),
            Some(_) | None => self.open_or_make(),
        }
    }
}

/// `sortie/journal.sqlite` in the user's data folder (XDG Base Directory Specification).
pub(crate) fn default_file() -> Result<PathBuf, CliError> {
    let base = etcetera::choose_base_strategy().map_err(|error| Refusal::NoJournal { detail: error.to_string() })?;
    Ok(base.data_dir().join("sortie/journal.sqlite"))
}

/// The same, in a folder that is made if need be.
fn made_default_file() -> Result<PathBuf, CliError> {
    let file = default_file()?;
    if let Some(folder) = file.parent() {
        make_folder(folder)
            .map_err(|error| JournalError::CannotOpen { path: folder.to_owned(), detail: error.to_string() })?;
    }
    Ok(file)
}

/// For its owner alone, as the journal is.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Who acts: whom the command line names, else the user.
pub(crate) fn actor(name: Option<&str>) -> Actor {
    let user = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|variable| std::env::var(variable).ok());
    Actor::new(name.map(str::to_owned).or_else(user).unwrap_or_else(|| "unknown".to_owned()))
}
