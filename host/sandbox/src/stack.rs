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
//! Growing a memory or a table by nothing costs the guest what any instruction does, and is a call of the host. Where the
//! operand of such an instruction is zero, a row of `nop`s before it pays for that.
//!
//! The sizes are in *bytes of the guest's frame*, a function of the code alone: a fixed part, and eight for each local
//! and for each value on the operand stack, sixteen where there are vectors; and a part for the length of the code,
//! since a compiler keeps what it can use again. Functions that call nothing are not counted: there is one at a time.

use wasmparser::{FuncValidatorAllocations, FunctionBody, Operator, Parser, Payload, ValidPayload, Validator};
use wasmtime::OperatorCost;

use crate::bounds::features;
use crate::census::{self, Counts, Function, InvalidComponent};
use crate::encoding::{
    AddedTypes, CODE_SECTION, FUNCTION_SECTION, FunctionType, GLOBAL_SECTION, HEADER, Layout, TYPE_SECTION, appended,
    code_section, malformed, rewritten_component, section, sections, signed, unsigned,
};

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
const ELSE: u8 = 0x05;
const END: u8 = 0x0b;
const CALL: u8 = 0x10;
const GLOBAL_GET: u8 = 0x23;
const GLOBAL_SET: u8 = 0x24;
const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const I64_LT_U: u8 = 0x54;
const I64_ADD: u8 = 0x7c;
const I64_SUB: u8 = 0x7d;
const NO_RESULT: u8 = 0x40;
const I32: u8 = 0x7f;
const I64: u8 = 0x7e;
const MUTABLE: u8 = 0x01;

/// What it costs to grow by nothing, besides the instruction.
const GROWING_BY_NOTHING: usize = 100;

/// A name for what [`metered`] does to code: compiled code depends on it.
pub(crate) const VERSION: &str = "stack3";

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
    let Frames { modules: frames, instantiated } = frames(component)?;
    // A module that is instantiated often has a counter in each of its instances, and all of them are on one stack.
    let all = frames.iter().map(ModuleFrames::code_bytes).sum::<u64>().max(instantiated);
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
#[derive(Debug, Default)]
struct Frames {
    modules: Vec<ModuleFrames>,
    /// The bytes of code of all instances of the modules.
    instantiated: u64,
}

fn frames(component: &[u8]) -> Result<Frames, InvalidComponent> {
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    let mut counts = Counts::default();
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
            counts.count_function(function);
            // The sections of a module are not interrupted by another's.
            if let Some(module) = modules.last_mut() {
                module.functions.push(function);
            }
        }
        counts.count(&payload)?;
    }
    Ok(Frames { modules, instantiated: counts.into_census().instantiated_code_bytes() })
}

fn rewritten_module(bytes: &[u8], frames: &[Function], budget: u64) -> Result<Vec<u8>, InvalidComponent> {
    if frames.is_empty() {
        return Ok(bytes.to_vec());
    }
    let layout = Layout::of(bytes)?;
    let counter = Counter { global: layout.globals, growth: layout.globals + 1, stop: layout.functions, budget };
    let mut added_types = layout.added_types();
    let mut stop_type = Vec::new();
    unsigned(&mut stop_type, added_types.returning(&[]));
    let mut code = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let index = code.len();
            let function = frames.get(index).ok_or_else(malformed)?;
            code.push(counter.body(&body, function, layout.of_body(index)?, &mut added_types)?);
        }
    }
    code.push(vec![0, UNREACHABLE, END]);
    let mut out = bytes.get(..HEADER).ok_or_else(malformed)?.to_vec();
    let mut globals = Some(counter.globals());
    for (id, contents) in sections(bytes)? {
        // What comes after the globals: exports, the start, elements, the count of data, code, data.
        if matches!(id, 7..=12)
            && let Some(globals) = globals.take()
        {
            section(&mut out, GLOBAL_SECTION, &appended(&[0], &globals)?);
        }
        match id {
            TYPE_SECTION => section(&mut out, id, &appended(contents, added_types.types())?),
            FUNCTION_SECTION => section(&mut out, id, &appended(contents, std::slice::from_ref(&stop_type))?),
            GLOBAL_SECTION => {
                let globals = globals.take().ok_or_else(malformed)?;
                section(&mut out, id, &appended(contents, &globals)?);
            }
            CODE_SECTION => section(&mut out, id, &code_section(&code)),
            _ => section(&mut out, id, contents),
        }
    }
    Ok(out)
}

/// The counter that is added to a module: what is left of its budget, in a global.
struct Counter {
    global: u32,
    /// Where what a memory or a table is to grow by is kept for a moment.
    growth: u32,
    stop: u32,
    budget: u64,
}

impl Counter {
    /// A mutable `i64` that begins with the budget, and a mutable `i32`.
    fn globals(&self) -> [Vec<u8>; 2] {
        let mut budget = vec![I64, MUTABLE];
        constant(&mut budget, self.budget);
        budget.push(END);
        [budget, vec![I32, MUTABLE, I32_CONST, 0, END]]
    }

    /// A function's body that counts, if it calls anything. What branches to the function's end, to return, branches to
    /// the end of a block around the body, which has taken the function's place.
    fn body(
        &self,
        body: &FunctionBody<'_>,
        function: &Function,
        ty: &FunctionType,
        added_types: &mut AddedTypes,
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
            added_types.block_type(&mut out, ty);
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
                Operator::MemoryGrow { .. } | Operator::TableGrow { .. } => {
                    copy_until_here()?;
                    self.pay_for_nothing(&mut out);
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

    /// Leaves the operand on the stack where it is, and takes fuel if it is zero.
    fn pay_for_nothing(&self, out: &mut Vec<u8>) {
        for instruction in [GLOBAL_SET, GLOBAL_GET, GLOBAL_GET] {
            out.push(instruction);
            unsigned(out, u64::from(self.growth));
        }
        out.extend_from_slice(&[IF, NO_RESULT, ELSE]);
        out.extend_from_slice(&[NOP; GROWING_BY_NOTHING]);
        out.push(END);
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
            "(memory 1) (table 0 funcref) (func (drop (memory.grow (i32.const 0)))
             (drop (table.grow (ref.null func) (memory.grow (i32.const 1)))) (call 0))",
            "(memory 1) (data $d \"x\") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (call 0))",
        ];
        for module in modules {
            metered_text(module);
        }
    }

    #[test]
    fn a_deeper_frame_or_a_longer_one_takes_more() {
        let function = Function { bytes: 64, locals: 2, height: 3, calls: true, ..Function::default() };
        assert_eq!(frame(&function), FRAME + 40 + 2);
        assert_eq!(frame(&Function { vectors: true, ..function }), FRAME + 80 + 2);
        assert_eq!(frame(&Function { bytes: 6400, ..function }), FRAME + 40 + 200);
    }

    /// The budgets of the modules' counters, in order.
    fn budgets(component: &[u8]) -> Vec<u64> {
        let mut budgets = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::GlobalSection(section) = payload.unwrap() {
                let globals: Vec<_> = section.into_iter().map(Result::unwrap).collect();
                let own = globals.get(globals.len() - 2).unwrap();
                let Operator::I64Const { value } = own.init_expr.get_operators_reader().read().unwrap() else {
                    panic!("a budget is expected")
                };
                budgets.push(u64::try_from(value).unwrap());
            }
        }
        budgets
    }

    #[test]
    fn the_counters_of_all_instances_have_room_on_one_stack() {
        let large = format!("(core module $m (func {}))", "nop ".repeat(10_000));
        let instances = |count: usize| "(core instance (instantiate $m))".repeat(count);
        let component = |within: &str| metered(&wat::parse_str(format!("(component {within})")).unwrap()).unwrap();
        let one = budgets(&component(&(large.clone() + &instances(1))));
        assert_eq!(one, [BUDGET + LEAST_SHARE]);
        assert_eq!(one, budgets(&component(&large)), "what is not instantiated has what one instance has");
        let many = budgets(&component(&(large.clone() + &instances(64))));
        assert_eq!(many, [BUDGET / 64 + LEAST_SHARE]);
        // Those of a component that is instantiated often too.
        let nested = format!("(component $c {large} {}) {}", instances(8), "(instance (instantiate $c))".repeat(8));
        assert_eq!(many, budgets(&component(&nested)));
    }
}
