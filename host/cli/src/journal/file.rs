//! Which journal it is, and who uses it.

use std::env;
use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use sortie_host::journal::{Filter, Journal, JournalError, RunId};
use sortie_journal_stores::{Location, Store};

use crate::error::CliError;
use crate::options::JournalArguments;
use crate::refusal::Refusal;

impl JournalArguments {
    /// Opens the journal to add a run to it, and makes it if there is none.
    pub(crate) fn open_or_make(&self) -> Result<Store, CliError> {
        let location = match self.location()? {
            Some(location) => location,
            None => Location::File(made_default_file()?),
        };
        Ok(location.open()?)
    }

    /// Where the journal is that was named.
    pub(crate) fn location(&self) -> Result<Option<Location>, CliError> {
        let location = self.journal.as_ref().map(Location::new).transpose();
        location.map_err(|error| Refusal::JournalUrl { detail: error.to_string() }.into())
    }

    /// A run that does not pause is in no journal: to name one is a mistake. The environment names it for all commands.
    pub(crate) fn none_named(&self) -> Result<(), CliError> {
        if self.journal.is_none() || self.journal == env::var_os("SORTIE_JOURNAL").map(PathBuf::from) {
            return Ok(());
        }
        Err(Refusal::JournalWithoutPause.into())
    }

    /// An engine keeps its runs itself: to name a journal beside it is a mistake. The environment names it for all commands.
    pub(crate) fn none_beside_engine(&self) -> Result<(), CliError> {
        self.none_named().map_err(|_| Refusal::JournalBesideEngine.into())
    }

    /// Opens the journal for what is in it: a file that was named has to be there.
    pub(crate) fn open(&self) -> Result<Store, CliError> {
        match self.location()? {
            Some(Location::File(path)) if !path.exists() => {
                Err(Refusal::JournalNotFound { path: Refusal::shown(&path) }.into())
            }
            Some(location) => Ok(location.open()?),
            None => self.open_or_make(),
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

/// The run of that name, or the one whose name begins so. Where there is none, the name as it is: what becomes of it is
/// told as of any unknown run.
pub(crate) fn find(journal: &dyn Journal, name: &RunId) -> Result<RunId, CliError> {
    const SHOWN: usize = 5;
    let filter = Filter { prefix: Some(name.to_string()), limit: Some(SHOWN), ..Filter::default() };
    let found: Vec<RunId> = journal.list(&filter)?.into_iter().map(|summary| summary.run).collect();
    match found.as_slice() {
        [] => Ok(name.clone()),
        [only] => Ok(only.clone()),
        // The whole name of one run may be the beginning of another's.
        _ if journal
            .list(&Filter { prefix: Some(name.to_string()), ..Filter::default() })?
            .iter()
            .any(|run| run.run == *name) =>
        {
            Ok(name.clone())
        }
        _ => {
            let found = found.iter().map(ToString::to_string).collect();
            Err(Refusal::AmbiguousRun { run: name.to_string(), found }.into())
        }
    }
}
