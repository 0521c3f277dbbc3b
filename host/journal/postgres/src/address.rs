//! Where a journal is: a URL, read once, whose password is shown nowhere.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// How long to wait for a server to accept a connection, unless the URL says otherwise.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The port of a server, unless the URL says otherwise.
const PORT: u16 = 5432;

/// In which schema the tables are, unless the URL says otherwise.
const SCHEMA: &str = "sortie";

/// The URL of a journal: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, as `psql` takes it, with these parameters:
///
/// - `schema`: the schema of the tables, which is made if need be. Default: `sortie`.
/// - `connect_timeout`: how many seconds to wait for a server to accept a connection. Default: 5.
/// - `application_name`: under which the server lists the connections. Default: `sortie`.
/// - `sslmode`: `disable`, or `require` and `verify-full`, which both check the server's certificate. Without it, a server on
///   another machine has to have a certificate that fits, and one on this machine is spoken to in the clear.
/// - `sslrootcert`: a PEM file of the authorities that are trusted, instead of those that browsers trust.
///
/// Of several hosts (`HOST1:PORT1,HOST2:PORT2`) the one that can be written to is used: so the journal fails over.
/// A host that begins with `/` (`%2F`) is the folder of a socket.
#[derive(Clone)]
pub struct Address {
    pub(crate) hosts: Vec<Host>,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) database: String,
    pub(crate) application: String,
    pub(crate) schema: String,
    pub(crate) connect_within: Duration,
    /// How the server's certificate is checked; nothing, if it is spoken to in the clear.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// At a port of a machine.
    Tcp { name: String, port: u16 },
    /// At a socket in a folder.
    Unix { folder: PathBuf, port: u16 },
}

/// Why a text is no address of a journal. It is not repeated: a password may be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not of the form that is expected.
    #[error("this is no URL of a PostgreSQL journal: {detail}")]
    NotUrl {
        /// What is wrong.
        detail: String,
    },
    /// A parameter has a value that is not one of its own.
    #[error("the parameter `{name}` of the journal's URL must be {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// The file of trusted authorities cannot be read.
    #[error("the certificates in {path} cannot be read: {detail}", path = path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
}

impl Address {
    /// Whether a text means to be the address of a journal in PostgreSQL, and not a file.
    pub fn is_meant(text: &str) -> bool {
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
    }

    /// The same, with a password if the URL has none.
    #[must_use]
    pub fn or_password(mut self, password: &str) -> Self {
        self.password.get_or_insert_with(|| password.to_owned());
        self
    }

    /// The same, in another schema: a journal of its own in the same database.
    pub fn with_schema(self, schema: &str) -> Result<Self, AddressError> {
        Ok(Self { schema: schema_name(schema)?, ..self })
    }

    /// Whether nobody on the way to the server sees what is sent.
    pub(crate) fn is_private(&self) -> bool {
        self.tls.is_some() || self.hosts.iter().all(Host::is_local)
    }
}

impl Host {
    fn new(text: &str, port: Option<&str>) -> Result<Self, AddressError> {
        let name = decoded(text)?;
        let port = match port {
            None | Some("") => PORT,
            Some(port) => port.parse().map_err(|_| not_url("a port is a number up to 65535"))?,
        };
        match name {
            name if name.is_empty() => Err(not_url("no host is named")),
            name if name.starts_with('/') => Ok(Self::Unix { folder: name.into(), port }),
            name => Ok(Self::Tcp { name, port }),
        }
    }

    fn is_local(&self) -> bool {
        match self {
            Self::Tcp { name, .. } => {
                name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
            }
            Self::Unix { .. } => true,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, port) = match self {
            Self::Tcp { name, port } if name.contains(':') => (format!("[{name}]"), port),
            Self::Tcp { name, port } => (name.clone(), port),
            Self::Unix { folder, port } => (encoded(&folder.display().to_string()), port),
        };
        if *port == PORT { f.write_str(&name) } else { write!(f, "{name}:{port}") }
    }
}

/// The URL without its password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        let schema = if self.schema == SCHEMA { String::new() } else { format!("?schema={}", self.schema) };
        let (user, database) = (encoded(&self.user), encoded(&self.database));
        write!(f, "postgres://{user}@{}/{database}{schema}", hosts.join(","))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a URL's parameters say.
#[derive(Default)]
struct Parameters {
    schema: Option<String>,
    application: Option<String>,
    connect_within: Option<Duration>,
    authorities: Option<PathBuf>,
    /// Whether TLS is asked for, or refused.
    tls: Option<bool>,
    password: Option<String>,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or_else(|| not_url("it begins with `postgres://`"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        if place.matches('@').count() > 1 {
            return Err(not_url("an `@` in a name or password is written `%40`"));
        }
        let mut parameters = Parameters::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            parameters.take(parameter)?;
        }
        let (who, place) = place.split_once('@').unwrap_or(("", place));
        let (user, password) = who.split_once(':').map_or((who, None), |(user, password)| (user, Some(password)));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let hosts = hosts.split(',').map(|host| match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            Some((name, port)) => Host::new(name, port.strip_prefix(':')),
            None => {
                host.split_once(':').map_or_else(|| Host::new(host, None), |(name, port)| Host::new(name, Some(port)))
            }
        });
        let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
        let database = decoded(database)?;
        if database.is_empty() {
            return Err(not_url("no database is named"));
        }
        let user = decoded(user)?;
        let is_private = parameters.tls.unwrap_or_else(|| !hosts.iter().all(Host::is_local));
        let tls = if is_private { Some(Arc::new(tls(parameters.authorities.as_deref())?)) } else { None };
        Ok(Self {
            hosts,
            user: if user.is_empty() { "sortie".to_owned() } else { user },
            password: password.map(decoded).transpose()?.or(parameters.password),
            database,
            application: parameters.application.unwrap_or_else(|| "sortie".to_owned()),
            schema: parameters.schema.unwrap_or_else(|| SCHEMA.to_owned()),
            connect_within: parameters.connect_within.unwrap_or(CONNECT_WITHIN),
            tls,
        })
    }
}

impl Parameters {
    fn take(&mut self, parameter: &str) -> Result<(), AddressError> {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = decoded(value)?;
        match name {
            "schema" => self.schema = Some(schema_name(&value)?),
            "application_name" => self.application = Some(value),
            "password" => self.password = Some(value),
            "sslrootcert" => self.authorities = Some(PathBuf::from(value)),
            "connect_timeout" => {
                let expected = "a number of seconds";
                let seconds = value.parse::<u32>().ok().filter(|seconds| *seconds > 0);
                let seconds = seconds.ok_or(AddressError::Parameter { name: "connect_timeout", expected })?;
                self.connect_within = Some(Duration::from_secs(seconds.into()));
            }
            "sslmode" => {
                self.tls = match value.as_str() {
                    "disable" => Some(false),
                    "require" | "verify-ca" | "verify-full" => Some(true),
                    "prefer" | "allow" => None,
                    _ => {
                        let expected = "`disable`, `require` or `verify-full`";
                        return Err(AddressError::Parameter { name: "sslmode", expected });
                    }
                }
            }
            _ => {
                return Err(not_url(
                    "it has a parameter that is none of `schema`, `sslmode`, `sslrootcert`, `connect_timeout` and \
                     `application_name`",
                ));
            }
        }
        Ok(())
    }
}

fn not_url(detail: &str) -> AddressError {
    AddressError::NotUrl { detail: detail.to_owned() }
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| not_url("it is not text"))?;
    if decoded.contains('\0') { Err(not_url("it has a character that no name has")) } else { Ok(decoded.into_owned()) }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

/// What in a name does not need to be encoded.
const KEPT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A name that means the same with and without quotes.
fn schema_name(name: &str) -> Result<String, AddressError> {
    let starts_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if starts_well && name.len() <= 63 && name.bytes().all(allowed) && !name.starts_with("pg_") {
        return Ok(name.to_owned());
    }
    let expected = "up to 63 small letters, digits and `_`, and must not begin with a digit or `pg_`";
    Err(AddressError::Parameter { name: "schema", expected })
}

fn tls(authorities: Option<&Path>) -> Result<ClientConfig, AddressError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let failed = |detail: String| AddressError::Authorities { path: path.to_owned(), detail };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| failed(error.to_string()))?;
                roots.add(certificate).map_err(|error| failed(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(failed("there is none in it".to_owned()));
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AddressError::NotUrl { detail: error.to_string() })?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_shown_without_its_password_and_reads_back() {
        for (text, expected) in [
            ("postgres://ann:secret@db.example/runs", "postgres://ann@db.example/runs"),
            ("postgresql://ann:s%40cret@h1:1,[::1]:2/runs?schema=mine", "postgres://ann@h1:1,[::1]:2/runs?schema=mine"),
            ("postgres://ann@%2Frun%2Fpostgresql:5433/runs", "postgres://ann@%2Frun%2Fpostgresql:5433/runs"),
            ("postgres://localhost/runs?sslmode=disable&password=secret", "postgres://sortie@localhost/runs"),
        ] {
            let address = address(text);
            assert_eq!(address.to_string(), expected);
            assert_eq!(format!("{address:?}"), expected);
            assert_eq!(expected.parse::<Address>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for text in [
            "runs.sqlite",
            "postgres://",
            "postgres://ann:sec@ret@db/runs",
            "postgres://ann:secret@db",
            "postgres://ann:secret@db:port/runs",
            "postgres://ann:secret@db/runs?schema=Mine",
            "postgres://ann:secret@db/runs?schema=x\"y",
            "postgres://ann:secret@db/runs?sslmode=secret",
            "postgres://ann:secret@db/runs?unheard=secret",
            "postgres://ann:secret@db/runs?sslrootcert=/nowhere",
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(!error.contains("sec"), "{text}: {error}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_in_private_unless_the_url_says_otherwise() {
        for (text, expected) in [
            ("postgres://db.example/runs", true),
            ("postgres://127.0.0.1,db.example/runs", true),
            ("postgres://db.example/runs?sslmode=prefer", true),
            ("postgres://db.example/runs?sslmode=disable", false),
            ("postgres://localhost/runs", false),
            ("postgres://[::1]/runs", false),
            ("postgres://localhost/runs?sslmode=verify-full", true),
            ("postgres://%2Frun%2Fpostgresql/runs", false),
        ] {
            assert_eq!(address(text).tls.is_some(), expected, "{text}");
        }
    }

    #[test]
    fn a_password_from_elsewhere_fills_in_for_one_that_is_missing() {
        let password = |text: &str| address(text).or_password("other").password;
        assert_eq!(password("postgres://ann@db/runs"), Some("other".to_owned()));
        assert_eq!(password("postgres://ann:own@db/runs"), Some("own".to_owned()));
    }
}
