//! The canonical form, and reading documents, from a text to what a person sees of it.

mod canonical;
mod documents;
mod faults;
mod properties;
mod rejects_json;
mod rejects_toml;
mod rejects_yaml;
mod rejects_yaml_syntax;
mod remedies;
mod support;
