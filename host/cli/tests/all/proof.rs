//! Who decided, ran, tested and built what: signed by one, and checked by another, with this command and with other tools.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use sortie_json::ContentHash;
use sortie_tests::{TextPlugin, skip};

use crate::support::{json_of, log_step, parsed, run, sortie, text, write_workflow};

/// The keys of RFC 8410, section 10.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
const PUBLIC_OF_OPENSSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh";

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("the file")).expect("JSON")
}

fn write(file: &Path, value: &Value) {
    fs::write(file, value.to_string()).expect("the file is written");
}

/// A key as `ssh-keygen` makes it, and the line that allows `ann` to sign with it.
fn openssh_key(folder: &Path, passphrase: &str) -> Option<PathBuf> {
    let key = folder.join("id_ed25519");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-C", "ann@example.org", "-f"])
        .arg(&key)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        skip("it needs ssh-keygen, of OpenSSH");
        return None;
    }
    let public = fs::read_to_string(folder.join("id_ed25519.pub")).expect("the public key");
    fs::write(folder.join("signers"), format!("ann {public}")).expect("the signers are written");
    Some(key)
}

/// A run that waits for an answer.
fn waiting(folder: &Path) -> String {
    let human =
        json!({"id": "confirm", "kind": "human", "payload": {"description": "Release?", "choices": ["yes", "no"]}});
    write_workflow(folder, &[log_step("before"), human, log_step("after")]);
    let asked = json_of(folder, ["exec", "workflow.json", "--mode", "pause"]);
    text(&asked, "/run").to_owned()
}

/// The bundle of a run that `ann` answered, signed with a key.
fn signed_bundle(folder: &Path, key: &Path) -> Value {
    let run_id = waiting(folder);
    let key = key.to_str().expect("a path in UTF-8");
    let answer = ["inbox", "answer", &run_id, "--choice", "yes", "--comment", "at last", "--sign", key];
    let answered = run(folder, answer.iter().chain(&["--bundle", "bundle.json"]));
    assert!(answered.status.success(), "{}", String::from_utf8_lossy(&answered.stderr));
    read(&folder.join("bundle.json"))
}

fn verify(folder: &Path, bundle: &Value) -> (Option<i32>, Value) {
    write(&folder.join("candidate.json"), bundle);
    let arguments = ["verify", "candidate.json", "--signers", "signers", "--format", "json"];
    let output = run(folder, arguments);
    (output.status.code(), parsed(&output))
}

#[test]
fn a_signed_answer_is_proved_and_nothing_of_it_can_be_altered() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(key) = openssh_key(here.path(), "") else { return };
    let bundle = signed_bundle(here.path(), &key);
    let (code, verified) = verify(here.path(), &bundle);
    assert_eq!((code, &verified["verified"]), (Some(0), &json!(true)), "{verified}");
    assert_eq!(text(&verified, "/decisions/0/signed/0/actor"), "ann");

    let decided = "/result/receipt/audit/0";
    let altered: [(&str, Value); 9] = [
        ("/actor", json!("bob")),
        ("/comment", json!("never")),
        ("/question_hash", json!("0".repeat(64))),
        ("/question_hash", Value::Null),
        ("/signature", Value::Null),
        ("/signature/run", json!("another")),
        ("/signature/signed_at", json!("2020-01-01T00:00:00.000Z")),
        ("/signature/text", json!("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")),
        ("/step", json!("before")),
    ];
    for (member, value) in altered {
        let mut bundle = bundle.clone();
        *bundle.pointer_mut(&format!("{decided}{member}")).expect("the member") = value;
        let (code, verified) = verify(here.path(), &resealed(bundle));
        assert_eq!((code, &verified["verified"]), (Some(1), &json!(false)), "{member}: {verified}");
    }
    let mut without = bundle.clone();
    without["result"]["receipt"]["audit"] = json!([]);
    assert_eq!(verify(here.path(), &resealed(without)).0, Some(1));
    // The other answer, as it would have been: all that is hashed fits, and the signature does not.
    let other = other_answer(here.path(), &bundle);
    let (code, verified) = verify(here.path(), &other);
    assert_eq!(code, Some(1));
    assert_eq!(verified["difference"], Value::Null, "it runs again as it is: {verified}");
    assert!(text(&verified, "/decisions/0/fault").contains("signed something else"), "{verified}");
}

/// The bundle of the same run with another answer, which has the signature of the first.
fn other_answer(folder: &Path, bundle: &Value) -> Value {
    fs::write(folder.join("no.json"), r#"{"confirm": "no"}"#).expect("answers");
    assert!(
        run(folder, ["exec", "workflow.json", "--answers", "no.json", "--bundle", "no.bundle.json"]).status.success()
    );
    let mut other = read(&folder.join("no.bundle.json"));
    other["result"]["receipt"]["audit"] = bundle["result"]["receipt"]["audit"].clone();
    resealed(other)
}

#[test]
fn where_several_have_to_agree_each_of_them_signs() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(key) = openssh_key(here.path(), "") else { return };
    let key = key.to_str().expect("a path in UTF-8");
    fs::write(here.path().join("key.pem"), PRIVATE).expect("the key");
    let of_ann = fs::read_to_string(here.path().join("signers")).expect("the signers");
    let payload =
        json!({"description": "Release?", "choices": ["yes", "no"], "approvals": 2, "assignees": ["ann", "bob"]});
    write_workflow(here.path(), &[json!({"id": "confirm", "kind": "human", "payload": payload}), log_step("after")]);
    let agreed = || {
        let asked = json_of(here.path(), ["exec", "workflow.json", "--mode", "pause"]);
        let run_id = text(&asked, "/run");
        let answer = ["inbox", "answer", run_id, "--choice", "yes", "--bundle", "bundle.json"];
        let of = |actor: &str, key: &str| {
            let output = run(here.path(), answer.iter().chain(&["--actor", actor, "--sign", key]));
            output.status.code()
        };
        assert_eq!(of("ann", key), Some(4));
        assert_eq!(of("bob", "key.pem"), Some(0));
        read(&here.path().join("bundle.json"))
    };
    let (bundle, of_another_run) = (agreed(), agreed());
    let with_signers = |signers: String, bundle: &Value| {
        fs::write(here.path().join("signers"), signers).expect("the signers");
        verify(here.path(), bundle)
    };
    let both = || format!("{of_ann}bob,eve {PUBLIC_OF_OPENSSH}\n");
    let (code, verified) = with_signers(both(), &bundle);
    assert_eq!(code, Some(0), "{verified}");
    assert_eq!(text(&verified, "/decisions/0/signed/0/actor"), "ann");
    assert_eq!(text(&verified, "/decisions/0/signed/1/actor"), "bob");
    assert_eq!(with_signers(of_ann.clone(), &bundle).0, Some(1), "bob is not known");

    let entry = bundle["result"]["receipt"]["audit"]
        .as_array()
        .and_then(|audit| audit.iter().position(|entry| entry["event"] == "decided"))
        .expect("the decision");
    let refused = |alter: &dyn Fn(&mut Value), fault: &str| {
        let mut bundle = bundle.clone();
        alter(&mut bundle["result"]["receipt"]["audit"][entry]);
        let (code, verified) = with_signers(both(), &resealed(bundle));
        assert_eq!(code, Some(1), "{fault}: {verified}");
        assert!(text(&verified, "/decisions/0/fault").contains(fault), "{verified}");
    };
    refused(&|decided| decided["approvals"] = json!([]), "but 2 must");
    refused(&|decided| decided["approvals"][0]["comment"] = json!("never"), "signed something else");
    refused(&|decided| decided["approvals"][0]["signature"] = Value::Null, "nobody signed it");
    refused(&|decided| decided["approvals"][0]["actor"] = json!("bob"), "is a key of `ann` and not of `bob`");
    refused(&|decided| decided["actor"] = json!("eve"), "signed something else");
    // They agreed to the same question, each in another run.
    let other = &of_another_run["result"]["receipt"]["audit"][entry]["approvals"][0];
    refused(&|decided| decided["approvals"][0] = other.clone(), "`bob` signed for another run");
}

/// Plugins with an operation `demo/work` that does nothing, which differ in their bytes: `one.wasm` and `other.wasm`.
fn demo_plugins(folder: &Path) {
    let module = r#"(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute) (call $ok))"#;
    for name in ["one", "other"] {
        let operation = json!({
            "name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": [],
        });
        let manifest = json!({
            "name": "demo", "version": "1.0.0", "sdk": "none", "description": name, "missions": [],
            "operations": [operation],
        });
        let plugin = TextPlugin { module, manifest: Some(&manifest), ..TextPlugin::default() };
        fs::write(folder.join(format!("{name}.wasm")), plugin.bytes()).expect("the plugin");
    }
}

fn demo_step() -> Value {
    json!({"id": "work", "kind": "runtime", "payload": {"operation": "demo/work"}})
}

#[test]
fn what_follows_by_another_plugin_was_not_signed() {
    let here = with_key();
    let folder = here.path();
    fs::write(folder.join("signers"), format!("ann {PUBLIC_OF_OPENSSH}")).expect("the signers");
    demo_plugins(folder);
    let human = json!({"id": "confirm", "kind": "human", "payload": {"choices": ["yes", "no"]}});
    write_workflow(folder, &[human, demo_step()]);
    let asked = json_of(folder, ["exec", "workflow.json", "--mode", "pause", "--plugin", "one.wasm"]);
    let run_id = text(&asked, "/run");
    let answer = ["inbox", "answer", run_id, "--choice", "yes", "--actor", "ann", "--sign", "key.pem", "--no-resume"];
    assert!(run(folder, answer.iter().chain(&["--plugin", "one.wasm"])).status.success());
    let resume = ["resume", run_id, "--bundle", "bundle.json", "--plugin", "other.wasm", "--allow-changed-plugin"];
    let resumed = run(folder, resume);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));

    let output = run(folder, ["verify", "bundle.json"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("the plugin `demo` was changed after a question was asked\n"), "{said}");
    let bundle = read(&folder.join("bundle.json"));
    let (code, verified) = verify(folder, &bundle);
    assert_eq!((code, &verified["changed_plugins"]), (Some(1), &json!(["demo"])), "{verified}");
    assert_eq!(text(&verified, "/decisions/0/fault"), "the plugin `demo` was changed after it was signed");
    // Without what the audit says of it, the question is another one.
    let mut silent = bundle;
    silent["result"]["receipt"]["audit"].as_array_mut().expect("the audit").remove(1);
    let (code, verified) = verify(folder, &resealed(silent));
    assert_eq!((code, text(&verified, "/difference/path")), (Some(1), "/receipt/audit/0/question_hash"), "{verified}");
}

/// A bundle whose audit was altered, with the hash that belongs to it, as the book describes it.
fn resealed(mut bundle: Value) -> Value {
    let receipt = &bundle["result"]["receipt"];
    bundle["audit_hash"] = json!(ContentHash::of(&json!({"audit": receipt["audit"], "receipt": receipt["id"]})));
    bundle
}

#[test]
fn ssh_keygen_verifies_the_signature_of_a_decision() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(key) = openssh_key(here.path(), "") else { return };
    let bundle = signed_bundle(here.path(), &key);
    let decided = &bundle["result"]["receipt"]["audit"][0];
    fs::write(here.path().join("signature"), text(decided, "/signature/text")).expect("the signature");
    // The statement as the book describes it, written here without Sortie's code.
    let statement = json!({
        "schema_version": "decision_statement@1",
        "run": decided["signature"]["run"],
        "step": "confirm",
        "question_hash": decided["question_hash"],
        "value": "yes",
        "actor": "ann",
        "comment": "at last",
        "signed_at": decided["signature"]["signed_at"],
    });
    let check = |statement: &Value| {
        let mut child = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "signers", "-I", "ann", "-n", "sortie-decision", "-s", "signature"])
            .current_dir(here.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-keygen");
        child.stdin.take().expect("its input").write_all(statement.to_string().as_bytes()).expect("the statement");
        child.wait().expect("ssh-keygen").success()
    };
    assert!(check(&statement));
    let mut altered = statement;
    altered["value"] = json!("no");
    assert!(!check(&altered));
}

#[test]
fn who_is_not_allowed_proves_nothing_and_the_nearest_cause_is_told() {
    let here = tempfile::tempdir().expect("a folder");
    fs::write(here.path().join("key.pem"), PRIVATE).expect("the key");
    let bundle = signed_bundle(here.path(), &here.path().join("key.pem"));
    let cases = [
        (format!("ann {PUBLIC_OF_OPENSSH}"), None),
        (format!("ann namespaces=\"sortie-*\" {PUBLIC_OF_OPENSSH}"), None),
        (format!("bob {PUBLIC_OF_OPENSSH}"), Some("is a key of `bob` and not of `ann`")),
        (format!("ann namespaces=\"git\" {PUBLIC_OF_OPENSSH}"), Some("may not sign in the namespace")),
        (format!("ann valid-before=\"20200101Z\" {PUBLIC_OF_OPENSSH}"), Some("was not valid")),
        (String::new(), Some("belongs to no allowed signer: to allow it, add the line `NAME ssh-ed25519 AAAA")),
    ];
    for (line, fault) in cases {
        fs::write(here.path().join("signers"), &line).expect("the signers");
        let (code, verified) = verify(here.path(), &bundle);
        match fault {
            None => assert_eq!(code, Some(0), "{line}: {verified}"),
            Some(fault) => {
                assert_eq!(code, Some(1), "{line}: {verified}");
                assert!(text(&verified, "/decisions/0/fault").contains(fault), "{line}: {verified}");
            }
        }
    }
}

#[test]
fn an_answer_that_nobody_signed_is_no_proof() {
    let here = tempfile::tempdir().expect("a folder");
    let run_id = waiting(here.path());
    assert!(
        run(here.path(), ["inbox", "answer", &run_id, "--choice", "yes", "--bundle", "bundle.json"]).status.success()
    );
    fs::write(here.path().join("signers"), format!("ann {PUBLIC_OF_OPENSSH}")).expect("the signers");
    let (code, verified) = verify(here.path(), &read(&here.path().join("bundle.json")));
    assert_eq!((code, text(&verified, "/decisions/0/fault")), (Some(1), "nobody signed it"));
}

#[test]
fn a_key_that_cannot_sign_is_refused_before_anything_is_decided() {
    let here = tempfile::tempdir().expect("a folder");
    let run_id = waiting(here.path());
    let refused = |key: &str| {
        let answer = ["inbox", "answer", &run_id, "--choice", "yes", "--sign", key, "--format", "json"];
        let output = run(here.path(), answer);
        assert_eq!(output.status.code(), Some(3));
        text(&parsed(&output), "/error/code").to_owned()
    };
    fs::write(here.path().join("other"), "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n")
        .expect("a key");
    assert_eq!(refused("other"), "signing_key_algorithm");
    fs::write(here.path().join("public"), PUBLIC).expect("a key");
    assert_eq!(refused("public"), "not_a_signing_key");
    assert_eq!(refused("workflow.json"), "not_a_signing_key");
    assert_eq!(refused("missing"), "file_not_found");
    // The label says enough: what is within is not read.
    fs::write(here.path().join("pkcs8"), PRIVATE.replace("PRIVATE", "ENCRYPTED PRIVATE")).expect("a key");
    assert_eq!(refused("pkcs8"), "signing_key_encrypted");
    if openssh_key(here.path(), "a passphrase").is_some() {
        assert_eq!(refused("id_ed25519"), "signing_key_encrypted");
    }
    assert_eq!(text(&json_of(here.path(), ["inbox", "show", &run_id]), "/status"), "waiting");
}

/// What a command says, with the passphrase of its key in a file.
fn with_passphrase(folder: &Path, passphrase: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("passphrase"), passphrase).expect("the passphrase is written");
    let mut command = sortie(folder);
    command.args(arguments).env("SORTIE_KEY_PASSPHRASE_FILE", "passphrase").output().expect("it runs")
}

#[test]
fn a_passphrase_in_a_file_opens_a_key_and_another_one_decides_nothing() {
    let here = tempfile::tempdir().expect("a folder");
    if openssh_key(here.path(), "pass phrase ü").is_none() {
        return;
    }
    let run_id = waiting(here.path());
    let answer = ["inbox", "answer", &run_id, "--choice", "yes", "--sign", "id_ed25519", "--format", "json"];
    let answer = [&answer[..], &["--bundle", "bundle.json", "--attest", "id_ed25519"]].concat();
    for wrong in ["", "pass phrase", " pass phrase ü\n"] {
        let output = with_passphrase(here.path(), wrong, &answer);
        assert_eq!(output.status.code(), Some(3), "{wrong:?}");
        assert_eq!(text(&parsed(&output), "/error/code"), "wrong_passphrase", "{wrong:?}");
    }
    assert_eq!(text(&json_of(here.path(), ["inbox", "show", &run_id]), "/status"), "waiting");

    let output = with_passphrase(here.path(), "pass phrase ü\r\n", &answer);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (code, verified) = verify(here.path(), &read(&here.path().join("bundle.json")));
    assert_eq!(code, Some(0), "{verified}");
    assert_eq!(attested(here.path(), "bundle.json", "bundle.json.dsse.json").status.code(), Some(0));
}

#[test]
fn who_resumes_a_run_states_what_it_came_to() {
    let here = with_key();
    let run_id = waiting(here.path());
    let resume = ["resume", run_id.as_str(), "--bundle", "bundle.json", "--attest", "key.pem"];
    // Nothing is stated of a run that still waits.
    assert_eq!(run(here.path(), resume).status.code(), Some(4));
    assert!(!here.path().join("bundle.json.dsse.json").exists());
    assert!(run(here.path(), ["inbox", "answer", &run_id, "--choice", "yes", "--no-resume"]).status.success());
    assert!(run(here.path(), resume).status.success());
    let output = attested(here.path(), "bundle.json", "bundle.json.dsse.json");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    // One statement is about one run.
    let of_all = run(here.path(), ["resume", "--attest", "key.pem", "--attestation", "all.json"]);
    assert_eq!(of_all.status.code(), Some(2));
}

/// Checks a statement with the tools of others; what they print.
fn other_tools(folder: &Path, envelope: &str, digest: &str, predicate: &str) -> Option<String> {
    fs::write(folder.join("public.pem"), PUBLIC).expect("the public key");
    with_python(folder, "attestation.py", &[envelope, "public.pem", digest, predicate])
}

/// What a script of `tests/other-tools` prints.
fn with_python(folder: &Path, script: &str, arguments: &[&str]) -> Option<String> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/other-tools");
    let python = tools.join(".venv/bin/python");
    if !python.exists() {
        skip("it needs a virtual environment `tests/other-tools/.venv` with its requirements");
        return None;
    }
    let output =
        Command::new(python).arg(tools.join(script)).args(arguments).current_dir(folder).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn with_key() -> tempfile::TempDir {
    let here = tempfile::tempdir().expect("a folder");
    fs::write(here.path().join("key.pem"), PRIVATE).expect("the key");
    fs::write(here.path().join("signers"), format!("ci@example.org {PUBLIC_OF_OPENSSH}")).expect("the signers");
    here
}

fn attested(folder: &Path, file: &str, statement: &str) -> Output {
    let arguments = ["verify", file, "--attestation", statement, "--signers", "signers", "--format", "json"];
    run(folder, arguments)
}

#[test]
fn a_statement_about_a_run_is_verified_here_and_elsewhere() {
    let here = with_key();
    write_workflow(here.path(), &[log_step("only")]);
    let exec = ["exec", "workflow.json", "--bundle", "bundle.json", "--attest", "key.pem"];
    let result = json_of(here.path(), exec);
    let hash = text(&result, "/receipt/result_hash");
    let output = attested(here.path(), "bundle.json", "bundle.json.dsse.json");
    let verified = parsed(&output);
    assert_eq!((output.status.code(), &verified["attestation"]["signers"]), (Some(0), &json!(["ci@example.org"])));

    // About another run, by another person, and with one byte of the payload changed.
    write_workflow(here.path(), &[log_step("another")]);
    assert!(run(here.path(), ["exec", "workflow.json", "--bundle", "other.json"]).status.success());
    let output = attested(here.path(), "other.json", "bundle.json.dsse.json");
    assert_eq!(parsed(&output)["attestation"]["is_about_another"], json!(true));
    assert_eq!(output.status.code(), Some(1));
    let mut envelope = read(&here.path().join("bundle.json.dsse.json"));
    let payload = text(&envelope, "/payload").replacen("ey", "ez", 1);
    envelope["payload"] = json!(payload);
    write(&here.path().join("altered.json"), &envelope);
    let output = attested(here.path(), "bundle.json", "altered.json");
    assert_eq!(text(&parsed(&output), "/error/code"), "attestation_not_signed");

    let printed = other_tools(here.path(), "bundle.json.dsse.json", hash, "urn:sortie:predicate:run:v1");
    assert!(printed.is_none_or(|printed| printed == "verified"));
}

#[test]
fn a_statement_about_a_run_is_about_how_it_came_to_its_result_and_who_decided() {
    let here = with_key();
    let run_id = waiting(here.path());
    let answer = ["inbox", "answer", &run_id, "--choice", "yes", "--actor", "ann", "--bundle", "bundle.json"];
    assert!(run(here.path(), answer.iter().chain(&["--attest", "key.pem"])).status.success());
    let told = |bundle: &Value| {
        write(&here.path().join("candidate.json"), bundle);
        let arguments = ["verify", "candidate.json", "--attestation", "bundle.json.dsse.json", "--signers", "signers"];
        let output = run(here.path(), arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let bundle = read(&here.path().join("bundle.json"));
    // The bytes of the file are others, and all that is stated of it holds.
    assert_eq!(told(&bundle).0, Some(0));

    let forgeries: [&dyn Fn(&mut Value); 3] = [
        &|audit| audit[0]["actor"] = json!("eve"),
        &|audit| audit[0]["at"] = json!("2020-01-01T00:00:00.000Z"),
        &|audit| *audit = json!([]),
    ];
    for forge in forgeries {
        let mut forged = bundle.clone();
        forge(&mut forged["result"]["receipt"]["audit"]);
        let forged = resealed(forged);
        assert_eq!(run_alone(here.path(), &forged), Some(0), "without the statement, nothing tells");
        let (code, said) = told(&forged);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("who decided and when is not as it was attested"), "{said}");
    }
}

#[test]
fn a_statement_about_a_run_is_about_the_plugins_that_took_part() {
    let here = with_key();
    demo_plugins(here.path());
    write_workflow(here.path(), &[demo_step()]);
    let exec = |name: &str| {
        let (plugin, bundle) = (format!("{name}.wasm"), format!("{name}.json"));
        let exec = ["exec", "workflow.json", "--plugin", &plugin, "--bundle", &bundle, "--attest", "key.pem"];
        text(&json_of(here.path(), exec), "/receipt/result_hash").to_owned()
    };
    assert_eq!(exec("one"), exec("other"), "the results are the same");
    assert_eq!(attested(here.path(), "one.json", "one.json.dsse.json").status.code(), Some(0));
    let output =
        run(here.path(), ["verify", "other.json", "--attestation", "one.json.dsse.json", "--signers", "signers"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("another run, which came to the same result"), "{said}");
}

/// The exit code of verifying a bundle by itself.
fn run_alone(folder: &Path, bundle: &Value) -> Option<i32> {
    write(&folder.join("candidate.json"), bundle);
    run(folder, ["verify", "candidate.json"]).status.code()
}

#[test]
fn a_statement_is_verified_by_programs_that_know_its_kind_of_signature_alone() {
    for program in [["openssl", "version"], ["minisign", "-v"]] {
        let started = Command::new(program[0]).arg(program[1]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if started.is_err() {
            return skip(&format!("it needs {}", program[0]));
        }
    }
    let here = with_key();
    write_workflow(here.path(), &[log_step("only")]);
    let exec = ["exec", "workflow.json", "--bundle", "bundle.json", "--attest", "key.pem"];
    assert!(run(here.path(), exec).status.success());
    let printed = with_python(here.path(), "ed25519.py", &["bundle.json.dsse.json", "key.pem"]);
    assert!(printed.is_none_or(|printed| printed == "openssl minisign"));
}

#[test]
fn a_statement_about_tests_says_which_passed_and_by_which_suite() {
    let here = with_key();
    let suite = "suite_name: greetings\nscenarios:\n- scenario_name: hello\n  missions: [{name: echo, params: {word: hi}}]\n\
                 \x20 expect: [{path: success, op: eq, expected: true}]\n\
                 - scenario_name: wrong\n  missions: [{name: echo, params: {word: hi}}]\n\
                 \x20 expect: [{path: success, op: eq, expected: false}]\n";
    fs::write(here.path().join("suite.yaml"), suite).expect("the suite");
    let arguments = ["test", "suite.yaml", "--attest", "key.pem", "--attestation", "tests.json"];
    let output = run(here.path(), arguments);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let verified = parsed(&run(here.path(), ["verify", "tests.json", "--signers", "signers", "--format", "json"]));
    assert_eq!(verified["attestation"]["predicate_type"], "https://in-toto.io/attestation/test-result/v0.1");
    let plugin = text(&verified, "/attestation/subject/0/digest/sha256").to_owned();
    let type_uri = "https://in-toto.io/attestation/test-result/v0.1";
    let printed = other_tools(here.path(), "tests.json", &plugin, type_uri);
    assert!(printed.is_none_or(|printed| printed == "FAILED 1 1"), "one passed and one failed");
}

#[test]
fn a_statement_about_a_built_plugin_is_about_its_file() {
    let here = with_key();
    let manifest = json!({
        "name": "demo", "version": "1.0.0", "sdk": "none", "description": "", "missions": [], "operations": [],
    });
    let plugin = TextPlugin { describe: Some(&manifest), ..TextPlugin::default() };
    fs::write(here.path().join("in.wasm"), plugin.bytes()).expect("the plugin");
    let arguments = ["plugin", "build", "in.wasm", "--output", "out.wasm", "--attest", "key.pem"];
    let built = sortie(here.path()).args(["--format", "json"]).args(arguments).output().expect("the command runs");
    let built = parsed(&built);
    let digest = text(&built, "/digest");
    let output = attested(here.path(), "out.wasm", "out.wasm.dsse.json");
    assert_eq!(output.status.code(), Some(0), "{}", parsed(&output));
    assert_eq!(attested(here.path(), "in.wasm", "out.wasm.dsse.json").status.code(), Some(1));
    let alone = json_of(here.path(), ["verify", "out.wasm"]);
    assert_eq!(text(&alone, "/error/code"), "not_a_bundle");
    assert!(text(&alone, "/error/message").contains("give the statement that vouches for it"), "{alone}");
    let printed = other_tools(here.path(), "out.wasm.dsse.json", digest, "https://slsa.dev/provenance/v1");
    assert!(printed.is_none_or(|printed| printed == "urn:sortie:builder:local"));
}

#[test]
fn a_bundle_runs_the_same_on_all_backends_and_the_one_that_differs_is_named() {
    let here = tempfile::tempdir().expect("a folder");
    write_workflow(here.path(), &[log_step("only")]);
    assert!(run(here.path(), ["exec", "workflow.json", "--bundle", "bundle.json"]).status.success());
    let verified = json_of(here.path(), ["verify", "bundle.json", "--all-backends"]);
    let same = |backend: &str| json!({"backend": backend, "same": true});
    let expected = json!([same("cranelift"), same("cranelift-unoptimized"), same("pulley")]);
    assert_eq!((&verified["verified"], &verified["backends"]), (&json!(true), &expected));

    // One unit of fuel more than it takes.
    let mut bundle = read(&here.path().join("bundle.json"));
    let fuel = bundle["result"]["lineage"]["steps"][0]["fuel"].as_u64().expect("fuel");
    bundle["result"]["lineage"]["steps"][0]["fuel"] = json!(fuel + 1);
    write(&here.path().join("bundle.json"), &bundle);
    let output = run(here.path(), ["verify", "bundle.json", "--backend", "pulley"]);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("step `only` is the first that differs, at `/lineage/steps/0/fuel`"), "{printed}");
    assert!(printed.contains("run again by pulley"), "{printed}");
}
