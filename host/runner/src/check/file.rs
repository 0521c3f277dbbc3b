//! What can be told of a file without running anything of it.

use std::path::Path;

use sortie_host::{Limits, Manifest, PluginRef, PluginRejection};
use sortie_sandbox::{Anatomy, CheckOutcome, Examination, LoadCheck};

use super::foreign;
use super::verdict::{CheckReport, Line};
use crate::codes;

/// Judges a file. The manifest, if the file can be loaded.
pub(crate) fn check(file: &Path, bytes: &[u8]) -> (CheckReport, Option<Manifest>) {
    let Examination { anatomy, checks, manifest } = Examination::of(bytes, Limits::default().memory_bytes);
    let mut lines: Vec<Line> = checks.iter().flat_map(|(check, checked)| judge(*check, checked, &anatomy)).collect();
    let loadable = checks.iter().all(|(_, checked)| matches!(checked, CheckOutcome::Passed));
    match &manifest {
        Some(manifest) => lines.extend(schemas(manifest)),
        None => lines.push(Line::skipped("schemas", "there is no manifest to read them from")),
    }
    // What does not keep a host from using the plugin does not keep it from being tried.
    let sound = lines.iter().all(|line| line.code.is_none_or(|code| [NO_MANIFEST, MISSPELT_KEYWORD].contains(&code)));
    let report = CheckReport {
        file: file.display().to_string(),
        bytes: anatomy.size,
        digest: anatomy.digest.to_string(),
        plugin: manifest.as_ref().map(|manifest| {
            (PluginRef { name: manifest.name.clone(), digest: anatomy.digest }, manifest.version.clone())
        }),
        lines,
    };
    (report, manifest.filter(|_| loadable && sound))
}

const NO_MANIFEST: &str = codes::NO_MANIFEST.as_str();
const MISSPELT_KEYWORD: &str = codes::MISSPELT_KEYWORD.as_str();

fn judge(check: LoadCheck, checked: &CheckOutcome, anatomy: &Anatomy) -> Vec<Line> {
    let name = check.name();
    match checked {
        CheckOutcome::NotMade => vec![Line::skipped(name, "an earlier check failed")],
        CheckOutcome::Failed(rejections) => {
            rejections.iter().map(|rejection| failed(check, rejection, anatomy)).collect()
        }
        CheckOutcome::Passed => vec![passed(check, anatomy)],
    }
}

fn failed(check: LoadCheck, rejection: &PluginRejection, anatomy: &Anatomy) -> Line {
    // Some names are so long or so many that they get a line of their own in the list.
    let line = Line::failed(check.name(), rejection.code(), rejection.to_string());
    match rejection {
        PluginRejection::ForeignImport { import } => {
            let told = foreign::explain(import, anatomy);
            Line::failed(check.name(), rejection.code(), told.explanation).of(format!("`{import}`")).remedy(told.remedy)
        }
        _ => line.remedy(rejection.help()),
    }
}

fn passed(check: LoadCheck, anatomy: &Anatomy) -> Line {
    let name = check.name();
    match check {
        LoadCheck::File => Line::ok(name, "a component, no larger than a plugin may be"),
        LoadCheck::Component => Line::ok(name, "valid, and nothing in it is switched off here"),
        LoadCheck::Imports if anatomy.imports.is_empty() => Line::ok(name, "none"),
        LoadCheck::Imports => Line::ok(name, format!("only Sortie's: {}", anatomy.imports.join(", "))),
        LoadCheck::Memory => Line::ok(name, format!("begins with {} bytes", anatomy.memory_bytes)),
        LoadCheck::Functions => Line::ok(name, "`describe`, `build` and `execute` have the interface's types"),
        LoadCheck::Manifest if anatomy.manifest.is_none() => Line::failed(
            name,
            NO_MANIFEST,
            "the file has no manifest section: a host would have to run the plugin to know what it is",
        )
        .remedy("`sortie plugin build FILE` writes it"),
        LoadCheck::Manifest => Line::ok(name, "its names, numbers and version are legal"),
    }
}

/// A line for each thing that is wrong with a schema; one, if nothing is.
fn schemas(manifest: &Manifest) -> Vec<Line> {
    let missions = manifest.missions.iter().map(|info| ("mission", &info.name, &info.params_schema));
    let operations = manifest.operations.iter().map(|info| ("operation", &info.name, &info.payload_schema));
    let all: Vec<_> = missions.chain(operations).collect();
    let wrong = all.iter().flat_map(|(what, name, schema)| {
        let subject = format!("{what} `{name}`");
        let none = sortie_host::check_schema(schema).err().map(|message| {
            let line = Line::failed("schemas", codes::INVALID_SCHEMA.as_str(), format!("not a JSON Schema: {message}"));
            line.of(subject.clone()).remedy("fix the schema, and rebuild the plugin")
        });
        let misspelt = sortie_host::misspelt_keywords(schema).into_iter().map(|misspelling| {
            let line = Line::failed("schemas", codes::MISSPELT_KEYWORD.as_str(), misspelling.to_string());
            line.of(subject.clone()).remedy(codes::MISSPELT_KEYWORD.remedy())
        });
        none.into_iter().chain(misspelt).collect::<Vec<_>>()
    });
    let wrong: Vec<Line> = wrong.collect();
    if wrong.is_empty() { vec![Line::ok("schemas", format!("all {} are JSON Schemas", all.len()))] } else { wrong }
}
