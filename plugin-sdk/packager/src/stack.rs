//! The stack of an interpreter that is linked of libraries, in a larger place, where running over it is noticed.
//!
//! Linkers of such components give the stack a mebibyte at the bottom of memory, which an interpreter of JavaScript uses up
//! within 6,000 calls. The snapshot that is taken of its memory has pointers in it, so nothing of it can be moved; but
//! when it is taken, no call is under way, and the stack is empty: it can as well begin at the end of more memory. There,
//! what runs over it would run into the heap, unnoticed. So each place that moves the stack pointer asks whether
//! it still points into the stack, and recurses for ever where it does not: the sandbox ends that as what it is.

use wasm_encoder::{
    CodeSection, ConstExpr, Encode, Function, GlobalSection, GlobalType, Instruction, MemorySection, MemoryType,
    ValType,
};
use wasmparser::{
    BinaryReader, CodeSectionReader, ExportSectionReader, ExternalKind, FunctionBody, FunctionSectionReader,
    GlobalSectionReader, ImportSectionReader, MemorySectionReader, Operator, TypeRef, TypeSectionReader,
};

use crate::PackError;
use crate::sections::{Binary, append};

/// How the linker calls the global that points to the top of the stack.
const STACK_POINTER: &str = "__stack_pointer";
/// A WebAssembly page.
const PAGE: u64 = 64 << 10;

/// The ids of a core module's sections.
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const CODE: u8 = 10;

/// Where the stack is to be, in bytes from the beginning of memory: it begins at the top and grows down to the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    floor: u32,
    top: u32,
}

/// A component whose modules share a stack, with that at the end of so many pages more of memory. Others stay as they are.
///
/// # Errors
///
/// It is no component, or has more memory than there can be.
pub fn with_stack(component: &[u8], pages: u32) -> Result<Vec<u8>, PackError> {
    match place(component, pages)? {
        Some(place) => rewritten(component, place),
        None => Ok(component.to_vec()),
    }
}

fn failed(message: &str) -> PackError {
    PackError::Encode(message.to_owned())
}

/// The place after the memory of the module that has the stack pointer; nothing, if none has one.
fn place(bytes: &[u8], pages: u32) -> Result<Option<Place>, PackError> {
    let binary = Binary::read(bytes)?;
    if binary.is_component() {
        for section in binary.sections.iter().filter(|section| binary.is_nested(section)) {
            if let Some(found) = place(section.contents, pages)? {
                return Ok(Some(found));
            }
        }
        return Ok(None);
    }
    if exported(&binary)?.is_none() {
        return Ok(None);
    }
    let Some(memory) = contents(&binary, MEMORY) else { return Ok(None) };
    let mut memories = MemorySectionReader::new(reader(memory))?.into_iter();
    let Some(memory) = memories.next().transpose()? else { return Ok(None) };
    let bytes = |pages: u64| u32::try_from(pages * PAGE).map_err(|_| failed("there is no room for a larger stack"));
    let floor = bytes(memory.initial)?;
    Ok(Some(Place { floor, top: bytes(memory.initial + u64::from(pages))? }))
}

fn rewritten(bytes: &[u8], place: Place) -> Result<Vec<u8>, PackError> {
    let binary = Binary::read(bytes)?;
    if !binary.is_component() {
        return match (exported(&binary)?, imported(&binary)?) {
            (Some(global), _) => owner(&binary, global, place),
            (None, Some(import)) => user(bytes, &binary, &import, place),
            (None, None) => Ok(bytes.to_vec()),
        };
    }
    let mut out = binary.begin();
    for section in &binary.sections {
        if binary.is_nested(section) {
            append(&mut out, section.id, &rewritten(section.contents, place)?);
        } else {
            append(&mut out, section.id, section.contents);
        }
    }
    Ok(out)
}

fn reader(contents: &[u8]) -> BinaryReader<'_> {
    BinaryReader::new(contents, 0)
}

fn contents<'a>(binary: &Binary<'a>, id: u8) -> Option<&'a [u8]> {
    binary.sections.iter().find(|section| section.id == id).map(|section| section.contents)
}

/// The stack pointer among a module's exports.
fn exported(binary: &Binary<'_>) -> Result<Option<u32>, PackError> {
    let Some(exports) = contents(binary, EXPORT) else { return Ok(None) };
    for export in ExportSectionReader::new(reader(exports))? {
        let export = export?;
        if export.name == STACK_POINTER && export.kind == ExternalKind::Global {
            return Ok(Some(export.index));
        }
    }
    Ok(None)
}

/// A module's imports, as far as they matter here.
struct Imports {
    functions: u32,
    /// The index of the stack pointer among the globals.
    stack_pointer: u32,
}

/// Of a module that imports the stack pointer.
fn imported(binary: &Binary<'_>) -> Result<Option<Imports>, PackError> {
    let Some(imports) = contents(binary, IMPORT) else { return Ok(None) };
    let (mut functions, mut globals, mut stack_pointer) = (0, 0, None);
    for import in ImportSectionReader::new(reader(imports))?.into_imports() {
        let import = import?;
        match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => functions += 1,
            TypeRef::Global(_) => {
                if import.name == STACK_POINTER {
                    stack_pointer = Some(globals);
                }
                globals += 1;
            }
            TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Tag(_) => {}
        }
    }
    Ok(stack_pointer.map(|stack_pointer| Imports { functions, stack_pointer }))
}

/// The module that has the memory and the stack pointer. Its other globals are constants, as the linker makes them.
fn owner(binary: &Binary<'_>, stack_pointer: u32, place: Place) -> Result<Vec<u8>, PackError> {
    let mut out = binary.begin();
    for section in &binary.sections {
        match section.id {
            MEMORY => {
                let mut memories = MemorySection::new();
                for memory in MemorySectionReader::new(reader(section.contents))? {
                    let memory = memory?;
                    let minimum = u64::from(place.top) / PAGE;
                    memories.memory(MemoryType {
                        minimum,
                        maximum: memory.maximum.map(|maximum| maximum.max(minimum)),
                        memory64: memory.memory64,
                        shared: memory.shared,
                        page_size_log2: memory.page_size_log2,
                    });
                }
                wasm_encoder::Section::append_to(&memories, &mut out);
            }
            GLOBAL => {
                let mut globals = GlobalSection::new();
                for (index, global) in GlobalSectionReader::new(reader(section.contents))?.into_iter().enumerate() {
                    let global = global?;
                    let Operator::I32Const { value } = global.init_expr.get_operators_reader().read()? else {
                        return Err(failed("the module with the stack pointer has a global that is no constant"));
                    };
                    let is_pointer = u32::try_from(index).is_ok_and(|index| index == stack_pointer);
                    let value = if is_pointer { place.top.cast_signed() } else { value };
                    let ty = GlobalType { val_type: ValType::I32, mutable: global.ty.mutable, shared: false };
                    globals.global(ty, &ConstExpr::i32_const(value));
                }
                wasm_encoder::Section::append_to(&globals, &mut out);
            }
            _ => append(&mut out, section.id, section.contents),
        }
    }
    Ok(out)
}

/// A module that moves the stack pointer: with a function that does that for all others, and one that never returns.
fn user(bytes: &[u8], binary: &Binary<'_>, imports: &Imports, place: Place) -> Result<Vec<u8>, PackError> {
    let (Some(types), Some(functions), Some(code)) =
        (contents(binary, TYPE), contents(binary, FUNCTION), contents(binary, CODE))
    else {
        // Without code, nothing moves it.
        return Ok(bytes.to_vec());
    };
    let groups = TypeSectionReader::new(reader(types))?;
    let type_count = groups.count();
    let defined = FunctionSectionReader::new(reader(functions))?.count();
    let (setter, endless) = (imports.functions + defined, imports.functions + defined + 1);
    let mut bodies = CodeSection::new();
    for body in CodeSectionReader::new(reader(code))? {
        bodies.raw(&through_setter(&body?, imports.stack_pointer, setter)?);
    }
    let mut set = Function::new([]);
    set.instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::I32Const(place.floor.cast_signed()))
        .instruction(&Instruction::I32LtU)
        .instruction(&Instruction::If(wasm_encoder::BlockType::Empty))
        .instruction(&Instruction::Call(endless))
        .instruction(&Instruction::End)
        .instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::GlobalSet(imports.stack_pointer))
        .instruction(&Instruction::End);
    bodies.function(&set);
    let mut recurse = Function::new([]);
    recurse.instruction(&Instruction::Call(endless)).instruction(&Instruction::End);
    bodies.function(&recurse);
    let mut out = binary.begin();
    for section in &binary.sections {
        match section.id {
            // A function type is 0x60, its parameters, its results (WebAssembly Core Specification, section 5.3.6).
            TYPE => append(&mut out, TYPE, &longer(section.contents, &[&[0x60, 1, 0x7f, 0], &[0x60, 0, 0]])?),
            FUNCTION => {
                let (mut of_setter, mut of_endless) = (Vec::new(), Vec::new());
                type_count.encode(&mut of_setter);
                (type_count + 1).encode(&mut of_endless);
                append(&mut out, FUNCTION, &longer(section.contents, &[&of_setter, &of_endless])?);
            }
            CODE => wasm_encoder::Section::append_to(&bodies, &mut out),
            _ => append(&mut out, section.id, section.contents),
        }
    }
    Ok(out)
}

/// A function's body in which `call setter` stands wherever the stack pointer was set.
fn through_setter(body: &FunctionBody<'_>, stack_pointer: u32, setter: u32) -> Result<Vec<u8>, PackError> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut call = vec![0x10];
    setter.encode(&mut call);
    let part = |from: usize, to: usize| bytes.get(from..to).ok_or_else(|| failed("a function ends too early"));
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut copied = 0;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        if matches!(operator, Operator::GlobalSet { global_index } if global_index == stack_pointer) {
            out.extend_from_slice(part(copied, offset - start)?);
            out.extend_from_slice(&call);
            copied = operators.original_position() - start;
        }
    }
    out.extend_from_slice(part(copied, bytes.len())?);
    Ok(out)
}

/// A vector in its binary form, with elements more.
fn longer(vector: &[u8], elements: &[&[u8]]) -> Result<Vec<u8>, PackError> {
    let mut vector = reader(vector);
    let count = vector.read_var_u32()?;
    let mut out = Vec::new();
    (count + u32::try_from(elements.len()).unwrap_or(0)).encode(&mut out);
    out.extend_from_slice(vector.read_bytes(vector.bytes_remaining())?);
    for element in elements {
        out.extend_from_slice(element);
    }
    Ok(out)
}
