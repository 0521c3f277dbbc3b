//! What can be told from a plugin's bytes without compiling or running them.

use semver::Version;
use sortie_interface::{INTERFACE_VERSION, INTERFACE_VERSIONS, Manifest};
use sortie_json::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, excerpt};

use crate::anatomy::{Anatomy, FileKind};
use crate::bounds::{MAX_TABLE_ELEMENTS, features};
use crate::census::{InvalidComponent, Unfit};
use crate::interface::{self, ValidComponent};
use crate::manifest::parse_manifest;
use crate::rejection::PluginRejection;

/// The greatest size of a plugin's file: 64 MiB.
pub const MAX_PLUGIN_BYTES: usize = 64 << 20;

/// What is checked of a file before anything of it is compiled, in this order. A closed set with stable names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadCheck {
    /// It is a component, and no larger than a plugin may be.
    File,
    /// It is valid, needs nothing that is switched off, and has no more of anything than toolchains make.
    Component,
    /// It imports nothing but Sortie's.
    Imports,
    /// It declares no more memory and no larger tables than it may have.
    Memory,
    /// It exports the interface, and all functions have the interface's types.
    Functions,
    /// Its manifest, if there is one, is one.
    Manifest,
}

impl LoadCheck {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Component => "component",
            Self::Imports => "imports",
            Self::Memory => "memory",
            Self::Functions => "functions",
            Self::Manifest => "manifest",
        }
    }
}

/// How a check ended. Closed: each is a line of a verdict.
#[derive(Debug)]
pub enum CheckOutcome {
    /// As it should.
    Passed,
    /// All that it found.
    Failed(Vec<PluginRejection>),
    /// An earlier check failed, without which this one cannot be made.
    NotMade,
}

/// What could be told of a file without compiling or running anything.
///
/// ```
/// use sortie_sandbox::{Anatomy, CheckOutcome, Examination, LoadCheck};
///
/// let component = wat::parse_str("(component)")?;
/// assert!(Anatomy::of(&component).imports.is_empty());
/// let examination = Examination::of(&component, 64 << 20);
/// let (first, outcome) = &examination.checks[0];
/// assert!(matches!((first, outcome), (LoadCheck::File, CheckOutcome::Passed)));
/// assert!(examination.manifest.is_none(), "no plugin has none");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Examination {
    /// What the file consists of.
    pub anatomy: Anatomy,
    /// All checks, in order.
    pub checks: Vec<(LoadCheck, CheckOutcome)>,
    /// The manifest, if the file has one that passed.
    pub manifest: Option<Manifest>,
}

impl Examination {
    /// Makes all checks that loading makes. A plugin may have this much memory, in bytes.
    #[must_use]
    pub fn of(bytes: &[u8], memory_limit: u64) -> Self {
        let mut examination = Self { anatomy: Anatomy::of(bytes), checks: Vec::new(), manifest: None };
        if examination.note(LoadCheck::File, check_file(&examination.anatomy).err().into_iter().collect()) {
            let validated = interface::validate(bytes, features());
            let rejection = match &validated {
                Err(Unfit::Invalid(InvalidComponent { offset, message })) => Some(PluginRejection::Invalid {
                    offset: *offset,
                    message: excerpt(message, MAX_MESSAGE_BYTES).into_owned(),
                }),
                Err(Unfit::TooComplex { what, count, limit }) => {
                    Some(PluginRejection::TooComplex { what, count: *count, limit: *limit })
                }
                Ok(_) => None,
            };
            if examination.note(LoadCheck::Component, rejection.into_iter().collect())
                && let Ok(validated) = validated
            {
                examination.check_component(&validated, memory_limit);
            }
        }
        let made = examination.checks.len();
        examination.checks.extend(ALL.iter().skip(made).map(|check| (*check, CheckOutcome::NotMade)));
        examination
    }

    /// The first thing that is wrong.
    pub(crate) fn into_rejection(self) -> Result<(Anatomy, Option<Manifest>), PluginRejection> {
        let rejections = self.checks.into_iter().filter_map(|(_, checked)| match checked {
            CheckOutcome::Failed(rejections) => Some(rejections),
            CheckOutcome::Passed | CheckOutcome::NotMade => None,
        });
        match rejections.flatten().next() {
            Some(rejection) => Err(rejection),
            None => Ok((self.anatomy, self.manifest)),
        }
    }

    fn check_component(&mut self, validated: &ValidComponent, memory_limit: u64) {
        let imports = self.anatomy.imports.iter().filter_map(|import| check_import(import).err());
        let imports: Vec<_> = imports.collect();
        let ours = imports.is_empty();
        self.note(LoadCheck::Imports, imports);
        let memory = check_memory(&self.anatomy, validated.census.memory_bytes(), memory_limit);
        self.note(LoadCheck::Memory, memory);
        let functions = if let Err(rejection) = check_exports(&self.anatomy.exports) {
            vec![rejection]
        } else {
            // An import that is not ours has no type that it should have.
            let imports = if ours { self.anatomy.imports.as_slice() } else { &[] };
            let mismatches = validated.mismatches(imports).into_iter();
            let wrong = mismatches.map(|wrong| PluginRejection::WrongType { what: wrong.what, message: wrong.message });
            wrong.collect()
        };
        self.note(LoadCheck::Functions, functions);
        let manifest = self.anatomy.manifest.as_deref().map(parse_manifest).transpose();
        let broken = manifest.as_ref().err().cloned().map(PluginRejection::Manifest);
        self.manifest = manifest.ok().flatten();
        self.note(LoadCheck::Manifest, broken.into_iter().collect());
    }

    /// Keeps a verdict, and says whether the check passed.
    fn note(&mut self, check: LoadCheck, rejections: Vec<PluginRejection>) -> bool {
        let passed = rejections.is_empty();
        self.checks.push((check, if passed { CheckOutcome::Passed } else { CheckOutcome::Failed(rejections) }));
        passed
    }
}

const ALL: &[LoadCheck] = &[
    LoadCheck::File,
    LoadCheck::Component,
    LoadCheck::Imports,
    LoadCheck::Memory,
    LoadCheck::Functions,
    LoadCheck::Manifest,
];

fn check_file(anatomy: &Anatomy) -> Result<(), PluginRejection> {
    if anatomy.size > MAX_PLUGIN_BYTES {
        return Err(PluginRejection::TooLarge { limit: MAX_PLUGIN_BYTES });
    }
    match anatomy.kind {
        FileKind::Empty => Err(PluginRejection::Empty),
        FileKind::NotWasm => Err(PluginRejection::NotWasm),
        FileKind::CoreModule => Err(PluginRejection::CoreModule),
        FileKind::Component => Ok(()),
    }
}

fn check_memory(anatomy: &Anatomy, memory_bytes: u64, memory_limit: u64) -> Vec<PluginRejection> {
    let mut found = Vec::new();
    // A module that nothing instantiates takes none, and is still not one that could be used.
    let size = memory_bytes.max(anatomy.memory_bytes);
    if size > memory_limit {
        found.push(PluginRejection::MemoryTooLarge { size, limit: memory_limit });
    }
    // A pool has no place for larger ones, so nowhere do they pass.
    let limit = MAX_TABLE_ELEMENTS as u64;
    if anatomy.table_elements > limit {
        found.push(PluginRejection::TableTooLarge { size: anatomy.table_elements, limit });
    }
    found
}

fn check_import(import: &str) -> Result<(), PluginRejection> {
    let foreign = || PluginRejection::ForeignImport { import: excerpt(import, MAX_QUOTED_BYTES).into_owned() };
    let (interface, version) = sorties(import).ok_or_else(foreign)?;
    match interface {
        "log" | "missions" | "types" => check_version(import, version),
        _ if is_newer(version) => Err(newer(import)),
        _ => Err(foreign()),
    }
}

fn check_exports(exports: &[String]) -> Result<(), PluginRejection> {
    let mission = exports.iter().find_map(|export| match sorties(export) {
        Some(("mission", version)) => Some((export, version)),
        Some(_) | None => None,
    });
    match mission {
        Some((export, version)) => check_version(export, version),
        None => Err(PluginRejection::NotAPlugin),
    }
}

/// The interface and version in a name such as `sortie:plugin/log@0.2.0`.
fn sorties(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("sortie:plugin/")?.split_once('@')
}

fn check_version(name: &str, version: &str) -> Result<(), PluginRejection> {
    if INTERFACE_VERSIONS.contains(&version) {
        Ok(())
    } else if is_newer(version) {
        Err(newer(name))
    } else {
        Err(PluginRejection::NotAPlugin)
    }
}

fn is_newer(version: &str) -> bool {
    match (Version::parse(version), Version::parse(INTERFACE_VERSION)) {
        (Ok(version), Ok(ours)) => version > ours,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn newer(name: &str) -> PluginRejection {
    PluginRejection::NewerInterface { needs: excerpt(name, MAX_QUOTED_BYTES).into_owned(), has: INTERFACE_VERSION }
}
