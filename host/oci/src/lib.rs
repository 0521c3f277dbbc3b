//! Plugins in registries of OCI: what pushes and pulls them, and attaches what is stated of them.
//!
//! ```no_run
//! use sortie_oci::{Client, Credentials, Reference};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Credentials::of_docker()?);
//! let reference: Reference = "ghcr.io/team/demo:1.2".parse()?;
//! let pulled = client.pull(&reference)?;
//! println!("{} has {} bytes", reference.pinned(pulled.manifest), pulled.bytes.len());
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant*: what a registry sends is bounded in size and time, and nothing of it is used whose digest is not the one
//! that was asked for. *Invariant*: a login goes to the registry that it is for, and where that sends it by HTTPS.

mod client;
pub mod codes;
mod credentials;
mod error;
mod manifest;
mod place;
mod reference;
mod roots;
mod transport;

pub use client::{Client, MAX_COMPONENT_BYTES, PATIENCE, PulledFile, PushedFile, TagRule};
pub use credentials::Credentials;
pub use error::OciError;
pub use manifest::ComponentFile;
pub use reference::{InvalidReference, Reference, SCHEME};
