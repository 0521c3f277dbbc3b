//! Registering a passkey, and signing with it.

use sha2::{Digest as _, Sha256};

use super::authenticator::AuthenticatorData;
use super::client::{self, Purpose};
use super::fault::PasskeyFault;
use super::key::PasskeyKey;

/// How many bytes a signature has at most.
const MAX_SIGNATURE: usize = 256;

/// The server that passkeys are for: its name, and the origins of its pages.
///
/// ```
/// use sortie_attestation::{PasskeyAssertion, PasskeyFault, RelyingParty};
///
/// let server = RelyingParty::new("example.org", ["https://example.org".to_owned()]);
/// let assertion = PasskeyAssertion { client_data: b"{}", authenticator_data: &[], signature: &[] };
/// # let key = sortie_attestation::PasskeyKey::openssh("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbhAAAAC2V4YW1wbGUub3Jn").unwrap();
/// assert_eq!(server.authenticate(b"a challenge", &key, 0, &assertion), Err(PasskeyFault::Purpose));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origins: Vec<String>,
}

/// What a browser gives when a passkey is made.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationResponse<'r> {
    /// `response.clientDataJSON`.
    pub client_data: &'r [u8],
    /// `response.getAuthenticatorData()`.
    pub authenticator_data: &'r [u8],
}

/// What a browser gives when a passkey signs.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyAssertion<'r> {
    /// `response.clientDataJSON`.
    pub client_data: &'r [u8],
    /// `response.authenticatorData`.
    pub authenticator_data: &'r [u8],
    /// `response.signature`.
    pub signature: &'r [u8],
}

/// A passkey, as a server keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The name that the authenticator gave to it.
    pub credential: Vec<u8>,
    /// Its public key.
    pub key: PasskeyKey,
    /// How often it has signed, if the authenticator counts.
    pub counter: u32,
}

impl RelyingParty {
    /// The server with that name (its domain), whose pages have these origins.
    pub fn new(id: impl Into<String>, origins: impl IntoIterator<Item = String>) -> Self {
        Self { id: id.into(), origins: origins.into_iter().collect() }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes a new passkey (Web Authentication Level 3, section 7.1, without attestation).
    ///
    /// # Errors
    ///
    /// It was not made for this challenge, here, by a person who was asked for more than a touch.
    pub fn register(&self, challenge: &[u8], response: &RegistrationResponse<'_>) -> Result<Passkey, PasskeyFault> {
        self.own(client::check(response.client_data, Purpose::Create, challenge)?)?;
        let data = AuthenticatorData::parse(response.authenticator_data)?;
        data.check(&self.id)?;
        let (credential, key) = data.credential.ok_or(PasskeyFault::AuthenticatorData)?;
        let key = PasskeyKey::cose(key, &self.id).ok_or(PasskeyFault::Key)?;
        Ok(Passkey { credential: credential.to_vec(), key, counter: data.counter })
    }

    /// Checks that a passkey signed a challenge (Web Authentication Level 3, section 7.2), and gives its new counter.
    ///
    /// # Errors
    ///
    /// It did not, or not here, or no person was asked for more than a touch.
    pub fn authenticate(
        &self,
        challenge: &[u8],
        key: &PasskeyKey,
        counter: u32,
        assertion: &PasskeyAssertion<'_>,
    ) -> Result<u32, PasskeyFault> {
        self.own(client::check(assertion.client_data, Purpose::Get, challenge)?)?;
        if key.relying_party() != self.id {
            return Err(PasskeyFault::RelyingParty);
        }
        let after = assertion.check(key)?;
        if (counter, after) != (0, 0) && after <= counter {
            return Err(PasskeyFault::Counter);
        }
        Ok(after)
    }

    fn own(&self, origin: String) -> Result<(), PasskeyFault> {
        if self.origins.contains(&origin) { Ok(()) } else { Err(PasskeyFault::Origin) }
    }
}

impl PasskeyAssertion<'_> {
    /// The challenge that it says it answers, by which to find what was asked. It proves nothing yet.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        client::challenge(self.client_data)
    }

    /// Whether the key made it, for its own server, and gives the counter.
    fn check(&self, key: &PasskeyKey) -> Result<u32, PasskeyFault> {
        if self.signature.len() > MAX_SIGNATURE {
            return Err(PasskeyFault::TooLarge);
        }
        let data = AuthenticatorData::parse(self.authenticator_data)?;
        data.check(key.relying_party())?;
        if data.credential.is_some() {
            return Err(PasskeyFault::AuthenticatorData);
        }
        let signature = key.signature_for_ssh(self.signature).ok_or(PasskeyFault::Signature)?;
        if !key.made(&signed(self.authenticator_data, self.client_data), &signature) {
            return Err(PasskeyFault::Signature);
        }
        Ok(data.counter)
    }
}

impl RegistrationResponse<'_> {
    /// The challenge that it says it answers, by which to find what was asked. It proves nothing yet.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        client::challenge(self.client_data)
    }
}

/// What an authenticator signs.
pub(super) fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, Sha256::digest(client_data).as_slice()].concat()
}
