//! From the text of a core module to a plugin.

use std::path::PathBuf;

use serde_json::Value;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::layout::Layout;

/// The memory that the module's own text uses: what is generated begins after it.
const PAGE: u32 = 64 << 10;

/// What stands between a module's imports, where it has any, and the rest of it.
const IMPORTS_END: &str = ";; imports end here\n";

/// A plugin as text. All parts may be left out.
#[derive(Debug, Clone, Default)]
pub struct TextPlugin<'t> {
    /// What the core module has besides `tests/hostile/prelude.wat`, or in place of a part of it.
    pub module: &'t str,
    /// The manifest that `describe` returns; without it, `describe` is the module's own.
    pub describe: Option<&'t Value>,
    /// The workflow that `build` returns whatever the params; without it, `build` is the module's own.
    pub workflow: Option<&'t Value>,
    /// The manifest section.
    pub manifest: Option<&'t Value>,
    /// How texts are encoded that go in and out.
    pub encoding: StringEncoding,
}

impl TextPlugin<'_> {
    /// The component.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.text()).unwrap_or_else(|error| panic!("{error}"));
        let mut resolve = Resolve::default();
        let wit = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../plugin-sdk/wit");
        let (package, _) = resolve.push_dir(wit).expect("the interface");
        let world = if self.module.contains("sortie:plugin/missions@") { "orchestrating-plugin" } else { "plugin" };
        let world = resolve.select_world(&[package], Some(world)).expect("the world");
        embed_component_metadata(&mut module, &resolve, world, self.encoding).expect("a module");
        let component = sortie_packager::componentize(&module).unwrap_or_else(|error| panic!("{error}"));
        match self.manifest {
            Some(manifest) => sortie_packager::with_manifest(&component, manifest).expect("a component"),
            None => component,
        }
    }

    /// The module's text: the prelude, but for the parts that the plugin brings itself, and the plugin.
    fn text(&self) -> String {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("hostile/prelude.wat");
        let prelude = std::fs::read_to_string(file).expect("the prelude");
        // Imports come before everything else.
        let (imports, module) = self.module.split_once(IMPORTS_END).unwrap_or(("", self.module));
        let plugin = self.generated() + module;
        let mut parts = prelude.split(";; part: ");
        let mut text = format!("(module {}{imports}", parts.next().unwrap_or_default());
        for part in parts {
            let (name, part) = part.split_once('\n').expect("a part has a name");
            if !plugin.contains(name) {
                text.push_str(part);
            }
        }
        text + &plugin + ")"
    }

    /// `describe`, `build`, and the memory that they return.
    fn generated(&self) -> String {
        let mut layout = Layout::at(PAGE);
        let mut text = String::new();
        if let Some(manifest) = self.describe {
            let at = layout.manifest(manifest);
            text +=
                &format!("(func (export \"sortie:plugin/mission@0.2.0#describe\") (result i32) (i32.const {at}))\n");
        }
        if let Some(workflow) = self.workflow {
            let at = layout.workflow(workflow);
            text += &format!(
                "(func (export \"sortie:plugin/mission@0.2.0#build\") (param i32 i32 i32 i32) (result i32) (i32.const {at}))\n"
            );
        }
        let data = layout.finish();
        if data.is_empty() {
            return String::new();
        }
        let pages = 1 + u32::try_from(data.len()).expect("little data").div_ceil(PAGE);
        if !self.module.contains("(memory (export") {
            text += &format!("(memory (export \"memory\") {pages})\n");
        }
        text += &format!("(data (i32.const {PAGE}) \"");
        for byte in data {
            text += &format!("\\{byte:02x}");
        }
        text + "\")\n"
    }
}
