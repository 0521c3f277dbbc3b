//! A plugin: checked when it is made, compiled when it is first called.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sortie_engine::{Call, PluginRef};
use sortie_interface::Manifest;
use sortie_json::ContentHash;
use wasmtime::component::Component;

use crate::backend::{Compilation, MAPS_MEMORIES, Sandbox};
use crate::binary::{Examination, MAX_PLUGIN_BYTES};
use crate::call::{self, CallReport, Nesting};
use crate::census::InvalidComponent;
use crate::compiler;
use crate::encoding;
use crate::entry::Entry;
use crate::fault::HostFault;
use crate::files::read_regular_up_to;
use crate::instrument::{self, Instrumentation};
use crate::manifest::parse_manifest;
use crate::profile::Meter;
use crate::rejection::PluginRejection;
use crate::stack;
use crate::startup;
use crate::timed;

/// A plugin that passed all the checks. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Plugin(Arc<PluginParts>);

/// A component within a program, and what was found of it when the program was built: loading it reads none of its code.
/// Nothing checks it again, so what is recorded has to be what [`Examination`] finds.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Gives the component, which a program may keep packed: it is not asked for where its code is in the cache.
    pub bytes: fn() -> &'static [u8],
    /// How many bytes the component has.
    pub size: usize,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    pub digest: &'static str,
    /// The text of its manifest section.
    pub manifest: &'static str,
    /// Whether it imports the means to run missions itself.
    pub orchestrates: bool,
    /// The least memory that its instances take together, in bytes.
    pub memory_bytes: u64,
    /// Gives the names of the functions of its main module, by their index in it, a line each; an empty one where a function
    /// has none.
    pub functions: fn() -> &'static str,
}

struct PluginParts {
    code: Code,
    functions: Option<fn() -> &'static str>,
    manifest: Manifest,
    orchestrates: bool,
}

/// A component whose bytes were checked, compiled or not.
struct Code {
    sandbox: Sandbox,
    digest: ContentHash,
    file: File,
    compiling: Mutex<()>,
    compiled: OnceLock<Entry>,
}

/// A plugin's file: its bytes, or how this program gives them.
enum File {
    Given(Vec<u8>),
    BuiltIn { bytes: fn() -> &'static [u8], size: usize },
}

impl File {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Given(bytes) => bytes,
            Self::BuiltIn { bytes, .. } => bytes(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Given(bytes) => bytes.len(),
            Self::BuiltIn { size, .. } => *size,
        }
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("reference", &self.reference()).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Reads a plugin's file, to be loaded. Of one that is too large just so much that loading it says so.
    pub fn read(path: &Path) -> io::Result<Vec<u8>> {
        read_regular_up_to(path, MAX_PLUGIN_BYTES as u64)
    }

    /// Checks a component. Its code is compiled later, and only run here if it has no manifest section.
    pub fn load(sandbox: &Sandbox, bytes: Vec<u8>) -> Result<Self, PluginRejection> {
        let _timed = timed!("load");
        let (anatomy, manifest) = Examination::of(&bytes, sandbox.0.memory_bytes).into_rejection()?;
        let code = Code {
            sandbox: sandbox.clone(),
            digest: anatomy.digest,
            file: File::Given(bytes),
            compiling: Mutex::new(()),
            compiled: OnceLock::new(),
        };
        let manifest = match manifest {
            Some(manifest) => manifest,
            None => call::describe(sandbox, code.compiled(None)?)?,
        };
        Ok(Self(Arc::new(PluginParts { code, manifest, functions: None, orchestrates: anatomy.orchestrates() })))
    }

    /// Takes a component that was checked when this program was built, and trusts what was recorded of it then.
    pub fn load_built_in(sandbox: &Sandbox, built_in: &BuiltIn) -> Result<Self, PluginRejection> {
        let _timed = timed!("load");
        let limit = sandbox.0.memory_bytes;
        if built_in.memory_bytes > limit {
            return Err(PluginRejection::MemoryTooLarge { size: built_in.memory_bytes, limit });
        }
        let code = Code {
            sandbox: sandbox.clone(),
            digest: built_in.digest.parse().unwrap_or_else(|_| ContentHash::of_bytes((built_in.bytes)())),
            file: File::BuiltIn { bytes: built_in.bytes, size: built_in.size },
            compiling: Mutex::new(()),
            compiled: OnceLock::new(),
        };
        let manifest = parse_manifest(built_in.manifest.as_bytes()).map_err(PluginRejection::Manifest)?;
        let functions = Some(built_in.functions);
        Ok(Self(Arc::new(PluginParts { code, manifest, functions, orchestrates: built_in.orchestrates })))
    }

    /// The plugin with other custom sections, such as a manifest or no names. What was compiled of this one is not compiled
    /// again, and the cache has it for the new file too. Anything else is loaded as usual.
    pub fn repacked(&self, bytes: Vec<u8>) -> Result<Self, PluginRejection> {
        let Code { sandbox, file, compiled, .. } = &self.0.code;
        let same = encoding::same_code(file.bytes(), &bytes).unwrap_or(false);
        let repacked = Self::load(sandbox, bytes)?;
        if let (true, Some(entry)) = (same, compiled.get()) {
            let code = &repacked.0.code;
            if let Some(cache) = &sandbox.0.cache {
                cache.store(&sandbox.0.engine, code.digest, entry.component());
            }
            let _ = code.compiled.set(entry.clone());
        }
        Ok(repacked)
    }

    /// What the plugin says of itself when it is asked, in the sandbox.
    pub fn describe(&self) -> Result<Manifest, PluginRejection> {
        call::describe(&self.0.code.sandbox, self.compiled()?)
    }

    /// What the plugin is and has.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The names of its main module's functions by their index, as the build of a program kept them that it comes with. An
    /// empty one, where a function has none.
    #[must_use]
    pub fn function_names(&self) -> Option<impl Iterator<Item = &'static str>> {
        self.0.functions.map(|functions| functions().lines())
    }

    /// The SHA-256 of its file.
    #[must_use]
    pub fn digest(&self) -> ContentHash {
        self.0.code.digest
    }

    /// How results name it.
    #[must_use]
    pub fn reference(&self) -> PluginRef {
        PluginRef { name: self.manifest().name.clone(), digest: self.0.code.digest }
    }

    /// Its file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.code.file.bytes()
    }

    /// The size of its file in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.code.file.size()
    }

    /// Whether it can run missions itself.
    #[must_use]
    pub fn orchestrates(&self) -> bool {
        self.0.orchestrates
    }

    /// Makes a call, in a fresh instance. The call has to be one of this plugin.
    pub fn call(&self, call: &Call, nesting: &Nesting) -> Result<CallReport, HostFault> {
        call::call(&self.0.code.sandbox, self.compiled()?, call, nesting)
    }

    /// Compiles it, unless that was done before, by this process or, as the cache tells, by another.
    pub fn compile(&self) -> Result<(), HostFault> {
        self.compiled().map(drop)
    }

    fn compiled(&self) -> Result<&Entry, HostFault> {
        self.0.code.compiled(Some(&self.0.manifest.name))
    }
}

impl Code {
    fn compiled(&self, name: Option<&str>) -> Result<&Entry, HostFault> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let _one_at_a_time = self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled = self.compile(name)?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    fn compile(&self, name: Option<&str>) -> Result<Entry, HostFault> {
        let shared = &*self.sandbox.0;
        let cached = shared.cache.as_ref().and_then(|cache| {
            let _timed = timed!("cache");
            cache.load(&shared.engine, self.digest)
        });
        if let Some(component) = cached {
            return self.entry(&component, None);
        }
        let tell = |finished| {
            if let Some(observer) = &shared.observer {
                observer.tell(Compilation { plugin: name, bytes: self.file.size(), finished });
            }
        };
        let _timed = timed!("compile");
        tell(false);
        let compiled = self.changed().and_then(|(changed, meter)| Ok((compiler::compile(shared, changed)?, meter)));
        tell(true);
        let (component, meter) = compiled?;
        if let Some(cache) = &shared.cache {
            cache.store(&shared.engine, self.digest, &component);
        }
        self.entry(&component, meter)
    }

    /// The component as it is compiled: with its stack counted and, for a profile, telling of its fuel.
    fn changed(&self) -> Result<(Vec<u8>, Option<Arc<Meter>>), HostFault> {
        let fault = |invalid: InvalidComponent| HostFault::Compile(invalid.message);
        let metered = stack::metered(self.file.bytes()).map_err(fault)?;
        if !self.sandbox.0.profiles {
            return Ok((metered, None));
        }
        let Instrumentation { component, mark, modules } = instrument::instrumented(&metered).map_err(fault)?;
        Ok((component, Some(Arc::new(Meter { mark, modules }))))
    }

    fn entry(&self, component: &Component, meter: Option<Arc<Meter>>) -> Result<Entry, HostFault> {
        let fault = |error: wasmtime::Error| HostFault::Compile(format!("{error:#}"));
        let instance = self.sandbox.0.linker.instantiate_pre(component).map_err(fault)?;
        let copying = if MAPS_MEMORIES { Ok(0) } else { startup::copying(self.file.bytes()) };
        let copying = copying.map_err(|invalid| HostFault::Compile(invalid.message))?;
        Entry::of(component, instance, meter, copying).map_err(fault)
    }
}
