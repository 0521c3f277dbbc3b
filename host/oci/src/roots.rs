//! Whose certificates are trusted: those of the system, or those that its usual variables name.

use std::env;
use std::fs;
use std::io;
use std::path::Path;

use ureq::tls::{Certificate, RootCerts};

/// They name a file of certificates and folders of them, as for OpenSSL, in place of what the system trusts.
const VARIABLES: [&str; 2] = [FILE, "SSL_CERT_DIR"];
const FILE: &str = "SSL_CERT_FILE";
/// The most bytes that a file of certificates may have: that of Mozilla's has a quarter of a mebibyte.
const MAX_FILE: u64 = 16 << 20;

/// The certificates that a registry's has to be signed by. A system that has none, as small containers do, trusts what
/// Mozilla does. Fails where a variable names certificates and there are none: then nobody is meant to be trusted in
/// their place.
pub(crate) fn trusted() -> Result<RootCerts, String> {
    if let Some(file) = env::var_os(FILE)
        && !can_be_read(file.as_ref())
    {
        return Err(format!("`{FILE}`: expected a regular file of at most {MAX_FILE} bytes"));
    }
    let found = rustls_native_certs::load_native_certs();
    if !found.certs.is_empty() {
        return Ok(found.certs.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()).into());
    }
    match VARIABLES.iter().find(|name| env::var_os(name).is_some()) {
        None => Ok(RootCerts::WebPki),
        Some(name) => Err(match found.errors.first() {
            Some(error) => format!("`{name}`: {error}"),
            None => format!("what `{name}` names has none"),
        }),
    }
}

/// Whether a file is a regular one of at most [`MAX_FILE`] bytes. Whoever reads it says what is wrong with one that is not there.
fn can_be_read(file: &Path) -> bool {
    fs::metadata(file).map_or(true, |about| about.is_file() && about.len() <= MAX_FILE)
}

/// Why a certificate was not accepted, where that is what went wrong.
pub(crate) fn distrust(error: &ureq::Error) -> Option<String> {
    let tls = match error {
        ureq::Error::Rustls(tls) => Some(tls),
        ureq::Error::Io(error) => within(error),
        _ => None,
    };
    match tls {
        Some(rustls::Error::InvalidCertificate(reason)) => Some(reason.to_string()),
        _ => None,
    }
}

/// What TLS says, where reading or writing failed of it.
fn within(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| inner.source()?.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_certificates_is_a_regular_one_of_at_most_16_mebibytes() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("certificates.pem");
        let of_bytes = |bytes: u64| {
            let file = fs::File::create(&path)?;
            file.set_len(bytes)?;
            Ok::<_, io::Error>(can_be_read(&path))
        };
        assert_eq!((of_bytes(MAX_FILE)?, of_bytes(MAX_FILE + 1)?), (true, false));
        assert!(!can_be_read(folder.path()));
        Ok(())
    }
}
