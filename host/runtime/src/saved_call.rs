//! A call that was made, kept with how it ended.

use sortie_engine::{Call, StepFailure};
use sortie_sandbox::CallReport;

/// A call that was made, with how it ended: all that it takes to make it again and compare.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedCall {
    /// The call.
    pub call: Call,
    /// How it ended.
    pub report: CallReport,
}

impl SavedCall {
    /// The failure, if the call itself failed. Whether its changes fitted the state is not told here.
    #[must_use]
    pub fn failure(&self) -> Option<&StepFailure> {
        self.report.outcome.failure()
    }

    /// `ok`, or the stable code of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.report.outcome.code()
    }
}
