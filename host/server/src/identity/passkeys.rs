//! The passkeys of the users, kept in a file: public keys, and nothing that is secret.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sortie_attestation::{Passkey, PasskeyAssertion, PasskeyFault, PasskeyKey, RelyingParty};
use sortie_host::journal::Timestamp;
use sortie_json::{Code, ContentHash, ParseLimits, UserError, canonical_of, parse};

use crate::codes;

/// How many passkeys a user has at most.
const MAX_OF_USER: usize = 20;
/// How many bytes the file has at most: that of a thousand users with all the passkeys they may have.
const MAX_FILE: u64 = 32 * 1024 * 1024;
const SCHEMA_VERSION: &str = "passkeys@1";

/// The passkeys that a server knows, and the file that keeps them. One server writes it.
#[derive(Debug)]
pub(crate) struct Passkeys {
    file: PathBuf,
    records: Mutex<Vec<PasskeyRecord>>,
}

/// A user's passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyRecord {
    pub(crate) user: String,
    /// What the user calls it.
    pub(crate) name: String,
    /// The credential's id, in Base64 for URLs.
    pub(crate) credential: String,
    /// As it stands in a file of allowed signers.
    #[serde(with = "openssh")]
    pub(crate) key: PasskeyKey,
    counter: u32,
    pub(crate) registered_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyFile {
    schema_version: String,
    passkeys: Vec<PasskeyRecord>,
}

/// Why passkeys are not read, kept or believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasskeysError {
    /// The file is not one of passkeys.
    #[error("`{file}` is not a file of passkeys: {fault}")]
    Form {
        /// Its name.
        file: String,
        /// What is wrong.
        fault: String,
    },
    /// The file cannot be read or written.
    #[error("the passkeys in `{file}` cannot be read or written: {error}")]
    File {
        /// Its name.
        file: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// A user has enough of them.
    #[error("a user has at most {MAX_OF_USER} passkeys")]
    TooMany,
    /// The passkey is known already.
    #[error("this passkey is registered already")]
    Twice,
    /// Nobody has registered such a passkey here, or somebody else has.
    #[error("no such passkey is registered here")]
    Unknown,
    /// What the browser gave proves nothing.
    #[error("the passkey was refused: {0}")]
    Refused(#[from] PasskeyFault),
}

impl UserError for PasskeysError {
    fn code(&self) -> Code {
        match self {
            Self::Form { .. } | Self::File { .. } => codes::PASSKEYS_FILE,
            Self::TooMany | Self::Twice | Self::Unknown => codes::INVALID_PASSKEY,
            Self::Refused(fault) => UserError::code(fault),
        }
    }
}

mod openssh {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use sortie_attestation::PasskeyKey;

    pub(super) fn serialize<S: Serializer>(key: &PasskeyKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(key)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PasskeyKey, D::Error> {
        let text = String::deserialize(deserializer)?;
        PasskeyKey::openssh(&text).ok_or_else(|| D::Error::custom("a key is not the public key of a passkey"))
    }
}

impl PasskeyRecord {
    /// The line for a file of allowed signers; nothing, where the name would be read as a pattern there.
    pub(crate) fn signer(&self) -> Option<String> {
        let is_plain = |c: char| !c.is_control() && !matches!(c, '"' | ',' | '*' | '?' | '!' | '#');
        let name = Some(self.user.as_str()).filter(|name| !name.is_empty() && name.chars().all(is_plain))?;
        let purpose = sortie_attestation::DECISION.0;
        Some(format!("\"{name}\" namespaces=\"{purpose}\" {}", self.key))
    }
}

impl Passkeys {
    /// Reads a file, which need not exist.
    pub(crate) fn open(file: &Path) -> Result<Self, PasskeysError> {
        let name = file.display().to_string();
        let failed = |error| PasskeysError::File { file: name.clone(), error };
        let wrong = |fault: String| PasskeysError::Form { file: name.clone(), fault };
        let unfit = || wrong(format!("expected a regular file of at most {MAX_FILE} bytes"));
        let records = match fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
            Ok(about) if !about.is_file() => return Err(unfit()),
            Ok(_) => {
                // The length that a file says it has may not be the one that it has.
                let mut bytes = Vec::new();
                let opened = File::open(file).map_err(failed)?;
                opened.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
                if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
                    return Err(unfit());
                }
                let value = parse(&bytes, ParseLimits::default());
                let value = value.map_err(|faults| {
                    wrong(faults.first().map_or_else(|| "it is not I-JSON".to_owned(), ToString::to_string))
                })?;
                let kept: PasskeyFile = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
                if kept.schema_version != SCHEMA_VERSION {
                    return Err(wrong(format!("its `schema_version` is not `{SCHEMA_VERSION}`")));
                }
                kept.passkeys
            }
        };
        Ok(Self { file: file.to_owned(), records: Mutex::new(records) })
    }

    /// Those of a user.
    pub(crate) fn of(&self, user: &str) -> Vec<PasskeyRecord> {
        self.locked().iter().filter(|record| record.user == user).cloned().collect()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<PasskeyRecord> {
        self.locked().clone()
    }

    /// Keeps a new one.
    pub(crate) fn add(
        &self,
        user: &str,
        name: &str,
        passkey: &Passkey,
        registered_at: Timestamp,
    ) -> Result<(), PasskeysError> {
        let credential = URL_SAFE_NO_PAD.encode(&passkey.credential);
        self.change(|records| {
            // One passkey is one person's.
            if records.iter().any(|record| record.credential == credential) {
                return Err(PasskeysError::Twice);
            }
            if records.iter().filter(|record| record.user == user).count() >= MAX_OF_USER {
                return Err(PasskeysError::TooMany);
            }
            let (user, name) = (user.to_owned(), name.to_owned());
            let (key, counter) = (passkey.key.clone(), passkey.counter);
            records.push(PasskeyRecord { user, name, credential, key, counter, registered_at });
            Ok(())
        })
    }

    /// Forgets one of a user's.
    pub(crate) fn remove(&self, user: &str, credential: &str) -> Result<(), PasskeysError> {
        self.change(|records| {
            let before = records.len();
            records.retain(|record| record.user != user || record.credential != credential);
            if records.len() == before { Err(PasskeysError::Unknown) } else { Ok(()) }
        })
    }

    /// Checks that a passkey signed a challenge, keeps its counter, and gives it. Where it has to be a certain user's, that of
    /// another is not known.
    pub(crate) fn authenticate(
        &self,
        server: &RelyingParty,
        user: Option<&str>,
        credential: &str,
        (challenge, assertion): (&[u8], &PasskeyAssertion<'_>),
    ) -> Result<PasskeyRecord, PasskeysError> {
        let mut records = self.locked();
        let is_it =
            |record: &&PasskeyRecord| record.credential == credential && user.is_none_or(|user| record.user == user);
        let record = records.iter().find(is_it).ok_or(PasskeysError::Unknown)?.clone();
        let counter = server.authenticate(challenge, &record.key, record.counter, assertion)?;
        if counter != record.counter {
            let mut changed = records.clone();
            if let Some(found) = changed.iter_mut().find(|found| found.credential == credential) {
                found.counter = counter;
            }
            self.write(&changed)?;
            *records = changed;
        }
        Ok(record)
    }

    /// Changes what is kept, if it can be written.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<PasskeyRecord>) -> Result<(), PasskeysError>,
    ) -> Result<(), PasskeysError> {
        let mut records = self.locked();
        let mut changed = records.clone();
        change(&mut changed)?;
        self.write(&changed)?;
        *records = changed;
        Ok(())
    }

    /// Writes another file and puts it in the place of the old one: a process that dies leaves one of the two.
    fn write(&self, records: &[PasskeyRecord]) -> Result<(), PasskeysError> {
        let failed = |error| PasskeysError::File { file: self.file.display().to_string(), error };
        let kept = PasskeyFile { schema_version: SCHEMA_VERSION.to_owned(), passkeys: records.to_vec() };
        let bytes = canonical_of(&kept).map_err(|error| failed(io::Error::other(error.to_string())))?;
        let mut beside = self.file.as_os_str().to_owned();
        beside.push(".new");
        let mut file = File::create(&beside).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, &self.file).map_err(failed)
    }

    fn locked(&self) -> MutexGuard<'_, Vec<PasskeyRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What authenticators know a user by, that tells nothing of them.
pub(crate) fn handle(user: &str) -> String {
    let hash = ContentHash::of_bytes(format!("sortie user {user}").as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    const KEY: &str = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbhAAAAC2V4YW1wbGUub3Jn";

    fn passkey(credential: u8) -> Passkey {
        Passkey { credential: vec![credential; 16], key: PasskeyKey::openssh(KEY).unwrap(), counter: 0 }
    }

    fn now() -> Timestamp {
        "2026-02-01T00:00:00.000Z".parse().unwrap()
    }

    #[test]
    fn what_is_kept_is_there_for_the_next_server_and_each_user_has_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passkeys.json");
        let passkeys = Passkeys::open(&file).unwrap();
        passkeys.add("ann", "Laptop", &passkey(1), now()).unwrap();
        passkeys.add("bob", "Phone", &passkey(2), now()).unwrap();
        assert!(matches!(passkeys.add("bob", "Stolen", &passkey(1), now()), Err(PasskeysError::Twice)));
        let again = Passkeys::open(&file).unwrap();
        assert_eq!(again.all(), passkeys.all());
        let credential = again.of("ann").remove(0).credential;
        assert!(matches!(again.remove("bob", &credential), Err(PasskeysError::Unknown)));
        again.remove("ann", &credential).unwrap();
        assert_eq!((again.of("ann").len(), again.of("bob").len()), (0, 1));
        for number in 3..22 {
            again.add("bob", "More", &passkey(number), now()).unwrap();
        }
        assert!(matches!(again.add("bob", "One more", &passkey(99), now()), Err(PasskeysError::TooMany)));
    }

    #[test]
    fn a_file_of_something_else_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passkeys.json");
        for text in ["", "{}", "[1,1]", r#"{"schema_version":"passkeys@2","passkeys":[]}"#] {
            fs::write(&file, text).unwrap();
            assert!(matches!(Passkeys::open(&file), Err(PasskeysError::Form { .. })), "{text}");
        }
        assert!(Passkeys::open(folder.path()).is_err());
    }

    #[test]
    fn a_name_that_would_be_a_pattern_gets_no_line() {
        let line = |user: &str| {
            let Passkey { key, counter, .. } = passkey(1);
            let (name, credential) = (String::new(), String::new());
            PasskeyRecord { user: user.to_owned(), name, credential, key, counter, registered_at: now() }.signer()
        };
        let expected = format!("\"Ann Lee\" namespaces=\"sortie-decision\" {KEY}");
        assert_eq!(line("Ann Lee"), Some(expected));
        for user in ["*", "a?n", "!ann", "ann,bob", "a\"b", "", "ann\nbob"] {
            assert_eq!(line(user), None, "{user}");
        }
    }
}
