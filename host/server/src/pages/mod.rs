//! The pages, made on the server. They work without any script; htmx updates what can change by itself.

mod decision;
mod inbox;
mod missions;
mod passkeys;
mod plugins;
mod question;
mod runs;
mod shown;
mod sign_in;
mod signing;
mod timeline;

pub(crate) use decision::{decide, preview};
pub(crate) use inbox::inbox;
pub(crate) use missions::{mission, missions, start};
pub(crate) use passkeys::{challenge, passkeys, register, remove, sign_in_challenge, sign_in_with_passkey, signers};
pub(crate) use plugins::plugins;
pub(crate) use runs::{bundle, cancel, run, runs, state, verify};
pub(crate) use sign_in::{enter, sign_in, sign_in_form, sign_out};
pub(crate) use signing::{sign, signed};
