//! `sortie plugin new`.

mod names;
mod sdk;
mod templates;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use sortie_runner::files::FileError;

use super::toolchain::{self, Need};
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::render;
use sdk::Sdk;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name of the plugin and of its folder: lower-case letters, digits, `-` and `_`.
    pub(crate) name: String,
    /// Write it in this language.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Language,
    /// Make a Rust project depend on the `sortie-plugin-sdk` in this folder [default: the one that this command was
    /// built with, if it is still there, else the published version].
    #[arg(long, value_name = "DIR")]
    pub(crate) sdk: Option<PathBuf>,
}

/// The languages that there are templates in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Language {
    /// Rust: the smallest and fastest plugins.
    #[default]
    Rust,
    /// JavaScript: a plugin has 1.5 MB.
    Js,
    /// TypeScript: JavaScript with types that are checked.
    Ts,
    /// Python: a plugin has 18 MB.
    Python,
}

impl Language {
    fn words(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Js => "JavaScript",
            Self::Ts => "TypeScript",
            Self::Python => "Python",
        }
    }

    /// What is to be installed once in a new project.
    fn install(self) -> Option<&'static str> {
        match self {
            Self::Rust => None,
            Self::Js | Self::Ts => Some("npm install"),
            Self::Python => Some(toolchain::INSTALL_PYTHON_TOOL),
        }
    }

    fn unit_tests(self) -> &'static str {
        match self {
            Self::Rust => "cargo test",
            Self::Js | Self::Ts => "npm test",
            Self::Python => "python3 -m unittest",
        }
    }

    /// What is missing on this machine.
    fn need(self) -> Option<Need> {
        match self {
            Self::Rust => toolchain::rust(Path::new(".")),
            Self::Js | Self::Ts => toolchain::node().or_else(toolchain::npm),
            Self::Python => toolchain::python(),
        }
    }
}

/// Makes a folder with a plugin that builds, and its tests.
pub(crate) fn new(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let (name, language) = (arguments.name.as_str(), arguments.lang);
    names::check(name, language)?;
    let sdk = match language {
        Language::Rust => Some(Sdk::find(arguments.sdk.as_deref())?),
        Language::Js | Language::Ts | Language::Python => None,
    };
    let folder = Path::new(name);
    let files = templates::files(name, language, sdk.as_ref());
    make(folder, &files).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::from(Refusal::FolderExists { name: name.to_owned() }),
        _ => FileError::writing(folder, error).into(),
    })?;
    let mut commands = vec![format!("cd {name}")];
    commands.extend(language.install().map(str::to_owned));
    commands.push(language.unit_tests().to_owned());
    commands.push("sortie plugin build".to_owned());
    commands.push(format!("sortie test suite.yaml --plugin {name}.wasm"));
    let need = language.need();
    match format {
        Format::Json => render::print_json(&json!({
            "folder": name,
            "files": files.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            "commands": commands,
            "sdk": sdk.as_ref().map(Sdk::dependency),
            "needs": need.map(|need| json!({"message": need.message, "help": need.help})),
        }))?,
        Format::Human => {
            let mut text = format!("made `{name}`, a plugin in {}\n", language.words());
            if let Some(sdk) = &sdk {
                text.push_str(&format!("sdk    {}\n", sdk.words()));
            }
            if let Some(need) = need {
                text.push_str(&format!("needs  {}; {}\n", need.message, need.help));
            }
            for (index, command) in commands.iter().enumerate() {
                text.push_str(&format!("{}{command}\n", if index == 0 { "next   " } else { "       " }));
            }
            render::print(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// Writes all files, or leaves no folder behind.
fn make(folder: &Path, files: &[(&str, String)]) -> io::Result<()> {
    fs::create_dir(folder)?;
    let written = files.iter().try_for_each(|(path, text)| {
        let path = folder.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(folder);
    }
    written
}
