//! A text that was read.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::{Packed, ParseLimits, Part};
use jsonptr::Pointer;
use serde_json::Value;

use crate::finding::{Finding, in_order};
use crate::{Diagnostic, Format, Place, Report, Source};
use crate::{json, text, toml, yaml};

/// A value that keeps the rules, and the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    source: Source,
    value: Value,
}

impl Document {
    /// Reads a text in the format that its name or its content tells. Everything that is found wrong with it is in the
    /// report.
    pub fn parse(name: &str, bytes: impl Into<Arc<[u8]>>, limits: ParseLimits) -> Result<Self, Report> {
        Self::read(Source::new(name, bytes), limits)
    }

    /// Reads a text.
    pub fn read(source: Source, limits: ParseLimits) -> Result<Self, Report> {
        let read =
            text::of(source.bytes(), limits).map_err(|finding| vec![finding]).and_then(|text| match source.format() {
                Format::Json => json::read(text, limits, &[]).map(|(value, _)| value),
                Format::Yaml => yaml::read(text, limits, &[]).map(|(value, _)| value),
                Format::Toml => toml::read(text, limits),
            });
        match read {
            Ok(value) => Ok(Self { source, value }),
            Err(findings) => Err(rejected(source, findings)),
        }
    }

    /// Reads a text as [`parse`](Self::parse) does, and packs the elements of the lists under some members of the root:
    /// what long documents are made of. In the value these lists are empty.
    pub fn parse_packed(
        name: &str,
        bytes: impl Into<Arc<[u8]>>,
        lists: &[&str],
    ) -> Result<(Self, Vec<Vec<Packed>>), Report> {
        let (source, limits) = (Source::new(name, bytes), ParseLimits::default());
        let read =
            text::of(source.bytes(), limits).map_err(|finding| vec![finding]).and_then(|text| match source.format() {
                Format::Json => json::read(text, limits, lists),
                Format::Yaml => yaml::read(text, limits, lists),
                Format::Toml => toml::read(text, limits).map(|mut value| {
                    let packed = crate::pack_lists(&mut value, lists);
                    (value, packed)
                }),
            });
        match read {
            Ok((value, packed)) => Ok((Self { source, value }, packed)),
            Err(findings) => Err(rejected(source, findings)),
        }
    }

    /// Checks a value that has a name but no text, such as one made of the arguments of a command.
    pub fn made(name: &str, value: &Value) -> Result<Self, Report> {
        let source = Source::without_text(name);
        match crate::validated(value) {
            Ok(value) => Ok(Self { source, value }),
            Err(faults) => {
                let findings = faults.into_iter().map(|fault| Finding::at(fault.kind, fault.pointer, None));
                Err(rejected(source, findings.collect()))
            }
        }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The text.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The bytes in the text of what a pointer names; nothing, where there is no such thing or no text. In YAML an alias
    /// is the place of its value, and what is within that value is where the anchor is. A table of TOML is where its
    /// header is, if it has one.
    ///
    /// The text is read again for it: ask when there is something to say.
    #[must_use]
    pub fn locate(&self, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
        let text = std::str::from_utf8(self.source.bytes()).ok()?;
        match self.source.format() {
            Format::Json => crate::locate(text, pointer, part),
            Format::Yaml => yaml::locate(text, pointer, part),
            Format::Toml => toml::locate(text, pointer, part),
        }
    }

    /// The place of what a pointer names: its bytes, if it has a text, and the pointer. For what is not there, such as
    /// a member that is missing, the bytes are those of the nearest value around it.
    #[must_use]
    pub fn place(&self, pointer: &Pointer, part: Part) -> Place {
        let span = self.locate(pointer, part).or_else(|| {
            let mut ancestor = pointer.parent();
            while let Some(pointer) = ancestor {
                if let Some(span) = self.locate(pointer, Part::Value) {
                    return Some(span);
                }
                ancestor = pointer.parent();
            }
            None
        });
        Place { span, pointer: Some(pointer.to_buf()) }
    }

    /// An error about what a pointer names.
    pub fn diagnostic(
        &self,
        pointer: &Pointer,
        part: Part,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message).at(self.place(pointer, part))
    }

    /// What is to be said about this document.
    #[must_use]
    pub fn report(&self, diagnostics: Vec<Diagnostic>) -> Report {
        Report { source: self.source.clone(), diagnostics }
    }
}

fn rejected(source: Source, findings: Vec<Finding>) -> Report {
    let format = source.format();
    let diagnostics = in_order(findings).into_iter().map(|finding| finding.into_diagnostic(format)).collect();
    Report { source, diagnostics }
}
