//! `sortie doctor`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use sortie_journal_stores::{Address, Location};
use sortie_sandbox::CacheDir;

use crate::commands::plugin::build;
use crate::commands::plugin::toolchain::{self, Need};
use crate::error::{CliError, Exit};
use crate::journal::default_file;
use crate::options::Format;
use crate::project::Project;
use crate::refusal::Refusal;
use crate::render::{print, print_json, printable};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// As it has to be.
    Ok,
    /// Not there, and only needed for what one may not want.
    Absent,
    /// It has to be mended.
    Wrong,
}

impl Mark {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
struct Finding {
    subject: &'static str,
    mark: Mark,
    said: String,
    help: Option<String>,
}

impl Finding {
    fn new(subject: &'static str, mark: Mark, said: impl Into<String>, help: Option<String>) -> Self {
        Self { subject, mark, said: said.into(), help }
    }

    fn ok(subject: &'static str, said: impl Into<String>) -> Self {
        Self::new(subject, Mark::Ok, said, None)
    }

    fn wrong(subject: &'static str, error: &CliError) -> Self {
        let error = error.to_json();
        let text = |member: &str| error.get(member).and_then(Value::as_str).map(str::to_owned);
        Self::new(subject, Mark::Wrong, text("message").unwrap_or_default(), text("help"))
    }
}

/// Says what is installed, what is missing, and what to type. Fails if something has to be mended.
pub(crate) fn doctor(format: Format) -> Result<Exit, CliError> {
    let mut findings = vec![
        Finding::ok("sortie", env!("CARGO_PKG_VERSION")),
        cache(),
        journal(),
        project(),
        language("Rust", &["rustc"], toolchain::rust(Path::new("."))),
        language("JavaScript", &["node", "npm"], toolchain::node().or_else(toolchain::npm)),
        language("Python", &["python3"], toolchain::python().or_else(toolchain::venv)),
    ];
    findings.extend(plugin());
    let wrong = findings.iter().any(|finding| finding.mark == Mark::Wrong);
    match format {
        Format::Json => {
            let findings: Vec<Value> = findings
                .iter()
                .map(|Finding { subject, mark, said, help }| {
                    json!({"subject": subject, "verdict": mark.name(), "said": said, "help": help})
                })
                .collect();
            print_json(&json!({"schema_version": "doctor@1", "passed": !wrong, "findings": findings}))?;
        }
        Format::Human => print(&findings.iter().map(Finding::lines).collect::<String>())?,
    }
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

impl Finding {
    fn lines(&self) -> String {
        let style = match self.mark {
            Mark::Ok => GOOD,
            Mark::Absent => DIM,
            Mark::Wrong => BAD,
        };
        let mut text =
            format!("{style}{:<8}{style:#} {:<11} {}\n", self.mark.name(), self.subject, printable(&self.said));
        if let Some(help) = &self.help {
            text.push_str(&format!("{:<21}help: {}\n", "", printable(help)));
        }
        text
    }
}

/// Where compiled plugins are kept.
fn cache() -> Finding {
    let Some(cache) = CacheDir::from_environment() else {
        let help = "set `SORTIE_CACHE_DIR` to a folder that may be written";
        return Finding::new("cache", Mark::Absent, "none: plugins are compiled each time", Some(help.to_owned()));
    };
    let folder = cache.path();
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&probe, b""));
    let _ = fs::remove_file(&probe);
    match written {
        Ok(()) => Finding::ok("cache", folder.display().to_string()),
        Err(error) => {
            let said = format!("`{}` cannot be written, so plugins are compiled each time: {error}", folder.display());
            let help = "set `SORTIE_CACHE_DIR` to a folder that may be written";
            Finding::new("cache", Mark::Wrong, said, Some(help.to_owned()))
        }
    }
}

/// Where runs are kept that wait for a person.
fn journal() -> Finding {
    let named = env::var_os("SORTIE_JOURNAL").filter(|name| !name.is_empty()).map(PathBuf::from);
    match named.map_or_else(default_file, Ok) {
        Ok(file) if Address::is_meant(&file.to_string_lossy()) => match Location::new(&file) {
            Ok(location) => Finding::ok("journal", location.to_string()),
            Err(error) => Finding::wrong("journal", &Refusal::JournalUrl { detail: error.to_string() }.into()),
        },
        Ok(file) if file.exists() => Finding::ok("journal", file.display().to_string()),
        Ok(file) => Finding::ok("journal", format!("{}, which the first run that pauses makes", file.display())),
        Err(error) => Finding::wrong("journal", &error),
    }
}

/// The plugins of the project that the folder is in.
fn project() -> Finding {
    match Project::here() {
        Ok(project) => match project.len() {
            0 => Finding::new("project", Mark::Absent, "no `sortie.toml` with plugins here or above", None),
            1 => Finding::ok("project", "1 plugin, as it is locked"),
            count => Finding::ok("project", format!("{count} plugins, as they are locked")),
        },
        Err(error) => Finding::wrong("project", &error),
    }
}

/// What a language's plugins need.
fn language(name: &'static str, programs: &[&str], need: Option<Need>) -> Finding {
    if let Some(need) = need {
        return Finding::new(name, Mark::Absent, need.message, Some(need.help));
    }
    let versions = programs.iter().filter_map(|program| {
        let version = toolchain::version(program)?;
        // Node.js and npm say just the number.
        let named = version.to_ascii_lowercase().starts_with(program.trim_end_matches('3'));
        Some(if named { version } else { format!("{program} {version}") })
    });
    Finding::ok(name, versions.collect::<Vec<_>>().join(", "))
}

/// The tool of the plugin's project that the folder is, if it is one.
fn plugin() -> Option<Finding> {
    match build::readiness(Path::new(".")) {
        Ok(None) => None,
        Ok(Some(tool)) => Some(Finding::ok("plugin", tool)),
        Err(error) => Some(Finding::wrong("plugin", &error)),
    }
}
