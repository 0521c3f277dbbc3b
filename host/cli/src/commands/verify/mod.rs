//! `sortie verify`.

mod many;
mod plan;
mod subject;

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValue;

use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render;
use many::{files, many};
use plan::{BACKENDS, Plan};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A bundle, as `--bundle` or `sortie inbox bundle` wrote it; `-` for standard input; or a folder, of which all
    /// `.json` files are verified, several at a time. Statements in it (`.dsse.json`) need `--signers`.
    #[arg(required = true, value_name = "BUNDLE|DIR")]
    pub(crate) bundles: Vec<String>,
    /// Let the run have the limits that the bundle asks for, however high.
    #[arg(long)]
    pub(crate) allow_limits: bool,
    /// Require that each answer was signed by the person the bundle names, with a key that this file allows. The file
    /// has the format of OpenSSH's `allowed_signers`; `sortie inbox answer --sign` signs.
    #[arg(long, value_name = "FILE")]
    pub(crate) signers: Option<PathBuf>,
    /// Require that this statement is about the file and signed by an allowed signer: an in-toto statement in a DSSE
    /// envelope, as `--attest` writes it. Files that are not bundles, such as plugins, are only compared with it.
    /// Answers may then be unsigned: the signer of the statement vouches for them.
    #[arg(long, value_name = "FILE", requires = "signers")]
    pub(crate) attestation: Option<PathBuf>,
    /// Execute the plugins as machine code, as unoptimised machine code, or in a portable interpreter.
    #[arg(long, value_name = "BACKEND", value_parser = BACKENDS.map(PossibleValue::new), conflicts_with = "all_backends")]
    pub(crate) backend: Option<String>,
    /// Run each bundle on every backend in turn, and require the same results and the same fuel for each step.
    #[arg(long)]
    pub(crate) all_backends: bool,
}

/// Runs bundles again, and compares.
pub(crate) fn verify(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let plan = Plan::of(arguments)?;
    match arguments.bundles.as_slice() {
        [name] if !Path::new(name).is_dir() => {
            let verified = plan.verify(name)?;
            match format {
                Format::Json => render::print_json(&plan.to_json(&verified))?,
                Format::Human => render::print(&plan.text(&verified))?,
            }
            Ok(verified.exit())
        }
        _ if arguments.attestation.is_some() => Err(Refusal::AttestationOfMany.into()),
        names => many(&files(names, &plan)?, &plan, format),
    }
}
