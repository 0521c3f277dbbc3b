//! Bytes that are kept packed until they are asked for.

use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

/// Bytes as the build script packed them (RFC 1951), and whole from when they were first asked for.
#[derive(Debug)]
pub(crate) struct Archive {
    packed: &'static [u8],
    whole: OnceLock<Vec<u8>>,
}

impl Archive {
    pub(crate) const fn new(packed: &'static [u8]) -> Self {
        Self { packed, whole: OnceLock::new() }
    }

    pub(crate) fn whole(&self) -> &[u8] {
        self.whole.get_or_init(|| {
            let mut whole = Vec::new();
            // What is damaged within a program is no component: who loads it is told so.
            let _ = DeflateDecoder::new(self.packed).read_to_end(&mut whole);
            whole
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::fs;
    use std::path::Path;

    use crate::COMPONENTS;

    #[test]
    fn unpacked_components_are_their_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("components");
        for component in &COMPONENTS {
            let file = |kind: &str| fs::read(folder.join(format!("{}.{kind}", component.name))).unwrap();
            assert!(component.bytes() == file("wasm"), "{}", component.name);
            assert!(component.functions().as_bytes() == file("functions"), "{}", component.name);
        }
    }
}
