//! Each lie is refused, by its name.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_json::{ContentHash, UserError as _};
use sortie_oci::{Client, ComponentFile, Credentials, OciError, Reference, TagRule};

use crate::server::{Answer, Body, Request, Server};

const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const FILE: &[u8] = b"\0asm, as far as a registry knows";
const ANOTHER: &[u8] = b"\0asm, as far as a registry lies!";

fn descriptor(kind: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": format!("sha256:{}", ContentHash::of_bytes(bytes)), "size": bytes.len()})
}

fn manifest() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.wasm.config.v0+json", b"{}"),
        "layers": [descriptor("application/wasm", FILE)],
    })
}

fn client() -> Client {
    Client::with_patience(Credentials::none(), Duration::from_secs(20))
}

fn reference(server: &Server) -> Reference {
    format!("{}/team/demo:1", server.address).parse().expect("a reference")
}

/// What pulling from a registry comes to whose manifest and file are these.
fn pull(
    manifest: impl Fn() -> Answer + Send + Sync + 'static,
    file: impl Fn() -> Answer + Send + Sync + 'static,
) -> Result<Vec<u8>, OciError> {
    let server = Server::start(move |request| if request.path.contains("/manifests/") { manifest() } else { file() });
    client().pull(&reference(&server)).map(|pulled| pulled.bytes)
}

fn honest() -> Answer {
    Answer::ok(manifest().to_string())
}

#[test]
fn an_honest_registry_is_believed() {
    assert_eq!(pull(honest, || Answer::ok(FILE)).unwrap(), FILE);
}

#[test]
fn what_is_not_what_was_asked_for_is_refused_by_name() {
    let altered = |pointer: &str, value: Value| {
        let mut manifest = manifest();
        *manifest.pointer_mut(pointer).expect("the member") = value;
        move || Answer::ok(manifest.to_string())
    };
    let file = || Answer::ok(FILE);
    let size = FILE.len();
    let long = || Answer::ok([FILE, b"and more"].concat());
    // Nobody asked for it, and it would be a thousand times as long when it is unpacked.
    let packed = || Answer::ok(FILE).header("Content-Encoding", "gzip");
    let many = altered("/layers", (0..5_000).map(|_| descriptor("application/wasm", FILE)).collect());
    let cases = [
        ("another file", pull(honest, || Answer::ok(ANOTHER)), "registry_digest"),
        ("a file that is cut off", pull(honest, move || cut(size)), "registry_size"),
        ("a file that is too short", pull(honest, || Answer::ok(&FILE[1..])), "registry_size"),
        ("a file that is too long", pull(honest, long), "registry_too_large"),
        ("a file without an end", pull(honest, || body(Body::Endless)), "registry_too_large"),
        ("a manifest without an end", pull(|| body(Body::Endless), file), "registry_too_large"),
        ("a file of a gigabyte", pull(altered("/layers/0/size", json!(1 << 30)), file), "registry_too_large"),
        ("a head without an end", pull(|| body(Body::EndlessHead), file), "registry_unreachable"),
        ("a file whose head has no end", pull(honest, || body(Body::EndlessHead)), "registry_unreachable"),
        ("a manifest of many layers", pull(many, file), "not_webassembly"),
        ("another size", pull(altered("/layers/0/size", json!(size + 1)), file), "registry_size"),
        ("a digest of another kind", pull(altered("/layers/0/digest", json!("sha512:00")), file), "not_a_manifest"),
        ("a path for a digest", pull(altered("/layers/0/digest", json!("sha256:../../x")), file), "not_a_manifest"),
        ("a layer of another kind", pull(altered("/layers/0/mediaType", json!("text/plain")), file), "not_webassembly"),
        ("no layer", pull(altered("/layers", json!([])), file), "not_webassembly"),
        ("another version", pull(altered("/schemaVersion", json!(1)), file), "not_a_manifest"),
        ("a manifest that is a page", pull(|| Answer::ok("<html>"), file), "not_a_manifest"),
        (
            "a manifest of a type without an end",
            pull(altered("/mediaType", json!("x".repeat(1 << 18))), file),
            "not_a_manifest",
        ),
        (
            "a version that is a text",
            pull(altered("/schemaVersion", json!("x".repeat(1 << 18))), file),
            "not_a_manifest",
        ),
        (
            "a digest without an end",
            pull(altered("/layers/0/digest", json!("x".repeat(1 << 18))), file),
            "not_a_manifest",
        ),
        (
            "a layer of a type without an end",
            pull(altered("/layers/0/mediaType", json!("x".repeat(1 << 18))), file),
            "not_webassembly",
        ),
        (
            "a layer of a type that moves a cursor",
            pull(altered("/layers/0/mediaType", json!("\u{1b}[2J\u{202e}")), file),
            "not_webassembly",
        ),
        ("a size that is less than nothing", pull(altered("/layers/0/size", json!(-1)), file), "not_a_manifest"),
        ("a member twice", pull(|| Answer::ok(twice()), file), "not_a_manifest"),
        ("a manifest that goes deep", pull(|| Answer::ok("[".repeat(500_000)), file), "not_a_manifest"),
        ("a manifest that is no text", pull(|| Answer::ok([0xff, 0xfe, 0x7b]), file), "not_a_manifest"),
        ("a list of manifests", pull(|| Answer::ok(list()), file), "not_a_manifest"),
        ("a part of a manifest", pull(|| Answer { status: 206, ..honest() }, file), "registry_status"),
        ("a part of a file", pull(honest, || Answer { status: 206, ..Answer::ok(FILE) }), "registry_status"),
        ("nothing new", pull(|| Answer::status(304), file), "registry_status"),
        ("too many have asked", pull(|| Answer::status(429).header("Retry-After", "86400"), file), "registry_status"),
        ("no manifest", pull(|| Answer::status(404), file), "not_in_registry"),
        ("no file", pull(honest, || Answer::status(404)), "not_in_registry"),
        ("a fault", pull(|| Answer::status(500), file), "registry_status"),
        ("nobody is let in", pull(|| Answer::status(401), file), "registry_unauthorized"),
        (
            "another digest in a header",
            pull(|| honest().header("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64))), file),
            "registry_digest",
        ),
    ];
    refused(cases);
    // What it says of a packing is not followed: these are the bytes.
    assert_eq!(pull(honest, packed).unwrap(), FILE);
}

#[test]
fn what_is_two_things_or_leads_nowhere_is_refused_by_name() {
    let altered = |pointer: &str, value: Value| {
        let mut manifest = manifest();
        *manifest.pointer_mut(pointer).expect("the member") = value;
        move || Answer::ok(manifest.to_string())
    };
    let file = || Answer::ok(FILE);
    refused([
        ("a manifest and a list in one", pull(|| Answer::ok(both()), file), "not_a_manifest"),
        (
            "a layer that is somewhere else",
            pull(
                altered("/layers/0/mediaType", json!("application/vnd.oci.image.layer.nondistributable.v1.tar")),
                file,
            ),
            "not_webassembly",
        ),
        (
            "two layers",
            pull(
                altered("/layers", json!([descriptor("application/wasm", FILE), descriptor("application/wasm", FILE)])),
                file,
            ),
            "not_webassembly",
        ),
        ("annotations of a mebibyte", pull(annotated(1 << 20), file), "registry_too_large"),
        ("a type that is a number", pull(altered("/config/mediaType", json!(1)), file), "not_a_manifest"),
        (
            "a manifest that is packed",
            pull(|| Answer::ok([0x1f, 0x8b, 8, 0]).header("Content-Encoding", "gzip"), file),
            "not_a_manifest",
        ),
        ("a login without an end", pull(|| asked_to_log_in("Basic realm=\"x\""), file), "registry_unauthorized"),
        (
            "a login with a file",
            pull(|| asked_to_log_in("Bearer realm=\"file:///etc/passwd\""), file),
            "registry_redirect",
        ),
        ("a login nowhere", pull(|| asked_to_log_in("Bearer service=\"x\""), file), "registry_redirect"),
        ("a login in another way", pull(|| asked_to_log_in("Negotiate"), file), "registry_unauthorized"),
    ]);
}

type Outcome = Result<Vec<u8>, OciError>;

fn refused<const N: usize>(cases: [(&str, Outcome, &str); N]) {
    for (what, outcome, code) in cases {
        let error = outcome.expect_err(what);
        assert_eq!(error.code().as_str(), code, "{what}: {error}");
        assert!(error.to_string().len() < 1_000, "{what}: {} bytes", error.to_string().len());
    }
}

#[test]
fn as_many_statements_are_asked_for_as_may_be_and_not_one_more() {
    let subject = ContentHash::of_bytes(b"what the statements would be about");
    let kind = "application/vnd.dsse.envelope.v1+json";
    let about_another = manifest().to_string();
    let mut listed = descriptor("application/vnd.oci.image.manifest.v1+json", about_another.as_bytes());
    listed["artifactType"] = json!(kind);
    let asked = |count: usize| {
        let index = json!({"schemaVersion": 2, "manifests": vec![listed.clone(); count]}).to_string();
        let manifest = about_another.clone();
        let server = Server::start(move |request| {
            Answer::ok(if request.path.contains("/referrers/") { index.clone() } else { manifest.clone() })
        });
        let found = client().envelopes(&reference(&server), subject);
        let manifests = server.requests().iter().filter(|request| request.path.contains("/manifests/")).count();
        (found.map(|found| found.len()).map_err(|error| error.code().as_str()), manifests)
    };
    assert_eq!(asked(32), (Ok(0), 32));
    assert_eq!(asked(33), (Ok(0), 32));
    assert_eq!(asked(5_000), (Ok(0), 32));
    assert_eq!(asked(10_000).0, Err("registry_too_large"));
}

#[test]
fn a_list_of_statements_that_is_something_else_is_refused() {
    let subject = ContentHash::of_bytes(b"what the statements would be about");
    let outcome = |list: Value| {
        let server = Server::start(move |request| {
            if request.path.contains("/referrers/") { Answer::ok(list.to_string()) } else { Answer::status(404) }
        });
        client().envelopes(&reference(&server), subject).map(|found| found.len()).map_err(|error| error.code().as_str())
    };
    let listed =
        |kind: &str, digest: &str| json!({"mediaType": kind, "digest": digest, "size": 2, "artifactType": ENVELOPE});
    let index = |manifests: Value| json!({"schemaVersion": 2, "manifests": manifests});
    assert_eq!(outcome(index(json!([]))), Ok(0));
    assert_eq!(outcome(manifest()), Err("not_a_manifest"));
    assert_eq!(outcome(json!({"schemaVersion": 1, "manifests": []})), Err("not_a_manifest"));
    assert_eq!(outcome(json!({"schemaVersion": 2, "manifests": [], "layers": []})), Err("not_a_manifest"));
    let nested = listed("application/vnd.oci.image.index.v1+json", &format!("sha256:{}", "0".repeat(64)));
    assert_eq!(outcome(index(json!([nested]))), Err("not_in_registry"), "what is listed is there, or the list lies");
    assert_eq!(outcome(index(json!([listed("x", "sha512:00")]))), Ok(0), "of another kind of digest");
}

/// A manifest that names two files, as two readers of JSON would read it.
fn twice() -> String {
    let other = json!([descriptor("application/wasm", ANOTHER)]).to_string();
    manifest().to_string().replacen('{', &format!("{{\"layers\":{other},"), 1)
}

/// Images for several machines, where one is asked for.
fn list() -> String {
    let kind = "application/vnd.oci.image.index.v1+json";
    json!({"schemaVersion": 2, "mediaType": kind, "manifests": [descriptor(kind, b"{}")]}).to_string()
}

/// What is a manifest to one reader, and a list of manifests to another.
fn both() -> String {
    let mut both = manifest();
    both["manifests"] = json!([descriptor("application/vnd.oci.image.manifest.v1+json", ANOTHER)]);
    both.as_object_mut().expect("an object").remove("mediaType");
    both.to_string()
}

/// A manifest with so many bytes of annotations.
fn annotated(bytes: usize) -> impl Fn() -> Answer + Send + Sync + 'static {
    let mut manifest = manifest();
    manifest["annotations"] = json!({"org.example.note": "x".repeat(bytes)});
    move || Answer::ok(manifest.to_string())
}

fn asked_to_log_in(challenge: &str) -> Answer {
    Answer::status(401).header("WWW-Authenticate", challenge)
}

fn body(body: Body) -> Answer {
    Answer { status: 200, headers: Vec::new(), body }
}

fn cut(announced: usize) -> Answer {
    body(Body::Cut(FILE[..5].to_vec(), announced))
}

#[test]
fn a_manifest_of_another_digest_is_refused_before_anything_else_is_asked() {
    let server = Server::start(|_| honest());
    let pinned = reference(&server).pinned(ContentHash::of_bytes(b"another manifest"));
    let error = client().pull(&pinned).unwrap_err();
    assert!(matches!(error, OciError::Digest { what: "manifest", .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_file_that_is_too_large_is_not_asked_for() {
    let asked = |size: u64| {
        let mut manifest = manifest();
        manifest["layers"][0]["size"] = json!(size);
        let server = Server::start(move |request| {
            if request.path.contains("/manifests/") { Answer::ok(manifest.to_string()) } else { Answer::ok(FILE) }
        });
        let error = client().pull(&reference(&server)).unwrap_err();
        (error.code().as_str(), server.requests().len())
    };
    // What has as many bytes as it may have is asked for, and found to be shorter than was said.
    assert_eq!(asked(64 << 20), ("registry_size", 2));
    assert_eq!(asked((64 << 20) + 1), ("registry_too_large", 1));
}

#[test]
fn a_manifest_has_at_most_a_mebibyte() {
    let of = |bytes: usize| {
        let text = manifest().to_string();
        let text = format!("{text}{}", " ".repeat(bytes - text.len()));
        pull(move || Answer::ok(text.clone()), || Answer::ok(FILE)).map_err(|error| error.code().as_str())
    };
    assert_eq!(of(1 << 20).as_deref(), Ok(FILE));
    assert_eq!(of((1 << 20) + 1), Err("registry_too_large"));
}

#[test]
fn a_registry_that_dawdles_is_left() {
    let server = Server::start(|_| body(Body::Slow(vec![b' '; 200])));
    let client = Client::with_patience(Credentials::none(), Duration::from_millis(300));
    let error = client.pull(&reference(&server)).unwrap_err();
    assert_eq!(error.code().as_str(), "registry_timed_out", "{error}");
}

#[test]
fn a_registry_that_sends_many_statements_and_each_of_them_late_is_left() {
    let subject = ContentHash::of_bytes(b"what the statements would be about");
    let about_another = manifest().to_string();
    let mut listed = descriptor("application/vnd.oci.image.manifest.v1+json", about_another.as_bytes());
    listed["artifactType"] = json!("application/vnd.dsse.envelope.v1+json");
    let index = json!({"schemaVersion": 2, "manifests": vec![listed; 32]}).to_string();
    let server = Server::start(move |request| {
        if request.path.contains("/referrers/") {
            return Answer::ok(index.clone());
        }
        std::thread::sleep(Duration::from_millis(100));
        Answer::ok(about_another.clone())
    });
    let client = Client::with_patience(Credentials::none(), Duration::from_millis(500));
    let error = client.envelopes(&reference(&server), subject).unwrap_err();
    assert_eq!(error.code().as_str(), "registry_timed_out", "{error}");
}

#[test]
fn a_file_may_be_elsewhere_and_nothing_that_is_secret_goes_there() {
    let elsewhere = Server::start(|_| Answer::ok(FILE));
    let to = format!("http://{}/storage?signature=x", elsewhere.address);
    let server = Server::start(move |request| match request.headers.get("authorization") {
        None => Answer::status(401).header("WWW-Authenticate", "Basic realm=\"here\""),
        Some(_) if request.path.contains("/manifests/") => honest(),
        Some(_) => Answer::status(307).header("Location", to.clone()),
    });
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    // ann:secret
    let auths = json!({"auths": {(server.address.clone()): {"auth": "YW5uOnNlY3JldA=="}}});
    std::fs::write(&config, auths.to_string()).unwrap();
    let client = Client::new(Credentials::read(&config).unwrap());
    assert_eq!(client.pull(&reference(&server)).unwrap().bytes, FILE);
    assert!(elsewhere.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    let sent: Vec<_> =
        server.requests().iter().filter_map(|request| request.headers.get("authorization").cloned()).collect();
    assert_eq!(sent, ["Basic YW5uOnNlY3JldA==", "Basic YW5uOnNlY3JldA=="]);
}

#[test]
fn what_is_held_to_no_digest_comes_from_nowhere_else() {
    let elsewhere = Server::start(|_| honest());
    let lead = |to: String| pull(move || Answer::status(302).header("Location", to.clone()), || Answer::ok(FILE));
    let to = [
        format!("http://{}/v2/x/manifests/1", elsewhere.address),
        "http://example.org/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "//example.org/".to_owned(),
        "https://user@example.org/".to_owned(),
        "https://example.org\\@evil.example/".to_owned(),
        "https://2130706433/".to_owned(),
        String::new(),
    ];
    for to in to {
        let error = lead(to.clone()).unwrap_err();
        assert_eq!(error.code().as_str(), "registry_redirect", "{to}: {error}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_circle_of_redirects_is_left() {
    let server = Server::start(|request: &Request| {
        if request.path.contains("/manifests/") { honest() } else { Answer::status(302).header("Location", "/again") }
    });
    assert!(matches!(client().pull(&reference(&server)), Err(OciError::Redirect { .. })));
    // The manifest, the file, and three that it led to.
    assert_eq!(server.requests().len(), 5);
    let led = |times: usize| {
        let server = Server::start(move |request: &Request| {
            let count = request.path.rsplit_once("/led/").map_or(0, |(_, count)| count.parse().unwrap());
            match () {
                () if request.path.contains("/manifests/") => honest(),
                () if count == times => Answer::ok(FILE),
                () => Answer::status(302).header("Location", format!("/led/{}", count + 1)),
            }
        });
        client().pull(&reference(&server)).is_ok()
    };
    assert_eq!((led(3), led(4)), (true, false));
}

#[test]
fn a_token_is_had_where_the_registry_says_and_used_for_all_that_follows() {
    let server = Server::start(|request: &Request| {
        if request.path.starts_with("/token") {
            return Answer::ok(r#"{"token": "once"}"#);
        }
        match request.headers.get("authorization").map(String::as_str) {
            Some("Bearer once") if request.path.contains("/manifests/") => honest(),
            Some("Bearer once") => Answer::ok(FILE),
            Some(_) | None => {
                let host = request.headers.get("host").cloned().unwrap_or_default();
                let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"a registry\"");
                Answer::status(401).header("WWW-Authenticate", challenge)
            }
        }
    });
    assert_eq!(client().pull(&reference(&server)).unwrap().bytes, FILE);
    let asked: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked.iter().filter(|path| path.starts_with("/token")).count(), 1, "{asked:?}");
    let query = asked.iter().find(|path| path.starts_with("/token")).expect("a token was asked for");
    assert!(query.contains("scope=repository") && query.contains("team"), "{query}");
}

#[test]
fn of_several_ways_to_log_in_one_that_is_known_is_taken() {
    type Headers = fn(&str) -> Vec<String>;
    let bearer = |host: &str| format!("Bearer realm=\"http://{host}/token\",service=\"a, b\"");
    let cases: [(&str, Headers); 4] = [
        ("in one header", |bearer| vec![format!("Basic realm=\"x\", {bearer}")]),
        ("in two headers", |bearer| vec!["Basic realm=\"x\"".to_owned(), bearer.to_owned()]),
        ("after one that nobody knows", |bearer| vec![format!("Negotiate, {bearer}")]),
        ("before what is no challenge", |bearer| vec![format!("{bearer}, Basic realm=\"")]),
    ];
    for (what, headers) in cases {
        let server = Server::start(move |request: &Request| {
            if request.path.starts_with("/token") {
                return Answer::ok(r#"{"access_token": "once"}"#);
            }
            match request.headers.get("authorization").map(String::as_str) {
                Some("Bearer once") if request.path.contains("/manifests/") => honest(),
                Some("Bearer once") => Answer::ok(FILE),
                Some(_) | None => {
                    let host = request.headers.get("host").cloned().unwrap_or_default();
                    let headers = headers(&bearer(&host));
                    headers
                        .into_iter()
                        .fold(Answer::status(401), |answer, value| answer.header("WWW-Authenticate", value))
                }
            }
        });
        assert_eq!(client().pull(&reference(&server)).expect(what).bytes, FILE);
    }
}

#[test]
fn credentials_are_not_sent_where_anybody_could_read_them() {
    let server = Server::start(|_| {
        let challenge = "Bearer realm=\"http://auth.example.org/token\",service=\"x\"";
        Answer::status(401).header("WWW-Authenticate", challenge)
    });
    assert_eq!(client().pull(&reference(&server)).unwrap_err().code().as_str(), "registry_redirect");
}

#[test]
fn nothing_is_uploaded_to_another_place_than_was_named() {
    let elsewhere = Server::start(|_| Answer::status(201));
    let to = format!("http://{}/upload", elsewhere.address);
    let server = Server::start(move |request| match request.method.as_str() {
        "HEAD" | "GET" => Answer::status(404),
        _ => Answer::status(202).header("Location", to.clone()),
    });
    let file = ComponentFile { bytes: FILE, exports: Vec::new(), imports: Vec::new() };
    let error = client().push(&reference(&server), &file, BTreeMap::new(), TagRule::Keep).unwrap_err();
    assert_eq!(error.code().as_str(), "registry_redirect", "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_statement_about_something_else_is_not_taken_for_one_about_this() {
    let subject = ContentHash::of_bytes(manifest().to_string().as_bytes());
    let envelope = br#"{"payload": ""}"#;
    let kind = "application/vnd.dsse.envelope.v1+json";
    let of_another = json!({
        "schemaVersion": 2,
        "artifactType": kind,
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
        "layers": [descriptor(kind, envelope)],
        "subject": descriptor("application/vnd.oci.image.manifest.v1+json", b"another"),
    })
    .to_string();
    let mut listed = descriptor("application/vnd.oci.image.manifest.v1+json", of_another.as_bytes());
    listed["artifactType"] = json!(kind);
    let index = json!({"schemaVersion": 2, "manifests": [listed]}).to_string();
    let server = Server::start(move |request| match request.path.as_str() {
        path if path.contains("/referrers/") => Answer::ok(index.clone()),
        path if path.contains("/manifests/") => Answer::ok(of_another.clone()),
        _ => Answer::ok(&envelope[..]),
    });
    assert!(client().envelopes(&reference(&server), subject).unwrap().is_empty());
}
