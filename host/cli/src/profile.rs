//! Writing what a mission used its fuel for.

use std::path::{Path, PathBuf};

use clap::Args;
use sortie_host::{FinishedRun, Host};
use sortie_runner::files;
use sortie_runner::{MissionProfile, ProfileFormat};

use crate::error::CliError;
use crate::render::{printable, to_stderr};

#[derive(Debug, Args)]
pub(crate) struct ProfileArguments {
    /// Write how much fuel each function of the plugins used: a flame graph (`.svg`), collapsed stacks (`.folded`) or a
    /// speedscope profile (`.json`). The same run writes the same file.
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub(crate) profile: Option<PathBuf>,
}

fn file(name: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(name);
    match ProfileFormat::of(&file) {
        Some(_) => Ok(file),
        None => Err("the name of a profile ends in `.svg`, `.folded` or `.json`".to_owned()),
    }
}

impl ProfileArguments {
    /// Writes the profile of a finished run, if it is wanted.
    pub(crate) fn write(&self, name: &str, host: &Host, completed: &FinishedRun) -> Result<(), CliError> {
        let Some((file, format)) = self.profile.as_deref().and_then(|file| Some((file, ProfileFormat::of(file)?)))
        else {
            return Ok(());
        };
        let profile = MissionProfile::of(name, &completed.profiles, &host.registry());
        files::write(file, profile.text(format).as_bytes())?;
        to_stderr(&told(&profile, file));
        Ok(())
    }
}

fn told(profile: &MissionProfile, file: &Path) -> String {
    let mut told =
        format!("profile of {} units of fuel in {}\n", profile.fuel(), printable(&file.display().to_string()));
    for plugin in profile.nameless() {
        told.push_str(&format!(
            "note: functions of `{plugin}` have numbers for names; `sortie plugin build` keeps their names beside the \
             plugin, in `NAME.symbols.json`\n"
        ));
    }
    told
}
