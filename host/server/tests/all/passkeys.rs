//! Passkeys, by an authenticator and a browser in software.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sortie_attestation::{Authorship, Signers, verify_decisions};
use sortie_host::OrchestrationResult;
use tempfile::TempDir;

use crate::site::{Browser, Reply, Site, cookie_of};

/// Present, and verified.
const SEEN: u8 = 0x05;

/// A device with one key, and the name that the key has here.
struct Device {
    pair: Ed25519KeyPair,
    credential: String,
}

impl Device {
    fn new(seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { pair, credential: URL_SAFE_NO_PAD.encode([seed; 16]) }
    }

    fn authenticator_data(flags: u8, more: &[u8]) -> Vec<u8> {
        [digest(&SHA256, b"localhost").as_ref(), &[flags, 0, 0, 0, 0], more].concat()
    }

    fn client_data(site: &Site, kind: &str, challenge: &str) -> Vec<u8> {
        let origin = format!("http://localhost:{}", site.address.port());
        format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
            .into_bytes()
    }

    /// What a browser gives for a new passkey.
    fn create(&self, site: &Site, challenge: &str) -> Vec<(&'static str, String)> {
        let key = [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20], self.pair.public_key().as_ref()].concat();
        let id = URL_SAFE_NO_PAD.decode(&self.credential).unwrap();
        let made = [[0; 16].as_slice(), &[0, 16], &id, &key].concat();
        vec![
            ("client_data", URL_SAFE_NO_PAD.encode(Self::client_data(site, "create", challenge))),
            ("authenticator_data", URL_SAFE_NO_PAD.encode(Self::authenticator_data(SEEN | 0x40, &made))),
        ]
    }

    /// What a browser gives for a signature.
    fn get(&self, site: &Site, challenge: &str, flags: u8) -> Vec<(&'static str, String)> {
        let (client, authenticator) = (Self::client_data(site, "get", challenge), Self::authenticator_data(flags, &[]));
        let signature = self.pair.sign(&[authenticator.as_slice(), digest(&SHA256, &client).as_ref()].concat());
        vec![
            ("credential", self.credential.clone()),
            ("client_data", URL_SAFE_NO_PAD.encode(client)),
            ("authenticator_data", URL_SAFE_NO_PAD.encode(authenticator)),
            ("signature", URL_SAFE_NO_PAD.encode(signature)),
            ("user_handle", String::new()),
        ]
    }
}

fn site(folder: &TempDir) -> Site {
    let file = folder.path().join("passkeys.json");
    Site::with(|settings| settings.passkeys = Some(file))
}

fn challenge(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["challenge"].as_str().unwrap().to_owned()
}

fn borrowed<'f>(fields: &'f [(&'static str, String)]) -> Vec<(&'static str, &'f str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn register(browser: &Browser<'_>, device: &Device) -> Reply {
    let asked = challenge(&browser.post("/passkeys/challenge", &[]));
    let mut fields = device.create(browser.site, &asked);
    fields.push(("name", "Laptop".to_owned()));
    browser.post("/passkeys", &borrowed(&fields))
}

/// A browser that somebody comes in with, and what it was asked.
fn visitor(site: &Site) -> (Browser<'_>, String) {
    let reply = site.send("POST", "/sign-in/challenge", &[], "");
    let asked = challenge(&reply);
    (Browser { site, cookie: cookie_of(&reply) }, asked)
}

fn sign_in(site: &Site, device: &Device) -> Reply {
    let (browser, asked) = visitor(site);
    browser.post_only("/sign-in/passkey", &borrowed(&device.get(site, &asked, SEEN)), &[])
}

/// What the decision page of a run would send, to have it signed.
fn decision(browser: &Browser<'_>, run: &str, answer: &str) -> Vec<(&'static str, String)> {
    let page = browser.get(&format!("/runs/{run}"));
    let question = page.between("name=\"question\" value=\"", "\"");
    vec![("step", "ask".to_owned()), ("question", question), ("answer", json!(answer).to_string())]
}

#[test]
fn a_registered_passkey_lets_its_user_in_with_their_role_and_after_a_new_start() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Device::new(1));
    {
        let site = site(&folder);
        assert_eq!(sign_in(&site, &device).status, 403);
        let browser = site.browser("ann");
        let registered = register(&browser, &device);
        assert_eq!(registered.header("location"), Some("/passkeys?notice=added"), "{}", registered.body);
        assert!(browser.get("/passkeys").body.contains("Laptop"));
        // One passkey is one person's.
        assert_eq!(register(&site.browser("decide"), &device).status, 422);
    }
    let site = site(&folder);
    let welcome = sign_in(&site, &device);
    assert_eq!((welcome.status, welcome.header("location")), (303, Some("/")), "{}", welcome.body);
    let cookie = cookie_of(&welcome);
    let browser = Browser { site: &site, cookie };
    assert!(browser.get("/").body.contains("ann"));
    assert_eq!(sign_in(&site, &Device::new(2)).status, 403);
    let credential = device.credential.as_str();
    assert_eq!(browser.post("/passkeys/remove", &[("credential", credential)]).status, 303);
    assert_eq!(sign_in(&site, &device).status, 403);
}

#[test]
fn a_challenge_is_answered_once_and_by_the_browser_that_was_asked() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Device::new(1));
    let site = site(&folder);
    assert_eq!(register(&site.browser("ann"), &device).status, 303);
    let (browser, asked) = visitor(&site);
    let fields = device.get(&site, &asked, SEEN);
    assert_eq!(browser.post_only("/sign-in/passkey", &borrowed(&fields), &[]).status, 303);
    assert_eq!(browser.post_only("/sign-in/passkey", &borrowed(&fields), &[]).status, 403, "a second time");
    let ((_, asked), (other, _)) = (visitor(&site), visitor(&site));
    let fields = device.get(&site, &asked, SEEN);
    assert_eq!(other.post_only("/sign-in/passkey", &borrowed(&fields), &[]).status, 403, "another browser");
    let (browser, asked) = visitor(&site);
    let fields = device.get(&site, &asked, 0x01);
    assert_eq!(browser.post_only("/sign-in/passkey", &borrowed(&fields), &[]).status, 403, "not verified");
    // What was asked for a registration is no way in.
    let session = site.browser("ann");
    let asked = challenge(&session.post("/passkeys/challenge", &[]));
    let fields = device.get(&site, &asked, SEEN);
    assert_eq!(session.post_only("/sign-in/passkey", &borrowed(&fields), &[]).status, 403);
    // Neither is a page of another site.
    let (browser, asked) = visitor(&site);
    let fields = device.get(&site, &asked, SEEN);
    let foreign = [("Origin", "https://evil.example")];
    assert_eq!(browser.post_only("/sign-in/passkey", &borrowed(&fields), &foreign).status, 403);
}

#[test]
fn guesses_at_the_way_in_are_few() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let statuses: Vec<u16> = (0..25).map(|seed| sign_in_or_wait(&site, &Device::new(seed))).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

fn sign_in_or_wait(site: &Site, device: &Device) -> u16 {
    let reply = site.send("POST", "/sign-in/challenge", &[], "");
    if reply.status != 200 {
        return reply.status;
    }
    let browser = Browser { site, cookie: cookie_of(&reply) };
    browser.post_only("/sign-in/passkey", &borrowed(&device.get(site, &challenge(&reply), SEEN)), &[]).status
}

#[test]
fn what_is_signed_is_what_is_decided_and_it_is_proved_by_the_key_alone() {
    let (folder, device) = (tempfile::tempdir().unwrap(), Device::new(1));
    let site = site(&folder);
    let run = site.asking();
    let browser = site.browser("ann");
    assert!(!browser.get(&format!("/runs/{run}")).body.contains("Sign and decide"), "there is no passkey yet");
    assert_eq!(register(&browser, &device).status, 303);
    assert!(browser.get(&format!("/runs/{run}")).body.contains("Sign and decide: hold"));
    let form = decision(&browser, run.as_str(), "hold");
    let asked = challenge(&browser.post(&format!("/runs/{run}/sign"), &borrowed(&form)));
    assert_eq!(site.status(&run), "waiting");
    // Whatever the form says afterwards.
    let mut fields = decision(&browser, run.as_str(), "ship");
    fields.extend(device.get(&site, &asked, SEEN));
    let signed = browser.post(&format!("/runs/{run}/signed"), &borrowed(&fields));
    assert_eq!(signed.header("location"), Some(format!("/runs/{run}?notice=decided").as_str()), "{}", signed.body);
    assert_eq!(browser.post(&format!("/runs/{run}/signed"), &borrowed(&fields)).status, 422, "a second time");

    let bundle = browser.get(&format!("/runs/{run}/bundle")).json();
    let result: OrchestrationResult = serde_json::from_value(bundle["result"].clone()).unwrap();
    assert_eq!(bundle["result"]["decisions"]["ask"]["value"], json!("hold"));
    let lines = site.browser("admin").get("/passkeys/signers").body;
    let proofs = verify_decisions(&result, &Signers::parse(&lines).unwrap());
    let Ok(Authorship::Signed(by)) = &proofs[0].standing else { panic!("{proofs:?}") };
    assert_eq!(by[0].actor.as_str(), "ann");
    let other = lines.replace("\"ann\"", "\"bob\"");
    assert!(verify_decisions(&result, &Signers::parse(&other).unwrap())[0].standing.is_err());
}

/// Signs an answer on the page of a run, as somebody whose passkey it is; the server's reply.
fn sign(browser: &Browser<'_>, device: &Device, run: &str, answer: &str) -> Reply {
    let form = decision(browser, run, answer);
    let asked = challenge(&browser.post(&format!("/runs/{run}/sign"), &borrowed(&form)));
    browser.post(&format!("/runs/{run}/signed"), &borrowed(&device.get(browser.site, &asked, SEEN)))
}

#[test]
fn where_two_have_to_agree_each_signs_with_a_passkey_and_both_are_proved() {
    let (folder, of_ann, of_other) = (tempfile::tempdir().unwrap(), Device::new(1), Device::new(2));
    let site = site(&folder);
    let payload = json!({"description": "Ship it?", "choices": ["ship", "hold"], "approvals": 2});
    let run = site.run(&json!([{"id": "ask", "kind": "human", "payload": payload}]));
    let (ann, other) = (site.browser("ann"), site.browser("decide"));
    assert_eq!((register(&ann, &of_ann).status, register(&other, &of_other).status), (303, 303));
    assert_eq!(sign(&ann, &of_ann, run.as_str(), "ship").status, 303);
    assert_eq!(site.status(&run), "waiting");
    assert_eq!(sign(&other, &of_other, run.as_str(), "ship").status, 303);
    assert_ne!(site.status(&run), "waiting");

    let bundle = ann.get(&format!("/runs/{run}/bundle")).json();
    let lines = site.browser("admin").get("/passkeys/signers").body;
    let standing = |bundle: &Value, lines: &str| {
        let result: OrchestrationResult = serde_json::from_value(bundle["result"].clone()).unwrap();
        verify_decisions(&result, &Signers::parse(lines).unwrap())[0].standing.clone()
    };
    let Ok(Authorship::Signed(by)) = standing(&bundle, &lines) else { panic!("{:?}", standing(&bundle, &lines)) };
    assert_eq!(by.iter().map(|signed| signed.actor.as_str()).collect::<Vec<_>>(), ["ann", "decide"]);

    for name in ["ann", "decide"] {
        let known: Vec<&str> = lines.lines().filter(|line| !line.contains(&format!("\"{name}\""))).collect();
        assert!(standing(&bundle, &known.join("\n")).is_err(), "{name} is not known");
    }
    let audit = bundle["result"]["receipt"]["audit"].as_array().unwrap();
    let decided = audit.iter().position(|entry| entry["event"] == "decided").unwrap();
    let altered = |alter: &dyn Fn(&mut Value)| {
        let mut bundle = bundle.clone();
        alter(&mut bundle["result"]["receipt"]["audit"][decided]);
        standing(&bundle, &lines).is_err()
    };
    assert!(!altered(&|_| {}), "as it was");
    assert!(altered(&|entry| entry["approvals"] = json!([])), "one alone");
    assert!(altered(&|entry| entry["approvals"][0]["actor"] = json!("decide")), "the same person twice");
    assert!(
        altered(&|entry| entry["signature"] = entry["approvals"][0]["signature"].clone()),
        "one signature for both"
    );
    assert!(altered(&|entry| entry["approvals"][0]["comment"] = json!("never")), "what nobody said");
}

#[test]
fn nobody_signs_for_somebody_else_or_for_another_run() {
    let (folder, device, other) = (tempfile::tempdir().unwrap(), Device::new(1), Device::new(2));
    let site = site(&folder);
    let (run, second) = (site.asking(), site.asking());
    let (ann, colleague) = (site.browser("ann"), site.browser("decide"));
    assert_eq!((register(&ann, &device).status, register(&colleague, &other).status), (303, 303));
    let ask = || challenge(&ann.post(&format!("/runs/{run}/sign"), &borrowed(&decision(&ann, run.as_str(), "hold"))));
    let send = |browser: &Browser<'_>, run: &str, device: &Device, asked: &str| {
        browser.post(&format!("/runs/{run}/signed"), &borrowed(&device.get(&site, asked, SEEN))).status
    };
    assert_eq!(send(&ann, run.as_str(), &other, &ask()), 422, "the key of another user");
    assert_eq!(send(&colleague, run.as_str(), &other, &ask()), 422, "another session");
    assert_eq!(send(&ann, second.as_str(), &device, &ask()), 422, "another run");
    assert_eq!((site.status(&run), site.status(&second)), ("waiting".to_owned(), "waiting".to_owned()));
    let misfit = ann.post(&format!("/runs/{run}/sign"), &[("step", "none")]);
    assert_eq!((misfit.status, misfit.code()), (409, "not_asked".to_owned()));
    assert_eq!(send(&ann, run.as_str(), &device, &ask()), 303);
}

#[test]
fn without_a_file_there_are_no_passkeys_and_the_page_says_how_to_have_them() {
    let site = Site::new();
    let browser = site.browser("ann");
    assert!(browser.get("/passkeys").body.contains("--passkeys FILE"));
    assert_eq!(browser.post("/passkeys/challenge", &[]).code(), "no_passkeys");
    assert_eq!(site.send("POST", "/sign-in/challenge", &[], "").json()["code"], Value::from("no_passkeys"));
}
