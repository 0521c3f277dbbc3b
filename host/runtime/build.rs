//! Records of the first-party plugins what loading them would find, so that they need not be read at each start.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "first-party")]
    if let Err(message) = first_party::record() {
        println!("cargo::error={message}");
        std::process::exit(1);
    }
}

#[cfg(feature = "first-party")]
mod first_party {
    use std::env;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use sortie_first_party::COMPONENTS;
    use sortie_interface::MANIFEST_SECTION;
    use sortie_json::ContentHash;
    use wasmparser::{BinaryReaderError, Parser, Payload};

    /// A page of WebAssembly's memory has 2¹⁶ bytes.
    const PAGE_BITS: u32 = 16;

    /// Writes an expression of the type `[BuiltIn; 4]`. A test holds it to what loading does find.
    pub(crate) fn record() -> Result<(), String> {
        let mut built_in = String::from("[");
        for (index, component) in COMPONENTS.iter().enumerate() {
            let record = of(index, component.bytes()).map_err(|error| format!("{}: {error}", component.name))?;
            let _ = write!(built_in, "{record},");
        }
        let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
        let file = Path::new(&out).join("built_in.rs");
        fs::write(&file, built_in + "]").map_err(|error| format!("{}: {error}", file.display()))
    }

    fn of(index: usize, bytes: &[u8]) -> Result<String, BinaryReaderError> {
        let (mut depth, mut orchestrates, mut memory_pages, mut manifest) = (0_usize, false, 0_u64, String::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        orchestrates |= import?.name.name.starts_with("sortie:plugin/missions@");
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        memory_pages += memory?.initial;
                    }
                }
                Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                    manifest = String::from_utf8_lossy(section.data()).into_owned();
                }
                _ => {}
            }
        }
        let size = bytes.len();
        let digest = ContentHash::of_bytes(bytes).to_string();
        Ok(format!(
            "BuiltIn {{ bytes: || COMPONENTS[{index}].bytes(), size: {size}, digest: {digest:?}, manifest: {manifest:?}, \
             orchestrates: {orchestrates}, memory_bytes: {memory_pages} << {PAGE_BITS}, functions: || \
             COMPONENTS[{index}].functions() }}"
        ))
    }
}
