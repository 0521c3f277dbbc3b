//! A text with its name.

use std::sync::Arc;

use super::format::Format;

/// The name, the bytes and the format of a text. Cheap to clone.
///
/// ```
/// use sortie_json::{Document, Format, ParseLimits, Source};
///
/// let source = Source::with_format("standard input", &b"a = 1"[..], Format::Toml);
/// let document = Document::read(source, ParseLimits::default()).unwrap();
/// assert_eq!(document.value(), &serde_json::json!({"a": 1}));
/// assert_eq!(Source::new("tasks.yml", &b""[..]).format(), Format::Yaml);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    bytes: Arc<[u8]>,
    format: Format,
}

impl Source {
    /// A text whose format its name or its content tells; see [`Format::detect`].
    pub fn new(name: &str, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Self { name: name.into(), format: Format::detect(name, &bytes), bytes }
    }

    /// A text of a known format.
    pub fn with_format(name: &str, bytes: impl Into<Arc<[u8]>>, format: Format) -> Self {
        Self { name: name.into(), bytes: bytes.into(), format }
    }

    /// Something that has a name but no text, such as an argument of a command.
    #[must_use]
    pub fn without_text(name: &str) -> Self {
        Self { name: name.into(), bytes: Arc::from([]), format: Format::Json }
    }

    /// The name, as it is shown.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, which need not be UTF-8.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }
}
