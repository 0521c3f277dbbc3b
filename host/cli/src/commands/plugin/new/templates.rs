//! The files of a new project. They stand in `host/cli/templates`, as files.

use super::super::toolchain::{COMPONENTIZE_PY, COMPONENTIZE_QJS, ESBUILD, TYPES_NODE, TYPESCRIPT};
use super::Language;
use super::sdk::Sdk;

macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../../../templates/", $file))
    };
}

macro_rules! sdk {
    ($file:literal) => {
        include_str!(concat!("../../../../sdk/", $file))
    };
}

const RUST: &[(&str, &str)] = &[
    (".gitignore", template!("rust/gitignore")),
    ("Cargo.toml", template!("rust/Cargo.toml.in")),
    ("README.md", template!("rust/README.md")),
    ("src/lib.rs", template!("rust/src/lib.rs")),
    ("suite.yaml", template!("suite.yaml")),
];

const JAVASCRIPT: &[(&str, &str)] = &[
    (".gitignore", template!("js/gitignore")),
    ("README.md", template!("js/README.md")),
    ("package.json", template!("js/package.json.in")),
    ("plugin.js", template!("js/plugin.js")),
    ("plugin.test.js", template!("js/plugin.test.js")),
    ("interface.d.ts", sdk!("js/interface.d.ts")),
    ("sortie.d.ts", sdk!("js/sortie.d.ts")),
    ("sortie.js", sdk!("js/sortie.js")),
    ("suite.yaml", template!("suite.yaml")),
];

const TYPESCRIPT_FILES: &[(&str, &str)] = &[
    (".gitignore", template!("ts/gitignore")),
    ("README.md", template!("ts/README.md")),
    ("package.json", template!("ts/package.json.in")),
    ("plugin.test.ts", template!("ts/plugin.test.ts")),
    ("plugin.ts", template!("ts/plugin.ts")),
    ("sandbox.d.ts", template!("ts/sandbox.d.ts")),
    ("tsconfig.json", template!("ts/tsconfig.json")),
    ("interface.d.ts", sdk!("js/interface.d.ts")),
    ("sortie.d.ts", sdk!("js/sortie.d.ts")),
    ("sortie.js", sdk!("js/sortie.js")),
    ("suite.yaml", template!("suite.yaml")),
];

const PYTHON: &[(&str, &str)] = &[
    (".gitignore", template!("python/gitignore")),
    ("README.md", template!("python/README.md")),
    ("plugin.py", template!("python/plugin.py")),
    ("pyproject.toml", template!("python/pyproject.toml.in")),
    ("requirements.txt", template!("python/requirements.txt")),
    ("interface.pyi", sdk!("python/interface.pyi")),
    ("sortie.py", sdk!("python/sortie.py")),
    ("suite.yaml", template!("suite.yaml")),
    ("test_plugin.py", template!("python/test_plugin.py")),
];

/// The files by path, filled in.
pub(super) fn files(name: &str, language: Language, sdk: Option<&Sdk>) -> Vec<(&'static str, String)> {
    let templates = match language {
        Language::Rust => RUST,
        Language::Js => JAVASCRIPT,
        Language::Ts => TYPESCRIPT_FILES,
        Language::Python => PYTHON,
    };
    let dependency = sdk.map(Sdk::dependency).unwrap_or_default();
    let fill = |text: &str| {
        text.replace("{{name}}", name)
            .replace("{{sdk}}", &dependency)
            .replace("{{componentize_qjs}}", COMPONENTIZE_QJS)
            .replace("{{componentize_py}}", COMPONENTIZE_PY)
            .replace("{{esbuild}}", ESBUILD)
            .replace("{{typescript}}", TYPESCRIPT)
            .replace("{{types_node}}", TYPES_NODE)
    };
    let mut files: Vec<_> = templates.iter().map(|(path, text)| (*path, fill(text))).collect();
    files.extend(sdk.and_then(Sdk::lock).map(|lock| ("Cargo.lock", lock)));
    files
}
