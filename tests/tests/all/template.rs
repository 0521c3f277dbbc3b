//! The Rust project that `sortie plugin new` makes: its own unit tests, run natively.
#![expect(clippy::unnecessary_wraps, unreachable_pub, reason = "the template is an author's code, not ours")]

#[path = "../../../host/cli/templates/rust/src/lib.rs"]
mod plugin;

#[test]
fn the_manifest_has_what_the_template_declares() {
    let manifest = plugin::manifest();
    let missions: Vec<_> = manifest.missions.iter().map(|mission| mission.name.as_str()).collect();
    assert_eq!(missions, ["hello"]);
}
