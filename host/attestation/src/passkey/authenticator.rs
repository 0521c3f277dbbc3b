//! What an authenticator says: the authenticator data (Web Authentication Level 3, section 6.1).

use sha2::{Digest as _, Sha256};

use super::cbor;
use super::fault::PasskeyFault;

/// How many bytes authenticator data has at most: what is asked for has some 200, with a credential's id of at most 1,023.
pub(super) const MAX_BYTES: usize = 4096;
/// How many bytes precede a new credential and extensions.
const HEAD: usize = 37;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const CAN_BE_BACKED_UP: u8 = 0x08;
const IS_BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

/// Authenticator data, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AuthenticatorData<'b> {
    relying_party_hash: &'b [u8],
    pub(super) flags: u8,
    pub(super) counter: u32,
    /// The id of a new credential, and its key in the form of COSE (RFC 9052).
    pub(super) credential: Option<(&'b [u8], &'b [u8])>,
    /// As they were written.
    pub(super) extensions: &'b [u8],
}

impl<'b> AuthenticatorData<'b> {
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self, PasskeyFault> {
        if bytes.len() > MAX_BYTES {
            return Err(PasskeyFault::TooLarge);
        }
        parse(bytes).ok_or(PasskeyFault::AuthenticatorData)
    }

    /// Holds it against the relying party: it has to be for that one, and the person has to be there, and known to the
    /// authenticator by a PIN, a finger or a face.
    pub(super) fn check(&self, relying_party: &str) -> Result<(), PasskeyFault> {
        if self.relying_party_hash != Sha256::digest(relying_party).as_slice() {
            return Err(PasskeyFault::RelyingParty);
        }
        if self.flags & PRESENT == 0 {
            return Err(PasskeyFault::NotPresent);
        }
        if self.flags & VERIFIED == 0 {
            return Err(PasskeyFault::NotVerified);
        }
        if self.flags & IS_BACKED_UP != 0 && self.flags & CAN_BE_BACKED_UP == 0 {
            return Err(PasskeyFault::AuthenticatorData);
        }
        Ok(())
    }
}

/// The bytes of authenticator data without a credential.
pub(super) fn written(relying_party: &str, flags: u8, counter: u32, extensions: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(relying_party);
    [hash.as_slice(), &[flags], &counter.to_be_bytes(), extensions].concat()
}

fn parse(bytes: &[u8]) -> Option<AuthenticatorData<'_>> {
    let (head, mut rest) = bytes.split_at_checked(HEAD)?;
    let (relying_party_hash, head) = head.split_at_checked(32)?;
    let (flags, counter) = head.split_first()?;
    let counter = u32::from_be_bytes(counter.try_into().ok()?);
    let mut credential = None;
    if flags & HAS_CREDENTIAL != 0 {
        // The model of the authenticator, which nobody vouches for.
        let (_, after) = rest.split_at_checked(16)?;
        let (length, after) = after.split_at_checked(2)?;
        let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
        let (id, after) = after.split_at_checked(length)?;
        let mut reader = cbor::Reader(after);
        reader.pass()?;
        let key = after.get(..after.len() - reader.0.len())?;
        credential = (1..=1023).contains(&length).then_some((id, key));
        credential?;
        rest = reader.0;
    }
    let extensions = rest;
    if flags & HAS_EXTENSIONS != 0 {
        let mut reader = cbor::Reader(rest);
        cbor::Reader(rest).map()?;
        reader.pass()?;
        rest = reader.0;
    }
    rest.is_empty().then_some(AuthenticatorData { relying_party_hash, flags: *flags, counter, credential, extensions })
}
