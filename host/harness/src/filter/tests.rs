use proptest::prelude::*;

use super::glob::Glob;
use super::{Candidate, ScenarioFilter, Shard};

/// The scenarios that an expression chooses; or, under the expression, the place of what is wrong, and what that is.
fn check(expression: &str, expected: &str) {
    let scenarios: [(&str, Option<&str>, &[&str]); 4] = [
        ("login", None, &["smoke", "auth"]),
        ("login fails (twice)", None, &["auth"]),
        ("order[n=1]", Some("order"), &["slow"]),
        ("not", None, &[]),
    ];
    let found = match expression.parse::<ScenarioFilter>() {
        Ok(filter) => scenarios
            .iter()
            .filter(|(name, declared_name, tags)| {
                let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
                filter.matches(&Candidate { suite_name: "shop", name, declared_name: *declared_name, tags: &tags })
            })
            .map(|(name, ..)| *name)
            .collect::<Vec<_>>()
            .join("; "),
        Err(error) => {
            let carets = "^".repeat(error.span.len().max(1));
            format!(
                "{expression}\n{}{carets} {}; expected {}",
                " ".repeat(error.span.start),
                error.message,
                error.expected
            )
        }
    };
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn expressions_choose_by_name_and_tag() {
    check("login", "login");
    check("log*", "login; login fails (twice)");
    check("*", "login; login fails (twice); order[n=1]; not");
    check("order", "order[n=1]");
    check("order[n=?]", "order[n=1]");
    check("tag:auth", "login; login fails (twice)");
    check("tag:auth and not tag:smoke", "login fails (twice)");
    check("tag:s*", "login; order[n=1]");
    check("not tag:auth and not order", "not");
    check("login or order and tag:smoke", "login");
    check("(login or order) and tag:s*", "login; order[n=1]");
    check("not (tag:auth or order)", "not");
    check("not not login", "login");
    check(r#""not""#, "not");
    check(r#""login fails (twice)""#, "login fails (twice)");
    check(r#"tag:"smoke""#, "login");
    check(r"order\[n=1\]", "order[n=1]");
    check(r"log\*", "");
    check(r#""""#, "");
    check("suite:shop and tag:slow", "order[n=1]");
    check("suite:bank", "");
    check(r#""shop › login fails (twice)""#, "login fails (twice)");
    check(r#""shop › order""#, "order[n=1]");
}

#[test]
fn mistakes_have_a_place() {
    let factor = "expected a name pattern, `tag:` or `suite:` and a pattern, `not`, or `(`";
    check("", &format!("\n^ the expression ends too early; {factor}"));
    check("a and", &format!("a and\n     ^ the expression ends too early; {factor}"));
    check("or a", &format!("or a\n^^ there is nothing before this operator; {factor}"));
    check("a and ()", &format!("a and ()\n       ^ there is nothing before this parenthesis; {factor}"));
    check("(a or b", "(a or b\n^ this parenthesis is not closed; expected `)`");
    check("a)", "a)\n ^ this parenthesis closes nothing; expected `and`, `or`, or the end");
    check("a b", "a b\n  ^ `b` follows a complete expression; expected `and`, `or`, or the end");
    check("a or tag:", "a or tag:\n     ^^^^ `tag:` is followed by no pattern; expected a pattern");
    check("a or \"b", "a or \"b\n     ^^ the quote is not closed; expected `\"`");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth)).parse::<ScenarioFilter>();
    assert!(nested(64).is_ok());
    assert_eq!(nested(65).unwrap_err().message, "the expression is nested deeper than 64 levels");
    assert!("not ".repeat(100_000).parse::<ScenarioFilter>().is_err());
}

#[test]
fn shards_are_counted_from_one() {
    for wrong in ["", "1", "0/2", "3/2", "1/0", "+1/2", "1/2/3", "a/b", "-1/2"] {
        assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
    }
    assert_eq!("2/3".parse(), Ok(Shard::new(2, 3).unwrap()));
}

fn matches_by_definition(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => matches_by_definition(rest, text),
        (Some(('*', rest)), Some((_, shorter))) => {
            matches_by_definition(rest, text) || matches_by_definition(pattern, shorter)
        }
        (Some((wanted, pattern)), Some((found, text))) if *wanted == '?' || wanted == found => {
            matches_by_definition(pattern, text)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn patterns_match_what_they_mean(pattern in "[ab*?]{0,7}", text in "[ab]{0,9}") {
        let (wanted, found): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(Glob::new(&pattern).matches(&text), matches_by_definition(&wanted, &found));
    }

    #[test]
    fn each_scenario_is_in_one_shard_and_shards_are_equal(total in 0..40usize, count in 1..9u32) {
        let sizes: Vec<usize> = (1..=count)
            .map(|index| (0..total).filter(|position| Shard::new(index, count).unwrap().contains(*position)).count())
            .collect();
        prop_assert_eq!(sizes.iter().sum::<usize>(), total);
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
    }

    #[test]
    fn any_text_is_an_expression_or_an_error_with_a_place(text in r#"([()"\\ é]|and|or|not|tag:|a){0,12}"#) {
        if let Err(error) = text.parse::<ScenarioFilter>() {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {:?}", error, text);
        }
    }
}
