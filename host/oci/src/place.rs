//! Where something is asked for: an address that was read once, so that who is judged is who is spoken to.

use std::net::Ipv4Addr;

use ureq::http::Uri;
use ureq::http::uri::Scheme;

use crate::reference::{Reference, is_local};

/// An absolute address of HTTP, with nobody's name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(Uri);

impl Place {
    /// The top of a registry. Those on this machine are spoken to without TLS.
    pub(crate) fn of(reference: &Reference) -> Self {
        let scheme = if reference.is_local() { Scheme::HTTP } else { Scheme::HTTPS };
        // Docker's registry is called by the name of its site.
        let registry = match reference.registry() {
            "docker.io" => "registry-1.docker.io",
            registry => registry,
        };
        let uri = Uri::builder().scheme(scheme).authority(registry).path_and_query("/");
        // A reference's registry is an authority, so this is always one.
        Self(uri.build().unwrap_or_default())
    }

    /// Reads an address; nothing, where it is none or names a user.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_http = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        let authority = uri.authority()?;
        let names_nobody = !authority.as_str().contains('@');
        (is_http && names_nobody && !is_odd_number(authority.host())).then_some(Self(uri))
    }

    /// Reads an address, or a path at the place where it was found.
    pub(crate) fn parse_from(&self, text: &str) -> Option<Self> {
        if !text.starts_with('/') || text.starts_with("//") {
            return Self::parse(text);
        }
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = Some(text.parse().ok()?);
        Uri::from_parts(parts).ok().map(Self)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is spoken to by HTTPS.
    pub(crate) fn is_secret(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether it is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.0.host().is_some_and(is_local)
    }

    /// Whether it is at a registry: the same host and port, however they are written.
    pub(crate) fn is_at(&self, reference: &Reference) -> bool {
        let home = Self::of(reference);
        let host = |place: &Self| place.0.host().map(str::to_ascii_lowercase);
        host(self).is_some() && host(self) == host(&home) && self.port() == home.port()
    }

    fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_secret() { 443 } else { 80 })
    }

    /// Without what may be a secret in it.
    pub(crate) fn shown(&self) -> String {
        Self::shown_of(&self.0.to_string())
    }

    /// The same, of what is perhaps no address.
    pub(crate) fn shown_of(text: &str) -> String {
        text.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect()
    }
}

/// Whether resolvers take a host for a number that is an address, such as `127.1` or `2130706433`: nobody writes a
/// registry's so.
fn is_odd_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_number = !last.is_empty() && (last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x"));
    is_number && host.parse::<Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(registry: &str) -> Reference {
        format!("{registry}/team/demo").parse().unwrap()
    }

    #[test]
    fn of_an_address_it_is_known_who_is_spoken_to() {
        for (text, registry, is_at) in [
            ("https://a.example.org:5/x?y#z", "a.example.org:5", true),
            ("https://A.example.org/x", "a.example.org", true),
            ("https://a.example.org:443/x", "a.example.org", true),
            ("https://a.example.org/x", "a.example.org:443", true),
            ("https://a.example.org:444/x", "a.example.org", false),
            ("http://a.example.org/x", "a.example.org", false),
            ("https://a.example.org.evil.example/x", "a.example.org", false),
            ("https://evil.example/?https://a.example.org/", "a.example.org", false),
            ("http://[::1]:5000/", "[::1]:5000", true),
            ("http://localhost:80/", "localhost", true),
            ("https://registry-1.docker.io/v2/", "docker.io", true),
            ("https://docker.io/v2/", "docker.io", false),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!(place.is_at(&reference(registry)), is_at, "{text} {registry}");
        }
    }

    #[test]
    fn what_is_no_address_of_http_is_none() {
        for text in [
            "",
            "/",
            "nothing",
            "//a.example.org/b",
            "file:///etc/passwd",
            "ftp://a.example.org/",
            "https://",
            "https://user@a.example.org/",
            "https://user:secret@a.example.org/",
            "https://a.example.org\\@evil.example/",
            "https://a.example.org\n/",
            "https://a example.org/",
            "https://2130706433/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://0x7f.1/",
        ] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_is_at_the_place_where_it_was_found() {
        let home = Place::of(&reference("localhost:5000"));
        assert_eq!(home.parse_from("/v2/a?b=c").unwrap().uri(), "http://localhost:5000/v2/a?b=c");
        assert_eq!(home.parse_from("https://a.example.org/b").unwrap().uri(), "https://a.example.org/b");
        assert_eq!(home.parse_from("//a.example.org/b"), None);
        assert_eq!(home.parse_from("v2/a"), None);
        assert_eq!(home.parse_from("/a b"), None);
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let place = Place::parse("https://a.example.org/b?signature=secret").unwrap();
        assert_eq!(place.shown(), "https://a.example.org/b");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_place_or_none(text in "(https?://)?[a-zA-Z0-9:/@._\\[\\]?#\\\\é -]{0,40}") {
            if let Some(place) = Place::parse(&text) {
                assert!(place.uri().host().is_some());
                assert!(!place.uri().to_string().contains('@') || text.contains('@'));
            }
        }
    }
}
