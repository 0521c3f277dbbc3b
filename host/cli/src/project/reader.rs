//! Reading tables of TOML, with all that is wrong with them told at its place.

use std::collections::BTreeSet;

use jsonptr::{Pointer, PointerBuf};
use serde_json::{Map, Value};
use sortie_attestation::Signers;
use sortie_json::ContentHash;
use sortie_json::{Diagnostic, Document, Part, Report, nearest};
use sortie_oci::Reference;

/// Reads a document, and collects what is wrong with it.
pub(super) struct Reader<'d> {
    document: &'d Document,
    found: Vec<Diagnostic>,
    /// Where a member would be that was probably meant by another, whose name was told to be wrong.
    meant: BTreeSet<PointerBuf>,
}

/// A table, and where it is.
#[derive(Clone)]
pub(super) struct Table<'d> {
    members: &'d Map<String, Value>,
    at: PointerBuf,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, found: Vec::new(), meant: BTreeSet::new() }
    }

    /// The whole document: TOML makes it a table.
    pub(super) fn root(&mut self) -> Option<Table<'d>> {
        self.table(self.document.value(), PointerBuf::root())
    }

    pub(super) fn table(&mut self, value: &'d Value, at: PointerBuf) -> Option<Table<'d>> {
        let members = value.as_object();
        if members.is_none() {
            self.wrong(&at, "a table");
        }
        Some(Table { members: members?, at })
    }

    /// The table of a member, if it is there.
    pub(super) fn sub_table(&mut self, table: &Table<'d>, name: &str) -> Option<Table<'d>> {
        let value = table.members.get(name)?;
        self.table(value, table.below(name))
    }

    /// Tells of the members that have other names than these: before those that have to be there are read.
    pub(super) fn only(&mut self, table: &Table<'d>, names: &[&str]) {
        for name in table.members.keys().filter(|name| !names.contains(&name.as_str())) {
            let diagnostic = self
                .document
                .diagnostic(&table.below(name), Part::Key, "unknown_field", format!("there is no field `{name}` here"))
                .label(format!("expected one of {}", names.join(", ")));
            let nearest = nearest(name, names.iter().copied());
            self.meant.extend(nearest.map(|nearest| table.below(nearest)));
            self.found.push(match nearest {
                Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
                None => diagnostic.help("remove it"),
            });
        }
    }

    /// A member that has to be there.
    pub(super) fn required<T>(
        &mut self,
        table: &Table<'d>,
        name: &str,
        read: impl FnOnce(&mut Self, &'d Value, &Pointer) -> Option<T>,
    ) -> Option<T> {
        if !table.members.contains_key(name) && !self.meant.contains(&table.below(name)) {
            let message = format!("the field `{name}` is missing");
            self.found.push(self.document.diagnostic(&table.at, Part::Value, "missing_field", message));
        }
        self.optional(table, name, read)
    }

    /// A member that may be there.
    pub(super) fn optional<T>(
        &mut self,
        table: &Table<'d>,
        name: &str,
        read: impl FnOnce(&mut Self, &'d Value, &Pointer) -> Option<T>,
    ) -> Option<T> {
        table.members.get(name).and_then(|value| read(self, value, &table.below(name)))
    }

    pub(super) fn text(&mut self, value: &'d Value, at: &Pointer) -> Option<&'d str> {
        self.or_wrong(value.as_str(), at, "a string")
    }

    pub(super) fn whole(&mut self, value: &'d Value, at: &Pointer) -> Option<u64> {
        self.or_wrong(value.as_u64(), at, "a whole number of zero or more")
    }

    pub(super) fn hash(&mut self, value: &'d Value, at: &Pointer) -> Option<ContentHash> {
        let hash = value.as_str().and_then(|text| text.parse().ok());
        self.or_wrong(hash, at, "a SHA-256 in 64 lower-case hexadecimal digits")
    }

    pub(super) fn keys(&mut self, value: &'d Value, at: &Pointer) -> Option<Signers> {
        let keys: Option<Vec<&str>> = value.as_array().and_then(|keys| keys.iter().map(Value::as_str).collect());
        let signers = keys.and_then(|keys| Signers::of_keys(keys).ok());
        self.or_wrong(signers, at, "a list of keys as OpenSSH writes them, such as \"ssh-ed25519 AAAA…\"")
    }

    /// A mirror of the registry of a name.
    pub(super) fn mirror(&mut self, registry: &str, value: &'d Value, at: &Pointer) -> Option<&'d str> {
        let any = format!("{registry}/any").parse::<Reference>().ok();
        let mirror = value.as_str().filter(|mirror| any.is_some_and(|any| any.at_mirror(mirror).is_ok()));
        self.or_wrong(mirror, at, "of a registry, such as \"ghcr.io\", its mirror, such as \"mirror.example.org/ghcr\"")
    }

    pub(super) fn reference(&mut self, value: &'d Value, at: &Pointer) -> Option<Reference> {
        let reference = value.as_str().and_then(|text| text.parse().ok());
        self.or_wrong(reference, at, "a reference to a registry, such as \"ghcr.io/team/demo:1.2\"")
    }

    pub(super) fn pointers(&mut self, value: &'d Value, at: &Pointer) -> Option<Vec<PointerBuf>> {
        let list = self.or_wrong(value.as_array(), at, "a list of JSON Pointers (RFC 6901)")?;
        let mut pointers = Vec::new();
        for (index, element) in list.iter().enumerate() {
            let pointer = element.as_str().and_then(|text| PointerBuf::parse(text).ok());
            let at = below(at, &index.to_string());
            pointers.push(self.or_wrong(pointer, &at, "a JSON Pointer (RFC 6901), such as \"/tasks\"")?);
        }
        Some(pointers)
    }

    /// Tells that something else was expected, if there is nothing.
    pub(super) fn or_wrong<T>(&mut self, read: Option<T>, at: &Pointer, expected: &str) -> Option<T> {
        if read.is_none() {
            self.wrong(at, expected);
        }
        read
    }

    fn wrong(&mut self, at: &Pointer, expected: &str) {
        let diagnostic = self.document.diagnostic(at, Part::Value, "invalid_field", format!("expected {expected}"));
        self.found.push(diagnostic);
    }

    /// What was read, if nothing is wrong with it.
    pub(super) fn finish<T>(mut self, read: T) -> Result<T, Report> {
        let start = |diagnostic: &Diagnostic| diagnostic.place.as_ref()?.span.as_ref().map(|span| span.start);
        self.found.sort_by_key(start);
        if self.found.is_empty() { Ok(read) } else { Err(self.document.report(self.found)) }
    }
}

impl<'d> Table<'d> {
    /// The members, in the order of their names, each with its place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'d str, &'d Value, PointerBuf)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value, self.below(name)))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(super) fn at(&self) -> &Pointer {
        &self.at
    }

    fn below(&self, name: &str) -> PointerBuf {
        below(&self.at, name)
    }
}

fn below(at: &Pointer, token: &str) -> PointerBuf {
    let mut pointer = at.to_buf();
    pointer.push_back(token);
    pointer
}
