//! `sortie hash`.

use clap::Args;
use sortie_json::{ContentHash, canonical};

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::{input, render};

#[derive(Debug, Args)]
pub(crate) struct HashArguments {
    /// A file in JSON, YAML or TOML, or `-` for standard input.
    pub(crate) file: String,
    /// Print the canonical bytes instead of their hash.
    #[arg(long)]
    pub(crate) canonical: bool,
}

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
