//! Regular expressions: the same ones everywhere.
//!
//! On the host the tables for all of Unicode are there, as other crates ask for them; in a plugin they would be larger than
//! the rest of it. So classes of Unicode are those of general categories, here as there, and others are refused.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ClassSetItem, ClassUnicode, ClassUnicodeKind};

/// The greatest memory in bytes that a compiled regular expression may take.
const SIZE_LIMIT: usize = 1 << 20;
/// The parser recurses once a level, and a plugin's stack is small: the same patterns are accepted in the sandbox.
const NEST_LIMIT: u32 = 64;

/// The general categories of Unicode (Unicode Standard Annex #44, section 5.7.1) by their short and long names, and what
/// regular expressions have besides, without what names may differ in.
const CATEGORIES: &[&str] = &[
    "any",
    "ascii",
    "assigned",
    "c",
    "casedletter",
    "cc",
    "cf",
    "closepunctuation",
    "cn",
    "cntrl",
    "co",
    "combiningmark",
    "connectorpunctuation",
    "control",
    "currencysymbol",
    "dashpunctuation",
    "decimalnumber",
    "digit",
    "enclosingmark",
    "finalpunctuation",
    "format",
    "initialpunctuation",
    "l",
    "lc",
    "letter",
    "letternumber",
    "lineseparator",
    "ll",
    "lm",
    "lo",
    "lowercaseletter",
    "lt",
    "lu",
    "m",
    "mark",
    "mathsymbol",
    "mc",
    "me",
    "mn",
    "modifierletter",
    "modifiersymbol",
    "n",
    "nd",
    "nl",
    "no",
    "nonspacingmark",
    "number",
    "openpunctuation",
    "other",
    "otherletter",
    "othernumber",
    "otherpunctuation",
    "othersymbol",
    "p",
    "paragraphseparator",
    "pc",
    "pd",
    "pe",
    "pf",
    "pi",
    "po",
    "privateuse",
    "ps",
    "punct",
    "punctuation",
    "s",
    "sc",
    "separator",
    "sk",
    "sm",
    "so",
    "spaceseparator",
    "spacingmark",
    "symbol",
    "titlecaseletter",
    "unassigned",
    "uppercaseletter",
    "z",
    "zl",
    "zp",
    "zs",
];

/// Why a pattern is no regular expression here, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvalidPattern(pub(super) String);

/// Compiles a regular expression within the limits.
pub(super) fn compile(pattern: &str) -> Result<Regex, InvalidPattern> {
    let invalid = |message: String| InvalidPattern(message);
    let parsed = ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(pattern);
    let parsed = parsed.map_err(|error| invalid(error.kind().to_string()))?;
    ast::visit(&parsed, Classes)?;
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build().map_err(|error| {
        invalid(match error {
            regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when compiled"),
            other => last_line(&other.to_string()),
        })
    })
}

/// The parser prints the pattern with a caret under it, and then what is wrong.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or(text).trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Refuses classes that are not there everywhere.
struct Classes;

impl ast::Visitor for Classes {
    type Output = ();
    type Err = InvalidPattern;

    fn finish(self) -> Result<(), InvalidPattern> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), InvalidPattern> {
        match ast {
            Ast::ClassUnicode(class) => check(class),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), InvalidPattern> {
        match item {
            ClassSetItem::Unicode(class) => check(class),
            _ => Ok(()),
        }
    }
}

fn check(class: &ClassUnicode) -> Result<(), InvalidPattern> {
    let (property, value) = match &class.kind {
        ClassUnicodeKind::OneLetter(letter) => (None, letter.to_string()),
        ClassUnicodeKind::Named(name) => (None, name.clone()),
        ClassUnicodeKind::NamedValue { name, value, .. } => (Some(name), value.clone()),
    };
    let is_category = property.is_none_or(|property| ["gc", "generalcategory"].contains(&loose(property).as_str()));
    if is_category && CATEGORIES.contains(&loose(&value).as_str()) {
        return Ok(());
    }
    let class = property.map_or(value.clone(), |property| format!("{property}={value}"));
    Err(InvalidPattern(format!("`\\p{{{class}}}` is not a general category, such as `\\p{{L}}` or `\\p{{Lu}}`")))
}

/// A name without what names of Unicode may differ in (Unicode Standard Annex #44, UAX44-LM3).
fn loose(name: &str) -> String {
    let plain: String =
        name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    match plain.strip_prefix("is") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        Some(_) | None => plain,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn message(pattern: &str) -> String {
        compile(pattern).unwrap_err().0
    }

    #[test]
    fn a_regular_expression_nests_64_levels_deep_and_no_deeper() {
        let nested = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
        assert!(compile(&nested(64)).is_ok());
        assert!(compile(&nested(65)).is_err());
    }

    #[test]
    fn a_compiled_regular_expression_is_as_large_as_it_may_be_and_no_larger() {
        let fits = |times: usize| compile(&format!("[ab]{{{times}}}")).is_ok();
        // It takes some twenty bytes or more for each time.
        let (mut most, mut least_that_is_not) = (1_000, SIZE_LIMIT / 8);
        assert!(fits(most) && !fits(least_that_is_not));
        while most + 1 < least_that_is_not {
            let middle = usize::midpoint(most, least_that_is_not);
            if fits(middle) { most = middle } else { least_that_is_not = middle }
        }
        assert!(fits(most) && !fits(most + 1), "{most}");
        assert!(
            message(&format!("[ab]{{{}}}", most + 1)).contains("1048576"),
            "{}",
            message(&format!("[ab]{{{}}}", most + 1))
        );
    }

    #[test]
    fn classes_of_unicode_are_general_categories_and_no_others() {
        for (pattern, text) in [
            (r"^\p{L}\p{Lu}\pN$", "éÉ٣"),
            (r"^\p{Uppercase Letter}\p{is_Lu}\p{gc=Ll}\P{gc!=Nd}$", "ÉÉé3"),
            (r"(?i)^STRASSE É$", "strasse é"),
            (r"^[\p{Sc}\d]+$", "€5"),
            (r"^\w\b", "é"),
        ] {
            assert!(compile(pattern).unwrap().is_match(text), "{pattern}");
        }
        for refused in
            [r"\p{Greek}", r"[a\p{script=Greek}]", r"\p{Alphabetic}", r"\p{age:3.0}", r"\p{scx=Greek}", r"(\p{Emoji})"]
        {
            assert!(message(refused).contains("is not a general category"), "{}", message(refused));
        }
        assert_eq!(message(r"\p{Greek}"), r"`\p{Greek}` is not a general category, such as `\p{L}` or `\p{Lu}`");
        assert_eq!(message("a("), "unclosed group");
    }

    #[test]
    fn every_category_that_is_listed_is_there() {
        for category in CATEGORIES {
            assert!(compile(&format!(r"\p{{{category}}}")).is_ok(), "{category}");
        }
    }
}
