//! What a plugin says of itself.

use sortie_interface::Manifest;

use crate::entry::{MissionEntry, OperationEntry};

/// What [`plugin!`](crate::plugin!) knows.
pub struct Identity {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// A sentence for people.
    pub description: &'static str,
    /// Its missions.
    pub missions: &'static [&'static dyn MissionEntry],
    /// Its operations.
    pub operations: &'static [&'static dyn OperationEntry],
}

impl Identity {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            sdk: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            description: self.description.to_owned(),
            missions: self.missions.iter().map(|mission| mission.info()).collect(),
            operations: self.operations.iter().map(|operation| operation.info()).collect(),
        }
    }
}
