//! What changed from one version of a plugin to another: what it has, its schemas, its rights, its examples; and which
//! version that asks for (Semantic Versioning 2.0.0).

mod schema;

use std::collections::BTreeSet;
use std::path::Path;

use semver::Version;
use serde_json::Value;
use sortie_host::{Limits, Manifest};
use sortie_interface::Region;
use sortie_sandbox::{Anatomy, Examination};

use super::verdict::Line;
use crate::codes;
use crate::error::CheckError;
use crate::files;

/// What a change asks of the version, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Impact {
    /// Nobody has to change anything, and there is nothing new.
    Patch,
    /// There is something new.
    Minor,
    /// What was right before can be wrong now, or the plugin may do more.
    Major,
}

impl Impact {
    fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// A change, of what, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ManifestChange {
    subject: String,
    impact: Impact,
    what: String,
}

/// The name of these lines.
const CHECK: &str = "against";

/// Compares a plugin with an earlier version's file: a line for each change, and one that fails where the version is
/// less than what these ask for.
pub(super) fn check(manifest: &Manifest, bytes: &[u8], old: &Path) -> Result<Vec<Line>, CheckError> {
    Ok(compare(manifest, bytes, (&old.display().to_string(), &files::plugin(old)?)))
}

/// The same of an earlier version that was read, and how it is called.
pub(super) fn compare(manifest: &Manifest, bytes: &[u8], (name, old): (&str, &[u8])) -> Vec<Line> {
    let memory = Limits::default().memory_bytes;
    let Examination { anatomy: old_anatomy, manifest: old_manifest, .. } = Examination::of(old, memory);
    let Some(before) = old_manifest else {
        return vec![Line::skipped(CHECK, format!("`{name}` has no manifest that can be read"))];
    };
    let Examination { anatomy, .. } = Examination::of(bytes, memory);
    let mut changes = changes(&before, manifest);
    changes.extend(imports(&old_anatomy, &anatomy));
    let mut lines: Vec<Line> = changes
        .iter()
        .map(|change| Line::ok(CHECK, format!("{}: {}", change.impact.name(), change.what)).of(change.subject.as_str()))
        .collect();
    let impact = changes.iter().map(|change| change.impact).max();
    lines.push(version(&before, manifest, impact, anatomy.digest == old_anatomy.digest));
    lines
}

pub(super) fn not_compared(name: &str, why: &str) -> Line {
    Line::skipped(CHECK, format!("what changed since `{name}` is not known: {why}"))
}

fn changes(old: &Manifest, new: &Manifest) -> Vec<ManifestChange> {
    let mut found = Vec::new();
    let mut tell = |subject: String, impact: Impact, what: String| found.push(ManifestChange { subject, impact, what });
    if old.name != new.name {
        let what = format!("the plugin was called `{}` and is `{}`", old.name, new.name);
        tell("plugin".to_owned(), Impact::Major, what);
    }
    if old.description != new.description {
        tell("plugin".to_owned(), Impact::Patch, "its description changed".to_owned());
    }
    for mission in &old.missions {
        let subject = format!("mission `{}`", mission.name);
        let Some(now) = new.mission(&mission.name) else {
            tell(subject, Impact::Major, "it is gone".to_owned());
            continue;
        };
        described(&subject, &mission.description, &now.description, &mut tell);
        schemas(&subject, "params", &mission.params_schema, &now.params_schema, &mut tell);
        examples(&subject, mission.examples == now.examples, &mut tell);
    }
    for mission in new.missions.iter().filter(|mission| old.mission(&mission.name).is_none()) {
        tell(format!("mission `{}`", mission.name), Impact::Minor, "it is new".to_owned());
    }
    for operation in &old.operations {
        let subject = format!("operation `{}`", operation.name);
        let Some(now) = new.operation(&operation.name) else {
            tell(subject, Impact::Major, "it is gone".to_owned());
            continue;
        };
        described(&subject, &operation.description, &now.description, &mut tell);
        schemas(&subject, "payload", &operation.payload_schema, &now.payload_schema, &mut tell);
        rights(&subject, "writes", (&operation.writes, &now.writes), Impact::Major, &mut tell);
        rights(&subject, "reads", (&operation.reads, &now.reads), Impact::Minor, &mut tell);
        examples(&subject, operation.examples == now.examples, &mut tell);
    }
    for operation in new.operations.iter().filter(|operation| old.operation(&operation.name).is_none()) {
        tell(format!("operation `{}`", operation.name), Impact::Minor, "it is new".to_owned());
    }
    found
}

/// Takes a change.
type Tell<'t> = dyn FnMut(String, Impact, String) + 't;

fn described(subject: &str, old: &str, new: &str, tell: &mut Tell<'_>) {
    if old != new {
        tell(subject.to_owned(), Impact::Patch, "its description changed".to_owned());
    }
}

fn examples(subject: &str, same: bool, tell: &mut Tell<'_>) {
    if !same {
        tell(subject.to_owned(), Impact::Patch, "its examples changed".to_owned());
    }
}

fn schemas(subject: &str, of: &str, old: &Value, new: &Value, tell: &mut Tell<'_>) {
    for change in schema::changes(old, new) {
        let place = if change.place.is_empty() { String::new() } else { format!(" at `{}`", change.place) };
        tell(subject.to_owned(), change.impact, format!("schema of the {of}{place}: {}", change.what));
    }
}

/// Regions that are new, as far as those that were there do not cover them, and regions that are gone.
fn rights(subject: &str, right: &str, (old, new): (&[Region], &[Region]), wider: Impact, tell: &mut Tell<'_>) {
    let text = |region: &Region| match region {
        Region::State(pointer) => format!("`{pointer}`"),
        Region::Payload(pointer) => format!("what the payload names at `{pointer}`"),
    };
    let covers = |one: &Region, other: &Region| match (one, other) {
        (Region::State(one), Region::State(other)) => {
            other.as_str().strip_prefix(one.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        (one, other) => one == other,
    };
    for region in new.iter().filter(|region| !old.iter().any(|before| covers(before, region))) {
        tell(subject.to_owned(), wider, format!("it {right} {} besides", text(region)));
    }
    let all: BTreeSet<String> =
        old.iter().filter(|region| !new.iter().any(|now| covers(now, region))).map(text).collect();
    for region in all {
        tell(subject.to_owned(), Impact::Patch, format!("it no longer {right} {region}"));
    }
}

/// What it imports besides: running missions is a right that a host can refuse.
fn imports(old: &Anatomy, new: &Anatomy) -> Vec<ManifestChange> {
    let without_version = |import: &String| import.split('@').next().unwrap_or_default().to_owned();
    let before: BTreeSet<String> = old.imports.iter().map(without_version).collect();
    let now: BTreeSet<String> = new.imports.iter().map(without_version).collect();
    let more = now.difference(&before).map(|import| ManifestChange {
        subject: "plugin".to_owned(),
        impact: Impact::Major,
        what: format!("it imports `{import}` besides"),
    });
    more.collect()
}

/// Whether the version says what the changes ask for. Before 1.0.0, the second number is for what is major.
fn version(old: &Manifest, new: &Manifest, impact: Option<Impact>, same_file: bool) -> Line {
    let parsed = (Version::parse(&old.version), Version::parse(&new.version));
    let (Ok(before), Ok(now)) = parsed else {
        return Line::skipped(CHECK, "a version is not one of Semantic Versioning").of("version");
    };
    if same_file {
        return Line::ok(CHECK, format!("the files are the same, {before}")).of("version");
    }
    let least = least(&before, impact.unwrap_or(Impact::Patch));
    let what = impact.map_or("nothing that it says of itself changed".to_owned(), |impact| {
        format!("the changes are {}", impact.name())
    });
    let told = format!("{what}: {before} asks for {least} or later, and it is {now}");
    if now >= least {
        return Line::ok(CHECK, told).of("version");
    }
    let line = Line::failed(CHECK, codes::VERSION_TOO_LOW.as_str(), told).of("version");
    line.remedy(format!("set the version to {least} and build the plugin again"))
}

fn least(before: &Version, impact: Impact) -> Version {
    let Version { major, minor, patch, .. } = *before;
    match (impact, major) {
        (Impact::Major, 0) => Version::new(0, minor + 1, 0),
        (Impact::Major, _) => Version::new(major + 1, 0, 0),
        (Impact::Minor, 1..) => Version::new(major, minor + 1, 0),
        (Impact::Minor, 0) | (Impact::Patch, _) => Version::new(major, minor, patch + 1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use jsonptr::PointerBuf;
    use serde_json::json;
    use sortie_host::{MissionInfo, OperationInfo};

    use super::*;

    fn manifest(version: &str, params: Value, writes: &[&str]) -> Manifest {
        let operation = OperationInfo {
            name: "greet".to_owned(),
            description: String::new(),
            payload_schema: json!({}),
            reads: Vec::new(),
            writes: writes.iter().map(|place| Region::State(PointerBuf::parse(*place).unwrap())).collect(),
            examples: Vec::new(),
        };
        let (description, examples) = (String::new(), Vec::new());
        let mission = MissionInfo { name: "hello".to_owned(), description, params_schema: params, examples };
        Manifest {
            name: "greeter".to_owned(),
            version: version.to_owned(),
            sdk: String::new(),
            description: String::new(),
            missions: vec![mission],
            operations: vec![operation],
        }
    }

    #[test]
    fn a_narrower_schema_and_wider_writes_are_major() {
        let old = manifest("1.2.3", json!({}), &["/a"]);
        let told = |new: &Manifest| {
            let changes = changes(&old, new);
            changes
                .iter()
                .map(|one| format!("{}: {}: {}", one.impact.name(), one.subject, one.what))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&manifest("1.2.4", json!({}), &["/a/b"])),
            ["patch: operation `greet`: it no longer writes `/a`"]
        );
        assert_eq!(
            told(&manifest("1.2.4", json!({}), &["/a", "/ab"])),
            ["major: operation `greet`: it writes `/ab` besides"]
        );
        assert_eq!(
            told(&manifest("1.2.4", json!({"required": ["name"]}), &["/a"])),
            ["major: mission `hello`: schema of the params at `/required`: \"name\" has to be given now"]
        );
        let mut other = manifest("1.2.4", json!({}), &["/a"]);
        other.missions[0].name = "bye".to_owned();
        assert_eq!(told(&other), ["major: mission `hello`: it is gone", "minor: mission `bye`: it is new"]);
    }

    #[test]
    fn the_version_has_to_say_what_the_changes_ask_for() {
        for (before, impact, expected) in [
            ("1.2.3", Impact::Major, "2.0.0"),
            ("1.2.3", Impact::Minor, "1.3.0"),
            ("1.2.3", Impact::Patch, "1.2.4"),
            ("0.2.3", Impact::Major, "0.3.0"),
            ("0.2.3", Impact::Minor, "0.2.4"),
        ] {
            assert_eq!(least(&Version::parse(before).unwrap(), impact).to_string(), expected);
        }
        let (old, new) = (manifest("1.2.3", json!({}), &[]), manifest("1.3.0", json!({}), &[]));
        assert_eq!(version(&old, &new, Some(Impact::Minor), false).code, None);
        assert_eq!(version(&old, &new, Some(Impact::Major), false).code, Some("version_too_low"));
        assert_eq!(version(&old, &old, None, true).code, None);
        assert_eq!(version(&old, &old, None, false).code, Some("version_too_low"), "another file of the same version");
    }
}
