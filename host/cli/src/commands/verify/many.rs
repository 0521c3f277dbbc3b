//! Several bundles at a time.

use std::fs::DirEntry;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use sortie_runner::files::FileError;
use sortie_sandbox::FolderWalk;

use super::plan::Plan;
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render;

/// The files that are meant: those that are named, and those of the folders that are, by name.
pub(super) struct Files {
    names: Vec<String>,
    /// How many statements of folders are left alone, as nobody's signature can be checked.
    statements: usize,
}

/// What `--attest` appends to a file's name.
const STATEMENT: &str = ".dsse.json";

pub(super) fn files(names: &[String], plan: &Plan) -> Result<Files, CliError> {
    let (mut files, mut statements) = (Vec::new(), 0);
    for name in names {
        let folder = Path::new(name);
        if !folder.is_dir() {
            files.push(name.clone());
            continue;
        }
        let entries = FolderWalk::new().entries(folder).map_err(|error| FileError::reading(name, error))?;
        let paths = entries.iter().map(DirEntry::path);
        let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let mut found: Vec<String> = paths.filter(is_json).map(|path| Refusal::shown(&path)).collect();
        if !plan.has_signers() {
            let all = found.len();
            found.retain(|file| !file.ends_with(STATEMENT));
            statements += all - found.len();
        }
        if found.is_empty() {
            return Err(Refusal::NoBundles { folder: name.clone() }.into());
        }
        files.extend(found);
    }
    Ok(Files { names: files, statements })
}

/// What there is to tell of one bundle of many.
struct BundleVerdict {
    exit: Exit,
    entry: Value,
    line: String,
}

fn told(name: &str, plan: &Plan) -> BundleVerdict {
    let shown = render::printable(name);
    match plan.verify(name) {
        Ok(verified) => {
            let line = match (verified.is_right(), verified.hash()) {
                (true, Some(hash)) => format!("verified      {shown}  result {hash}\n"),
                (true, None) => format!("verified      {shown}\n"),
                (false, _) => format!("{shown}\n{}", plan.text(&verified)),
            };
            let mut entry = plan.to_json(&verified);
            if let Some(members) = entry.as_object_mut() {
                members.insert("file".to_owned(), Value::from(name));
            }
            BundleVerdict { exit: verified.exit(), entry, line }
        }
        Err(error) => {
            let json = error.to_json();
            let message = json.get("message").and_then(Value::as_str).unwrap_or_default();
            let line = format!("not verified  {shown}: {}\n", render::printable(message));
            BundleVerdict { exit: error.exit(), entry: json!({"file": name, "verified": false, "error": json}), line }
        }
    }
}

/// Verifies bundles on several threads, and tells of them in their order.
pub(super) fn many(files: &Files, plan: &Plan, format: Format) -> Result<Exit, CliError> {
    let Files { names, statements } = files;
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<BundleVerdict>>> = names.iter().map(|_| Mutex::new(None)).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(names.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    names.get(index).zip(slots.get(index))
                } {
                    let told = told(name, plan);
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
        Format::Json => {
            render::print_json(&json!({"bundles": entries, "verified": right, "statements_left_out": statements}))?;
        }
        Format::Human => {
            let left = match statements {
                0 => String::new(),
                1 => "1 statement was left out: it needs `--signers`\n".to_owned(),
                more => format!("{more} statements were left out: they need `--signers`\n"),
            };
            render::print(&format!("{lines}{right} of {} verified\n{left}", names.len()))?;
        }
    }
    Ok(worst)
}
