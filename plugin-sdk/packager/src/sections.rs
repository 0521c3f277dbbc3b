//! The sections of a WebAssembly binary, which core modules and components have in common: an id, a size, contents.

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

use crate::PackError;

/// The eight bytes that every module and component begins with.
const HEADER_BYTES: usize = 8;
/// The id of a custom section, in both.
pub(crate) const CUSTOM: u8 = 0;
/// The ids of the sections of a component that hold a module or a component.
const NESTED: [u8; 2] = [1, 4];

/// One section.
pub(crate) struct Section<'a> {
    pub(crate) id: u8,
    pub(crate) contents: &'a [u8],
}

impl<'a> Section<'a> {
    /// The name of a custom section.
    pub(crate) fn custom_name(&self) -> Option<&'a str> {
        if self.id != CUSTOM {
            return None;
        }
        BinaryReader::new(self.contents, 0).read_string().ok()
    }

    /// What a custom section holds, after its name.
    pub(crate) fn custom_data(&self) -> Option<&'a [u8]> {
        let mut reader = BinaryReader::new(self.contents, 0);
        reader.read_string().ok()?;
        reader.read_bytes(reader.bytes_remaining()).ok()
    }
}

/// A module or a component, taken apart.
pub(crate) struct Binary<'a> {
    header: &'a [u8],
    pub(crate) sections: Vec<Section<'a>>,
}

impl<'a> Binary<'a> {
    /// Takes a binary apart. What stands in the sections is not looked at.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, PackError> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or_else(|| PackError::Read {
            offset: 0,
            message: "it is shorter than the header of a module".to_owned(),
        })?;
        let mut reader = BinaryReader::new(rest, HEADER_BYTES);
        let mut sections = Vec::new();
        while !reader.eof() {
            let id = reader.read_u8()?;
            let size = reader.read_var_u32()?;
            let contents = reader.read_bytes(usize::try_from(size).unwrap_or(usize::MAX))?;
            sections.push(Section { id, contents });
        }
        Ok(Self { header, sections })
    }

    /// Whether it is a component, not a core module.
    pub(crate) fn is_component(&self) -> bool {
        self.header.get(6).is_some_and(|layer| *layer == 1)
    }

    /// Whether this section of this binary is a module or a component of its own.
    pub(crate) fn is_nested(&self, section: &Section<'_>) -> bool {
        self.is_component() && NESTED.contains(&section.id)
    }

    /// The first bytes of a binary of this kind, to which sections are appended.
    pub(crate) fn begin(&self) -> Vec<u8> {
        self.header.to_vec()
    }
}

/// Appends a section.
pub(crate) fn append(binary: &mut Vec<u8>, id: u8, contents: &[u8]) {
    binary.push(id);
    contents.encode(binary);
}
