//! What the browser says: the client data (Web Authentication Level 3, section 5.8.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sortie_json::{ParseLimits, parse};

use super::fault::PasskeyFault;

/// How many bytes client data has at most.
pub(super) const MAX_BYTES: usize = 4096;

/// What client data is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Get,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Holds client data against what was asked, and gives its origin.
///
/// It has to be I-JSON without anything twice, and to begin as the standard says that browsers write it (section
/// 5.8.1.2): so whoever reads it in another way, as OpenSSH does, reads the same.
pub(super) fn check(bytes: &[u8], purpose: Purpose, challenge: &[u8]) -> Result<String, PasskeyFault> {
    if bytes.len() > MAX_BYTES {
        return Err(PasskeyFault::TooLarge);
    }
    let data = parse(bytes, ParseLimits::default()).map_err(|_| PasskeyFault::ClientData)?;
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    if text("type") != Some(purpose.word()) {
        return Err(PasskeyFault::Purpose);
    }
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    if text("challenge") != Some(challenge.as_str()) {
        return Err(PasskeyFault::Challenge);
    }
    let origin = text("origin").ok_or(PasskeyFault::ClientData)?;
    // A page within a page of somebody else's.
    if !matches!(data.get("crossOrigin"), None | Some(Value::Bool(false))) || data.get("topOrigin").is_some() {
        return Err(PasskeyFault::Origin);
    }
    let head = format!(r#"{{"type":"{}","challenge":"{challenge}","origin":"{origin}""#, purpose.word());
    let is_plain = !origin.contains(['"', '\\']) && origin.is_ascii();
    if !is_plain || !bytes.starts_with(head.as_bytes()) {
        return Err(PasskeyFault::ClientData);
    }
    Ok(origin.to_owned())
}

/// The challenge of client data, by which it is found what was asked. It proves nothing.
pub(super) fn challenge(bytes: &[u8]) -> Option<Vec<u8>> {
    let data = Some(bytes).filter(|bytes| bytes.len() <= MAX_BYTES)?;
    let data = parse(data, ParseLimits::default()).ok()?;
    URL_SAFE_NO_PAD.decode(data.get("challenge")?.as_str()?).ok()
}

/// Whether a browser lets a page of an origin use passkeys of a relying party: one whose host is that name, or below it
/// (section 5.1.4.1).
pub(super) fn is_of(origin: &str, relying_party: &str) -> bool {
    let (scheme, host) = origin.split_once("://").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let below = host.strip_suffix(relying_party).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    below && (scheme == "https" || (scheme == "http" && (host == "localhost" || host.ends_with(".localhost"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_of_its_own_name_and_of_those_above() {
        for (origin, name, expected) in [
            ("https://example.org", "example.org", true),
            ("https://example.org:8443", "example.org", true),
            ("https://sortie.example.org", "example.org", true),
            ("http://localhost:7878", "localhost", true),
            ("http://example.org", "example.org", false),
            ("https://evilexample.org", "example.org", false),
            ("https://example.org.evil", "example.org", false),
            ("https://example.org", "sortie.example.org", false),
            ("example.org", "example.org", false),
            ("", "", false),
        ] {
            assert_eq!(is_of(origin, name), expected, "{origin} {name}");
        }
    }
}
