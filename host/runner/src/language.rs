//! The language that a plugin's author wrote it in.

use sortie_host::Manifest;
use sortie_sandbox::Anatomy;

/// What a plugin was written in, as its file says.
///
/// ```
/// use sortie_host::Host;
/// use sortie_runner::Language;
///
/// let registry = Host::builder().first_party().build()?.registry();
/// let echo = registry.plugin("echo")?.plugin();
/// assert_eq!(Language::of_manifest(echo.manifest()), Some(Language::Rust));
/// # Ok::<(), sortie_host::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// Rust: its functions are the author's.
    Rust,
    /// JavaScript, and what is compiled to it: its functions are an interpreter's.
    JavaScript,
    /// Python: its functions are an interpreter's.
    Python,
}

impl Language {
    /// The language whose SDK the manifest names.
    #[must_use]
    pub fn of_manifest(manifest: &Manifest) -> Option<Self> {
        match manifest.sdk.split(' ').next()? {
            "sortie-plugin-sdk" => Some(Self::Rust),
            "sortie.js" => Some(Self::JavaScript),
            "sortie.py" => Some(Self::Python),
            _ => None,
        }
    }

    /// The language, by the manifest, else by what tools left in the file.
    #[must_use]
    pub fn of_file(anatomy: &Anatomy, manifest: Option<&Manifest>) -> Option<Self> {
        if let Some(known) = manifest.and_then(Self::of_manifest) {
            return Some(known);
        }
        let any = |names: &[&str]| {
            anatomy.producers.iter().any(|producer| {
                let name = producer.name.to_ascii_lowercase();
                names.iter().any(|known| name.contains(known))
            })
        };
        // A runtime of JavaScript or Python is itself written in Rust or C, and its component may say no more than
        // that: componentize-qjs leaves an export `init`, and componentize-py its way to initialise.
        let has_init = anatomy.exports.iter().any(|export| export == "init");
        if any(&["python", "componentize-py", "component-init-transform"]) {
            Some(Self::Python)
        } else if has_init || any(&["javascript", "componentize-js", "componentize-qjs", "starlingmonkey", "jco"]) {
            Some(Self::JavaScript)
        } else if any(&["rust"]) {
            Some(Self::Rust)
        } else {
            None
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        }
    }

    /// Whether the plugin's code is an interpreter's, so that its functions tell an author nothing.
    #[must_use]
    pub fn is_interpreted(self) -> bool {
        match self {
            Self::Rust => false,
            Self::JavaScript | Self::Python => true,
        }
    }

    /// How an example is given to a mission or an operation.
    pub(crate) fn example(language: Option<Self>) -> &'static str {
        match language {
            Some(Self::Rust) => "give it one with `examples = […]` in its attribute",
            Some(Self::JavaScript) => "give it one with `examples: […]` beside its function",
            Some(Self::Python) => "give it one with `examples=[…]` in its decorator",
            None => "give it one: `examples` in what `describe` returns",
        }
    }
}
