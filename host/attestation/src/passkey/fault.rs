//! What can be wrong with what a browser gives.

/// Why what a browser gave proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasskeyFault {
    /// Something has more bytes than is read.
    #[error("it has more bytes than a browser sends")]
    TooLarge,
    /// The client data cannot be read, or is not written as browsers write it.
    #[error("the browser's data is not in the form that browsers write")]
    ClientData,
    /// The authenticator data cannot be read.
    #[error("the authenticator's data is damaged")]
    AuthenticatorData,
    /// It was made for something else.
    #[error("it was made for another purpose")]
    Purpose,
    /// It answers another challenge.
    #[error("it answers another challenge")]
    Challenge,
    /// It was made on a page of another site.
    #[error("it was made on a page of another site")]
    Origin,
    /// It was made for a server of another name.
    #[error("it was made for a server with another name")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody confirmed it at the authenticator")]
    NotPresent,
    /// The authenticator did not ask who it is.
    #[error("the authenticator did not ask for a PIN, a finger or a face")]
    NotVerified,
    /// The key is of a kind that is not known here.
    #[error("its key type is not supported")]
    Key,
    /// The signature is not of this key.
    #[error("the signature was not made with this key")]
    Signature,
    /// The counter did not grow: there may be a copy of the key.
    #[error("its counter did not grow: somebody may have a copy of the key")]
    Counter,
}
