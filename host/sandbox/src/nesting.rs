//! How deeply the types of a component are written within each other.
//!
//! What reads a type of a component calls itself for each type that is written within it, on the native stack, and a level takes
//! three bytes. So this is found out first, without calling itself, by reading each part as that does.

use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentAlias, ComponentExternName, ComponentImport, ComponentType,
    ComponentTypeRef, CoreType,
};

/// The greatest nesting: what toolchains make of an interface has four levels.
pub(crate) const MAX_TYPE_NESTING: u64 = 32;

/// The type of a component, and that of an instance: both are lists of declarations, of which each may be a type.
const LISTS: [u8; 2] = [0x41, 0x42];

/// How deep the types of a section (Component Model, binary format) are within each other; one level more than there may be, if it is
/// more. Where the section is broken, as deep as they are until there.
pub(crate) fn type_nesting(section: BinaryReader<'_>) -> u64 {
    let mut walk = Walk { reader: section, open: Vec::new(), deepest: 0 };
    // What is wrong is told by who reads it next: that comes to the same place, and no deeper.
    let _ = walk.section();
    walk.deepest
}

struct Walk<'b> {
    reader: BinaryReader<'b>,
    /// How many parts of each list come yet, the outermost first.
    open: Vec<u32>,
    deepest: u64,
}

impl Walk<'_> {
    fn section(&mut self) -> Result<(), BinaryReaderError> {
        for _ in 0..self.reader.read_var_u32()? {
            self.one_type()?;
            while let Some(left) = self.open.last_mut() {
                match left.checked_sub(1) {
                    None => {
                        self.open.pop();
                    }
                    Some(_) if self.deepest > MAX_TYPE_NESTING => return Ok(()),
                    Some(less) => {
                        *left = less;
                        self.declaration()?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A type; of one that is a list, only how long it is.
    fn one_type(&mut self) -> Result<(), BinaryReaderError> {
        if LISTS.contains(&self.reader.clone().read_u8()?) {
            self.reader.read_u8()?;
            self.open.push(self.reader.read_var_u32()?);
            self.deepest = self.deepest.max(u64::try_from(self.open.len()).unwrap_or(u64::MAX));
        } else {
            self.reader.read::<ComponentType<'_>>()?;
        }
        Ok(())
    }

    fn declaration(&mut self) -> Result<(), BinaryReaderError> {
        let kind = self.reader.read_u8()?;
        match kind {
            0x00 => {
                self.reader.read::<CoreType<'_>>()?;
            }
            0x01 => self.one_type()?,
            0x02 => {
                self.reader.read::<ComponentAlias<'_>>()?;
            }
            0x03 => {
                self.reader.read::<ComponentImport<'_>>()?;
            }
            0x04 => {
                self.reader.read::<ComponentExternName<'_>>()?;
                self.reader.read::<ComponentTypeRef>()?;
            }
            // There is no such declaration, and nothing behind it.
            _ => self.open.clear(),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;
    use crate::bounds::features;

    fn nesting(section: &[u8]) -> u64 {
        type_nesting(BinaryReader::new_features(section, 0, features()))
    }

    /// Of a component as text, the section of its types, which is the first.
    fn of_text(text: &str) -> u64 {
        let component = wat::parse_str(format!("(component {text})")).unwrap();
        let mut section = BinaryReader::new_features(&component[9..], 9, features());
        let length = usize::try_from(section.read_var_u32().unwrap()).unwrap();
        nesting(section.read_bytes(length).unwrap())
    }

    #[test]
    fn the_levels_of_types_are_counted() {
        assert_eq!(of_text("(type (func))"), 0);
        assert_eq!(of_text("(type (list string)) (type (component))"), 1);
        let levels = |count: usize, outer: &str| {
            (0..count).fold("(type (func (param \"a\" u8)))".to_owned(), |within, level| {
                format!("(type $t{level} ({outer} {within} (export \"e{level}\" (func (type 0)))))")
            })
        };
        for outer in ["instance", "component"] {
            assert_eq!((of_text(&levels(1, outer)), of_text(&levels(7, outer))), (1, 7), "{outer}");
        }
        // Beside a deep one that is not deep itself.
        let beside = "(type (component (type (instance)) (import \"i\" (instance (type 0))) (type (func)) (alias outer 0 0 (type))))";
        assert_eq!(of_text(beside), 2);
    }

    #[test]
    fn nothing_is_read_that_is_deeper_than_one_level_more() {
        let deep = |levels: usize| [b"\x01".as_slice(), &b"\x42\x01\x01".repeat(levels), b"\x40\0\x01\0"].concat();
        assert_eq!(nesting(&deep(32)), 32);
        assert_eq!((nesting(&deep(33)), nesting(&deep(1_000_000))), (33, 33));
        // What is broken is as deep as it is until there.
        assert_eq!((nesting(b"\x01\x42\x01\x01\x42\x02\x07"), nesting(b"\x01\x42"), nesting(b"")), (2, 0, 0));
    }
}
