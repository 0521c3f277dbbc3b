//! `sortie verify`.

use clap::Args;
use serde_json::{Value, json};
use sortie_host::{Bundle, BundleError, HostError};

use crate::error::{CliError, Exit, limit_too_great};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::{input, project, render};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The bundle that `--bundle` of `run` or `exec` wrote, or `-` for standard input.
    pub(crate) bundle: String,
    /// Let the run have the limits that the bundle asks for, however great.
    #[arg(long)]
    pub(crate) allow_limits: bool,
}

/// Runs a bundle again, and compares.
pub(crate) fn verify(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let document = input::document(&arguments.bundle)?;
    let name = document.source().name().to_owned();
    let bundle: Bundle = serde_json::from_value(document.into_value())
        .map_err(|error| Refusal::NotABundle { name, detail: error.to_string() })?;
    let bundle = if arguments.allow_limits { bundle.allowing_its_limits() } else { bundle };
    let difference = bundle.verify(project::sandbox()).map_err(failed)?;
    let hash = bundle.result().receipt.result_hash;
    match (format, &difference) {
        (Format::Json, _) => render::print_json(&json!({
            "verified": difference.is_none(),
            "result_hash": hash,
            "difference": difference,
        }))?,
        (Format::Human, None) => render::print(&format!("verified: run again, it gives the same\nresult {hash}\n"))?,
        (Format::Human, Some(difference)) => {
            let place = match &difference.step_id {
                Some(step) => format!("step `{}` is the first that differs, at", render::printable(step)),
                None => "every step is the same, but not".to_owned(),
            };
            render::print(&format!(
                "not verified: {place} `{}`\n  the bundle has  {}\n  run again       {}\n",
                difference.path,
                shown(difference.bundle.as_ref()),
                shown(difference.again.as_ref()),
            ))?;
        }
    }
    Ok(if difference.is_none() { Exit::Done } else { Exit::Failed })
}

/// A value in one line of bounded length.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 200;
    let Some(value) = value else { return "nothing".to_owned() };
    let text = render::printable(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn failed(error: BundleError) -> CliError {
    match error {
        BundleError::Host(HostError::Limit(error)) => limit_too_great(error),
        BundleError::Host(error) => error.into(),
        error => CliError::Error(Box::new(error)),
    }
}
