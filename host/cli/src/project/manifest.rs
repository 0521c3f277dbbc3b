//! `sortie.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};
use sortie_attestation::Signers;
use sortie_host::PluginPolicy;
use sortie_interface::is_legal_name;
use sortie_json::ContentHash;
use sortie_oci::Reference;

use super::reader::{Reader, Table};
use super::{MANIFEST, document};
use crate::error::CliError;
use crate::refusal::Refusal;

/// What `sortie.toml` says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// The plugins, by name.
    pub(crate) entries: Vec<Entry>,
    /// How plugins are had from registries.
    pub(crate) sources: Sources,
}

/// How plugins are had from registries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    /// Whose signature a plugin has to have, if anybody's.
    pub(crate) trusted: Option<Signers>,
    /// What is asked in place of a registry: a registry, perhaps with a path.
    pub(crate) mirrors: BTreeMap<String, String>,
}

/// A plugin of the project.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name, which its own manifest has to have too.
    pub(crate) name: String,
    /// Where its file is.
    pub(crate) place: Place,
    /// What its file has to be, besides what is locked.
    pub(crate) sha256: Option<ContentHash>,
    /// Which versions will do.
    pub(crate) version: Option<VersionReq>,
    /// What the project decides for it.
    pub(crate) policy: PluginPolicy,
}

/// Where a plugin's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a folder, from the project's.
    File(PathBuf),
    /// In a registry; what was pulled of it is kept.
    Registry(Reference),
}

impl Manifest {
    /// Reads the file in a project's folder.
    pub(crate) fn read(root: &Path) -> Result<Self, CliError> {
        let Some(document) = document(root, MANIFEST)? else { return Ok(Self::default()) };
        let mut reader = Reader::new(&document);
        let (mut entries, mut sources) = (Vec::new(), Sources::default());
        if let Some(top) = reader.root() {
            reader.only(&top, &["plugins", "trust", "mirrors"]);
            if let Some(table) = reader.sub_table(&top, "mirrors") {
                for (name, value, at) in table.iter() {
                    let mirror = reader.mirror(name, value, &at);
                    sources.mirrors.extend(mirror.map(|mirror| (name.to_owned(), mirror.to_owned())));
                }
            }
            if let Some(trust) = reader.sub_table(&top, "trust") {
                reader.only(&trust, &["keys"]);
                sources.trusted = reader.required(&trust, "keys", Reader::keys);
            }
            if let Some(plugins) = reader.sub_table(&top, "plugins") {
                for (name, value, at) in plugins.iter() {
                    let table = reader.table(value, at);
                    entries.extend(table.and_then(|table| entry(&mut reader, name, &table)));
                }
            }
        }
        let entries = reader.finish(entries)?;
        Ok(Self { entries, sources })
    }

    /// The plugin of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

impl Entry {
    /// Whether a version will do.
    pub(crate) fn accepts(&self, version: &str) -> Result<(), CliError> {
        let Some(wanted) = &self.version else { return Ok(()) };
        if Version::parse(version).is_ok_and(|version| wanted.matches(&version)) {
            return Ok(());
        }
        Err(Refusal::PluginVersionMismatch {
            plugin: self.name.clone(),
            version: version.to_owned(),
            wanted: wanted.to_string(),
        }
        .into())
    }
}

fn entry<'d>(reader: &mut Reader<'d>, name: &str, table: &Table<'d>) -> Option<Entry> {
    reader.only(table, &["path", "oci", "sha256", "version", "reads", "writes", "limits"]);
    let is_legal = is_legal_name(name).then_some(());
    let name_is = reader.or_wrong(
        is_legal,
        table.at(),
        "a legal plugin name: a lower-case letter, then lower-case letters, digits, `-` and `_`",
    );
    let oci = reader.optional(table, "oci", Reader::reference);
    let place = if table.has("oci") {
        if table.has("path") {
            reader.or_wrong(None::<()>, table.at(), "either `path` or `oci`, and not both");
        }
        oci.map(Place::Registry)
    } else {
        let path = reader.required(table, "path", |reader, value, at| {
            let path = reader.text(value, at)?;
            reader.or_wrong((!path.is_empty()).then_some(path), at, "the path of a file")
        });
        path.map(|path| Place::File(path.into()))
    };
    let sha256 = reader.optional(table, "sha256", Reader::hash);
    let version = reader.optional(table, "version", |reader, value, at| {
        let version = value.as_str().and_then(|text| VersionReq::parse(text).ok());
        reader.or_wrong(version, at, "a version requirement, such as \"0.1\" or \">=1.2, <2\"")
    });
    let reads = reader.optional(table, "reads", Reader::pointers);
    let writes = reader.optional(table, "writes", Reader::pointers);
    let mut policy = PluginPolicy { reads, writes, ..PluginPolicy::default() };
    if let Some(limits) = reader.sub_table(table, "limits") {
        reader.only(&limits, &["fuel_per_call", "memory_bytes", "output_bytes", "log_bytes"]);
        policy.fuel_per_call = reader.optional(&limits, "fuel_per_call", Reader::whole);
        policy.memory_bytes = reader.optional(&limits, "memory_bytes", Reader::whole);
        policy.output_bytes = reader.optional(&limits, "output_bytes", Reader::whole);
        policy.log_bytes = reader.optional(&limits, "log_bytes", Reader::whole);
    }
    name_is?;
    Some(Entry { name: name.to_owned(), place: place?, sha256, version, policy })
}
