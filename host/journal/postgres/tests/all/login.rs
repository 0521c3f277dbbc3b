//! Logging in with a password, and in private.

use std::process::Command;

use sortie_journal::Journal;
use sortie_journal_postgres::{Address, PostgresJournal, PostgresServer};

use super::fixture::server;

fn address(server: &PostgresServer, who: &str, more: &str) -> Address {
    format!("postgres://{who}@localhost:{}/postgres{more}", server.port()).parse().unwrap()
}

#[test]
fn a_password_is_proven_and_a_wrong_one_is_refused_and_shown_nowhere() {
    let Some(server) = server() else { return };
    server
        .sql("SET password_encryption = 'scram-sha-256'; CREATE ROLE ann SUPERUSER LOGIN PASSWORD 'p@ss w\u{f6}rd'")
        .unwrap();
    server.allow("local all all trust\nhost all all all scram-sha-256\n").unwrap();
    let journal = PostgresJournal::open(&address(&server, "ann:p%40ss%20w%C3%B6rd", "")).unwrap();
    assert_eq!(journal.position().unwrap().get(), 0);
    let journal = PostgresJournal::open(&address(&server, "ann", "").or_password("p@ss w\u{f6}rd"));
    assert!(journal.is_ok(), "{journal:?}");
    for (who, expected) in [
        ("ann:secret", "password authentication failed"),
        ("ann", "password missing"),
        ("nobody:secret", "password authentication failed"),
    ] {
        let error = PostgresJournal::open(&address(&server, who, "")).unwrap_err();
        assert_eq!(error.code(), "journal_cannot_open", "{who}: {error}");
        assert!(error.to_string().contains(expected) && !format!("{error:?}").contains("secret\""), "{error}");
    }
}

/// An authority, and a certificate of its for `localhost`, in the folder.
fn certify(folder: &std::path::Path) -> bool {
    let script = "set -e
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=Test
        openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
        printf 'subjectAltName=DNS:localhost' > names
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt";
    Command::new("sh").args(["-c", script]).current_dir(folder).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_certificate_is_checked_against_the_authority_and_the_name() {
    let folder = tempfile::tempdir().unwrap();
    if !certify(folder.path()) {
        assert!(std::env::var_os("SORTIE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "there is no openssl");
        eprintln!("not run: there is no openssl");
        return;
    }
    let Some(server) = server() else { return };
    let plain = PostgresJournal::open(&address(&server, "sortie", "?sslmode=require")).unwrap_err();
    assert!(plain.to_string().contains("does not support TLS"), "{plain}");
    for (file, name) in [("server.crt", "certificate.pem"), ("server.key", "key.pem")] {
        server.put(name, &std::fs::read(folder.path().join(file)).unwrap()).unwrap();
    }
    server.sql("ALTER SYSTEM SET ssl_cert_file = 'certificate.pem'").unwrap();
    server.sql("ALTER SYSTEM SET ssl_key_file = 'key.pem'").unwrap();
    server.sql("ALTER SYSTEM SET ssl = on").unwrap();
    server.allow("local all all trust\nhostssl all all all trust\n").unwrap();
    let trusted = format!("?sslmode=verify-full&sslrootcert={}/ca.crt", folder.path().display());
    let journal = PostgresJournal::open(&address(&server, "sortie", &trusted)).unwrap();
    assert_eq!(journal.position().unwrap().get(), 0);
    let told = |address: &Address| PostgresJournal::open_with(address, impatient()).unwrap_err().to_string();
    let unknown = told(&address(&server, "sortie", "?sslmode=require"));
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    let other_name = format!("postgres://sortie@127.0.0.1:{}/postgres{trusted}", server.port()).parse().unwrap();
    let other_name = told(&other_name);
    assert!(other_name.contains("not valid for"), "{other_name}");
}

fn impatient() -> sortie_journal_postgres::PostgresOptions {
    sortie_journal_postgres::PostgresOptions { patience: std::time::Duration::from_millis(200), ..Default::default() }
}
