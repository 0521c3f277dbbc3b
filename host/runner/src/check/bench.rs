//! The engines that a plugin is tried on.

use std::path::PathBuf;
use std::sync::Arc;

use sortie_host::{
    Allocation, Backend, CacheDir, FIRST_PARTY, Host, HostError, Registry, RegistryError, SandboxConfig,
};

/// An engine, and where its instances come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    backend: Backend,
    allocation: Allocation,
}

/// All of them; the first is what missions run on where nobody decides otherwise.
pub(crate) const ENGINES: [Engine; 4] = [
    Engine { name: "Cranelift, pooled", backend: Backend::Cranelift, allocation: Allocation::Pooled },
    Engine { name: "Cranelift, on demand", backend: Backend::Cranelift, allocation: Allocation::OnDemand },
    Engine { name: "Pulley, pooled", backend: Backend::Pulley, allocation: Allocation::Pooled },
    Engine { name: "Pulley, on demand", backend: Backend::Pulley, allocation: Allocation::OnDemand },
];

/// A host on one engine, with the plugin that is checked.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) host: Host,
    pub(crate) registry: Arc<Registry>,
}

impl Bench {
    /// Makes a host with the plugin alone.
    pub(crate) fn new(
        engine: Engine,
        bytes: Vec<u8>,
        origin: &str,
        cache: Option<CacheDir>,
    ) -> Result<Self, HostError> {
        let Engine { backend, allocation, .. } = engine;
        let sandbox = SandboxConfig { backend, allocation, cache, concurrent_calls: 1, ..SandboxConfig::default() };
        let host = Host::builder().sandbox(sandbox).build()?;
        host.register(bytes, origin)?;
        Ok(Self { engine, registry: host.registry(), host })
    }

    /// The same with others, and with those that come with the command: but for one of the same name, which the
    /// plugin is then checked in place of.
    pub(crate) fn in_company(self, others: &[PathBuf]) -> Result<Self, HostError> {
        let Self { engine, host, .. } = self;
        others.iter().try_for_each(|other| host.register_path(other))?;
        for bytes in FIRST_PARTY.iter() {
            match host.register(bytes.to_vec(), "first-party") {
                Ok(()) | Err(HostError::Registry(RegistryError::Clash { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { engine, registry: host.registry(), host })
    }
}
