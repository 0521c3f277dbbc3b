//! Counting the fuel of each of a plugin's functions, for a profile.
//!
//! The component is changed once more, behind [`stack::metered`](crate::stack::metered): each function adds up what its
//! instructions cost in a local variable, a straight line at a time, and tells the host when it is entered, when it is
//! left, and now and then in loops. It tells by asking for growth of a table that is there for nothing else: the host's
//! limiter sees how much is asked for, refuses it, and has been told a number. So no import is added, and no index of the
//! module's changes.
//!
//! Nothing of this costs fuel: what is added has no cost ([`operator_cost`]), and where the guest has such an instruction, a
//! `nop` that costs one unit is put before it. So a call uses the fuel that it uses without a profile, on the same limit.
//!
//! | number | meaning |
//! |---|---|
//! | `0b00…` | so much fuel was used in the innermost function |
//! | `0b01…` | the same, and it is left |
//! | `0b1…` | the function of this number is entered |

use wasmparser::{FunctionBody, Operator, Parser, Payload};
use wasmtime::OperatorCost;

use crate::census::InvalidComponent;
use crate::encoding::{
    AddedTypes, CODE_SECTION, FunctionType, HEADER, Layout, TABLE_SECTION, TYPE_SECTION, appended, code_section,
    malformed, number, rewritten_component, section, sections, signed, unsigned,
};
use crate::stack;

/// Of a number, what tells that a function is left.
pub(crate) const LEAVE: u32 = 1 << 30;
/// Of a number, what tells that a function is entered.
pub(crate) const ENTER: u32 = 1 << 31;

/// The fuel from which on a loop tells what was used.
const TOLD_IN_LOOPS: i64 = 1 << 14;
/// The most that is told at once.
const MOST_AT_ONCE: i64 = 1 << 29;
/// The greatest size of the table that is added, by which it is known, or the next smaller one that no other table has.
const MARK: u32 = 0x7fff_fffe;

// Instructions in their binary form (WebAssembly Core Specification, section 5.4).
const NOP: u8 = 0x01;
const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const BR: u8 = 0x0c;
const BR_IF: u8 = 0x0d;
const DROP: u8 = 0x1a;
const LOCAL_GET: u8 = 0x20;
const LOCAL_SET: u8 = 0x21;
const I32_CONST: u8 = 0x41;
const I32_EQZ: u8 = 0x45;
const I32_GE_U: u8 = 0x4f;
const I32_ADD: u8 = 0x6a;
const I32_SUB: u8 = 0x6b;
const I32_OR: u8 = 0x72;
const REF_NULL: u8 = 0xd0;
const TABLE_GROW: [u8; 2] = [0xfc, 0x0f];
const I32: u8 = 0x7f;
const FUNCREF: u8 = 0x70;
const NO_RESULT: u8 = 0x40;

/// What each instruction costs in a component that was instrumented.
pub(crate) fn operator_cost() -> OperatorCost {
    let mut cost = OperatorCost {
        Br: 0,
        BrIf: 0,
        LocalGet: 0,
        LocalSet: 0,
        I32Const: 0,
        I32Eqz: 0,
        I32GeU: 0,
        I32Add: 0,
        I32Sub: 0,
        I32Or: 0,
        RefNull: 0,
        TableGrow: 0,
        ..stack::operator_cost()
    };
    cost.variable.table_grow_per_element = 0;
    cost
}

/// What an instruction costs in a component whose stack is counted, but for what its operand adds.
fn cost(operator: &Operator<'_>) -> i64 {
    match operator {
        Operator::GlobalGet { .. }
        | Operator::GlobalSet { .. }
        | Operator::I64Const { .. }
        | Operator::I64LtU
        | Operator::I64Sub
        | Operator::I64Add
        | Operator::If { .. }
        | Operator::Drop
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::Unreachable
        | Operator::Return
        | Operator::Else
        | Operator::End => 0,
        _ => 1,
    }
}

/// Whether an instruction costs nothing any more, and needs a `nop` in front.
fn is_free(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::I32Const { .. }
            | Operator::I32Eqz
            | Operator::I32GeU
            | Operator::I32Add
            | Operator::I32Sub
            | Operator::I32Or
            | Operator::RefNull { .. }
            | Operator::TableGrow { .. }
    )
}

/// Whether an instruction costs a unit more for each byte or element of its last operand.
fn is_variable(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. }
    )
}

/// Whether a straight line of instructions ends with this one.
fn ends_a_line(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Unreachable
    ) || leaves(operator)
}

/// Whether a function is left by this instruction.
fn leaves(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::Return | Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. })
}

/// A component that tells of its fuel, and what it tells of.
#[derive(Debug)]
pub(crate) struct Instrumentation {
    /// The component.
    pub(crate) component: Vec<u8>,
    /// The greatest size of the tables through which it tells.
    pub(crate) mark: usize,
    /// The core modules that have functions of their own, in order.
    pub(crate) modules: Vec<ModuleNames>,
}

/// A core module's functions, as a profile numbers them.
#[derive(Debug)]
pub(crate) struct ModuleNames {
    /// The number of its first function with a body.
    pub(crate) first: u32,
    /// How many functions it imports.
    pub(crate) imported: u32,
    /// Whether it is the main module: the one that exports the interface's functions.
    pub(crate) main: bool,
    /// The names of its functions, by their index in it, as far as its name section has them.
    pub(crate) names: Vec<Option<String>>,
}

/// Changes a component whose stack is counted.
pub(crate) fn instrumented(component: &[u8]) -> Result<Instrumentation, InvalidComponent> {
    let mark = mark(component)?;
    let (mut modules, mut next) = (Vec::new(), 0_u32);
    let component = rewritten_component(component, &mut |module| {
        let layout = Layout::of(module)?;
        let own = layout.functions - layout.imported_functions;
        let (main, names) = names(module)?;
        modules.push(ModuleNames { first: next, imported: layout.imported_functions, main, names });
        let rewritten = rewritten_module(module, &layout, next, mark);
        next += own;
        rewritten
    })?;
    Ok(Instrumentation { component, mark: usize::try_from(mark).map_err(|_| malformed())?, modules })
}

/// A size that no table has as its greatest.
fn mark(component: &[u8]) -> Result<u32, InvalidComponent> {
    let mut greatest = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::TableSection(tables) = payload? {
            for table in tables {
                greatest.extend(table?.ty.maximum.and_then(|maximum| u32::try_from(maximum).ok()));
            }
        }
    }
    let free = (0..=MARK).rev().find(|mark| !greatest.contains(mark));
    free.ok_or_else(malformed)
}

/// Whether a module exports the interface's functions, and the names of its functions.
fn names(module: &[u8]) -> Result<(bool, Vec<Option<String>>), InvalidComponent> {
    let (mut main, mut names) = (false, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ExportSection(exports) => {
                for export in exports {
                    main |= export?.name.starts_with("sortie:plugin/mission@");
                }
            }
            Payload::CustomSection(section) => {
                let wasmparser::KnownCustom::Name(section) = section.as_known() else { continue };
                // Names are a comfort: a section that cannot be read has none.
                for name in section.into_iter().filter_map(Result::ok) {
                    let wasmparser::Name::Function(map) = name else { continue };
                    for naming in map.into_iter().filter_map(Result::ok) {
                        let index = usize::try_from(naming.index).unwrap_or(usize::MAX);
                        if index >= MOST_NAMES {
                            continue;
                        }
                        if names.len() <= index {
                            names.resize(index + 1, None);
                        }
                        if let Some(place) = names.get_mut(index) {
                            *place = Some(naming.name.to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((main, names))
}

/// More functions than any module has that was loaded.
const MOST_NAMES: usize = 1 << 17;

fn rewritten_module(bytes: &[u8], layout: &Layout, first: u32, mark: u32) -> Result<Vec<u8>, InvalidComponent> {
    let mut added_types = layout.added_types();
    let (mut code, mut function) = (Vec::new(), first);
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let ty = layout.of_body(code.len())?;
            code.push(Teller::of(&body, ty, layout.tables)?.body(&body, function, (ty, &mut added_types))?);
            function += 1;
        }
    }
    if code.is_empty() {
        return Ok(bytes.to_vec());
    }
    let mut out = bytes.get(..HEADER).ok_or_else(malformed)?.to_vec();
    let mut table = Some(marked_table(mark));
    for (id, contents) in sections(bytes)? {
        // What comes after the tables, but for custom sections.
        if id > TABLE_SECTION
            && let Some(table) = table.take()
        {
            section(&mut out, TABLE_SECTION, &appended(&[0], &[table])?);
        }
        match id {
            TYPE_SECTION => section(&mut out, id, &appended(contents, added_types.types())?),
            TABLE_SECTION => {
                let table = table.take().ok_or_else(malformed)?;
                section(&mut out, id, &appended(contents, &[table])?);
            }
            CODE_SECTION => section(&mut out, id, &code_section(&code)),
            _ => section(&mut out, id, contents),
        }
    }
    Ok(out)
}

/// A table of references to functions that has no element, and has the mark as its greatest size.
fn marked_table(mark: u32) -> Vec<u8> {
    let mut table = vec![FUNCREF, 1, 0];
    unsigned(&mut table, u64::from(mark));
    table
}

/// What a function tells with: the table, and three local variables that are added behind its own.
struct Teller {
    table: u32,
    /// The fuel that was not told yet.
    own: u64,
    /// An operand, and what is left of it.
    operand: u64,
    rest: u64,
}

impl Teller {
    fn of(body: &FunctionBody<'_>, ty: &FunctionType, table: u32) -> Result<Self, InvalidComponent> {
        let mut locals = u64::try_from(ty.params).unwrap_or(u64::MAX);
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        Ok(Self { table, own: locals, operand: locals + 1, rest: locals + 2 })
    }

    /// A function's body that tells. What branches to the function's end branches to the end of a block around the body,
    /// which has taken the function's place.
    fn body(
        &self,
        body: &FunctionBody<'_>,
        function: u32,
        (ty, added_types): (&FunctionType, &mut AddedTypes),
    ) -> Result<Vec<u8>, InvalidComponent> {
        let bytes = body.as_bytes();
        let start = body.range().start;
        let at = |offset: usize| offset.saturating_sub(start);
        let mut operators = body.get_operators_reader()?;
        let mut copied = at(operators.original_position());
        let mut out = Vec::with_capacity(bytes.len() * 2);
        let (groups, groups_of_locals) = number(bytes.get(..copied).ok_or_else(malformed)?)?;
        unsigned(&mut out, groups + 1);
        out.extend_from_slice(groups_of_locals);
        out.extend_from_slice(&[3, I32]);
        self.tell(&mut out, |out| constant(out, i64::from((ENTER | function).cast_signed())));
        out.push(BLOCK);
        added_types.block_type(&mut out, ty);
        // Entering a function costs a unit.
        let (mut pending, mut is_in_loop) = (1_i64, false);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            let until = at(offset);
            out.extend_from_slice(bytes.get(copied..until).ok_or_else(malformed)?);
            copied = until;
            if std::mem::take(&mut is_in_loop) {
                self.tell_much(&mut out);
            }
            pending += cost(&operator);
            if ends_a_line(&operator) && pending > 0 {
                self.add(&mut out, |out| constant(out, std::mem::take(&mut pending)));
            }
            if leaves(&operator) {
                self.leave(&mut out);
            }
            if is_variable(&operator) {
                self.add_operand(&mut out, matches!(operator, Operator::TableGrow { .. }));
            }
            if is_free(&operator) {
                out.push(NOP);
            }
            is_in_loop = matches!(operator, Operator::Loop { .. });
        }
        out.extend_from_slice(bytes.get(copied..).ok_or_else(malformed)?);
        // The body's own `end` closed the block.
        self.leave(&mut out);
        out.push(END);
        Ok(out)
    }

    /// Tells a number that is put on the stack.
    fn tell(&self, out: &mut Vec<u8>, number: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(&[REF_NULL, FUNCREF]);
        number(out);
        out.extend_from_slice(&TABLE_GROW);
        unsigned(out, u64::from(self.table));
        out.push(DROP);
    }

    /// Tells that the function is left, and what it used.
    fn leave(&self, out: &mut Vec<u8>) {
        self.tell(out, |out| {
            get(out, self.own);
            constant(out, i64::from(LEAVE));
            out.push(I32_OR);
        });
    }

    /// Adds a number to what the function used.
    fn add(&self, out: &mut Vec<u8>, number: impl FnOnce(&mut Vec<u8>)) {
        get(out, self.own);
        number(out);
        out.push(I32_ADD);
        set(out, self.own);
    }

    /// Tells what the function used, if it is much.
    fn tell_much(&self, out: &mut Vec<u8>) {
        get(out, self.own);
        constant(out, TOLD_IN_LOOPS);
        out.extend_from_slice(&[I32_GE_U, IF, NO_RESULT]);
        self.tell(out, |out| get(out, self.own));
        constant(out, 0);
        set(out, self.own);
        out.push(END);
    }

    /// Adds the operand on the stack, a part at a time where it is more than can be told at once. Where its cost was taken
    /// away with that of what is added, it is charged here.
    fn add_operand(&self, out: &mut Vec<u8>, charged: bool) {
        set(out, self.operand);
        if charged {
            get(out, self.operand);
            set(out, self.rest);
            out.extend_from_slice(&[BLOCK, NO_RESULT, LOOP, NO_RESULT]);
            get(out, self.rest);
            out.extend_from_slice(&[I32_EQZ, BR_IF, 1, NOP]);
            self.less(out, 1);
            out.extend_from_slice(&[BR, 0, END, END]);
        }
        get(out, self.operand);
        set(out, self.rest);
        out.extend_from_slice(&[LOOP, NO_RESULT]);
        get(out, self.rest);
        constant(out, MOST_AT_ONCE);
        out.extend_from_slice(&[I32_GE_U, IF, NO_RESULT]);
        self.tell(out, |out| constant(out, MOST_AT_ONCE));
        self.less(out, MOST_AT_ONCE);
        out.extend_from_slice(&[BR, 1, END, END]);
        self.tell_much(out);
        self.add(out, |out| get(out, self.rest));
        get(out, self.operand);
    }

    fn less(&self, out: &mut Vec<u8>, number: i64) {
        get(out, self.rest);
        constant(out, number);
        out.push(I32_SUB);
        set(out, self.rest);
    }
}

fn get(out: &mut Vec<u8>, local: u64) {
    out.push(LOCAL_GET);
    unsigned(out, local);
}

fn set(out: &mut Vec<u8>, local: u64) {
    out.push(LOCAL_SET);
    unsigned(out, local);
}

/// `i32.const`.
fn constant(out: &mut Vec<u8>, value: i64) {
    out.push(I32_CONST);
    signed(out, value);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use wasmparser::Validator;

    use super::*;
    use crate::bounds::features;

    #[test]
    fn what_is_added_is_valid_whatever_a_function_does() {
        let modules = [
            "",
            "(func)",
            "(func (param i32) (result i32) (local i64) (return (call 0 (local.get 0))))",
            "(func (result i32 i64) (call 0)) (func (result funcref) (ref.null func))",
            "(func (block (br_if 1 (i32.const 0)) (br_table 0 1 (i32.const 1))) (call 0) (br 0))",
            "(func (loop (br_if 0 (i32.const 0))) (if (i32.const 1) (then (return)) (else (nop))))",
            "(func (return_call 0)) (func unreachable (call 0) return)",
            "(table 1 funcref) (memory 1) (func $f (call_indirect (i32.const 0))) (elem (i32.const 0) $f)
             (func (memory.copy (i32.const 0) (i32.const 0) (i32.const 1)) (drop (table.grow (ref.null func) (i32.const 1))))",
        ];
        for module in modules {
            let component = wat::parse_str(format!("(component (component (core module {module})))")).unwrap();
            let instrumented = instrumented(&stack::metered(&component).unwrap()).unwrap();
            Validator::new_with_features(features()).validate_all(&instrumented.component).unwrap();
        }
    }

    #[test]
    fn the_mark_is_the_greatest_size_of_no_other_table() {
        let component = wat::parse_str(format!("(component (core module (table 0 {MARK} funcref)))")).unwrap();
        assert_eq!(mark(&component).unwrap(), MARK - 1);
    }
}
