//! Who sends a request, and how that is known.

use sortie_host::journal::Actor;
use subtle::ConstantTimeEq;

use super::Role;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: String,
    pub(crate) role: Role,
    pub(crate) means: Proof,
}

/// How it is known who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By a cookie, which a browser sends whatever page makes it: forms have to carry the session's token, too.
    Cookie {
        /// What forms carry.
        form_token: String,
    },
    /// By a token in a header, which no browser sends by itself.
    Bearer,
    /// A proxy vouches; the browser's requests are checked as those with a cookie, with a token that the server derives.
    Proxy {
        /// What forms carry.
        form_token: String,
    },
}

impl Caller {
    /// The name under which the journal keeps what they do.
    pub(crate) fn actor(&self) -> Actor {
        Actor::new(self.user.clone())
    }

    /// Whether they may do what takes a role.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// What the forms of a page for them carry.
    pub(crate) fn form_token(&self) -> &str {
        match &self.means {
            Proof::Cookie { form_token } | Proof::Proxy { form_token } => form_token,
            Proof::Bearer => "",
        }
    }

    /// Whether a form was made for them. Who sends a token in a header needs none.
    pub(crate) fn made_the_form(&self, sent: Option<&str>) -> bool {
        match &self.means {
            Proof::Bearer => true,
            Proof::Cookie { form_token } | Proof::Proxy { form_token } => {
                sent.is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(form_token.as_bytes())))
            }
        }
    }
}
