//! Names of what is in registries: `registry.example.org/team/demo:1.2@sha256:…`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sortie_json::ContentHash;

/// What a reference to a plugin may begin with, to tell it from a file.
pub const SCHEME: &str = "oci://";

/// The name of an artefact in a registry. The registry has to be named: there is no default one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<ContentHash>,
}

/// Text that names nothing in a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a reference to a registry: {expected}")]
pub struct InvalidReference {
    text: String,
    expected: &'static str,
}

impl Reference {
    /// The registry: a host, and a port where it is not the usual one.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository within it.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is named.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of the manifest, if it is named.
    #[must_use]
    pub fn digest(&self) -> Option<ContentHash> {
        self.digest
    }

    /// The same, with the digest that the tag was found to stand for.
    #[must_use]
    pub fn pinned(&self, digest: ContentHash) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// The same with a tag, in place of one that it may have.
    ///
    /// # Errors
    ///
    /// The tag is not legal.
    pub fn tagged(&self, tag: &str) -> Result<Self, InvalidReference> {
        format!("{}/{}:{tag}", self.registry, self.repository).parse()
    }

    /// The same artefact at a mirror: a registry, perhaps with a path, below which it has the repositories of this one.
    ///
    /// # Errors
    ///
    /// The mirror is no such place.
    pub fn at_mirror(&self, mirror: &str) -> Result<Self, InvalidReference> {
        let there: Self = format!("{mirror}/{}", self.repository).parse()?;
        Ok(Self { tag: self.tag.clone(), digest: self.digest, ..there })
    }

    /// What names the manifest in an address: the digest where it is known.
    pub(crate) fn name(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => format!("sha256:{digest}"),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }

    /// Whether the registry is on this machine: such ones are spoken to without TLS.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_local(&self.registry)
    }
}

/// Whether a host, with or without a port, is this machine.
pub(crate) fn is_local(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_here = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(is_here)
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |expected| InvalidReference { text: text.to_owned(), expected };
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => {
                let digits = digest.strip_prefix("sha256:").and_then(|digits| digits.parse().ok());
                (rest, Some(digits.ok_or_else(|| invalid("the digest is `sha256:` and 64 hexadecimal digits"))?))
            }
            None => (rest, None),
        };
        let (registry, rest) =
            rest.split_once('/').ok_or_else(|| invalid("write `REGISTRY/REPOSITORY`, such as `ghcr.io/team/demo`"))?;
        if !is_authority(registry) {
            return Err(invalid("name the registry's host, such as `ghcr.io` or `localhost:5000`"));
        }
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (rest, None),
        };
        if repository.len() > 255 || !repository.split('/').all(is_path_component) {
            return Err(invalid(
                "a repository is lower-case letters and digits, with `.`, `_`, `-` and `/` in between",
            ));
        }
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid("a tag is at most 128 letters, digits, `.`, `_` and `-`"));
        }
        Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), tag, digest })
    }
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
            return is_address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_host = host.len() <= 253 && host.split('.').all(is_label);
    is_host && (host == "localhost" || host.contains('.') || port.is_some()) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Letters and digits, with one separator between them: `.`, `_`, `__` or any number of `-`.
fn is_path_component(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let is_separator = |run: &str| [".", "_", "__"].contains(&run) || run.chars().all(|character| character == '-');
    let is_bounded = text.starts_with(is_word) && text.ends_with(is_word);
    is_bounded && text.split(is_word).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().next().is_some_and(is_word)
        && text.len() <= 128
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(formatter, "@sha256:{digest}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_as_they_are_written() {
        let digest = "0".repeat(64);
        for text in [
            "ghcr.io/team/demo",
            "ghcr.io/team/demo:1.2",
            "localhost/demo",
            "localhost:5000/a/b/c_d/e__f/g---h:v_1.0-rc",
            "[::1]:5000/demo",
            "127.0.0.1:5000/demo",
            &format!("ghcr.io/team/demo@sha256:{digest}"),
            &format!("ghcr.io/team/demo:1.2@sha256:{digest}"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
            assert_eq!(format!("oci://{text}").parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            "demo",
            "team/demo",
            "ghcr.io/",
            "ghcr.io/Team/demo",
            "ghcr.io/team//demo",
            "ghcr.io/team/../demo",
            "ghcr.io/team/demo:",
            "ghcr.io/team/demo:a b",
            "ghcr.io/team/demo:-a",
            "ghcr.io/team/demo@sha256:12",
            "ghcr.io/team/demo@md5:12",
            "ghcr.io/.demo",
            "ghcr.io/a._b",
            "user@ghcr.io/demo",
            "ghcr.io:99999/demo",
            "-a.io/demo",
            "[::g]/demo",
            "ghcr.io/team/demo?x=1",
            "ghcr.io/team/demo#x",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mirror_has_repositories_below_a_place_of_its_own() {
        let reference: Reference = "ghcr.io/team/demo:1.2".parse().unwrap();
        let at = |mirror: &str| reference.at_mirror(mirror).map(|there| there.to_string());
        assert_eq!(at("mirror.example.org").unwrap(), "mirror.example.org/team/demo:1.2");
        assert_eq!(at("localhost:5000/ghcr").unwrap(), "localhost:5000/ghcr/team/demo:1.2");
        assert!(at("mirror").is_err());
        assert!(at("mirror.example.org/a:1").is_err());
        assert!(at("").is_err());
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (registry, expected) in [
            ("localhost/a", true),
            ("localhost:5000/a", true),
            ("127.0.0.1:1/a", true),
            ("127.9.9.9/a", true),
            ("[::1]:5/a", true),
            ("[::ffff:127.0.0.1]:5/a", true),
            ("0.0.0.0:5/a", true),
            ("LocalHost:5/a", true),
            ("registry.localhost:5/a", true),
            ("localhost.example.org/a", false),
            ("127.0.0.1.example.org/a", false),
            ("10.0.0.1/a", false),
        ] {
            assert_eq!(registry.parse::<Reference>().unwrap().is_local(), expected, "{registry}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_reference_that_reads_back_or_is_refused(text in "[a-zA-Z0-9:/@._\\[\\]é-]{0,60}") {
            if let Ok(reference) = text.parse::<Reference>() {
                assert_eq!(reference.to_string(), text);
                assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
            }
        }
    }
}
