//! What matching a regular expression costs, told from its text.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{Ast, RepetitionKind, RepetitionRange};

/// Matching looks at so many positions of a pattern in the time that other work of a unit takes.
const POSITIONS_PER_UNIT: u64 = 16;

/// How deep a pattern may nest whose positions are counted.
const NEST_LIMIT: u32 = 250;

/// What matching each byte of a text with a regular expression costs at most, in units of work: one for each sixteen
/// positions that the pattern has once its repetitions are written out. Where no automaton of a pattern fits in memory,
/// each byte can be held against each position. `None` if the pattern's syntax is not known here.
///
/// ```
/// use sortie_json::pattern_cost;
///
/// assert_eq!(pattern_cost("^[a-z]+$"), Some(1));
/// assert_eq!(pattern_cost("(?:[01]?){2000}"), Some(501));
/// assert_eq!(pattern_cost("("), None);
/// ```
#[must_use]
pub fn pattern_cost(pattern: &str) -> Option<u64> {
    let ast = ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(pattern).ok()?;
    Some(positions(&ast).div_ceil(POSITIONS_PER_UNIT).max(1))
}

fn positions(ast: &Ast) -> u64 {
    match ast {
        Ast::Empty(_) | Ast::Flags(_) => 0,
        Ast::Literal(_)
        | Ast::Dot(_)
        | Ast::Assertion(_)
        | Ast::ClassUnicode(_)
        | Ast::ClassPerl(_)
        | Ast::ClassBracketed(_) => 1,
        Ast::Group(group) => positions(&group.ast).saturating_add(1),
        Ast::Alternation(alternation) => sum(&alternation.asts).saturating_add(1),
        Ast::Concat(concat) => sum(&concat.asts),
        Ast::Repetition(repetition) => {
            // As often as it has to be there, and a way past each one that may be missing.
            let (needed, more) = match &repetition.op.kind {
                RepetitionKind::ZeroOrOne
                | RepetitionKind::ZeroOrMore
                | RepetitionKind::Range(RepetitionRange::AtLeast(0)) => (0, 1),
                RepetitionKind::OneOrMore => (1, 0),
                RepetitionKind::Range(RepetitionRange::Exactly(count) | RepetitionRange::AtLeast(count)) => (*count, 0),
                RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, most.saturating_sub(*least)),
            };
            let (needed, more, each) = (u64::from(needed), u64::from(more), positions(&repetition.ast));
            let optional = each.saturating_add(1).saturating_mul(more);
            each.saturating_mul(needed).saturating_add(optional).saturating_add(1)
        }
    }
}

fn sum(asts: &[Ast]) -> u64 {
    asts.iter().map(positions).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_positions_of_a_pattern_are_counted_with_its_repetitions() {
        let check = |pattern: &str, positions: u64| {
            assert_eq!(pattern_cost(pattern), Some(positions.div_ceil(POSITIONS_PER_UNIT)), "{pattern}");
        };
        check("abc", 3);
        check("[a-z]{1000}", 1001);
        check("[a-z]{500,1000}", 1501);
        check("[a-z]{1000,}", 1001);
        check("(?:[01]?){2000}", 2000 * 4 + 1);
        check("(?:(?:a{100}){100}){100}", 1_020_201 + 1);
        check("(?:(?:(?:a{4000000000}){4000000000}){4000000000}){4000000000}", u64::MAX);
        check(&"a|".repeat(1000), 1001);
        assert_eq!(pattern_cost(&format!("{}a{}", "(".repeat(250), ")".repeat(250))), Some(16));
        assert_eq!(pattern_cost(&format!("{}a{}", "(".repeat(251), ")".repeat(251))), None);
    }
}
