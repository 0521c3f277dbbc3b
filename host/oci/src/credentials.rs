//! Who logs in where, as docker's `config.json` says.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fmt, fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::error::OciError;

/// Where users and passwords for registries are found.
#[derive(Clone, Default)]
pub struct Credentials {
    config: Option<Value>,
}

/// A user of a registry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Login {
    /// With a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// With a token that others are had for.
    Identity(String),
}

/// The greatest size of the file: 1 MiB.
const MAX_BYTES: u64 = 1 << 20;
/// The greatest size of what a program for credentials answers: 64 KiB.
const MAX_ANSWER: u64 = 64 << 10;
/// What such a program says, by docker's protocol, where it knows of nobody.
const NOBODY: &[u8] = b"credentials not found in native keychain";
/// Docker's own registry by its usual name, and how the file and programs for credentials call it.
const DOCKER: &str = "docker.io";
const DOCKER_HOST: &str = "index.docker.io";
const DOCKER_ADDRESS: &str = "https://index.docker.io/v1/";

impl Credentials {
    /// No user anywhere.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of docker's `config.json`: in `DOCKER_CONFIG`, else in `.docker` of the home folder. Where there is none, no
    /// user anywhere.
    ///
    /// # Errors
    ///
    /// The file is there and cannot be read.
    pub fn of_docker() -> Result<Self, OciError> {
        let folder = match env::var_os("DOCKER_CONFIG") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => env::var_os("HOME").map(|home| Path::new(&home).join(".docker")),
        };
        match folder.map(|folder| folder.join("config.json")) {
            Some(file) if file.exists() => Self::read(&file),
            Some(_) | None => Ok(Self::none()),
        }
    }

    /// Those of a file in the form of docker's `config.json`.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read(file: &Path) -> Result<Self, OciError> {
        let failed = |detail: String| OciError::Credentials { registry: "any".to_owned(), detail };
        if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(failed(format!("`{}` is not a regular file", file.display())));
        }
        // The length that a file says it has may not be the one that it has.
        let mut text = Vec::new();
        let read = fs::File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text));
        let read = read.map_err(|error| failed(format!("`{}`: {error}", file.display())))?;
        if u64::try_from(read).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(failed(format!("`{}` is larger than 1 MiB", file.display())));
        }
        let config = serde_json::from_slice(&text);
        // What is wrong is not repeated: it may be a password.
        let config = config.map_err(|_| failed(format!("`{}` is not JSON", file.display())))?;
        Ok(Self { config: Some(config) })
    }

    /// Who logs in at a registry, if anybody does. A program that is asked for it may take so long.
    pub(crate) fn of(&self, registry: &str, patience: Duration) -> Result<Option<Login>, OciError> {
        let Some(config) = &self.config else { return Ok(None) };
        let is_docker = registry == DOCKER;
        let asked = if is_docker { DOCKER_ADDRESS } else { registry };
        let helpers = config.get("credHelpers");
        let helper = helpers.and_then(|helpers| helpers.get(registry).or_else(|| helpers.get(asked)));
        if let Some(helper) = helper.and_then(Value::as_str) {
            return ask(helper, asked, patience);
        }
        let is_named = |name: &str| name == registry || (is_docker && name == DOCKER_HOST);
        let auths = config.get("auths").and_then(Value::as_object);
        let entry = auths.into_iter().flatten().find(|(name, _)| is_named(host_of(name))).map(|(_, entry)| entry);
        if let Some(login) = entry.and_then(login) {
            return Ok(Some(login));
        }
        match config.get("credsStore").and_then(Value::as_str) {
            Some(store) => ask(store, asked, patience),
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(…)")
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Login(…)")
    }
}

/// Names in the file may be addresses: `https://registry.example.org/v1/`.
fn host_of(name: &str) -> &str {
    let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    name.split('/').next().unwrap_or_default()
}

fn login(entry: &Value) -> Option<Login> {
    let text = |member: &str| entry.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Login::Identity(token.to_owned()));
    }
    let decoded = text("auth").and_then(|auth| String::from_utf8(BASE64.decode(auth).ok()?).ok());
    let (user, password) = match &decoded {
        Some(decoded) => decoded.split_once(':')?,
        None => (text("username")?, text("password")?),
    };
    Some(Login::Basic { user: user.to_owned(), password: password.trim_end_matches('\0').to_owned() })
}

/// Asks a program `docker-credential-NAME`, as docker does.
fn ask(helper: &str, registry: &str, patience: Duration) -> Result<Option<Login>, OciError> {
    let failed = |detail: String| OciError::Credentials { registry: registry.to_owned(), detail };
    let is_name =
        !helper.is_empty() && helper.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !is_name {
        return Err(failed("the program for credentials has an invalid name".to_owned()));
    }
    let program = format!("docker-credential-{helper}");
    let spawned =
        Command::new(&program).arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|error| failed(format!("`{program}` cannot be run: {error}")))?;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read what it is asked answers with a failure of its own.
        let _ = input.write_all(registry.as_bytes());
    }
    let answered = answer(&mut child, patience);
    if answered.is_err() {
        let _ = child.kill().and_then(|()| child.wait());
    }
    let (status, text) = answered.map_err(|error| failed(format!("`{program}` {error}")))?;
    if !status.success() && text.trim_ascii() == NOBODY {
        return Ok(None);
    }
    if !status.success() {
        // What it says may hold what is secret.
        return Err(failed(format!("`{program}` failed ({status}); `echo {registry} | {program} get` shows why")));
    }
    let answer: Value =
        serde_json::from_slice(&text).map_err(|_| failed(format!("`{program}` did not answer in JSON")))?;
    let text = |member: &str| answer.get(member).and_then(Value::as_str).map(str::to_owned);
    Ok(match (text("Username"), text("Secret")) {
        (Some(user), Some(secret)) if user == "<token>" => Some(Login::Identity(secret)),
        (Some(user), Some(password)) => Some(Login::Basic { user, password }),
        _ => None,
    })
}

/// What a program prints until it ends, for which it has so long; an error says what it did instead.
fn answer(child: &mut Child, patience: Duration) -> io::Result<(ExitStatus, Vec<u8>)> {
    let deadline = Instant::now() + patience;
    let too_slow = || io::Error::new(io::ErrorKind::TimedOut, format!("did not answer within {patience:?}"));
    let output = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    // It ends with the pipe, whoever else has that open.
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = output.map(|output| output.take(MAX_ANSWER + 1).read_to_end(&mut text)).transpose();
        let _ = sender.send(read.map(|_| text));
    });
    let text = receiver.recv_timeout(patience).map_err(|_| too_slow())??;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_ANSWER {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "answered with more than 64 KiB"));
    }
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, text));
        }
        if Instant::now() > deadline {
            return Err(too_slow());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PATIENCE: Duration = Duration::from_mins(1);

    #[test]
    fn logins_are_found_as_docker_writes_them() {
        let basic =
            |user: &str, password: &str| Some(Login::Basic { user: user.to_owned(), password: password.to_owned() });
        let config = json!({"auths": {
            "a.example.org": {"auth": BASE64.encode("ann:pass:word")},
            "https://b.example.org/v1/": {"username": "bob", "password": "secret"},
            "localhost:5000": {"identitytoken": "token"},
            "https://index.docker.io/v1/": {"auth": BASE64.encode("cid:key")},
            "c.example.org": {},
        }});
        let credentials = Credentials { config: Some(config) };
        assert_eq!(credentials.of("a.example.org", PATIENCE).unwrap(), basic("ann", "pass:word"));
        assert_eq!(credentials.of("b.example.org", PATIENCE).unwrap(), basic("bob", "secret"));
        assert_eq!(credentials.of("localhost:5000", PATIENCE).unwrap(), Some(Login::Identity("token".to_owned())));
        assert_eq!(credentials.of("docker.io", PATIENCE).unwrap(), basic("cid", "key"));
        assert_eq!(credentials.of("c.example.org", PATIENCE).unwrap(), None);
        assert_eq!(credentials.of("example.org", PATIENCE).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_logins_is_a_regular_one_of_at_most_a_mebibyte() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        let read = |bytes: usize| {
            fs::write(&file, format!("{{{}}}", " ".repeat(bytes - 2))).unwrap();
            Credentials::read(&file).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(read(1 << 20), Ok(()));
        assert!(read((1 << 20) + 1).unwrap_err().contains("is larger than 1 MiB"));
        // It says that it is a regular file without a byte, and is longer than any memory.
        if Path::new("/proc/self/pagemap").exists() {
            assert!(Credentials::read("/proc/self/pagemap".as_ref()).is_err());
        }
        fs::remove_file(&file).unwrap();
        assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
        assert!(Credentials::read(&file).unwrap_err().to_string().contains("is not a regular file"));
    }

    /// What a program for credentials of these lines of shell answers within a second.
    #[cfg(unix)]
    fn answered(script: &str) -> Result<(bool, usize), String> {
        let mut child = Command::new("sh").arg("-c").arg(script).stdout(Stdio::piped()).spawn().unwrap();
        let answer = answer(&mut child, Duration::from_secs(1));
        let _ = child.kill().and_then(|()| child.wait());
        answer.map(|(status, text)| (status.success(), text.len())).map_err(|error| error.to_string())
    }

    #[cfg(unix)]
    #[test]
    fn a_helper_that_hangs_or_has_no_end_is_left() {
        assert_eq!(answered("printf '{}'"), Ok((true, 2)));
        assert_eq!(answered("printf no; exit 3"), Ok((false, 2)));
        let too_slow = Err("did not answer within 1s".to_owned());
        assert_eq!(answered("exec sleep 60"), too_slow);
        assert_eq!(answered("exec >&-; exec sleep 60"), too_slow, "it has nothing more to say, and stays");
        // Who has the pipe from it has it open still.
        assert_eq!(answered("sleep 60 & exit 0"), too_slow);
        assert_eq!(answered("exec yes"), Err("answered with more than 64 KiB".to_owned()));
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let credentials = Credentials { config: Some(json!({"auths": {"a": {"auth": "c2VjcmV0"}}})) };
        assert_eq!(format!("{credentials:?}"), "Credentials(…)");
        assert_eq!(format!("{:?}", Login::Identity("secret".to_owned())), "Login(…)");
    }

    #[test]
    fn a_helper_whose_name_is_a_path_is_not_run() {
        for helper in ["", "../evil", "a b", "a/b"] {
            let credentials = Credentials { config: Some(json!({"credsStore": helper})) };
            assert!(matches!(credentials.of("a.example.org", PATIENCE), Err(OciError::Credentials { .. })), "{helper}");
        }
    }
}
