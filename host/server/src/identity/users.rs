//! The people and programs that a server knows, and those that a proxy vouches for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sortie_json::{Code, ContentHash};
use subtle::ConstantTimeEq;

use super::Role;
use crate::codes;

/// How many users a server knows at most: each token that is sent is compared with all of them.
const MAX_USERS: usize = 1000;

/// The users of a server, by name.
///
/// ```
/// use serde_json::json;
/// use sortie_server::Users;
///
/// // `printf %s "$TOKEN" | sha256sum` prints such a hash.
/// let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
/// let users = Users::from_json(json!({"ann": {"role": "decide", "token_sha256": hash}}))?;
/// assert_eq!(users.find("secret").map(|(name, _)| name), Some("ann"));
/// assert_eq!(users.find("guess"), None);
/// # Ok::<(), sortie_server::UsersError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Users(BTreeMap<String, User>);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    role: Role,
    /// The SHA-256 of the token's text. Without one, nobody signs in as this user but by a proxy.
    token_sha256: Option<ContentHash>,
}

/// A description of users that has not its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsersError {
    /// It has not the form.
    #[error("the file of users is invalid: {0}")]
    Form(String),
    /// It names too many.
    #[error("there are {0} users, more than the limit of {MAX_USERS}")]
    TooMany(usize),
    /// Two users have one token.
    #[error("`{0}` and `{1}` have the same token")]
    SameToken(String, String),
}

impl sortie_json::UserError for UsersError {
    fn code(&self) -> Code {
        codes::INVALID_USERS
    }
}

impl Users {
    /// Reads `{NAME: {"role", "token_sha256"}}`.
    pub fn from_json(users: Value) -> Result<Self, UsersError> {
        let users: BTreeMap<String, User> =
            serde_json::from_value(users).map_err(|error| UsersError::Form(error.to_string()))?;
        if users.len() > MAX_USERS {
            return Err(UsersError::TooMany(users.len()));
        }
        let mut tokens: BTreeMap<String, &String> = BTreeMap::new();
        for (name, user) in &users {
            let Some(hash) = &user.token_sha256 else { continue };
            if let Some(other) = tokens.insert(hash.to_string(), name) {
                return Err(UsersError::SameToken(other.clone(), name.clone()));
            }
        }
        Ok(Self(users))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. All are compared, so that the time taken does not tell how near it is to one.
    #[must_use]
    pub fn find(&self, token: &str) -> Option<(&str, Role)> {
        let hash = ContentHash::of_bytes(token.as_bytes());
        let mut found = None;
        for (name, user) in &self.0 {
            let Some(expected) = &user.token_sha256 else { continue };
            if bool::from(expected.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some((name.as_str(), user.role));
            }
        }
        found
    }

    /// The role of a user that somebody else has identified.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        self.0.get(name).map(|user| user.role)
    }
}

/// A proxy in front of the server that knows who asks.
#[derive(Clone)]
pub struct Proxy {
    /// The header that names the user.
    pub user_header: String,
    /// What the header `Sortie-Proxy-Secret` has to be for the other to be believed.
    pub secret: String,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("user_header", &self.user_header).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Whether a secret is the proxy's.
    pub(crate) fn trusts(&self, secret: &str) -> bool {
        let (one, other) = (ContentHash::of_bytes(self.secret.as_bytes()), ContentHash::of_bytes(secret.as_bytes()));
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }
}
