//! What there is in one function: counted while it is validated.

use std::collections::BTreeSet;

use wasmparser::{
    BinaryReaderError, BlockType, CompositeInnerType, FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator,
    ValidatorResources, WasmModuleResources,
};

use super::wide;

/// What a function's body has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) bytes: u64,
    /// Its parameters among them.
    pub(crate) locals: u64,
    /// The most values that are on its operand stack at a time.
    pub(crate) height: u64,
    pub(crate) loops: u64,
    pub(crate) nesting: u64,
    pub(crate) branches: u64,
    pub(crate) targets: u64,
    /// Whether it has vectors, which take two places each.
    pub(crate) vectors: bool,
    /// Whether it calls anything: what does not cannot recurse.
    pub(crate) calls: bool,
    /// The parameters and results of its blocks.
    pub(crate) handed_on: u64,
    /// How many of the globals it uses.
    pub(crate) globals: u64,
    /// The calls of functions by their number.
    pub(crate) direct_calls: u64,
    /// What compiles to much for its length: calls by table, and what is done with tables or whole parts of memories.
    pub(crate) bulk_operations: u64,
}

/// Validates a function, and tells what it has.
pub(crate) fn inspect(
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    allocations: FuncValidatorAllocations,
) -> Result<(Function, FuncValidatorAllocations), BinaryReaderError> {
    let mut validator = function.into_validator(allocations);
    let range = body.range();
    let mut found = Function { bytes: wide(range.end.saturating_sub(range.start)), ..Function::default() };
    let mut locals = body.get_binary_reader();
    validator.read_locals(&mut locals)?;
    found.locals = u64::from(validator.len_locals());
    let mut operators = body.get_operators_reader()?;
    let mut depth = 0_u64;
    let mut globals = BTreeSet::new();
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        validator.op(offset, &operator)?;
        found.height = found.height.max(u64::from(validator.operand_stack_height()));
        if let Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } = &operator {
            found.handed_on = found.handed_on.saturating_add(handed_on(*blockty, validator.resources()));
        }
        match &operator {
            Operator::Loop { .. } => {
                found.loops += 1;
                found.branches += 1;
                depth += 1;
            }
            Operator::Block { .. } | Operator::If { .. } => {
                found.branches += 1;
                depth += 1;
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::Br { .. } | Operator::BrIf { .. } | Operator::Else | Operator::Return => found.branches += 1,
            Operator::BrTable { targets } => {
                found.branches += 1;
                found.targets += u64::from(targets.len());
            }
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                globals.insert(*global_index);
            }
            Operator::Call { .. } | Operator::ReturnCall { .. } => {
                found.calls = true;
                found.direct_calls += 1;
            }
            Operator::CallIndirect { .. } | Operator::ReturnCallIndirect { .. } => {
                found.calls = true;
                found.bulk_operations += 1;
            }
            Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
            | Operator::MemoryGrow { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::DataDrop { .. } => found.bulk_operations += 1,
            _ => {}
        }
        found.nesting = found.nesting.max(depth);
        found.vectors |= is_vector(body, offset);
    }
    operators.finish()?;
    found.globals = wide(globals.len());
    Ok((found, validator.into_allocations()))
}

/// How many values a block takes and gives.
fn handed_on(block: BlockType, resources: &ValidatorResources) -> u64 {
    match block {
        BlockType::Empty => 0,
        BlockType::Type(_) => 1,
        BlockType::FuncType(index) => match resources.sub_type_at(index).map(|found| &found.composite_type.inner) {
            Some(CompositeInnerType::Func(found)) => wide(found.params().len() + found.results().len()),
            // Of such a block the validator has told.
            Some(_) | None => 0,
        },
    }
}

/// Whether the operator at an offset has the prefix of vector instructions.
fn is_vector(body: &FunctionBody<'_>, offset: usize) -> bool {
    body.as_bytes().get(offset.saturating_sub(body.range().start)) == Some(&0xfd)
}
