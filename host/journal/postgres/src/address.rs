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
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long to wait for a server to accept a connection, unless the URL says otherwise.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The port of a server, unless the URL says otherwise.
const PORT: u16 = 5432;

/// In which schema the tables are, unless the URL says otherwise.
const SCHEMA: &str = "sortie";

/// How long a connection is silent before it is asked whether the server is still there, and how often then.
const SILENCE: Duration = Duration::from_secs(10);
const ASKING: Duration = Duration::from_secs(5);

/// The URL of a journal: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, as `psql` takes it, with the parameters that the library
/// `tokio-postgres` reads (`connect_timeout`, `application_name`, `channel_binding` and so on), and with these:
///
/// - `schema`: the schema of the tables, which is made if need be. Default: `sortie`.
/// - `sslmode`: `disable`, or `require` and `verify-full`, which both check the server's certificate. Without it, a server on
///   another machine has to have a certificate that fits, and one on this machine is spoken to in the clear.
/// - `sslrootcert`: a PEM file of the authorities that are trusted, instead of those that browsers trust.
///
/// Of several hosts (`HOST1:PORT1,HOST2:PORT2`) the first that can be written to is used: so the journal fails over.
/// A host that begins with `/` (`%2F`) is the folder of a socket.
#[derive(Clone)]
pub struct Address {
    /// How each host is reached, in the order in which they are tried.
    pub(crate) servers: Vec<Config>,
    pub(crate) schema: String,
    /// How certificates are checked.
    pub(crate) tls: MakeRustlsConnect,
}

/// Why a text is no address of a journal. It is not repeated: a password may be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is not of the form that is expected.
    #[error("this is not the URL of a PostgreSQL journal: {detail}")]
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
        for server in self.servers.iter_mut().filter(|server| server.get_password().is_none()) {
            server.password(password);
        }
        self
    }

    /// The same, in another schema: a journal of its own in the same database.
    pub fn with_schema(self, schema: &str) -> Result<Self, AddressError> {
        Ok(Self { schema: schema_name(schema)?, ..self })
    }
}

/// Whether what is sent to a host stays on this machine.
fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// A host and its port, as a URL has them.
fn place(server: &Config) -> String {
    let host = match server.get_hosts() {
        [Host::Tcp(name)] if name.contains(':') => format!("[{name}]"),
        [Host::Tcp(name)] => name.clone(),
        #[cfg(unix)]
        [Host::Unix(folder)] => encoded(&folder.display().to_string()),
        _ => String::new(),
    };
    match server.get_ports() {
        [port] if *port != PORT => format!("{host}:{port}"),
        _ => host,
    }
}

/// The URL without its password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.servers.iter().map(place).collect();
        let schema = if self.schema == SCHEMA { String::new() } else { format!("?schema={}", self.schema) };
        let first = self.servers.first();
        let (user, database) = (first.and_then(Config::get_user), first.and_then(Config::get_dbname));
        let (user, database) = (encoded(user.unwrap_or_default()), encoded(database.unwrap_or_default()));
        write!(f, "postgres://{user}@{}/{database}{schema}", hosts.join(","))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parameters that the library reads, and that may be in a URL here.
const OF_THE_LIBRARY: [&str; 13] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// What a URL's parameters say.
#[derive(Default)]
struct Parameters {
    schema: Option<String>,
    authorities: Option<PathBuf>,
    /// Whether TLS is asked for, or refused.
    tls: Option<bool>,
    /// Those of the library, as they stand in the URL.
    others: Vec<String>,
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
        if text.contains('\0') || text.contains("%00") {
            return Err(not_url("it has a character that no name has"));
        }
        let mut parameters = Parameters::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            parameters.take(parameter)?;
        }
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        if database.is_empty() {
            return Err(not_url("no database is named"));
        }
        let (user, hosts) = hosts.split_once('@').unwrap_or(("", hosts));
        // Each by itself, so that one that does not answer leaves the others their time.
        let hosts: Vec<&str> = hosts.split(',').collect();
        let server = |host: &&str| server(user, host, database, &parameters, hosts.len() > 1);
        let servers = hosts.iter().map(server).collect::<Result<Vec<_>, _>>()?;
        let is_private = servers.iter().any(|server| server.get_ssl_mode() == SslMode::Require);
        let roots = if is_private { roots(parameters.authorities.as_deref())? } else { RootCertStore::empty() };
        Ok(Self { servers, schema: parameters.schema.unwrap_or_else(|| SCHEMA.to_owned()), tls: tls(roots)? })
    }
}

/// How one host is reached.
fn server(
    user: &str,
    host: &str,
    database: &str,
    parameters: &Parameters,
    is_one_of_many: bool,
) -> Result<Config, AddressError> {
    if host.is_empty() {
        return Err(not_url("no host is named"));
    }
    let url = format!("postgres://{user}@{host}/{database}?{}", parameters.others.join("&"));
    // What the library says repeats what it read, of which a password can be part.
    let unreadable = || not_url("its port, a name or the value of a parameter cannot be read");
    let mut server: Config = url.parse().map_err(|_| unreadable())?;
    let [named] = server.get_hosts() else {
        return Err(not_url("hosts are named before the database, and not by a parameter"));
    };
    // A socket takes nothing off the machine, and has no name that a certificate could be for.
    let is_socket = !matches!(named, Host::Tcp(_));
    let is_private = parameters.tls.unwrap_or(!is_local(named)) && !is_socket;
    server.ssl_mode(if is_private { SslMode::Require } else { SslMode::Disable });
    if server.get_user().is_none_or(str::is_empty) {
        server.user("sortie");
    }
    if server.get_application_name().is_none() {
        server.application_name("sortie");
    }
    if server.get_connect_timeout().is_none() {
        server.connect_timeout(CONNECT_WITHIN);
    }
    if server.get_keepalives_interval().is_none() {
        server.keepalives_idle(SILENCE).keepalives_interval(ASKING).keepalives_retries(3);
    }
    if is_one_of_many {
        server.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    Ok(server)
}

impl Parameters {
    fn take(&mut self, parameter: &str) -> Result<(), AddressError> {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name {
            "schema" => self.schema = Some(schema_name(&decoded(value)?)?),
            "sslrootcert" => self.authorities = Some(PathBuf::from(decoded(value)?)),
            "sslmode" => {
                self.tls = match value {
                    "disable" => Some(false),
                    "require" | "verify-ca" | "verify-full" => Some(true),
                    "prefer" | "allow" => None,
                    _ => {
                        let expected = "`disable`, `require` or `verify-full`";
                        return Err(AddressError::Parameter { name: "sslmode", expected });
                    }
                }
            }
            name if OF_THE_LIBRARY.contains(&name) => self.others.push(parameter.to_owned()),
            _ => {
                return Err(not_url(&format!(
                    "its parameters are `schema`, `sslmode`, `sslrootcert`, `{}`",
                    OF_THE_LIBRARY.join("`, `")
                )));
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
    Ok(decoded.into_owned())
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

/// The authorities that are trusted: those of a file, or those that browsers trust.
fn roots(file: Option<&Path>) -> Result<RootCertStore, AddressError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = file else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    let failed = |detail: String| AddressError::Authorities { path: path.to_owned(), detail };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(failed("there is none in it".to_owned()));
    }
    Ok(roots)
}

fn tls(roots: RootCertStore) -> Result<MakeRustlsConnect, AddressError> {
    // Whoever embeds this need not choose who does the cryptography of their process.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| not_url(&error.to_string()))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
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
            "postgres://ann:secret@db/runs?connect_timeout=secret",
            "postgres://ann:secret@db/runs?host=other",
            "postgres://ann:secret@db,/runs",
            "postgres://ann:secret@db/runs%00",
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
            ("postgres://127.0.0.1,[::1]/runs", false),
            ("postgres://db.example/runs?sslmode=prefer", true),
            ("postgres://db.example/runs?sslmode=disable", false),
            ("postgres://localhost/runs", false),
            ("postgres://[::1]/runs", false),
            ("postgres://localhost/runs?sslmode=verify-full", true),
            ("postgres://%2Frun%2Fpostgresql/runs", false),
            ("postgres://db.example,%2Frun%2Fpostgresql/runs?sslmode=require", false),
        ] {
            let address = address(text);
            let last = address.servers.last().map(Config::get_ssl_mode);
            assert_eq!(last == Some(SslMode::Require), expected, "{text}");
        }
    }

    #[test]
    fn a_password_from_elsewhere_fills_in_for_one_that_is_missing() {
        let password = |text: &str| {
            let address = address(text).or_password("other");
            address.servers.first().and_then(|server| server.get_password().map(<[u8]>::to_vec))
        };
        assert_eq!(password("postgres://ann@db/runs"), Some(b"other".to_vec()));
        assert_eq!(password("postgres://ann:own@db/runs"), Some(b"own".to_vec()));
    }

    #[test]
    fn of_several_hosts_one_that_can_be_written_to_is_asked_for() {
        for (text, expected) in [
            ("postgres://one/runs", TargetSessionAttrs::Any),
            ("postgres://one,two/runs", TargetSessionAttrs::ReadWrite),
        ] {
            let found: Vec<_> = address(text).servers.iter().map(Config::get_target_session_attrs).collect();
            assert!(found.iter().all(|found| *found == expected), "{text}: {found:?}");
        }
    }
}
