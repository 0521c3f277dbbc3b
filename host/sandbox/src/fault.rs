//! What is not the plugin's doing.

/// Something that is not the plugin's doing. Never a result: nothing is recorded, and the caller can try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostFault {
    /// The engine cannot be made as it is configured.
    #[error("the WebAssembly engine cannot be made: {0}")]
    Engine(String),
    /// A plugin that passed all checks does not compile.
    #[error("the plugin cannot be compiled: {0}")]
    Compile(String),
    /// An instance cannot be made.
    #[error("the plugin cannot be instantiated: {0}")]
    Instantiate(String),
    /// The operating system denies memory.
    #[error("the operating system denies memory: {0}")]
    Memory(String),
    /// The guest used up its native stack, which holds more than its own limit lets it have: a function whose compiled
    /// form is out of all proportion.
    #[error("the plugin's call used up the native stack")]
    Stack,
    /// The call took longer than the watchdog allows.
    #[error("the plugin's call took longer than the watchdog allows")]
    Watchdog,
}

impl HostFault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Engine(_) => "engine_fault",
            Self::Compile(_) => "compile_fault",
            Self::Instantiate(_) => "instantiate_fault",
            Self::Memory(_) => "memory_fault",
            Self::Stack => "stack_fault",
            Self::Watchdog => "watchdog_fault",
        }
    }
}
