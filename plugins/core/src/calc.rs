//! `calc`: an arithmetic and comparison expression.
//!
//! ```text
//! or        := and ("or" and)*
//! and       := not ("and" not)*
//! not       := "not" not | comparison
//! comparison:= sum (("==" | "!=" | "<" | "<=" | ">" | ">=") sum)?
//! sum       := product (("+" | "-") product)*
//! product   := unary (("*" | "/" | "%") unary)*
//! unary     := "-" unary | number | string | "true" | "false" | name | function "(" arguments ")" | "(" or ")"
//! ```
//!
//! Numbers are IEEE 754 doubles, as JSON's are, and whole ones are exact up to ±(2^53−1): a result beyond is an
//! `overflow`. `%` has the sign of its left side. Strings stand in `"` or `'`, with `\` before either and itself.
//! `and` and `or` take booleans and look at their right side only when they have to. Only like types are compared;
//! numbers and strings have an order, that of strings being by Unicode scalar values.
//!
//! | function | is |
//! |---|---|
//! | `min(a, …)`, `max(a, …)` | the least or greatest of numbers or of strings; an array stands for its elements |
//! | `sum(a, …)` | the sum of numbers, of none 0; an array stands for its elements |
//! | `len(a)` | the characters of a string (Unicode scalar values), elements of an array, members of an object |
//! | `round(x)`, `round(x, digits)` | the decimal number as JSON writes it, rounded to 0 to 15 digits, halves away from zero |
//! | `abs(x)`, `floor(x)`, `ceil(x)` | as usual |

mod evaluate;
mod fault;
mod function;
mod lexer;
mod number;
mod parser;
mod types;

use std::collections::BTreeMap;

use sortie_plugin_sdk::prelude::*;

use self::evaluate::evaluate;
use self::fault::Fault;
use self::parser::parse;

/// What to calculate of what.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calc {
    /// The expression: `+ - * / %`, `== != < <= > >=`, `and or not`, parentheses, `min max sum len round abs floor
    /// ceil`, numbers, strings, `true`, `false`, and the names in `with`.
    pub expression: String,
    /// What the names in the expression stand for: JSON Pointers into the state.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// A JSON Pointer: where in the state the result is set. It is the output in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
}

/// Calculates an expression over places in the state: a number, a string or a boolean.
#[operation(
    reads = [payload("/with/*")],
    writes = [payload("/into")],
    examples = [
        (
            json!({"expression": "round(sum(prices) * (1 + tax), 2)", "with": {"prices": "/prices", "tax": "/tax"}, "into": "/total"}),
            json!({"prices": [1.5, 2], "tax": 0.07})
        ),
        (json!({"expression": "len(tasks) <= 3", "with": {"tasks": "/tasks"}}), json!({"tasks": []})),
    ]
)]
pub fn calc(payload: Calc, call: &Call) -> Result<Output> {
    if let Some(name) = payload.with.keys().find(|name| !lexer::is_name(name)) {
        let message = format!("`{name}` cannot stand in an expression: a name is a letter, then letters, digits, `_`");
        return Err(Failure::new("invalid_name", message));
    }
    let result = parse(&payload.expression, &payload.with)
        .and_then(|expression| evaluate(&expression, &payload.with, call))
        .map_err(|fault: Fault| fault.into_failure(&payload.expression))?;
    let output = match payload.into {
        Some(path) => Output::new().set(path, &result),
        None => Output::new(),
    };
    Ok(output.output(result))
}

#[cfg(test)]
mod tests;
