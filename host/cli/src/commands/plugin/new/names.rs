//! Which names a new plugin can have.

use sortie_interface::is_legal_name;

use super::Language;
use crate::error::CliError;
use crate::refusal::Refusal;

/// The plugins that are always there: a host cannot have two of a name.
const FIRST_PARTY: [&str; 4] = ["core", "daily-loop", "echo", "run-tests"];
/// Names of files that Windows keeps for itself.
const WINDOWS: [&str; 4] = ["aux", "con", "nul", "prn"];
/// Rust's keywords, its own libraries, and what the project depends on: a package cannot have these names.
const RUST: [&str; 60] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "schemars",
    "self",
    "serde",
    "sortie-plugin-sdk",
    "sortie_plugin_sdk",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];
/// What npm keeps for itself.
const JAVASCRIPT: [&str; 1] = ["node_modules"];

/// Says no where the project would not build, or the plugin not load.
pub(super) fn check(name: &str, language: Language) -> Result<(), CliError> {
    let illegal = |message: String, help: &'static str| CliError::from(Refusal::IllegalName { message, help });
    if !is_legal_name(name) {
        let message = format!("{name:?} is no name for a plugin");
        return Err(illegal(message, "a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`"));
    }
    if FIRST_PARTY.contains(&name) {
        let message = format!("`{name}` is the name of a plugin that comes with Sortie");
        return Err(illegal(message, "choose another name"));
    }
    let (kept, words) = match language {
        Language::Rust => (RUST.as_slice(), "a package in Rust"),
        Language::Js | Language::Ts => (JAVASCRIPT.as_slice(), "a package in JavaScript"),
        Language::Python => (&[][..], ""),
    };
    if kept.contains(&name) {
        return Err(illegal(format!("`{name}` cannot be the name of {words}"), "choose another name"));
    }
    if WINDOWS.contains(&name) {
        return Err(illegal(format!("`{name}` cannot be a folder's name on Windows"), "choose another name"));
    }
    Ok(())
}
