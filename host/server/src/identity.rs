//! Who asks, and what they may.

mod caller;
mod cookies;
mod roles;
mod sessions;
mod users;

pub(crate) use caller::{Caller, Proof};
pub(crate) use cookies::cookie;
pub use roles::Role;
pub(crate) use sessions::{Doors, Entry};
pub use users::{Proxy, UserError as UsersError, Users};
