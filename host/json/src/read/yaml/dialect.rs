//! Scalars that YAML 1.1 reads otherwise than YAML 1.2: what old files may have meant.

/// A plain scalar that older readers took for something else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldScalar {
    /// `yes`, `no`, `on` and `off`: a boolean then, a text now.
    Boolean {
        /// As it is spelt.
        text: String,
        /// What it was.
        old: bool,
    },
    /// Digits behind a `0`: an octal number or a text then, a decimal number now.
    Octal {
        /// As it is spelt.
        text: String,
        /// What it was, if it was a number.
        old: Option<i64>,
    },
    /// Digits with colons: a number of base 60 then, a text now.
    Sexagesimal {
        /// As it is spelt.
        text: String,
        /// What it was.
        old: i64,
    },
    /// Digits with underscores: a number then, a text now.
    Grouped {
        /// As it is spelt.
        text: String,
        /// What it was.
        old: i64,
    },
}

impl OldScalar {
    /// What a plain scalar was to YAML 1.1, if that is something else.
    pub(super) fn of(text: &str) -> Option<Self> {
        let owned = || text.to_owned();
        match text {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Self::Boolean { text: owned(), old: true }),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Self::Boolean { text: owned(), old: false }),
            _ => {}
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'_'));
        if !is_number || digits.len() > 18 {
            return None;
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let behind = digits.strip_prefix('0').filter(|behind| !behind.is_empty())?;
            let old = i64::from_str_radix(behind, 8).ok().map(|old| sign * old);
            return Some(Self::Octal { text: owned(), old });
        }
        if digits.contains(':') {
            let mut parts = digits.split(':');
            let first = parts.next().filter(|first| first.starts_with(|c| c != '0'))?;
            let first: i64 = first.replace('_', "").parse().ok()?;
            let base60 = |whole: i64, part: &str| {
                let part: i64 = part.parse().ok().filter(|part| *part < 60)?;
                whole.checked_mul(60)?.checked_add(part)
            };
            return parts.try_fold(first, base60).map(|old| Self::Sexagesimal { text: owned(), old: sign * old });
        }
        let old: i64 = digits.replace('_', "").parse().ok()?;
        (!digits.starts_with('0')).then(|| Self::Grouped { text: owned(), old: sign * old })
    }

    /// What YAML 1.2 makes of it, in words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Boolean { text, old } => format!("`{text}` is a text in YAML 1.2, not {old} as in YAML 1.1"),
            Self::Octal { text, old: Some(old) } => {
                format!("`{text}` is a decimal number in YAML 1.2, not {old} as in YAML 1.1")
            }
            Self::Octal { text, old: None } => {
                format!("`{text}` is a decimal number in YAML 1.2, not a text as in YAML 1.1")
            }
            Self::Sexagesimal { text, old } | Self::Grouped { text, old } => {
                format!("`{text}` is a text in YAML 1.2, not the number {old} as in YAML 1.1")
            }
        }
    }

    /// How to say what is meant.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Boolean { old, text } => format!("write `{old}`, or `\"{text}\"` to mean the text"),
            Self::Octal { text, .. } => {
                let digits = text.trim_start_matches(['+', '-', '0']);
                let digits = if digits.is_empty() { "0" } else { digits };
                format!(
                    "write the number without the `0` that it begins with (`{digits}`), or `\"{text}\"` to mean a text"
                )
            }
            Self::Sexagesimal { text, old } | Self::Grouped { text, old } => {
                format!("write `\"{text}\"` to mean the text, or `{old}` to mean the number")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_1_1_read_otherwise_is_noticed_and_nothing_else() {
        for (text, expected) in [
            ("yes", Some("`yes` is a text in YAML 1.2, not true as in YAML 1.1")),
            ("OFF", Some("`OFF` is a text in YAML 1.2, not false as in YAML 1.1")),
            ("010", Some("`010` is a decimal number in YAML 1.2, not 8 as in YAML 1.1")),
            ("-010", Some("`-010` is a decimal number in YAML 1.2, not -8 as in YAML 1.1")),
            ("08", Some("`08` is a decimal number in YAML 1.2, not a text as in YAML 1.1")),
            ("1:30", Some("`1:30` is a text in YAML 1.2, not the number 90 as in YAML 1.1")),
            ("12:30:45", Some("`12:30:45` is a text in YAML 1.2, not the number 45045 as in YAML 1.1")),
            ("1_000", Some("`1_000` is a text in YAML 1.2, not the number 1000 as in YAML 1.1")),
            ("y", None),
            ("yEs", None),
            ("true", None),
            ("0", None),
            ("10", None),
            ("0x10", None),
            ("0o10", None),
            ("07:30", None),
            ("1:60", None),
            ("1:", None),
            ("2026-01-08", None),
            ("1.5", None),
            ("yes please", None),
            ("", None),
        ] {
            assert_eq!(OldScalar::of(text).map(|old| old.message()).as_deref(), expected, "{text}");
        }
    }
}
