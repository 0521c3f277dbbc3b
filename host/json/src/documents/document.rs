//! A text that was read.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use jsonptr::Pointer;
use serde_json::Value;

use super::diagnostic::{Diagnostic, Place};
use super::format::Format;
use super::report::Report;
use super::source::Source;
use crate::fault::Faults;
use crate::limits::{MAX_TOML_BYTES, ParseLimits};
use crate::packed::PackedValue;
use crate::read::{self, BuiltValue, JsonFile, Part, Toml, Yaml, text_of};
use crate::value::Json;

/// A value that keeps the rules, and the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    source: Source,
    value: Json,
    warnings: Vec<Diagnostic>,
}

impl Document {
    /// Reads a text in the format that its name or its content tells. Everything that is found wrong with it is in the
    /// report.
    ///
    /// ```
    /// use sortie_json::{Document, ParseLimits, Style};
    ///
    /// let read = Document::parse("suite.yaml", *b"a: {b: 1}", ParseLimits::default()).unwrap();
    /// assert_eq!(read.value(), &serde_json::json!({"a": {"b": 1}}));
    /// let report = Document::parse("suite.yaml", *b"a: 1\na: 2", ParseLimits::default()).unwrap_err();
    /// assert!(report.render(Style::Plain).contains("suite.yaml:2:1"));
    /// ```
    ///
    /// # Errors
    ///
    /// It is an error if there is a fault.
    pub fn parse(name: &str, bytes: impl Into<Arc<[u8]>>, limits: ParseLimits) -> Result<Self, Report> {
        Self::read(Source::new(name, bytes), limits)
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// It is an error if there is a fault.
    pub fn read(source: Source, limits: ParseLimits) -> Result<Self, Report> {
        Self::read_packed(source, limits, &[]).map(|(document, _)| document)
    }

    /// Reads a text as [`parse`](Self::parse) does, and packs the elements of the lists under some members of the root:
    /// what long documents are made of. In the value these lists are empty.
    ///
    /// # Errors
    ///
    /// It is an error as for [`parse`](Self::parse).
    pub fn parse_packed(
        name: &str,
        bytes: impl Into<Arc<[u8]>>,
        lists: &[&str],
    ) -> Result<(Self, Vec<Vec<PackedValue>>), Report> {
        Self::read_packed(Source::new(name, bytes), ParseLimits::default(), lists)
    }

    fn read_packed(
        source: Source,
        limits: ParseLimits,
        lists: &[&str],
    ) -> Result<(Self, Vec<Vec<PackedValue>>), Report> {
        let text_limits = match source.format() {
            Format::Json | Format::Yaml => limits,
            Format::Toml => ParseLimits { bytes: limits.bytes.min(MAX_TOML_BYTES), ..limits },
        };
        let read = text_of(source.bytes(), text_limits).and_then(|text| match source.format() {
            Format::Json => read::build(&JsonFile, text, limits, lists),
            Format::Yaml => read::build(&Yaml, text, limits, lists),
            Format::Toml => read::build(&Toml { depth: limits.depth, room: limits.room() }, text, limits, lists),
        });
        match read {
            Ok(BuiltValue { value, packed, old_scalars }) => {
                let warnings = old_scalars.into_iter().map(|(scalar, pointer, span)| {
                    let place = Place { span: Some(span), pointer: Some(pointer) };
                    Diagnostic::warning("yaml_1_1_scalar", scalar.message()).at(place).help(scalar.help())
                });
                let warnings = warnings.collect();
                Ok((Self { source, value: Json::read_already(value), warnings }, packed))
            }
            Err(faults) => Err(rejected(source, faults)),
        }
    }

    /// Checks a value that has a name but no text, such as one made of the arguments of a command.
    ///
    /// # Errors
    ///
    /// It is an error if it is not I-JSON.
    pub fn made(name: &str, value: Value) -> Result<Self, Report> {
        let source = Source::without_text(name);
        match Json::of(value) {
            Ok(value) => Ok(Self { source, value, warnings: Vec::new() }),
            Err(faults) => Err(rejected(source, faults)),
        }
    }

    /// What a person may not have meant, though it can be read: scalars that YAML 1.1 read otherwise.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.value.value()
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value.into_value()
    }

    /// The value alone, with the proof that it keeps the rules.
    #[must_use]
    pub fn into_json(self) -> Json {
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
            Format::Json => read::find(&JsonFile, text, pointer, part),
            Format::Yaml => read::find(&Yaml, text, pointer, part),
            // What was read is no deeper than this, whatever its limit was.
            Format::Toml => read::find(&Toml { depth: usize::MAX, room: usize::MAX }, text, pointer, part),
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

fn rejected(source: Source, faults: Faults) -> Report {
    let format = source.format();
    let diagnostics = faults.into_iter().map(|fault| fault.into_diagnostic(format)).collect();
    Report { source, diagnostics }
}
