//! Signatures of keys in hardware and of passkeys, as OpenSSH writes them (`PROTOCOL.sshsig`, `PROTOCOL.u2f`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

use super::authenticator::{AuthenticatorData, written};
use super::ceremony::{PasskeyAssertion, signed};
use super::client::{self, Purpose};
use super::fault::PasskeyFault;
use super::key::{PasskeyAlgorithm, PasskeyKey};
use super::wire::{self, Reader};

const MAGIC: &[u8] = b"SSHSIG";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// How many characters a signature has at most: client data, extensions and a key, in Base64.
const MAX_TEXT: usize = 32 * 1024;
/// As long as OpenSSH's lines.
const LINE: usize = 70;

/// A signature by a key in hardware, or by a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HardwareSignature {
    pub(crate) key: PasskeyKey,
    namespace: String,
    hash: String,
    /// In the form of SSH.
    signature: Vec<u8>,
    flags: u8,
    counter: u32,
    browser: Option<BrowserData>,
}

/// What only signatures that were made in a browser have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BrowserData {
    origin: String,
    client_data: Vec<u8>,
    extensions: Vec<u8>,
}

/// What OpenSSH signs for a message in a namespace, and so the challenge for a passkey.
pub(crate) fn challenge(namespace: &str, message: &[u8]) -> Vec<u8> {
    to_be_signed(namespace, "sha512", &Sha512::digest(message))
}

fn to_be_signed(namespace: &str, hash: &str, digest: &[u8]) -> Vec<u8> {
    [MAGIC, &wire::nested(&[namespace.as_bytes(), b"", hash.as_bytes(), digest])].concat()
}

fn browser_type(algorithm: PasskeyAlgorithm) -> &'static str {
    match algorithm {
        PasskeyAlgorithm::Es256 => "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
        // In analogy: not every OpenSSH knows it.
        PasskeyAlgorithm::EdDsa => "webauthn-sk-ssh-ed25519@openssh.com",
    }
}

fn hardware_type(algorithm: PasskeyAlgorithm) -> &'static str {
    match algorithm {
        PasskeyAlgorithm::Es256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        PasskeyAlgorithm::EdDsa => "sk-ssh-ed25519@openssh.com",
    }
}

impl HardwareSignature {
    /// What a browser gave for the challenge of a message, once it is checked.
    pub(crate) fn of(
        key: &PasskeyKey,
        namespace: &str,
        message: &[u8],
        assertion: &PasskeyAssertion<'_>,
    ) -> Result<Self, PasskeyFault> {
        let data = AuthenticatorData::parse(assertion.authenticator_data)?;
        let signature = key.signature_for_ssh(assertion.signature).ok_or(PasskeyFault::Signature)?;
        let origin = client::check(assertion.client_data, Purpose::Get, &challenge(namespace, message))?;
        let browser =
            BrowserData { origin, client_data: assertion.client_data.to_vec(), extensions: data.extensions.to_vec() };
        let made = Self {
            key: key.clone(),
            namespace: namespace.to_owned(),
            hash: "sha512".to_owned(),
            signature,
            flags: data.flags,
            counter: data.counter,
            browser: Some(browser),
        };
        made.check(namespace, message)?;
        Ok(made)
    }

    /// Reads an armoured signature; nothing, if it is none, or of a key of another kind.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= MAX_TEXT)?;
        let body: String = text.strip_prefix(BEGIN)?.strip_suffix(END)?.split_ascii_whitespace().collect();
        let blob = STANDARD.decode(body).ok()?;
        let mut reader = Reader(blob.strip_prefix(MAGIC)?);
        if reader.number()? != 1 {
            return None;
        }
        let key = PasskeyKey::from_blob(reader.string()?)?;
        let namespace = reader.text()?.to_owned();
        reader.string().filter(|reserved| reserved.is_empty())?;
        let hash = reader.text()?.to_owned();
        let inner = reader.string()?;
        reader.end()?;
        let mut reader = Reader(inner);
        let kind = reader.text()?;
        let is_browser = kind == browser_type(key.algorithm());
        if !is_browser && kind != hardware_type(key.algorithm()) {
            return None;
        }
        let signature = reader.string()?.to_vec();
        let (flags, counter) = (reader.byte()?, reader.number()?);
        let browser = if is_browser {
            let (origin, client_data, extensions) = (reader.text()?, reader.string()?, reader.string()?);
            Some(BrowserData {
                origin: origin.to_owned(),
                client_data: client_data.to_vec(),
                extensions: extensions.to_vec(),
            })
        } else {
            None
        };
        reader.end()?;
        Some(Self { key, namespace, hash, signature, flags, counter, browser })
    }

    /// As it is kept: in armour.
    pub(crate) fn to_text(&self) -> String {
        let algorithm = self.key.algorithm();
        let kind = if self.browser.is_some() { browser_type(algorithm) } else { hardware_type(algorithm) };
        let mut inner = wire::nested(&[kind.as_bytes(), &self.signature]);
        inner.push(self.flags);
        inner.extend(self.counter.to_be_bytes());
        if let Some(BrowserData { origin, client_data, extensions }) = &self.browser {
            inner.extend(wire::nested(&[origin.as_bytes(), client_data, extensions]));
        }
        let (key, namespace, hash) = (self.key.to_blob(), self.namespace.as_bytes(), self.hash.as_bytes());
        let rest = wire::nested(&[&key, namespace, b"", hash, &inner]);
        let body = STANDARD.encode([MAGIC, &1u32.to_be_bytes(), &rest].concat());
        let mut text = format!("{BEGIN}\n");
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
            text.push_str(line);
            text.push('\n');
            rest = after;
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// Holds it against a message: whether its key made it, in that namespace, with a person there; and if in a browser, that
    /// the person was asked for more than a touch, on a page of the name that the key is for.
    pub(crate) fn check(&self, namespace: &str, message: &[u8]) -> Result<(), PasskeyFault> {
        if self.namespace != namespace {
            return Err(PasskeyFault::Challenge);
        }
        let hashed = match self.hash.as_str() {
            "sha512" => Sha512::digest(message).to_vec(),
            "sha256" => Sha256::digest(message).to_vec(),
            _ => return Err(PasskeyFault::Challenge),
        };
        let asked = to_be_signed(namespace, &self.hash, hashed.as_ref());
        let (extensions, data) = match &self.browser {
            Some(BrowserData { origin, client_data, extensions }) => {
                let stated = client::check(client_data, Purpose::Get, &asked)?;
                if stated != *origin || !client::is_of(origin, self.key.relying_party()) {
                    return Err(PasskeyFault::Origin);
                }
                (extensions.as_slice(), client_data)
            }
            None => (&[][..], &asked),
        };
        let authenticator = written(self.key.relying_party(), self.flags, self.counter, extensions);
        if self.browser.is_some() {
            let read = AuthenticatorData::parse(&authenticator)?;
            read.check(self.key.relying_party())?;
            if read.credential.is_some() {
                return Err(PasskeyFault::AuthenticatorData);
            }
        } else if self.flags & 1 == 0 {
            return Err(PasskeyFault::NotPresent);
        }
        if self.key.made(&signed(&authenticator, data), &self.signature) {
            Ok(())
        } else if self.browser.is_some() {
            Err(PasskeyFault::Signature)
        } else {
            // Without a browser nothing else tells what was signed.
            Err(PasskeyFault::Challenge)
        }
    }
}
