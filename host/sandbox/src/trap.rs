//! Traps by names of our own: they are part of results, and wasmtime may reword its texts.

use wasmtime::Trap;

/// The stable code of a trap, and what happened in words.
pub(crate) fn described(trap: Trap) -> (&'static str, &'static str) {
    match trap {
        Trap::UnreachableCodeReached => ("unreachable", "it reached an `unreachable` instruction"),
        Trap::MemoryOutOfBounds => ("memory_out_of_bounds", "it reached past the end of its memory"),
        Trap::TableOutOfBounds => ("table_out_of_bounds", "it reached past the end of a table"),
        Trap::IndirectCallToNull => ("null_function", "it called a function that is not there"),
        Trap::BadSignature => ("signature_mismatch", "it called a function of another type"),
        Trap::IntegerDivisionByZero => ("division_by_zero", "it divided an integer by zero"),
        Trap::IntegerOverflow => ("integer_overflow", "an integer operation overflowed"),
        Trap::BadConversionToInteger => ("conversion_to_integer", "it made an integer of a number that is none"),
        Trap::CannotEnterComponent | Trap::CannotLeaveComponent => ("reentrance", "it made a call when it may not"),
        // Strings, lists and variants that are passed between components, in the sandbox or within a plugin.
        Trap::InvalidChar
        | Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer => ("malformed_value", "it passed a value that does not fit the interface"),
        // The type is not exhaustive. What is left belongs to WebAssembly that the sandbox switches off.
        _ => ("other", "it did what WebAssembly forbids"),
    }
}
