//! Names of plugins, missions and operations, and the codes of failures.

/// The greatest length of a name, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// Whether a plugin, a mission or an operation can have this name, or a failure this code: a lower-case letter, then at
/// most 63 lower-case letters, digits, `-` and `_`.
///
/// ```
/// assert!(sortie_interface::is_legal_name("daily-loop"));
/// assert!(!sortie_interface::is_legal_name("Daily loop"));
/// ```
#[must_use]
pub fn is_legal_name(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    name.len() <= MAX_NAME_BYTES && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(rest)
}
