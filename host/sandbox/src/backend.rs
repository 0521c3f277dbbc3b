//! The wasmtime engine and its policy: what is on, what is off, what is limited.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel};
#[cfg(not(target_family = "wasm"))]
use wasmtime::{Enabled, PoolingAllocationConfig};

use crate::bounds::{GUEST_STACK_BYTES, HOST_STACK_BYTES};
#[cfg(not(target_family = "wasm"))]
use crate::bounds::{
    INSTANCES_PER_COMPONENT, MAX_MISSION_DEPTH, MAX_TABLE_ELEMENTS, MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT,
};
use crate::cache::{self, CacheDir};
use crate::fault::HostFault;
use crate::functions::FunctionCache;
use crate::gate::Gate;
use crate::instrument;
use crate::stack;
use crate::store::{self, CallState};
use crate::watchdog::Watchdog;

/// What executes the code. The result is the same, and so is the fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// Machine code, optimised.
    #[default]
    Cranelift,
    /// Machine code, not optimised.
    CraneliftUnoptimized,
    /// Wasmtime's portable interpreter.
    Pulley,
}

impl Backend {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cranelift, Self::CraneliftUnoptimized, Self::Pulley];

    /// Its name on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::CraneliftUnoptimized => "cranelift-unoptimized",
            Self::Pulley => "pulley",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }
}

/// Where instances come from. The result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Allocation {
    /// From a pool, which is fast. Where the pool cannot be had, on demand.
    #[default]
    Pooled,
    /// From the operating system, each time.
    OnDemand,
}

/// What an observer is told of a plugin whose code is not in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compilation<'p> {
    /// Its name; none, where it has no manifest section, and is compiled to be asked for it.
    pub plugin: Option<&'p str>,
    /// The size of its file.
    pub bytes: usize,
    /// Whether it has ended, well or not.
    pub finished: bool,
}

/// Who is told when the compilation of a plugin begins and ends, on the thread that waits for it.
#[derive(Clone)]
pub struct CompileObserver(Arc<dyn Fn(Compilation<'_>) + Send + Sync>);

impl CompileObserver {
    /// One that calls this function.
    pub fn new(observe: impl Fn(Compilation<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn tell(&self, compilation: Compilation<'_>) {
        (self.0)(compilation);
    }
}

impl std::fmt::Debug for CompileObserver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompileObserver").finish_non_exhaustive()
    }
}

impl PartialEq for CompileObserver {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CompileObserver {}

/// Where plugins are compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compiler {
    /// In this process, on a thread of its own. Its memory is bounded by what loading accepts and nothing else.
    #[default]
    Here,
    /// In a process of its own: a program that calls [`compile_for_parent`](crate::compile_for_parent), after it has bounded its memory. It gets
    /// the name of the backend and, where a large plugin's compiled code is kept, a file for compiled functions as its last
    /// arguments.
    Process {
        /// The program.
        program: PathBuf,
        /// What comes before these.
        arguments: Vec<OsString>,
    },
}

/// How a sandbox is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxConfig {
    /// What executes the code.
    pub backend: Backend,
    /// Where instances come from.
    pub allocation: Allocation,
    /// Where compiled code is kept; nowhere, if there is none. [`CacheDir::from_environment`] is the command's.
    pub cache: Option<CacheDir>,
    /// Where plugins are compiled.
    pub compiler: Compiler,
    /// How long a call may take before it is ended with a host fault.
    pub watchdog: Duration,
    /// How many calls may be under way at a time; another waits.
    pub concurrent_calls: u32,
    /// The greatest memory of one plugin instance, in bytes.
    pub memory_bytes: u64,
    /// Who is told of code that is being compiled, which can take a minute.
    pub observer: Option<CompileObserver>,
    /// Whether calls tell which functions used their fuel ([`CallReport::profile`](crate::CallReport::profile)). Plugins are
    /// then compiled anew, here, and kept nowhere, and take places of their own; outcomes and fuel stay what they are.
    pub profile: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            backend: Backend::default(),
            allocation: Allocation::default(),
            cache: None,
            compiler: Compiler::Here,
            watchdog: Duration::from_secs(10),
            concurrent_calls: u32::try_from(cores * 2).unwrap_or(16).clamp(4, 64),
            memory_bytes: sortie_engine::Limits::default().memory_bytes,
            observer: None,
            profile: false,
        }
    }
}

/// An engine with its policy. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Sandbox(pub(crate) Arc<SandboxParts>);

pub(crate) struct SandboxParts {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) gate: Gate,
    pub(crate) watchdog: Watchdog,
    pub(crate) cache: Option<CacheDir>,
    pub(crate) memory_bytes: u64,
    pub(crate) observer: Option<CompileObserver>,
    pub(crate) backend: Backend,
    pub(crate) compiler: Compiler,
    pub(crate) profiles: bool,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("cache", &self.0.cache).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// The greatest memory of one plugin instance, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.0.memory_bytes
    }

    /// The engine with its policy, for measurements beside it: what wasmtime takes alone.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What compiled code depends on besides the plugin: wasmtime's version, the machine's kind and the settings.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        cache::fingerprint(&self.0.engine)
    }

    /// Makes an engine. The configuration is checked here, not when a call fails.
    pub fn new(config: SandboxConfig) -> Result<Self, HostFault> {
        let engine = match config.allocation {
            // What is instrumented has a table more than a place of the pool.
            Allocation::Pooled if config.profile => engine(&config, InstanceAllocationStrategy::OnDemand),
            Allocation::OnDemand => engine(&config, InstanceAllocationStrategy::OnDemand),
            // WebAssembly itself, as a host, has no mappings to keep.
            #[cfg(target_family = "wasm")]
            Allocation::Pooled => engine(&config, InstanceAllocationStrategy::OnDemand),
            #[cfg(not(target_family = "wasm"))]
            Allocation::Pooled => {
                engine(&config, pool(&config)).or_else(|_| engine(&config, InstanceAllocationStrategy::OnDemand))
            }
        };
        let engine = engine.map_err(|error| HostFault::Engine(format!("{error:#}")))?;
        let mut linker = Linker::new(&engine);
        store::add_to_linker(&mut linker).map_err(|error| HostFault::Engine(format!("{error:#}")))?;
        Ok(Self(Arc::new(SandboxParts {
            watchdog: Watchdog::start(&engine, config.watchdog),
            gate: Gate::new(usize::try_from(config.concurrent_calls.max(1)).unwrap_or(1)),
            cache: config.cache.filter(|_| !config.profile),
            backend: config.backend,
            compiler: if config.profile { Compiler::Here } else { config.compiler },
            profiles: config.profile,
            memory_bytes: config.memory_bytes,
            observer: config.observer,
            engine,
            linker,
        })))
    }
}

/// Whether the system maps into each instance what its memories begin with. Elsewhere the instance copies it, and
/// [`copying`](crate::startup::copying) tells what it is charged for that.
pub(crate) const MAPS_MEMORIES: bool = cfg!(target_os = "linux");

/// An engine that only compiles, for any that has this backend.
pub(crate) fn compiling(backend: Backend, functions: Option<Arc<FunctionCache>>) -> Result<Engine, HostFault> {
    let config = SandboxConfig { backend, ..SandboxConfig::default() };
    let engine = settings(&config, InstanceAllocationStrategy::OnDemand).and_then(|mut settings| {
        if let Some(functions) = functions {
            settings.enable_incremental_compilation(functions)?;
        }
        Engine::new(&settings)
    });
    engine.map_err(|error| HostFault::Engine(format!("{error:#}")))
}

fn engine(config: &SandboxConfig, allocation: InstanceAllocationStrategy) -> wasmtime::Result<Engine> {
    Engine::new(&settings(config, allocation)?)
}

/// What the engine is told.
pub(crate) fn settings(config: &SandboxConfig, allocation: InstanceAllocationStrategy) -> wasmtime::Result<Config> {
    let mut settings = Config::new();
    match config.backend {
        Backend::Cranelift => {
            settings.cranelift_opt_level(OptLevel::Speed);
        }
        Backend::CraneliftUnoptimized => {
            settings.cranelift_opt_level(OptLevel::None);
        }
        Backend::Pulley => {
            settings.target(if cfg!(target_pointer_width = "32") { "pulley32" } else { "pulley64" })?;
        }
    }
    settings
        .consume_fuel(true)
        .operator_cost(if config.profile { instrument::operator_cost() } else { stack::operator_cost() })
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(GUEST_STACK_BYTES)
        // No call is asynchronous here, but the two are compared.
        .async_stack_size(GUEST_STACK_BYTES + HOST_STACK_BYTES)
        .concurrency_support(false)
        .wasm_component_model(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_tail_call(true)
        .wasm_multi_memory(true)
        .wasm_extended_const(true)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .memory_init_cow(MAPS_MEMORIES)
        .wasm_backtrace_max_frames(std::num::NonZero::new(64))
        .allocation_strategy(allocation);
    // WebAssembly itself, as a host, has neither room to reserve nor pages to protect.
    #[cfg(target_family = "wasm")]
    settings.memory_reservation(0).memory_guard_size(0).signals_based_traps(false);
    Ok(settings)
}

#[cfg(not(target_family = "wasm"))]
fn pool(config: &SandboxConfig) -> InstanceAllocationStrategy {
    // A call that holds a place may run missions within missions: each level holds one instance more.
    let components = config.concurrent_calls.max(1).saturating_mul(MAX_MISSION_DEPTH + 1);
    let memory = usize::try_from(config.memory_bytes).unwrap_or(usize::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(components)
        .total_core_instances(components.saturating_mul(INSTANCES_PER_COMPONENT))
        .total_memories(components.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(components.saturating_mul(TABLES_PER_COMPONENT))
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_core_instances_per_component(INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(memory)
        // No place is kept for these: they bound what the census of a component bounds already.
        .max_component_instance_size(64 << 20)
        .max_core_instance_size(64 << 20)
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}
