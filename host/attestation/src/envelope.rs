//! Statements in envelopes: in-toto Statement v1 in DSSE, as other tools sign and check them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_json::{ContentHash, Json, canonical, hex};

use crate::key::{SigningKey, VerifyingKey};
use crate::signers::{Namespace, Signers};

/// What signatures of statements are for.
pub const ATTESTATION: Namespace = Namespace("sortie-attestation");

/// How an envelope says that it holds a statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// How a statement says what it is.
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// How many signatures of an envelope are looked at: each is tried with each key.
const MAX_SIGNATURES: usize = 32;

/// What is stated of which artefacts: an [in-toto Statement v1](https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// What it is about.
    pub subject: Vec<Artifact>,
    /// The URI of what the predicate means.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is stated.
    pub predicate: Value,
}

/// An artefact, by its digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name, for people: the digests say which one it is.
    #[serde(default)]
    pub name: String,
    /// Digests by their algorithms' names, in lower-case hexadecimal digits.
    pub digest: BTreeMap<String, String>,
}

/// A signed envelope: [DSSE v1](https://github.com/secure-systems-lab/dsse/blob/master/envelope.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EnvelopeSignature {
    /// A hint at the key, that proves nothing.
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// A statement, and who signed it.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedStatement {
    /// What is stated.
    pub statement: Statement,
    /// The people whose keys signed it, as the file of signers has them.
    pub signers: Vec<String>,
}

/// Why an envelope proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is none.
    #[error("it is not a DSSE envelope with an in-toto statement: {0}")]
    NotAnEnvelope(String),
    /// No signature is by an allowed signer.
    #[error("none of its signatures is by an allowed signer")]
    NotSigned,
}

impl Artifact {
    /// The artefact with this SHA-256.
    #[must_use]
    pub fn new(name: impl Into<String>, digest: ContentHash) -> Self {
        Self { name: name.into(), digest: BTreeMap::from([("sha256".to_owned(), digest.to_string())]) }
    }
}

impl Statement {
    /// A statement about artefacts.
    #[must_use]
    pub fn new(subject: Vec<Artifact>, predicate_type: &str, predicate: Value) -> Self {
        Self { kind: STATEMENT_TYPE.to_owned(), subject, predicate_type: predicate_type.to_owned(), predicate }
    }

    /// Reads a payload. A member that stands there twice is refused: each tool could take another one of them.
    fn read(payload: &[u8]) -> Result<Self, EnvelopeError> {
        let not_an_envelope = |detail: String| EnvelopeError::NotAnEnvelope(format!("of its payload, {detail}"));
        let json = Json::read(payload).map_err(|faults| not_an_envelope(faults.to_string()))?;
        Self::deserialize(json.into_value()).map_err(|error| not_an_envelope(error.to_string()))
    }

    /// Whether it is about the artefact with this SHA-256.
    #[must_use]
    pub fn is_about(&self, digest: &ContentHash) -> bool {
        let digest = digest.to_string();
        self.subject.iter().any(|artifact| artifact.digest.get("sha256") == Some(&digest))
    }

    /// Signs it.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Envelope {
        let payload = canonical(&json!({
            "_type": self.kind,
            "subject": self.subject,
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        }));
        let signature = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, &payload));
        let signature = EnvelopeSignature { keyid: keyid(&key.verifying()), sig: STANDARD.encode(signature) };
        Envelope {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![signature],
        }
    }
}

impl Envelope {
    /// Whether a JSON document looks like an envelope.
    #[must_use]
    pub fn is_in(document: &Value) -> bool {
        ["payload", "payloadType", "signatures"].iter().all(|member| document.get(member).is_some())
    }

    /// Reads an envelope.
    ///
    /// # Errors
    ///
    /// The document is something else.
    pub fn read(document: &Value) -> Result<Self, EnvelopeError> {
        Self::deserialize(document).map_err(|error| EnvelopeError::NotAnEnvelope(error.to_string()))
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"payload": self.payload, "payloadType": self.payload_type, "signatures": self.signatures})
    }

    /// The statement as it is written, whoever signed it: to look at, and to believe nothing of.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn unverified(&self) -> Result<Statement, EnvelopeError> {
        let payload = decode(&self.payload);
        let payload = payload.ok_or_else(|| EnvelopeError::NotAnEnvelope("its payload is not base64".to_owned()))?;
        Statement::read(&payload)
    }

    /// The statement, if an allowed signer signed it; with all allowed signers who did.
    ///
    /// # Errors
    ///
    /// Nobody did, or there is no statement.
    pub fn verify(&self, signers: &Signers) -> Result<SignedStatement, EnvelopeError> {
        let not_an_envelope = |detail: &str| EnvelopeError::NotAnEnvelope(detail.to_owned());
        if self.payload_type != PAYLOAD_TYPE {
            return Err(not_an_envelope("the type of its payload is another one"));
        }
        let payload = decode(&self.payload).ok_or_else(|| not_an_envelope("its payload is not base64"))?;
        let signed = pre_authentication_encoding(&self.payload_type, &payload);
        let mut found: Vec<String> = Vec::new();
        for signature in self.signatures.iter().take(MAX_SIGNATURES).filter_map(|signature| decode(&signature.sig)) {
            let made = signers.keys().filter(|key| key.verifies(&signed, &signature));
            let names = made.filter_map(|key| signers.allow(key, None, ATTESTATION, None).ok());
            found.extend(names.map(str::to_owned));
        }
        found.sort();
        found.dedup();
        if found.is_empty() {
            return Err(EnvelopeError::NotSigned);
        }
        let statement = Statement::read(&payload)?;
        if statement.kind != STATEMENT_TYPE {
            return Err(not_an_envelope("its payload is of another type"));
        }
        Ok(SignedStatement { statement, signers: found })
    }
}

/// What is signed: type and payload, so that neither can be taken for the other (DSSE v1, "protocol").
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The name that The Update Framework and `securesystemslib` give a key: the SHA-256 of its canonical description.
fn keyid(key: &VerifyingKey) -> String {
    let public = key.ed25519().map(|bytes| hex(&bytes)).unwrap_or_default();
    let description = json!({"keytype": "ed25519", "keyval": {"public": public}, "scheme": "ed25519"});
    ContentHash::of(&description).to_string()
}

/// Base64 of either alphabet: the standard lets writers choose.
fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    /// A key for tests, and for nothing else: that of the crate's examples.
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    #[test]
    fn as_many_signatures_are_tried_as_may_be_and_not_one_more() {
        let key = SigningKey::read(KEY).unwrap();
        let signers = Signers::parse(&format!("ann {}", key.verifying())).unwrap();
        let statement = Statement::new(Vec::new(), "https://example.org/nothing", json!({}));
        let after = |others: usize| {
            let mut envelope = statement.sign(&key);
            let other = EnvelopeSignature { keyid: String::new(), sig: STANDARD.encode([0; 64]) };
            envelope.signatures.splice(0..0, std::iter::repeat_n(other, others));
            envelope.verify(&signers).map(|signed| signed.signers)
        };
        assert_eq!(after(MAX_SIGNATURES - 1).unwrap(), ["ann"]);
        assert!(matches!(after(MAX_SIGNATURES), Err(EnvelopeError::NotSigned)));
    }

    #[test]
    fn a_signed_payload_that_can_be_read_in_two_ways_is_refused() {
        let key = SigningKey::read(KEY).unwrap();
        let signers = Signers::parse(&format!("ann {}", key.verifying())).unwrap();
        let read = |payload: &str| {
            let signature = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, payload.as_bytes()));
            let signature = EnvelopeSignature { keyid: String::new(), sig: STANDARD.encode(signature) };
            let (payload, payload_type) = (STANDARD.encode(payload), PAYLOAD_TYPE.to_owned());
            Envelope { payload, payload_type, signatures: vec![signature] }.verify(&signers)
        };
        let of = |digest: &str, predicate: &str| {
            format!(
                r#"{{"_type":"{STATEMENT_TYPE}","subject":[{{"digest":{{{digest}}}}}],"predicateType":"p","predicate":{predicate}}}"#
            )
        };
        assert!(read(&of(r#""sha256":"aa""#, r#"{"a":1}"#)).is_ok());
        for (digest, predicate) in [
            (r#""sha256":"aa","sha256":"bb""#, "{}"),
            (r#""sha256":"aa""#, r#"{"a":1,"a":2}"#),
            (r#""sha256":"aa""#, r#"{"deep":[{"a":1,"\u0061":2}]}"#),
        ] {
            let error = read(&of(digest, predicate)).unwrap_err().to_string();
            assert!(error.contains("appears twice"), "{error}");
        }
    }
}
