//! `sortie hash`.

use sortie_json::{ContentHash, canonical};

use crate::arguments::{Format, HashArguments};
use crate::error::{CliError, Exit};
use crate::{input, render};

/// Prints the canonical hash of a document, or its canonical bytes.
pub(crate) fn hash(arguments: &HashArguments, format: Format) -> Result<Exit, CliError> {
    let document = input::document(&arguments.file)?;
    if arguments.canonical {
        render::print_bytes(&canonical(document.value()))?;
        return Ok(Exit::Done);
    }
    let hash = ContentHash::of(document.value());
    match format {
        Format::Json => render::print_json(&serde_json::json!({"hash": hash}))?,
        Format::Human => render::print(&format!("{hash}\n"))?,
    }
    Ok(Exit::Done)
}
