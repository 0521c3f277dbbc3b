//! Who may sign what, in the form of OpenSSH's `allowed_signers`.

use sortie_host::journal::Timestamp;

use crate::key::VerifyingKey;

/// People and their keys: what `ssh-keygen -Y verify -f` reads (ALLOWED SIGNERS in ssh-keygen(1)).
///
/// A line has principals, options and a key. Times have to end in `Z`: what they mean must not hang on the zone of the
/// machine that checks.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

#[derive(Debug, Clone)]
struct Signer {
    /// A pattern list (PATTERNS in `ssh_config(5)`).
    principals: String,
    key: VerifyingKey,
    options: Options,
}

#[derive(Debug, Clone, Default)]
struct Options {
    /// The key signs certificates, which are not read here.
    is_authority: bool,
    /// A pattern list.
    namespaces: Option<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

/// A line of allowed signers that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the allowed signers: {fault}")]
pub struct SignersError {
    /// Its number, from one.
    pub line: usize,
    /// What is wrong.
    pub fault: SignersFault,
}

/// The greatest size of a file of allowed signers: ten thousand keys. A signature is tried with each of them.
const MAX_BYTES: usize = 1 << 20;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignersFault {
    /// It is beyond what a file may have.
    #[error("the file has more than {0} bytes")]
    TooLarge(usize),
    /// A quotation mark has no partner.
    #[error("a quotation mark is not closed")]
    Quote,
    /// There is no key.
    #[error("expected principals, options and a key, such as `ann@example.org ssh-ed25519 AAAA…`")]
    NoKey,
    /// An option is not known.
    #[error("there is no option `{0}`")]
    Option(String),
    /// A time is not one.
    #[error("`{0}` is not a time such as `20260131Z` or `202601311200Z`, which must end in `Z`")]
    Time(String),
}

/// Why a key may not sign for somebody, the nearest cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerRefusal {
    /// No line has the key.
    #[error("the key {fingerprint} belongs to no allowed signer: to allow it, add the line `NAME {key}`")]
    UnknownKey {
        /// The key.
        key: Box<VerifyingKey>,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// The key is somebody else's.
    #[error("the key {fingerprint} is a key of `{of}` and not of `{name}`")]
    OtherPrincipal {
        /// The key's fingerprint.
        fingerprint: String,
        /// Whose it is: the principals of the first line that has it.
        of: String,
        /// Whom it would have to belong to.
        name: String,
    },
    /// The key is for other purposes.
    #[error("the key {fingerprint} may not sign in the namespace `{namespace}`")]
    OtherNamespace {
        /// The key's fingerprint.
        fingerprint: String,
        /// The namespace.
        namespace: &'static str,
    },
    /// The key was not valid at that time.
    #[error("the key {fingerprint} was not valid at {at}")]
    NotValid {
        /// The key's fingerprint.
        fingerprint: String,
        /// When it signed.
        at: Timestamp,
    },
}

/// What a signature is for: those of one purpose are not taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace(pub &'static str);

impl Signers {
    /// Reads a file of allowed signers.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read. A key of an algorithm that is not known is skipped, as it signed nothing here.
    pub fn parse(text: &str) -> Result<Self, SignersError> {
        if text.len() > MAX_BYTES {
            let within = text.as_bytes().iter().take(MAX_BYTES);
            let line = 1 + within.filter(|byte| **byte == b'\n').count();
            return Err(SignersError { line, fault: SignersFault::TooLarge(MAX_BYTES) });
        }
        // Some editors put a mark before a text, which is no part of the first name.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let signers = lines.map(|(line, text)| signer(text).map_err(|fault| SignersError { line, fault }));
        Ok(Self(signers.filter_map(Result::transpose).collect::<Result<_, _>>()?))
    }

    /// Whoever has one of these keys, each as OpenSSH writes it: `ssh-ed25519 AAAA… comment`.
    ///
    /// # Errors
    ///
    /// The first that cannot be read; lines are counted from one.
    pub fn of_keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, SignersError> {
        let signers = keys.into_iter().enumerate().map(|(index, key)| {
            let no_key = SignersError { line: index + 1, fault: SignersFault::NoKey };
            let verifying = VerifyingKey::openssh(key.trim()).ok_or(no_key)?;
            let name = verifying.fingerprint();
            Ok(Signer { principals: name, key: verifying, options: Options::default() })
        });
        Ok(Self(signers.collect::<Result<_, _>>()?))
    }

    /// The keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.iter().map(|signer| &signer.key)
    }

    /// Whether a key may sign in a namespace at a time: for somebody, or for whomever it belongs to. Gives the
    /// principals of the line that says so.
    ///
    /// # Errors
    ///
    /// The nearest cause why it may not.
    pub fn allow(
        &self,
        key: &VerifyingKey,
        name: Option<&str>,
        Namespace(namespace): Namespace,
        at: Option<Timestamp>,
    ) -> Result<&str, SignerRefusal> {
        let fingerprint = || key.fingerprint();
        let mut left: Vec<&Signer> = self.0.iter().filter(|signer| signer.key == *key).collect();
        left.retain(|signer| !signer.options.is_authority);
        if left.is_empty() {
            return Err(SignerRefusal::UnknownKey { key: Box::new(key.clone()), fingerprint: fingerprint() });
        }
        if let Some(name) = name {
            let of = left.first().map_or("", |signer| &signer.principals);
            left.retain(|signer| is_in_list(name, &signer.principals));
            if left.is_empty() {
                let (of, name) = (of.to_owned(), name.to_owned());
                return Err(SignerRefusal::OtherPrincipal { fingerprint: fingerprint(), of, name });
            }
        }
        left.retain(|signer| signer.options.namespaces.as_deref().is_none_or(|list| is_in_list(namespace, list)));
        if left.is_empty() {
            return Err(SignerRefusal::OtherNamespace { fingerprint: fingerprint(), namespace });
        }
        if let Some(at) = at {
            left.retain(|signer| signer.options.are_valid_at(at));
            if left.is_empty() {
                return Err(SignerRefusal::NotValid { fingerprint: fingerprint(), at });
            }
        }
        Ok(left.first().map_or("", |signer| &signer.principals))
    }
}

impl Options {
    fn are_valid_at(&self, at: Timestamp) -> bool {
        self.valid_after.is_none_or(|after| after <= at) && self.valid_before.is_none_or(|before| at <= before)
    }

    fn parse(text: &str) -> Result<Self, SignersFault> {
        let mut options = Self::default();
        for option in split_outside_quotes(text, ',') {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => options.is_authority = true,
                "namespaces" => options.namespaces = Some(value.to_owned()),
                "valid-after" => options.valid_after = Some(time(value)?),
                "valid-before" => options.valid_before = Some(time(value)?),
                _ => return Err(SignersFault::Option(name.to_owned())),
            }
        }
        Ok(options)
    }
}

/// A line; nothing, if its key is of an algorithm that signs nothing here.
fn signer(line: &str) -> Result<Option<Signer>, SignersFault> {
    let mut words = split_outside_quotes(line, ' ').into_iter().flat_map(|word| split_outside_quotes(word, '\t'));
    if !line.matches('"').count().is_multiple_of(2) {
        return Err(SignersFault::Quote);
    }
    let mut next = || words.by_ref().find(|word| !word.is_empty());
    let principals = next().unwrap_or_default().trim_matches('"').to_owned();
    let first = next().ok_or(SignersFault::NoKey)?;
    let (options, algorithm) = if is_algorithm(first) {
        (Options::default(), first)
    } else {
        (Options::parse(first)?, next().ok_or(SignersFault::NoKey)?)
    };
    let key = next().filter(|_| is_algorithm(algorithm)).ok_or(SignersFault::NoKey)?;
    match VerifyingKey::openssh(&format!("{algorithm} {key}")) {
        Some(key) => Ok(Some(Signer { principals, key, options })),
        None if algorithm == "ssh-ed25519" => Err(SignersFault::NoKey),
        None => Ok(None),
    }
}

fn is_algorithm(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-", "rsa-"].iter().any(|start| word.starts_with(start))
}

/// The parts of a text between separators that do not stand within quotation marks.
fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
    .collect()
}

/// `YYYYMMDD[HHMM[SS]]Z`.
fn time(text: &str) -> Result<Timestamp, SignersFault> {
    let wrong = || SignersFault::Time(text.to_owned());
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let part = |from: usize| digits.and_then(|digits| digits.get(from..from + 2)).unwrap_or("00");
    let year = digits.and_then(|digits| digits.get(..4)).ok_or_else(wrong)?;
    if ![8, 12, 14].contains(&digits.map_or(0, str::len)) {
        return Err(wrong());
    }
    let (month, day, hour, minute, second) = (part(4), part(6), part(8), part(10), part(12));
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().map_err(|_| wrong())
}

/// Whether a name matches a pattern list, and none of its negated patterns.
fn is_in_list(name: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',').map(str::trim) {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(name.as_bytes(), pattern.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(name.as_bytes(), pattern.as_bytes()),
        }
    }
    found
}

/// Whether a name matches a pattern: `*` stands for any text, `?` for a character. Takes time in proportion to the product
/// of the lengths.
fn matches(name: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut of_pattern, mut star) = (0, 0, None);
    while let Some(byte) = name.get(at) {
        match pattern.get(of_pattern) {
            Some(b'*') => {
                star = Some((of_pattern, at));
                of_pattern += 1;
            }
            Some(expected) if *expected == b'?' || expected == byte => (at, of_pattern) = (at + 1, of_pattern + 1),
            Some(_) | None => match star {
                // The star takes one more.
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (at, of_pattern) = (taken + 1, place + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(of_pattern..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    const PURPOSE: Namespace = Namespace("sortie-decision");

    fn allow<'s>(signers: &'s Signers, name: &str, at: &str) -> Result<&'s str, SignerRefusal> {
        let key = VerifyingKey::openssh(KEY).unwrap();
        signers.allow(&key, Some(name), PURPOSE, Some(at.parse().unwrap()))
    }

    #[test]
    fn a_file_of_signers_has_at_most_a_mebibyte() {
        let of = |bytes: usize| Signers::parse(&format!("ann {KEY}\n{}", "\n".repeat(bytes))).map(drop);
        let line = KEY.len() + 5;
        assert_eq!(of(MAX_BYTES - line), Ok(()));
        let error = of(MAX_BYTES - line + 1).unwrap_err();
        assert_eq!((error.fault, error.line), (SignersFault::TooLarge(MAX_BYTES), MAX_BYTES - line + 2));
    }

    #[test]
    fn a_line_allows_what_it_says_and_nothing_else() {
        let at = "2026-02-01T00:00:00Z";
        let cases = [
            ("ann {}", "ann", at, true),
            ("# a remark\n\n  ann,bob   {} a comment", "bob", at, true),
            ("\u{feff}ann {}\r\n", "ann", at, true),
            // Another letter that looks alike is another name.
            ("\u{430}nn {}", "ann", at, false),
            (
                "ann {}\nann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh",
                "ann",
                at,
                true,
            ),
            ("*@example.org {}", "ann@example.org", at, true),
            ("*@example.org,!eve@* {}", "eve@example.org", at, false),
            ("a?n {}", "ann", at, true),
            ("a?n {}", "an", at, false),
            ("ann {}", "Ann", at, false),
            ("\"Ann Lee\" {}", "Ann Lee", at, true),
            ("ann cert-authority {}", "ann", at, false),
            ("ann namespaces=\"git,sortie-*\" {}", "ann", at, true),
            ("ann namespaces=\"git\" {}", "ann", at, false),
            ("ann namespaces=\"sortie-decision\",valid-after=\"20260101Z\" {}", "ann", at, true),
            ("ann valid-after=\"20260201Z\" {}", "ann", at, true),
            ("ann valid-after=\"202602010001Z\" {}", "ann", at, false),
            ("ann valid-before=\"20260201Z\" {}", "ann", at, true),
            ("ann VALID-BEFORE=\"20260131235959Z\" {}", "ann", at, false),
            ("ann ecdsa-sha2-nistp256 AAAA\nann {}", "ann", at, true),
        ];
        for (line, name, at, expected) in cases {
            let signers = Signers::parse(&line.replace("{}", KEY)).unwrap();
            assert_eq!(allow(&signers, name, at).is_ok(), expected, "{line}");
        }
    }

    #[test]
    fn the_nearest_cause_is_told() {
        let signers = |line: &str| Signers::parse(&line.replace("{}", KEY)).unwrap();
        let at = "2026-02-01T00:00:00Z";
        assert!(matches!(allow(&Signers::default(), "ann", at), Err(SignerRefusal::UnknownKey { .. })));
        assert!(matches!(allow(&signers("bob {}"), "ann", at), Err(SignerRefusal::OtherPrincipal { .. })));
        let line = "ann namespaces=\"git\" {}";
        assert!(matches!(allow(&signers(line), "ann", at), Err(SignerRefusal::OtherNamespace { .. })));
        let line = "ann valid-before=\"20250101Z\" {}";
        assert!(matches!(allow(&signers(line), "ann", at), Err(SignerRefusal::NotValid { .. })));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let cases = [
            ("ann", 1, SignersFault::NoKey),
            ("ann {}\nbob ssh-ed25519 AAAA", 2, SignersFault::NoKey),
            ("ann verify-required {}", 1, SignersFault::Option("verify-required".to_owned())),
            ("ann valid-after=\"20260101\" {}", 1, SignersFault::Time("20260101".to_owned())),
            ("ann valid-after=\"20261301Z\" {}", 1, SignersFault::Time("20261301Z".to_owned())),
            ("\"ann {}", 1, SignersFault::Quote),
        ];
        for (text, line, fault) in cases {
            let error = Signers::parse(&text.replace("{}", KEY)).unwrap_err();
            assert_eq!(error, SignersError { line, fault }, "{text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let (name, pattern) = ("a".repeat(2_000), format!("{}b", "*a".repeat(500)));
        assert!(!matches(name.as_bytes(), pattern.as_bytes()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([a-z*?!,]{0,9}[ \\t]{0,2}(valid-after=|namespaces=|\"|ssh-ed25519 AAAA|20260101Z|é|\n)?){0,6}") {
            let _ = Signers::parse(&text);
            let _ = crate::SigningKey::read(&text);
        }

        #[test]
        fn a_pattern_matches_as_a_slow_one_does(name in "[ab]{0,8}", pattern in "[ab*?]{0,6}") {
            fn slow(name: &[u8], pattern: &[u8]) -> bool {
                match pattern.split_first() {
                    None => name.is_empty(),
                    Some((b'*', rest)) => (0..=name.len()).any(|taken| slow(&name[taken..], rest)),
                    Some((expected, rest)) => name.split_first().is_some_and(|(byte, name)| {
                        (*expected == b'?' || expected == byte) && slow(name, rest)
                    }),
                }
            }
            assert_eq!(matches(name.as_bytes(), pattern.as_bytes()), slow(name.as_bytes(), pattern.as_bytes()));
        }
    }
}
