//! `sortie verify`.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use clap::Args;
use serde_json::{Value, json};
use sortie_host::{Bundle, BundleError, Difference, HostError};
use sortie_json::ContentHash;
use sortie_runner::files::FileError;

use crate::error::{CliError, Exit, limit_too_great};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::{input, project, render};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The bundle that `--bundle` of `run` or `exec`, or `sortie inbox bundle`, wrote; or `-` for standard input. Of a
    /// folder, all its `.json` files, several at a time.
    #[arg(required = true, value_name = "BUNDLE|DIR")]
    pub(crate) bundles: Vec<String>,
    /// Let the run have the limits that the bundle asks for, however great.
    #[arg(long)]
    pub(crate) allow_limits: bool,
}

/// What came of a bundle.
struct Verification {
    hash: ContentHash,
    difference: Option<Difference>,
}

/// Runs bundles again, and compares.
pub(crate) fn verify(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    match arguments.bundles.as_slice() {
        [name] if !Path::new(name).is_dir() => {
            let verified = verified(name, arguments.allow_limits)?;
            match format {
                Format::Json => render::print_json(&to_json(&verified))?,
                Format::Human => render::print(&text(&verified))?,
            }
            Ok(exit(&verified))
        }
        names => many(&files(names)?, arguments.allow_limits, format),
    }
}

fn verified(name: &str, allow_limits: bool) -> Result<Verification, CliError> {
    let document = input::document(name)?;
    let name = document.source().name().to_owned();
    let bundle: Bundle = serde_json::from_value(document.into_value())
        .map_err(|error| Refusal::NotABundle { name, detail: error.to_string() })?;
    let bundle = if allow_limits { bundle.allowing_its_limits() } else { bundle };
    let difference = bundle.verify(project::sandbox()).map_err(failed)?;
    Ok(Verification { hash: bundle.result().receipt.result_hash, difference })
}

fn exit(verified: &Verification) -> Exit {
    if verified.difference.is_none() { Exit::Done } else { Exit::Failed }
}

fn to_json(verified: &Verification) -> Value {
    let Verification { hash, difference } = verified;
    json!({"verified": difference.is_none(), "result_hash": hash, "difference": difference})
}

fn text(verified: &Verification) -> String {
    let Some(difference) = &verified.difference else {
        return format!("verified: run again, it gives the same\nresult {}\n", verified.hash);
    };
    let place = match &difference.step_id {
        Some(step) => format!("step `{}` is the first that differs, at", render::printable(step)),
        None => "every step is the same, but not".to_owned(),
    };
    format!(
        "not verified: {place} `{}`\n  the bundle has  {}\n  run again       {}\n",
        difference.path,
        shown(difference.bundle.as_ref()),
        shown(difference.again.as_ref()),
    )
}

/// The files that are meant: those that are named, and those of the folders that are, by name.
fn files(names: &[String]) -> Result<Vec<String>, CliError> {
    let mut files = Vec::new();
    for name in names {
        let folder = Path::new(name);
        if !folder.is_dir() {
            files.push(name.clone());
            continue;
        }
        let entries = fs::read_dir(folder).map_err(|error| FileError::reading(name, error))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let mut found: Vec<String> = paths.filter(is_json).map(|path| Refusal::shown(&path)).collect();
        found.sort();
        if found.is_empty() {
            return Err(Refusal::NoBundles { folder: name.clone() }.into());
        }
        files.extend(found);
    }
    Ok(files)
}

/// What there is to tell of one bundle of many.
struct Told {
    exit: Exit,
    entry: Value,
    line: String,
}

fn told(name: &str, outcome: Result<Verification, CliError>) -> Told {
    let shown = render::printable(name);
    match outcome {
        Ok(verified) => {
            let line = match &verified.difference {
                None => format!("verified      {shown}  result {}\n", verified.hash),
                Some(_) => format!("{shown}\n{}", text(&verified)),
            };
            let Verification { hash, difference } = &verified;
            let entry = json!({
                "file": name, "verified": difference.is_none(), "result_hash": hash, "difference": difference,
            });
            Told { exit: exit(&verified), entry, line }
        }
        Err(error) => {
            let json = error.to_json();
            let message = json.get("message").and_then(Value::as_str).unwrap_or_default();
            let line = format!("not verified  {shown}: {}\n", render::printable(message));
            Told { exit: error.exit(), entry: json!({"file": name, "verified": false, "error": json}), line }
        }
    }
}

/// Verifies bundles on several threads, and tells of them in their order.
fn many(names: &[String], allow_limits: bool, format: Format) -> Result<Exit, CliError> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Told>>> = names.iter().map(|_| Mutex::new(None)).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(names.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    names.get(index).zip(slots.get(index))
                } {
                    let told = told(name, verified(name, allow_limits));
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
                }
            });
        }
    });
    let (mut worst, mut entries, mut lines) = (Exit::Done, Vec::new(), String::new());
    let mut right = 0_usize;
    for slot in slots {
        let Some(told) = slot.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        right += usize::from(matches!(told.exit, Exit::Done));
        worst = worst.worse(told.exit);
        lines.push_str(&told.line);
        entries.push(told.entry);
    }
    match format {
        Format::Json => render::print_json(&json!({"bundles": entries, "verified": right}))?,
        Format::Human => render::print(&format!("{lines}{right} of {} verified\n", names.len()))?,
    }
    Ok(worst)
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
