//! `sortie.lock`.

use std::collections::BTreeMap;
use std::path::Path;

use jsonptr::PointerBuf;
use sortie_json::ContentHash;
use sortie_oci::Reference;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::reader::Reader;
use super::{LOCK, document};
use crate::error::CliError;

/// What `sortie.lock` says: which bytes the plugins of a project are, by their names.
#[derive(Debug, Default)]
pub(crate) struct Lock(BTreeMap<String, LockEntry>);

/// A plugin as it was when it was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockEntry {
    /// Its version.
    pub(crate) version: String,
    /// The SHA-256 of its file.
    pub(crate) sha256: ContentHash,
    /// Where it came from, with the digest of its manifest, if that is a registry.
    pub(crate) oci: Option<Reference>,
}

impl Lock {
    /// Reads the file in a project's folder; where there is none, nothing is locked.
    pub(crate) fn read(root: &Path) -> Result<Self, CliError> {
        let Some(document) = document(root, LOCK)? else { return Ok(Self::default()) };
        let mut reader = Reader::new(&document);
        let mut plugins = BTreeMap::new();
        if let Some(top) = reader.root() {
            reader.only(&top, &["plugin"]);
            let list = reader
                .optional(&top, "plugin", |reader, list, at| reader.or_wrong(list.as_array(), at, "a list of tables"));
            for (index, element) in list.into_iter().flatten().enumerate() {
                let at = PointerBuf::from_tokens(["plugin", &index.to_string()]);
                let Some(table) = reader.table(element, at) else { continue };
                reader.only(&table, &["name", "version", "sha256", "oci"]);
                let name = reader.required(&table, "name", Reader::text);
                let version = reader.required(&table, "version", Reader::text);
                let sha256 = reader.required(&table, "sha256", Reader::hash);
                let oci = reader.optional(&table, "oci", Reader::reference);
                if let (Some(name), Some(version), Some(sha256)) = (name, version, sha256) {
                    plugins.insert(name.to_owned(), LockEntry { version: version.to_owned(), sha256, oci });
                }
            }
        }
        Ok(Self(reader.finish(plugins)?))
    }

    /// What was locked under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&LockEntry> {
        self.0.get(name)
    }

    /// Locks a plugin, in place of what was locked under its name.
    pub(crate) fn insert(&mut self, name: &str, locked: LockEntry) {
        self.0.insert(name.to_owned(), locked);
    }

    /// Keeps those plugins alone that the project still has.
    pub(crate) fn retain(&mut self, has: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| has(name));
    }

    /// The file's text.
    pub(crate) fn to_toml(&self) -> String {
        let tables = self.0.iter().map(|(name, locked)| {
            let mut table = Table::new();
            table.insert("name", value(name));
            table.insert("version", value(&locked.version));
            table.insert("sha256", value(locked.sha256.to_string()));
            if let Some(oci) = &locked.oci {
                table.insert("oci", value(oci.to_string()));
            }
            table
        });
        let mut document = DocumentMut::new();
        document.insert("plugin", Item::ArrayOfTables(tables.collect::<ArrayOfTables>()));
        format!("# Written by `sortie plugin add`; to be committed.\n\n{document}")
    }
}
