//! Who asks, and what they may.

mod caller;
mod challenges;
mod cookies;
mod passkeys;
mod roles;
mod sessions;
mod users;

pub(crate) use caller::{Caller, Proof};
pub(crate) use challenges::Challenges;
pub(crate) use cookies::cookie;
pub use passkeys::PasskeysError;
pub(crate) use passkeys::{PasskeyRecord, Passkeys, handle};
pub use roles::Role;
pub(crate) use sessions::{Doors, Entry};
pub use users::{Proxy, Users, UsersError};
