//! `sortie plugin inspect`.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::Args;
use serde_json::{Value, json};
use sortie_host::{Limits, Manifest, PluginRejection};
use sortie_interface::Region;
use sortie_oci::{Reference, SCHEME};
use sortie_runner::{Language, files};
use sortie_sandbox::{Anatomy, CheckOutcome, Examination, FileKind};

use super::registry::{self, AttachedStatement};
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::render::{pretty, print, print_json, printable, printable_lines, table};
use crate::signing;

const BAD: Style = AnsiColor::Red.on_default().bold();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's file, or `oci://REGISTRY/REPOSITORY:TAG`, of which attached statements are shown too.
    #[arg(value_name = "FILE|oci://REFERENCE")]
    file: PathBuf,
    /// Say which attached statements one of these people signed: a file in the format of OpenSSH's `allowed_signers`.
    #[arg(long, value_name = "FILE")]
    signers: Option<PathBuf>,
}

/// Shows all that a file says of itself; a file that would be rejected is shown as far as it can be read.
pub(crate) fn inspect(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let signers = arguments.signers.as_deref().map(signing::signers).transpose()?;
    let of_registry = arguments.file.to_str().filter(|text| text.starts_with(SCHEME));
    let (bytes, registered) = match of_registry {
        Some(text) => {
            let inspected = registry::inspect(&registry::reference(text)?, signers.as_ref())?;
            (inspected.bytes, Some((inspected.reference, inspected.statements)))
        }
        None => (files::plugin(&arguments.file)?, None),
    };
    let Examination { anatomy, checks, manifest } = Examination::of(&bytes, Limits::default().memory_bytes);
    let rejections = checks.into_iter().flat_map(|(_, checked)| match checked {
        CheckOutcome::Failed(rejections) => rejections,
        CheckOutcome::Passed | CheckOutcome::NotMade => Vec::new(),
    });
    let (file, rejections) = (arguments.file.display().to_string(), rejections.collect());
    let inspected = Inspection { file, anatomy, manifest, rejections, registered };
    match format {
        Format::Json => print_json(&inspected.to_json())?,
        Format::Human => print(&inspected.to_text())?,
    }
    Ok(if inspected.rejections.is_empty() { Exit::Done } else { Exit::PluginRejected })
}

struct Inspection {
    file: String,
    anatomy: Anatomy,
    manifest: Option<Manifest>,
    rejections: Vec<PluginRejection>,
    /// Of a registry: where it is, and what is said of it there.
    registered: Option<(Reference, Vec<AttachedStatement>)>,
}

impl Inspection {
    fn kind(&self) -> &'static str {
        match self.anatomy.kind {
            FileKind::Empty => "empty",
            FileKind::NotWasm => "not WebAssembly",
            FileKind::CoreModule => "core module",
            FileKind::Component => "component",
        }
    }

    fn language(&self) -> Option<Language> {
        Language::of_file(&self.anatomy, self.manifest.as_ref())
    }

    fn to_json(&self) -> Value {
        let anatomy = &self.anatomy;
        let rejection = |rejection: &PluginRejection| json!({"code": rejection.code(), "message": rejection.to_string(), "help": rejection.help()});
        let mut json = json!({
            "schema_version": "plugin_inspection@1",
            "file": self.file,
            "kind": self.kind(),
            "bytes": anatomy.size,
            "digest": anatomy.digest,
            "imports": anatomy.imports,
            "exports": anatomy.exports,
            "orchestrates": anatomy.orchestrates(),
            "initial_memory_bytes": anatomy.memory_bytes,
            "language": self.language().map(Language::name),
            "producers": anatomy.producers.iter().map(|producer| json!({
                "role": producer.role, "name": producer.name, "version": producer.version,
            })).collect::<Vec<_>>(),
            "sections": anatomy.sections,
            "manifest": self.manifest,
            "rejections": self.rejections.iter().map(rejection).collect::<Vec<_>>(),
        });
        if let (Some((reference, statements)), Some(members)) = (&self.registered, json.as_object_mut()) {
            members.insert("reference".to_owned(), json!(reference));
            members.insert("statements".to_owned(), statements.iter().map(AttachedStatement::to_json).collect());
        }
        json
    }

    fn to_text(&self) -> String {
        let anatomy = &self.anatomy;
        let mut text = String::new();
        match &self.manifest {
            Some(manifest) => {
                let said = printable(&manifest.description);
                text.push_str(&format!("{BOLD}{} {}{BOLD:#}  {said}\n", manifest.name, manifest.version));
            }
            None => text.push_str(&format!("{BOLD}{}{BOLD:#}  no manifest to read\n", printable(&self.file))),
        }
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("{DIM}{name:<12}{DIM:#} {}\n", printable(value)));
            }
        };
        line("file", &self.file);
        if let Some((reference, _)) = &self.registered {
            line("reference", &reference.to_string());
        }
        line("kind", self.kind());
        line("bytes", &anatomy.size.to_string());
        line("digest", &anatomy.digest.to_string());
        line("sdk", self.manifest.as_ref().map_or("", |manifest| &manifest.sdk));
        line("language", self.language().map_or("", Language::name));
        // What an interpreter was written in is not what the plugin was.
        let made_with = anatomy.producers.iter().filter(|made| made.role != "language");
        made_with.for_each(|made| line(&made.role, format!("{} {}", made.name, made.version).trim()));
        anatomy.imports.iter().for_each(|import| line("import", import));
        anatomy.exports.iter().for_each(|export| line("export", export));
        line("memory", &format!("{} bytes to begin with", anatomy.memory_bytes));
        if let Some((at, message)) = &anatomy.broken {
            line("broken", &format!("it can be read up to byte {at}: {message}"));
        }
        if let Some(manifest) = &self.manifest {
            text.push_str(&contents(manifest));
        }
        text.push_str(&sections(anatomy));
        if let Some((_, statements)) = &self.registered {
            let rows = statements.iter().map(AttachedStatement::row).collect();
            text.push_str(&format!("\n{}", table(&["statement", "signed by", "says"], rows)));
        }
        for rejection in &self.rejections {
            text.push_str(&format!(
                "{BAD}rejected{BAD:#} ({}): {}\n  help: {}\n",
                rejection.code(),
                printable(&rejection.to_string()),
                printable(&rejection.help())
            ));
        }
        text
    }
}

/// The missions and operations, then their schemas.
fn contents(manifest: &Manifest) -> String {
    let mut text = String::new();
    if !manifest.missions.is_empty() {
        let rows = manifest
            .missions
            .iter()
            .map(|info| vec![info.name.clone(), info.examples.len().to_string(), printable(&info.description)]);
        text.push_str(&format!("\n{}", table(&["mission", "examples", "description"], rows.collect())));
    }
    if !manifest.operations.is_empty() {
        let rows = manifest.operations.iter().map(|info| {
            let (reads, writes) = (regions(&info.reads), regions(&info.writes));
            vec![info.name.clone(), reads, writes, info.examples.len().to_string(), printable(&info.description)]
        });
        let columns = ["operation", "reads", "writes", "examples", "description"];
        text.push_str(&format!("\n{}", table(&columns, rows.collect())));
    }
    for info in &manifest.missions {
        text.push_str(&schema("params of the mission", &info.name, &info.params_schema));
    }
    for info in &manifest.operations {
        text.push_str(&schema("payload of the operation", &info.name, &info.payload_schema));
    }
    text
}

fn schema(what: &str, name: &str, schema: &Value) -> String {
    format!("\n{BOLD}{what} `{name}`{BOLD:#}\n{}\n", printable_lines(&pretty(schema)))
}

fn regions(regions: &[Region]) -> String {
    let shown = regions.iter().map(|region| match region {
        Region::State(pointer) if pointer.is_root() => "all".to_owned(),
        Region::State(pointer) => pointer.to_string(),
        Region::Payload(pointer) => format!("what the payload's {pointer} names"),
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "nothing".to_owned() } else { printable(&shown.join(", ")) }
}

fn sections(anatomy: &Anatomy) -> String {
    if anatomy.sections.is_empty() {
        return String::new();
    }
    let mut sections: Vec<_> = anatomy.sections.iter().collect();
    sections.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let rows = sections.into_iter().map(|(name, bytes)| vec![printable(name), bytes.to_string()]);
    format!("\n{}", table(&["section", "bytes"], rows.collect()))
}
