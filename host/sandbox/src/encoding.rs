//! Core modules and components in their binary form, taken apart into sections and put together again (WebAssembly Core
//! Specification, section 5).

use wasmparser::{Parser, Payload, TypeRef, ValType};

use crate::census::InvalidComponent;

/// The identifiers of sections that are changed or looked into.
pub(crate) const CUSTOM_SECTION: u8 = 0;
pub(crate) const TYPE_SECTION: u8 = 1;
pub(crate) const FUNCTION_SECTION: u8 = 3;
pub(crate) const TABLE_SECTION: u8 = 4;
pub(crate) const GLOBAL_SECTION: u8 = 6;
pub(crate) const CODE_SECTION: u8 = 10;
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;

/// How long what comes before the sections is.
pub(crate) const HEADER: usize = 8;

/// A block without results, in binary form.
const NO_RESULT: u8 = 0x40;
/// What the type of a function begins with, in binary form.
const FUNCTION_TYPE: u8 = 0x60;

/// Something that the validator would have found.
pub(crate) fn malformed() -> InvalidComponent {
    InvalidComponent { offset: 0, message: "it is not as it was when it was validated".to_owned() }
}

/// The sections of a module or component: identifier and contents.
pub(crate) fn sections(bytes: &[u8]) -> Result<Vec<(u8, &[u8])>, InvalidComponent> {
    let mut rest = bytes.get(HEADER..).ok_or_else(malformed)?;
    let mut found = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        let (size, after) = number(after)?;
        let size = usize::try_from(size).map_err(|_| malformed())?;
        let (contents, after) = after.split_at_checked(size).ok_or_else(malformed)?;
        found.push((*id, contents));
        rest = after;
    }
    Ok(found)
}

/// Whether two binaries have the same sections but for custom ones, in the modules and components within them too.
pub(crate) fn same_code(one: &[u8], other: &[u8]) -> Result<bool, InvalidComponent> {
    // In a core module, these ids are those of types and tables.
    let is_component = one.get(6).is_some_and(|layer| *layer == 1);
    let code = |bytes| sections(bytes).map(|all| all.into_iter().filter(|(id, _)| *id != CUSTOM_SECTION));
    if one.get(..HEADER) != other.get(..HEADER) {
        return Ok(false);
    }
    let (mut left, mut right) = (code(one)?, code(other)?);
    loop {
        let same = match (left.next(), right.next()) {
            (None, None) => return Ok(true),
            (Some((id, one)), Some((other_id, other))) if id == other_id => {
                let is_nested = is_component && matches!(id, CORE_MODULE_SECTION | COMPONENT_SECTION);
                if is_nested { same_code(one, other)? } else { one == other }
            }
            (Some(_) | None, Some(_) | None) => false,
        };
        if !same {
            return Ok(false);
        }
    }
}

/// Makes another core module of one.
pub(crate) type Rewrite<'r> = dyn FnMut(&[u8]) -> Result<Vec<u8>, InvalidComponent> + 'r;

/// The component with its core modules made anew, those of components within it too, in their order.
pub(crate) fn rewritten_component(bytes: &[u8], module: &mut Rewrite<'_>) -> Result<Vec<u8>, InvalidComponent> {
    let mut out = bytes.get(..HEADER).ok_or_else(malformed)?.to_vec();
    for (id, contents) in sections(bytes)? {
        match id {
            CORE_MODULE_SECTION => section(&mut out, id, &module(contents)?),
            COMPONENT_SECTION => section(&mut out, id, &rewritten_component(contents, module)?),
            _ => section(&mut out, id, contents),
        }
    }
    Ok(out)
}

/// What a module has before it is rewritten.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Its functions that it imports: those with a body come after them.
    pub(crate) imported_functions: u32,
    /// All its functions.
    pub(crate) functions: u32,
    /// All its tables.
    pub(crate) tables: u32,
    /// All its globals.
    pub(crate) globals: u32,
    /// The type of each function with a body.
    of_bodies: Vec<u32>,
    types: Vec<FunctionType>,
}

/// The type of functions.
#[derive(Debug)]
pub(crate) struct FunctionType {
    /// How many parameters it has.
    pub(crate) params: usize,
    /// Its results, in binary form.
    results: Vec<u8>,
}

impl Layout {
    /// Reads a module.
    pub(crate) fn of(module: &[u8]) -> Result<Self, InvalidComponent> {
        let mut layout = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        let ty = ty?;
                        let results = ty.results().iter().map(|result| encoded(*result).ok_or_else(malformed));
                        let results = results.collect::<Result<_, _>>()?;
                        layout.types.push(FunctionType { params: ty.params().len(), results });
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => layout.imported_functions += 1,
                            TypeRef::Table(_) => layout.tables += 1,
                            TypeRef::Global(_) => layout.globals += 1,
                            _ => {}
                        }
                    }
                    layout.functions = layout.imported_functions;
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        layout.of_bodies.push(ty?);
                        layout.functions += 1;
                    }
                }
                Payload::TableSection(section) => layout.tables += section.count(),
                Payload::GlobalSection(section) => layout.globals += section.count(),
                _ => {}
            }
        }
        Ok(layout)
    }

    /// The type of the function that has the body at this place.
    pub(crate) fn of_body(&self, place: usize) -> Result<&FunctionType, InvalidComponent> {
        let ty = self.of_bodies.get(place).and_then(|ty| self.types.get(usize::try_from(*ty).ok()?));
        ty.ok_or_else(malformed)
    }

    /// No types yet, to be added behind the module's own.
    pub(crate) fn added_types(&self) -> AddedTypes {
        AddedTypes { before: self.types.len(), types: Vec::new() }
    }
}

/// Types of functions that are added to a module.
#[derive(Debug)]
pub(crate) struct AddedTypes {
    before: usize,
    types: Vec<Vec<u8>>,
}

impl AddedTypes {
    /// The types, in binary form.
    pub(crate) fn types(&self) -> &[Vec<u8>] {
        &self.types
    }

    /// The index of the type without parameters that has these results.
    pub(crate) fn returning(&mut self, results: &[u8]) -> u64 {
        let mut ty = vec![FUNCTION_TYPE, 0];
        unsigned(&mut ty, u64::try_from(results.len()).unwrap_or(u64::MAX));
        ty.extend_from_slice(results);
        let place = self.types.iter().position(|added| *added == ty).unwrap_or_else(|| {
            self.types.push(ty);
            self.types.len() - 1
        });
        u64::try_from(self.before + place).unwrap_or(u64::MAX)
    }

    /// Writes the type of a block around the body of a function of this type.
    pub(crate) fn block_type(&mut self, out: &mut Vec<u8>, of: &FunctionType) {
        match &*of.results {
            [] => out.push(NO_RESULT),
            [result] => out.push(*result),
            many => signed(out, i64::try_from(self.returning(many)).unwrap_or(i64::MAX)),
        }
    }
}

/// The code section that has these bodies.
pub(crate) fn code_section(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut section = Vec::new();
    unsigned(&mut section, u64::try_from(bodies.len()).unwrap_or(u64::MAX));
    for body in bodies {
        unsigned(&mut section, u64::try_from(body.len()).unwrap_or(u64::MAX));
        section.extend_from_slice(body);
    }
    section
}

/// A value type in its binary form.
fn encoded(ty: ValType) -> Option<u8> {
    Some(match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(reference) if reference == wasmparser::RefType::FUNCREF => 0x70,
        ValType::Ref(reference) if reference == wasmparser::RefType::EXTERNREF => 0x6f,
        ValType::Ref(_) => return None,
    })
}

pub(crate) fn section(out: &mut Vec<u8>, id: u8, contents: &[u8]) {
    out.push(id);
    unsigned(out, u64::try_from(contents.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(contents);
}

/// A vector in its binary form, with elements more.
pub(crate) fn appended(vector: &[u8], elements: &[Vec<u8>]) -> Result<Vec<u8>, InvalidComponent> {
    let (count, rest) = number(vector)?;
    let mut out = Vec::with_capacity(vector.len() + 16);
    unsigned(&mut out, count + u64::try_from(elements.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(rest);
    for element in elements {
        out.extend_from_slice(element);
    }
    Ok(out)
}

/// Reads an unsigned LEB128 number.
pub(crate) fn number(bytes: &[u8]) -> Result<(u64, &[u8]), InvalidComponent> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(u32::try_from(index * 7).unwrap_or(64)).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Ok((value, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    Err(malformed())
}

/// Writes an unsigned LEB128 number.
pub(crate) fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Writes a signed LEB128 number.
pub(crate) fn signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        let is_last = if low & 0x40 == 0 { value == 0 } else { value == -1 };
        if is_last {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn custom_sections_are_no_code_and_all_else_is() {
        let component = |text: &str| wat::parse_str(format!("(component {text})")).unwrap();
        let module = "(core module (func (nop)))";
        let same = |one: &str, other: &str| same_code(&component(one), &component(other)).unwrap();
        assert!(same(module, module) && same("", "(@custom \"a\" \"b\")"));
        assert!(same(module, "(core module (@custom \"a\" \"b\") (func (nop))) (@custom \"c\" \"d\")"));
        assert!(same(&format!("(component {module})"), "(component (core module (func (nop)) (@custom \"a\" \"b\")))"));
        assert!(!same(module, "(core module (func))") && !same(module, "") && !same("", module));
        assert!(!same(&format!("(component {module})"), "(component (core module (func)))"));
    }

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for (value, bytes) in [(0, &[0][..]), (63, &[63]), (64, &[0xc0, 0]), (-1, &[0x7f]), (-65, &[0xbf, 0x7f])] {
            let mut out = Vec::new();
            signed(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
        for value in [0, 127, 128, 1 << 40] {
            let mut out = Vec::new();
            unsigned(&mut out, value);
            assert_eq!(number(&out).unwrap(), (value, &[][..]));
        }
    }
}
