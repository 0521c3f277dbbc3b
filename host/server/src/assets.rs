//! The files that pages load; nothing else is loaded.

/// A file that pages load. Its address changes with its version, so that browsers may keep it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    pub(crate) const fn path(self) -> &'static str {
        self.path
    }

    /// The media type.
    pub(crate) const fn kind(self) -> &'static str {
        self.kind
    }

    pub(crate) const fn text(self) -> &'static str {
        self.text
    }
}

/// The styles.
pub(crate) const STYLE: Asset = Asset {
    path: concat!("/assets/style-", env!("CARGO_PKG_VERSION"), ".css"),
    kind: "text/css; charset=utf-8",
    text: include_str!("../assets/style.css"),
};

/// htmx, as its makers publish it.
pub(crate) const SCRIPT: Asset = Asset {
    path: "/assets/htmx-2.0.11.min.js",
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../assets/htmx-2.0.11.min.js"),
};

/// What asks the browser for passkeys.
pub(crate) const PASSKEY: Asset = Asset {
    path: concat!("/assets/passkey-", env!("CARGO_PKG_VERSION"), ".js"),
    kind: "text/javascript; charset=utf-8",
    text: include_str!("../assets/passkey.js"),
};
