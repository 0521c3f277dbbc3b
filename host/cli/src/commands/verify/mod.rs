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
    /// The bundle that `--bundle` of `run` or `exec`, or `sortie inbox bundle`, wrote; or `-` for standard input. Of a
    /// folder, all its `.json` files, several at a time.
    #[arg(required = true, value_name = "BUNDLE|DIR")]
    pub(crate) bundles: Vec<String>,
    /// Let the run have the limits that the bundle asks for, however great.
    #[arg(long)]
    pub(crate) allow_limits: bool,
    /// Demand that each answer was signed, by whom the bundle says, with a key that this file allows: it has the form of
    /// OpenSSH's `allowed_signers`. `sortie inbox answer --sign` signs.
    #[arg(long, value_name = "FILE")]
    pub(crate) signers: Option<PathBuf>,
    /// Demand that this statement, which an allowed signer signed, is about the file: an in-toto statement in a DSSE envelope, as
    /// `--attest` writes it. Other files than bundles, such as plugins, are compared with it alone. Answers may be unsigned
    /// then: who signed the statement answers for them.
    #[arg(long, value_name = "FILE", requires = "signers")]
    pub(crate) attestation: Option<PathBuf>,
    /// What executes the plugins' code: machine code, unoptimised machine code, or a portable interpreter.
    #[arg(long, value_name = "BACKEND", value_parser = BACKENDS.map(PossibleValue::new), conflicts_with = "all_backends")]
    pub(crate) backend: Option<String>,
    /// Run each bundle on all backends, one after the other: results and the fuel of each step are the same on all.
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
        names => many(&files(names)?, &plan, format),
    }
}
