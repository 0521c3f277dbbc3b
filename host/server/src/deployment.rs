//! What a server serves.

use std::fmt;
use std::sync::Arc;

use sortie_host::Host;
use sortie_host::journal::{Clock, Driver, Inbox, Journal, Runs};

/// What a server needs besides its own settings: the plugins and the runs.
#[derive(Clone)]
pub struct Deployment {
    /// The plugins.
    pub host: Host,
    /// The runs.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The name under which this process drives runs.
    pub driver: Arc<dyn Driver>,
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Deployment {
    /// The runs of the journal, driven by the host.
    pub(crate) fn runs(&self) -> Runs<'_> {
        self.host.runs(&*self.journal, &*self.clock, &*self.driver)
    }

    /// What waits in the journal.
    pub(crate) fn inbox(&self) -> Inbox<'_> {
        Inbox::new(&*self.journal, &*self.clock)
    }
}
