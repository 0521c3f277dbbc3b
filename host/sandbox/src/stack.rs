//! A plugin's stack, counted: how deep its calls may go is a number, and not a matter of the machine's stack.
//!
//! How much native stack a call takes differs between backends, versions and machines, so what a guest does to itself
//! by recursing could not be a result. Before a component is compiled, each of its functions that calls others is made
//! to take its frame's size from a counter when it is entered and to give it back when it is left. Where the counter
//! has no room, a function of our own is called, which traps: it is the last of each module that has any, so that a
//! trap in it is told from the guest's own. The native stack has room for more than the counter allows, so it never ends first.
//!
//! Counting costs no fuel, so that a plugin uses what it has always used: the instructions that count are given no cost
//! ([`operator_cost`]), and where the guest has one of them, a `nop` that costs one unit, and is no code, is put before
//! it. The guest's own `nop`s, which cost nothing, are taken out.
//!
//! The sizes are in *bytes of the guest's frame*, a function of the code alone: a fixed part, and eight for each local
//! and for each value on the operand stack, sixteen where there are vectors; and a part for the length of the code,
//! since a compiler keeps what it can use again. Functions that call nothing are not counted: there is one at a time.

use wasmparser::{FuncValidatorAllocations, FunctionBody, Operator, Parser, Payload, ValidPayload, Validator};

use wasmtime::OperatorCost;

use crate::bounds::features;
use crate::census::{self, Function, InvalidComponent};

/// What all frames of a component may take together.
pub(crate) const BUDGET: u64 = 16 << 20;
/// The least share of it that a module gets, however small it is beside the others.
const LEAST_SHARE: u64 = BUDGET / 64;
/// What a frame takes besides what it holds.
const FRAME: u64 = 48;
/// The bytes of code for which a frame is charged one byte.
const CODE_PER_BYTE: u64 = 32;

// Instructions in their binary form (WebAssembly Core Specification, section 5.4).
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const BLOCK: u8 = 0x02;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const I64_CONST: u8 = 0x42;
const I64_LT_U: u8 = 0x54;
const I64_ADD: u8 = 0x7c;
const I64_SUB: u8 = 0x7d;
const NO_RESULT: u8 = 0x40;

const CUSTOM_SECTION: u8 = 0;
const TYPE_SECTION: u8 = 1;
const FUNCTION_SECTION: u8 = 3;
const GLOBAL_SECTION: u8 = 6;
const CODE_SECTION: u8 = 10;
const CORE_MODULE_SECTION: u8 = 1;
const COMPONENT_SECTION: u8 = 4;
const HEADER: usize = 8;

/// A name for what [`metered`] does to code: compiled code depends on it.
pub(crate) const VERSION: &str = "stack2";

/// What each instruction costs: one unit, like everywhere, but for those that [`metered`] adds.
pub(crate) fn operator_cost() -> OperatorCost {
    OperatorCost {
        Nop: 1,
        GlobalGet: 0,
        GlobalSet: 0,
        I64Const: 0,
        I64LtU: 0,
        I64Sub: 0,
        I64Add: 0,
        If: 0,
        ..OperatorCost::new()
    }
}

/// The component with its calls counted. It has to be valid.
pub(crate) fn metered(component: &[u8]) -> Result<Vec<u8>, InvalidComponent> {
    let frames = frames(component)?;
    let all: u64 = frames.iter().map(ModuleFrames::code_bytes).sum();
    let mut modules = frames.iter();
    rewritten_component(component, &mut |module| {
        let frames = modules.next().map_or(&[][..], |module| &module.functions);
        let own: u64 = frames.iter().map(|function| function.bytes).sum();
        let share = u128::from(BUDGET) * u128::from(own) / u128::from(all.max(1));
        let budget = LEAST_SHARE + u64::try_from(share).unwrap_or(BUDGET);
        rewritten_module(module, frames, budget)
    })
}

/// What a frame of a function takes.
fn frame(function: &Function) -> u64 {
    let slot = if function.vectors { 16 } else { 8 };
    FRAME + slot * (function.locals + function.height) + function.bytes / CODE_PER_BYTE
}

/// A core module's functions, in order.
#[derive(Debug, Default)]
struct ModuleFrames {
    functions: Vec<Function>,
}

impl ModuleFrames {
    fn code_bytes(&self) -> u64 {
        self.functions.iter().map(|function| function.bytes).sum()
    }
}

/// The functions of all core modules, in the order of the modules.
fn frames(component: &[u8]) -> Result<Vec<ModuleFrames>, InvalidComponent> {
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    let mut modules: Vec<ModuleFrames> = Vec::new();
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(component) {
        let payload = payload?;
        if let Payload::ModuleSection { .. } = payload {
            modules.push(ModuleFrames::default());
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            let (function, kept) = census::inspect(function, &body, allocations)?;
            allocations = kept;
            // The sections of a module are not interrupted by another's.
            if let Some(module) = modules.last_mut() {
                module.functions.push(function);
            }
        }
    }
    Ok(modules)
}

/// Something that the validator would have found.
fn malformed() -> InvalidComponent {
    InvalidComponent { offset: 0, message: "it is not as it was when it was validated".to_owned() }
}

/// The sections of a module or component: identifier and contents.
fn sections(bytes: &[u8]) -> Result<Vec<(u8, &[u8])>, InvalidComponent> {
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
type Rewrite<'r> = dyn FnMut(&[u8]) -> Result<Vec<u8>, InvalidComponent> + 'r;

fn rewritten_component(bytes: &[u8], module: &mut Rewrite<'_>) -> Result<Vec<u8>, InvalidComponent> {
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
#[derive(Default)]
struct Layout {
    types: u32,
    functions: u32,
    globals: u32,
    /// The type of each function with a body.
    of_bodies: Vec<u32>,
    /// The results of each type, in binary form.
    results: Vec<Vec<u8>>,
}

fn rewritten_module(bytes: &[u8], frames: &[Function], budget: u64) -> Result<Vec<u8>, InvalidComponent> {
    let layout = layout(bytes)?;
    if frames.is_empty() {
        return Ok(bytes.to_vec());
    }
    let counter = Counter { global: layout.globals, stop: layout.functions, nothing_to_nothing: layout.types, budget };
    let mut added_types: Vec<Vec<u8>> = vec![vec![0x60, 0, 0]];
    let mut code = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let index = code.len();
            let function = frames.get(index).ok_or_else(malformed)?;
            let of = layout.of_bodies.get(index).and_then(|ty| layout.results.get(usize::try_from(*ty).ok()?));
            let results = of.ok_or_else(malformed)?;
            code.push(counter.body(&body, function, results, &mut added_types)?);
        }
    }
    code.push(vec![0, UNREACHABLE, END]);
    let mut out = bytes.get(..HEADER).ok_or_else(malformed)?.to_vec();
    let mut global = Some(counter.global());
    for (id, contents) in sections(bytes)? {
        // What comes after the globals: exports, the start, elements, the count of data, code, data.
        if matches!(id, 7..=12)
            && let Some(global) = global.take()
        {
            section(&mut out, GLOBAL_SECTION, &appended(&[0], &[global])?);
        }
        match id {
            TYPE_SECTION => section(&mut out, id, &appended(contents, &added_types)?),
            FUNCTION_SECTION => {
                let mut ty = Vec::new();
                unsigned(&mut ty, u64::from(counter.nothing_to_nothing));
                section(&mut out, id, &appended(contents, &[ty])?);
            }
            GLOBAL_SECTION => {
                let global = global.take().ok_or_else(malformed)?;
                section(&mut out, id, &appended(contents, &[global])?);
            }
            CODE_SECTION => {
                let mut bodies = Vec::new();
                unsigned(&mut bodies, u64::try_from(code.len()).unwrap_or(u64::MAX));
                for body in &code {
                    unsigned(&mut bodies, u64::try_from(body.len()).unwrap_or(u64::MAX));
                    bodies.extend_from_slice(body);
                }
                section(&mut out, id, &bodies);
            }
            _ => section(&mut out, id, contents),
        }
    }
    Ok(out)
}

fn layout(bytes: &[u8]) -> Result<Layout, InvalidComponent> {
    let mut layout = Layout::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = ty?;
                    let mut results = Vec::new();
                    for result in ty.results() {
                        results.push(encoded(*result).ok_or_else(malformed)?);
                    }
                    layout.results.push(results);
                    layout.types += 1;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import?.ty {
                        wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_) => layout.functions += 1,
                        wasmparser::TypeRef::Global(_) => layout.globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    layout.of_bodies.push(ty?);
                    layout.functions += 1;
                }
            }
            Payload::GlobalSection(section) => layout.globals += section.count(),
            _ => {}
        }
    }
    Ok(layout)
}

/// A value type in its binary form.
fn encoded(ty: wasmparser::ValType) -> Option<u8> {
    use wasmparser::ValType;
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

/// The counter that is added to a module: what is left of its budget, in a global.
struct Counter {
    global: u32,
    stop: u32,
    nothing_to_nothing: u32,
    budget: u64,
}

impl Counter {
    /// A mutable `i64` that begins with the budget.
    fn global(&self) -> Vec<u8> {
        let mut global = vec![0x7e, 0x01];
        constant(&mut global, self.budget);
        global.push(END);
        global
    }

    /// A function's body that counts, if it calls anything. What branches to the function's end, to return, branches to
    /// the end of a block around the body, which has taken the function's place.
    fn body(
        &self,
        body: &FunctionBody<'_>,
        function: &Function,
        results: &[u8],
        added_types: &mut Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, InvalidComponent> {
        let bytes = body.as_bytes();
        let size = frame(function);
        let start = body.range().start;
        let at = |offset: usize| offset.saturating_sub(start);
        let mut operators = body.get_operators_reader()?;
        let mut copied = at(operators.original_position());
        let mut out = bytes.get(..copied).ok_or_else(malformed)?.to_vec();
        if function.calls {
            self.enter(&mut out, size);
            out.push(BLOCK);
            self.block_type(&mut out, results, added_types);
        }
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            let mut copy_until_here = || {
                let until = at(offset);
                out.extend_from_slice(bytes.get(copied..until).ok_or_else(malformed)?);
                copied = until;
                Ok::<(), InvalidComponent>(())
            };
            match operator {
                // The guest's own cost nothing, and ours do.
                Operator::Nop => {
                    copy_until_here()?;
                    copied += 1;
                }
                Operator::GlobalGet { .. }
                | Operator::GlobalSet { .. }
                | Operator::I64Const { .. }
                | Operator::I64LtU
                | Operator::I64Sub
                | Operator::I64Add
                | Operator::If { .. } => {
                    copy_until_here()?;
                    out.push(NOP);
                }
                Operator::Return | Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. }
                    if function.calls =>
                {
                    copy_until_here()?;
                    self.leave(&mut out, size);
                }
                _ => {}
            }
        }
        out.extend_from_slice(bytes.get(copied..).ok_or_else(malformed)?);
        if function.calls {
            // The body's own `end` closed the block.
            self.leave(&mut out, size);
            out.push(END);
        }
        Ok(out)
    }

    fn block_type(&self, out: &mut Vec<u8>, results: &[u8], added_types: &mut Vec<Vec<u8>>) {
        match results {
            [] => out.push(NO_RESULT),
            [result] => out.push(*result),
            many => {
                let mut ty = vec![0x60, 0];
                unsigned(&mut ty, u64::try_from(many.len()).unwrap_or(u64::MAX));
                ty.extend_from_slice(many);
                let index = added_types.iter().position(|added| *added == ty).unwrap_or_else(|| {
                    added_types.push(ty);
                    added_types.len() - 1
                });
                signed(out, i64::from(self.nothing_to_nothing) + i64::try_from(index).unwrap_or(i64::MAX));
            }
        }
    }

    /// Calls the function that stops everything if the frame has no room, and takes its size.
    fn enter(&self, out: &mut Vec<u8>, size: u64) {
        self.get(out);
        constant(out, size);
        out.extend_from_slice(&[I64_LT_U, IF, NO_RESULT, CALL]);
        unsigned(out, u64::from(self.stop));
        out.push(END);
        self.get(out);
        constant(out, size);
        out.push(I64_SUB);
        self.set(out);
    }

    fn leave(&self, out: &mut Vec<u8>, size: u64) {
        self.get(out);
        constant(out, size);
        out.push(I64_ADD);
        self.set(out);
    }

    fn get(&self, out: &mut Vec<u8>) {
        out.push(GLOBAL_GET);
        unsigned(out, u64::from(self.global));
    }

    fn set(&self, out: &mut Vec<u8>) {
        out.push(GLOBAL_SET);
        unsigned(out, u64::from(self.global));
    }
}

/// `i64.const`, of a number that is no greater than the budget.
fn constant(out: &mut Vec<u8>, value: u64) {
    out.push(I64_CONST);
    signed(out, i64::try_from(value.min(BUDGET * 2)).unwrap_or(i64::MAX));
}

fn section(out: &mut Vec<u8>, id: u8, contents: &[u8]) {
    out.push(id);
    unsigned(out, u64::try_from(contents.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(contents);
}

/// A vector in its binary form, with elements more.
fn appended(vector: &[u8], elements: &[Vec<u8>]) -> Result<Vec<u8>, InvalidComponent> {
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
fn number(bytes: &[u8]) -> Result<(u64, &[u8]), InvalidComponent> {
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
fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Writes a signed LEB128 number that is not negative.
fn signed(out: &mut Vec<u8>, value: i64) {
    let mut value = u64::try_from(value).unwrap_or(0);
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 && low & 0x40 == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    /// A component with this module in it, as it is after counting was added.
    fn metered_text(module: &str) -> Vec<u8> {
        let component = wat::parse_str(format!("(component (component (core module {module})))")).unwrap();
        let metered = metered(&component).unwrap();
        Validator::new_with_features(features()).validate_all(&metered).unwrap();
        metered
    }

    #[test]
    fn what_is_added_is_valid_whatever_a_function_returns_and_however_it_does() {
        let modules = [
            "",
            "(func)",
            "(func (call 0))",
            "(func (param i32) (result i32) (return (call 0 (local.get 0))))",
            "(func (result i32 i64 f32 f64 v128) (return (call 0)))",
            "(func (result i32 i64) (call 0)) (func (result i64 i32) (call 1)) (func (result i32 i64) (call 2))",
            "(func (result funcref) (call 0)) (func (result externref) (call 1))",
            "(func (block (br_if 1 (i32.const 0)) (br_table 0 1 (i32.const 1))) (call 0) (br 0))",
            "(func (loop (br_if 0 (i32.const 0))) (if (i32.const 1) (then (return)) (else (nop))) (call 0) nop)",
            "(func (return_call 0)) (func (param i64) (result i64) (return_call 1 (i64.add (local.get 0) (i64.const 1))))",
            "(func unreachable (call 0) return) (func (result i32) (return (i32.const 1)) (call 1))",
            "(global i32 (i32.const 1)) (global (mut i64) (i64.const 1)) (func (global.set 1 (global.get 1)) (call 0))",
            "(type (func)) (import \"a\" \"f\" (func)) (import \"a\" \"g\" (global i32)) (func (call 0))",
            "(table 1 funcref) (memory 1) (func $f (call_indirect (i32.const 0)) (call $f)) (start $f)
             (elem (i32.const 0) $f) (data (i32.const 0) \"x\") (export \"f\" (func $f))",
            "(memory 1) (data $d \"x\") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (call 0))",
        ];
        for module in modules {
            metered_text(module);
        }
    }

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
    fn a_deeper_frame_or_a_longer_one_takes_more() {
        let function = Function { bytes: 64, locals: 2, height: 3, calls: true, ..Function::default() };
        assert_eq!(frame(&function), FRAME + 40 + 2);
        assert_eq!(frame(&Function { vectors: true, ..function }), FRAME + 80 + 2);
        assert_eq!(frame(&Function { bytes: 6400, ..function }), FRAME + 40 + 200);
    }
}
