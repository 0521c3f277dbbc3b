//! Of each thing that is counted, a component may have as many as the bound says, and not one more.

use super::*;
use crate::bounds::features;

/// A component that has just so many of the thing that a bound is about, and of everything else less than it may have.
fn with(what: &str, count: usize) -> Vec<u8> {
    let component = |within: &str| wat::parse_str(format!("(component {within})")).unwrap();
    let module = |within: &str| component(&format!("(core module {within})"));
    let instances = |within: &str| {
        component(&format!("(core module $m {within}) {}", "(core instance (instantiate $m))".repeat(count)))
    };
    let function = |within: &str| module(&format!("(func {within})"));
    match what {
        "core instances, each counted as often as it is instantiated" => instances(""),
        "component instances, each counted as often as it is instantiated" => {
            component(&format!("(component $c) {}", "(instance (instantiate $c))".repeat(count)))
        }
        "memories, each counted as often as it is instantiated" => instances("(memory 1)"),
        "tables, each counted as often as it is instantiated" => instances("(table 1 funcref)"),
        "memories of its own in one module" => module(&"(memory 1)".repeat(count)),
        "tables of its own in one module" => module(&"(table 1 funcref)".repeat(count)),
        // The outermost component is one of them.
        "modules and components within each other" => {
            component(&(1..count).fold(String::new(), |within, _| format!("(component {within})")))
        }
        "sections" => [component(""), b"\x00\x02\x01a".repeat(count)].concat(),
        "types" => module(&"(type (func))".repeat(count)),
        "types within each other" => {
            component(&(0..count).fold("(type (func))".to_owned(), |within, _| format!("(type (instance {within}))")))
        }
        // A type weighs one more than it has members.
        "members of types, counted as often as their type is used" => {
            let of_thousand = format!("(type (tuple {}))", "u8 ".repeat(999));
            component(&(of_thousand.repeat(count / 1_000) + &"(type u8)".repeat(count % 1_000)))
        }
        "imports" => module(
            &(0..count).map(|name| format!(r#"(import "a" "{name}" (global i32))"#)).collect::<Vec<_>>().concat(),
        ),
        "exports" => {
            let exports = (0..count).map(|name| format!(r#"(export "{name}" (func 0))"#)).collect::<Vec<_>>().concat();
            module(&format!("(func) {exports}"))
        }
        "globals" => module(&"(global i32 (i32.const 0))".repeat(count)),
        "functions" => module(&"(func)".repeat(count)),
        "data segments" => module(&format!("(memory 1) {}", r#"(data (i32.const 0) "")"#.repeat(count))),
        "elements of tables" => module(&format!("(table 1 funcref) (func) (elem func {})", "0 ".repeat(count))),
        "bytes of code" => of_code(count, 1 << 20),
        "bytes of code in one function" => of_code(count, count),
        "locals in one function" => function(&format!("(local {})", "i32 ".repeat(count))),
        "values on the operand stack of one function" => {
            function(&("i32.const 0 ".repeat(count) + &"drop ".repeat(count)))
        }
        "loops in one function" => function(&"(loop) ".repeat(count)),
        "blocks within each other in one function" => {
            function(&format!("{}{}", "(block ".repeat(count), ")".repeat(count)))
        }
        "blocks and branches in one function" => function(&"(block) ".repeat(count)),
        // The last target of all is the one that is not counted.
        "targets of branch tables in one function" => {
            function(&format!("(block (br_table {} (i32.const 0)))", "0 ".repeat(count + 1)))
        }
        // So many blocks, and as many locals as make the product.
        "locals times blocks and branches in one function" => {
            let locals = divisor(count);
            let blocks = "(block) ".repeat(count / locals);
            function(&format!("(local {}) {blocks}", "i32 ".repeat(locals)))
        }
        "results of one function" => module(&format!("(type (func (result {})))", "i32 ".repeat(count))),
        "parameters and results of blocks in one function" => {
            let block = format!("(type $b (func (result {})))", "i32 ".repeat(50));
            let of_fifty = format!("(block (type $b) {}) {}", "i32.const 0 ".repeat(50), "drop ".repeat(50));
            let rest = "(drop (block (result i32) (i32.const 0)))".repeat(count % 50);
            module(&format!("{block} (func {} {rest})", of_fifty.repeat(count / 50)))
        }
        "globals in one function" => {
            let used = (0..count).map(|index| format!("(drop (global.get {index}))")).collect::<Vec<_>>().concat();
            module(&format!("{} (func {used} (drop (global.get 0)))", "(global i32 (i32.const 0))".repeat(count)))
        }
        // A hundred in a row, within nine blocks.
        "loops times blocks within each other, of each function, in all of them" => {
            let of_thousand =
                |loops: usize| format!("(func {} {} {})", "(block ".repeat(9), "(loop) ".repeat(loops), ")".repeat(9));
            let rest = "(func (loop))".repeat(count % 1_000);
            module(&(of_thousand(100).repeat(count / 1_000) + &rest))
        }
        "targets of branch tables in all functions" => {
            let function =
                |targets: usize| format!("(func (block (br_table {} (i32.const 0))))", "0 ".repeat(targets + 1));
            module(&(function(20_000).repeat(count / 20_000) + &function(count % 20_000)))
        }
        "parameters and results of blocks in all functions" => {
            module(&functions_of("(drop (block (result i32) (i32.const 0)))", count, 5_000))
        }
        "calls in one function" => function(&"call 0 ".repeat(count)),
        "calls by table and bulk operations in one function" => {
            module(&format!("(memory 1) (func {})", "memory.size memory.grow drop ".repeat(count)))
        }
        "blocks and branches in all functions" => module(&functions_of("(block) ", count, 20_000)),
        // So many blocks in each, and as many locals as make the product.
        "locals times blocks and branches, of each function, in all of them" => {
            let of_thousand = format!("(func (local {}) {})", "i32 ".repeat(1_000), "(block) ".repeat(1_000));
            let rest = format!("(func (local i32) {})", "(block) ".repeat(count % 1_000_000));
            module(&(of_thousand.repeat(count / 1_000_000) + &rest))
        }
        "calls in all functions" => module(&functions_of("call 0 ", count, 20_000)),
        "calls by table and bulk operations in all functions" => {
            module(&format!("(memory 1) {}", functions_of("memory.size memory.grow drop ", count, 1_000)))
        }
        other => panic!("no component is made with a number of {other}"),
    }
}

/// Functions with so many of an operator together, none of which has more than `most`.
fn functions_of(operator: &str, count: usize, most: usize) -> String {
    let function = |count: usize| format!("(func {})", operator.repeat(count));
    function(most).repeat(count / most) + &function(count % most)
}

/// The greatest number up to 2,000 that a number can be divided by.
fn divisor(number: usize) -> usize {
    (1..=2_000).rev().find(|divisor| number.is_multiple_of(*divisor)).unwrap()
}

/// A component with functions of so many bytes together, none of which has more than `most`.
fn of_code(bytes: usize, most: usize) -> Vec<u8> {
    let mut code = wasm_encoder::CodeSection::new();
    let mut functions = wasm_encoder::FunctionSection::new();
    let mut left = bytes;
    while left > 0 {
        // What is left has to be enough for a function.
        let length = if left > most && left < most + 100 { most - 100 } else { left.min(most) };
        left -= length;
        // No locals, constants that are dropped, and an end.
        let mut body = vec![0];
        while body.len() + 20 < length {
            body.extend([0xfd, 0x0c]);
            body.extend([0; 16]);
            body.push(0x1a);
        }
        body.resize(length - 1, 0x01);
        body.push(0x0b);
        code.raw(&body);
        functions.function(0);
    }
    let mut types = wasm_encoder::TypeSection::new();
    types.ty().function([], []);
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::ModuleSection(&module));
    component.finish()
}

#[test]
fn of_each_thing_there_may_be_as_many_as_the_bound_says_and_not_one_more() {
    let count = |bytes: &[u8]| validated(&mut Validator::new_with_features(features()), bytes).map(drop);
    for (what, bound) in BOUNDS {
        let most = usize::try_from(*bound).unwrap();
        assert_eq!(count(&with(what, most)), Ok(()), "{what}");
        let beyond = Err(Unfit::TooComplex { what, count: bound + 1, limit: *bound });
        assert_eq!(count(&with(what, most + 1)), beyond, "{what}");
    }
}
