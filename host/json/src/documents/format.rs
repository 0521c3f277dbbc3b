//! The format of a text, by its name and its content.

use std::fmt;

/// The formats that are read. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// YAML 1.2.
    Yaml,
    /// TOML 1.1.
    Toml,
}

impl Format {
    /// The format of a file: by the extension of its name, whatever its case, and else by its content: JSON begins
    /// with a bracket or a quote, and what does not is YAML, of which all other JSON is a part.
    ///
    /// ```
    /// use sortie_json::Format;
    ///
    /// assert_eq!(Format::detect("sortie.toml", b""), Format::Toml);
    /// assert_eq!(Format::detect("-", b" {\"a\": 1}"), Format::Json);
    /// assert_eq!(Format::detect("-", b"a: 1"), Format::Yaml);
    /// ```
    #[must_use]
    pub fn detect(name: &str, bytes: &[u8]) -> Self {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            Some("toml") => Self::Toml,
            _ => Self::by_content(bytes),
        }
    }

    fn by_content(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[' | b'"') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_and_then_the_content() {
        for (name, text, expected) in [
            ("a.json", "a: 1", Format::Json),
            ("dir.toml/a.YML", "{}", Format::Yaml),
            ("a.yaml", "", Format::Yaml),
            ("a.TOML", "{}", Format::Toml),
            ("-", " \n{\"a\": 1}", Format::Json),
            ("state", "\u{feff}[1]", Format::Json),
            ("state", "\"text\"", Format::Json),
            ("state.txt", "a: 1", Format::Yaml),
            ("state", "", Format::Yaml),
        ] {
            assert_eq!(Format::detect(name, text.as_bytes()), expected, "{name} {text}");
        }
    }
}
