//! Imports that are not Sortie's: what they are for, what usually brings them in, and what to do.

use sortie_sandbox::Anatomy;

use crate::language::Language;

/// What there is to say of a foreign import.
pub(crate) struct ImportAdvice {
    pub(crate) explanation: String,
    pub(crate) remedy: String,
}

/// Explains an import.
pub(crate) fn explain(import: &str, anatomy: &Anatomy) -> ImportAdvice {
    let language = Language::of_file(anatomy, None);
    match purpose(import) {
        Some(purpose) => ImportAdvice {
            explanation: format!(
                "a plugin has no I/O, and this is WASI's interface to {purpose}; {}",
                cause(language, purpose)
            ),
            remedy: remedy(language).to_owned(),
        },
        None if import.starts_with("sortie:") => ImportAdvice {
            explanation: "Sortie has no such interface".to_owned(),
            remedy: "import only `sortie:plugin/log` and `sortie:plugin/missions`, with their version".to_owned(),
        },
        None => ImportAdvice {
            explanation: "a plugin can call nothing but Sortie; a library that expects another host brings this in"
                .to_owned(),
            remedy: "leave out the library that needs it".to_owned(),
        },
    }
}

/// What one of WASI's interfaces is for.
fn purpose(import: &str) -> Option<&'static str> {
    let rest = match import.strip_prefix("wasi:") {
        Some(rest) => rest,
        None if import.starts_with("wasi_snapshot_preview1") || import.starts_with("wasi_unstable") => "preview1",
        None => return None,
    };
    let interface = rest.split('@').next().unwrap_or(rest);
    Some(match interface {
        "cli/environment" => "environment variables and arguments",
        "cli/exit" => "the process's exit",
        "cli/stdin" | "cli/stdout" | "cli/stderr" => "standard input and output",
        _ if interface.starts_with("cli/terminal") => "the terminal",
        _ if interface.starts_with("clocks/") => "clocks",
        _ if interface.starts_with("random/") => "random numbers",
        _ if interface.starts_with("filesystem/") => "files",
        _ if interface.starts_with("sockets/") => "the network",
        _ if interface.starts_with("http/") => "HTTP",
        _ if interface.starts_with("io/") => "streams",
        _ => "the operating system",
    })
}

fn cause(language: Option<Language>, purpose: &str) -> &'static str {
    match (language, purpose) {
        (Some(Language::Rust), "random numbers") => {
            "in Rust, std's `HashMap` on a `wasip` target, or the crates `getrandom` and `rand`, usually bring it in"
        }
        (Some(Language::Rust), "clocks") => {
            "in Rust, `std::time`, or a crate such as `chrono` or `jiff`, usually brings it in"
        }
        (Some(Language::Rust), _) => {
            "in Rust, the standard library of a `wasip1` or `wasip2` target usually brings it in"
        }
        (Some(Language::JavaScript), _) => "the JavaScript engine itself brings it in, unless it is built without WASI",
        (Some(Language::Python), _) => "the Python interpreter itself brings it in, unless WASI is stubbed",
        (None, _) => "the runtime of the plugin's language usually brings it in",
    }
}

fn remedy(language: Option<Language>) -> &'static str {
    match language {
        Some(Language::Rust) => {
            "build it for `wasm32-unknown-unknown`, as `sortie plugin build` does; `cargo tree -i getrandom` names \
             what needs random numbers: a call's `seed` is in their place"
        }
        Some(Language::JavaScript | Language::Python) => {
            "build it with `sortie plugin build`, or give the componentizer the option `--stub-wasi`"
        }
        None => "build it for a target without WASI, or with WASI stubbed",
    }
}
