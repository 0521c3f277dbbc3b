//! Writing what a run made of the state to files.

use std::path::{Path, PathBuf};

use clap::Args;
use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_host::OrchestrationResult;
use sortie_json::canonical;
use sortie_runner::files;

use crate::error::CliError;
use crate::options::pointer;
use crate::refusal::Refusal;

/// What of the state is kept.
#[derive(Debug, Args)]
pub(crate) struct SavingArguments {
    /// Write the final state to this file if the mission succeeds: it can be the `--state` of the next run.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_state: Option<PathBuf>,
    /// Write the part of the final state at a JSON Pointer to a file if the mission succeeds. Can be repeated.
    #[arg(long, value_name = "POINTER=FILE", value_parser = placed)]
    pub(crate) save: Vec<(PointerBuf, PathBuf)>,
}

impl SavingArguments {
    /// Whether anything is to be kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.save_state.is_none() && self.save.is_empty()
    }

    /// The files that are written.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.save_state.as_deref().into_iter().chain(self.save.iter().map(|(_, file)| file.as_path()))
    }

    /// Writes what is to be kept of a result. A mission that failed leaves the files as they are.
    pub(crate) fn write(&self, result: &OrchestrationResult) -> Result<(), CliError> {
        if !result.success {
            return Ok(());
        }
        if let Some(file) = &self.save_state {
            write(file, &result.final_state)?;
        }
        for (pointer, file) in &self.save {
            let value = pointer
                .resolve(&result.final_state)
                .map_err(|_| Refusal::NothingToSave { pointer: pointer.to_string() })?;
            write(file, value)?;
        }
        Ok(())
    }
}

/// Writes a value to a file that is there as a whole or as it was before.
fn write(file: &Path, value: &Value) -> Result<(), CliError> {
    let mut bytes = canonical(value);
    bytes.push(b'\n');
    Ok(files::write(file, &bytes)?)
}

fn placed(text: &str) -> Result<(PointerBuf, PathBuf), String> {
    let (at, file) = text.split_once('=').ok_or("expected POINTER=FILE, such as `/daily/changes=changes.json`")?;
    if file.is_empty() {
        return Err("the file after `=` is empty".to_owned());
    }
    Ok((pointer(at)?, file.into()))
}
