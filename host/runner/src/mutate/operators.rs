//! The operators of a plugin's code that can be changed in place: each is one byte, and so is what takes its place.

use sortie_sandbox::PluginRejection;
use wasmparser::{BinaryReaderError, Operator, Parser, Payload};

/// A place in a plugin's file where an operator can be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OperatorPlace {
    /// The offset of its byte in the file.
    pub(super) offset: usize,
    /// The index of the function in its module, imports counted.
    pub(super) function: u32,
    /// What stands there, and what it becomes.
    pub(super) swap: &'static Swap,
}

/// An operator, and another one of the same type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Swap {
    pub(super) name: &'static str,
    opcode: u8,
    pub(super) becomes: &'static str,
    pub(super) byte: u8,
}

/// The operators of WebAssembly (Core Specification 2.0, section 5.4.7) that are changed: comparisons into their opposites,
/// sums into differences, "and" into "or".
static SWAPS: &[Swap] = &[
    swap("i32.eq", 0x46, "i32.ne", 0x47),
    swap("i32.ne", 0x47, "i32.eq", 0x46),
    swap("i32.lt_s", 0x48, "i32.ge_s", 0x4e),
    swap("i32.lt_u", 0x49, "i32.ge_u", 0x4f),
    swap("i32.gt_s", 0x4a, "i32.le_s", 0x4c),
    swap("i32.gt_u", 0x4b, "i32.le_u", 0x4d),
    swap("i32.le_s", 0x4c, "i32.gt_s", 0x4a),
    swap("i32.le_u", 0x4d, "i32.gt_u", 0x4b),
    swap("i32.ge_s", 0x4e, "i32.lt_s", 0x48),
    swap("i32.ge_u", 0x4f, "i32.lt_u", 0x49),
    swap("i64.eq", 0x51, "i64.ne", 0x52),
    swap("i64.ne", 0x52, "i64.eq", 0x51),
    swap("i64.lt_s", 0x53, "i64.ge_s", 0x59),
    swap("i64.lt_u", 0x54, "i64.ge_u", 0x5a),
    swap("i64.gt_s", 0x55, "i64.le_s", 0x57),
    swap("i64.gt_u", 0x56, "i64.le_u", 0x58),
    swap("i64.le_s", 0x57, "i64.gt_s", 0x55),
    swap("i64.le_u", 0x58, "i64.gt_u", 0x56),
    swap("i64.ge_s", 0x59, "i64.lt_s", 0x53),
    swap("i64.ge_u", 0x5a, "i64.lt_u", 0x54),
    swap("f64.eq", 0x61, "f64.ne", 0x62),
    swap("f64.ne", 0x62, "f64.eq", 0x61),
    swap("f64.lt", 0x63, "f64.ge", 0x66),
    swap("f64.gt", 0x64, "f64.le", 0x65),
    swap("f64.le", 0x65, "f64.gt", 0x64),
    swap("f64.ge", 0x66, "f64.lt", 0x63),
    swap("i32.and", 0x71, "i32.or", 0x72),
    swap("i32.or", 0x72, "i32.and", 0x71),
    swap("i64.add", 0x7c, "i64.sub", 0x7d),
    swap("i64.sub", 0x7d, "i64.add", 0x7c),
    swap("i64.mul", 0x7e, "i64.add", 0x7c),
    swap("f64.add", 0xa0, "f64.sub", 0xa1),
    swap("f64.sub", 0xa1, "f64.add", 0xa0),
    swap("f64.mul", 0xa2, "f64.div", 0xa3),
    swap("f64.div", 0xa3, "f64.mul", 0xa2),
];

const fn swap(name: &'static str, opcode: u8, becomes: &'static str, byte: u8) -> Swap {
    Swap { name, opcode, becomes, byte }
}

/// The core module of a component whose operators are found.
#[derive(Default)]
struct CoreModule {
    imports: u32,
    bodies: u32,
    code_bytes: usize,
    places: Vec<OperatorPlace>,
}

/// The operators of a plugin's main module, which is the one with the most code, in the order in which they stand.
pub(super) fn places(file: &[u8]) -> Result<Vec<OperatorPlace>, PluginRejection> {
    read(file).map_err(|error| PluginRejection::Invalid { offset: error.offset(), message: error.message().to_owned() })
}

fn read(file: &[u8]) -> Result<Vec<OperatorPlace>, BinaryReaderError> {
    let mut modules: Vec<CoreModule> = Vec::new();
    for payload in Parser::new(0).parse_all(file) {
        match payload? {
            Payload::ModuleSection { .. } => modules.push(CoreModule::default()),
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, wasmparser::TypeRef::Func(_));
                    if let Some(module) = modules.last_mut().filter(|_| is_function) {
                        module.imports += 1;
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let Some(module) = modules.last_mut() else { continue };
                let function = module.imports + module.bodies;
                module.bodies += 1;
                module.code_bytes += body.range().len();
                for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                    let (operator, offset) = operator?;
                    module.places.extend(place(file, &operator, offset, function));
                }
            }
            _ => {}
        }
    }
    let main = modules.into_iter().max_by_key(|module| module.code_bytes);
    Ok(main.map(|module| module.places).unwrap_or_default())
}

/// The byte is looked at, and the operator's immediates are not: those that are changed have none.
fn place(file: &[u8], operator: &Operator<'_>, offset: usize, function: u32) -> Option<OperatorPlace> {
    let opcode = *file.get(offset)?;
    let swap = SWAPS.iter().find(|swap| swap.opcode == opcode)?;
    // Offsets of operators with a prefix lead to the prefix, which is none of these.
    let named = format!("{operator:?}").to_lowercase();
    (named == swap.name.replace(['.', '_'], "")).then_some(OperatorPlace { offset, function, swap })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_becomes_another_one_that_is_in_the_table_under_its_name() {
        for swap in SWAPS {
            let other = SWAPS.iter().find(|other| other.opcode == swap.byte);
            assert_eq!(other.map(|other| other.name), Some(swap.becomes), "{}", swap.name);
            assert_ne!(swap.opcode, swap.byte);
        }
    }
}
