//! Filter expressions.

use std::iter::Peekable;
use std::ops::Range;
use std::str::FromStr;

use super::glob::Glob;
use crate::definition::ScenarioOutline;

/// How deeply parentheses and `not` may be nested.
const MAX_NESTING: usize = 64;

/// A filter expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFilter(Expression);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Name(Glob),
    Tag(Glob),
    Suite(Glob),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// Text that is no filter expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// The bytes of the text that it is about; empty at its end.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub expected: &'static str,
}

/// What a filter is asked about.
///
/// ```
/// use sortie_harness::definition::{NoFixtures, test_run};
/// use sortie_harness::filter::{Candidate, ScenarioFilter};
///
/// let scenario = serde_json::json!({"scenario_name": "a", "tags": ["slow"], "missions": [{"name": "daily_loop"}]});
/// let suite = serde_json::json!({"suite_name": "days", "scenarios": [scenario]});
/// let test_run = test_run(suite, None, &NoFixtures).result.unwrap();
///
/// let filter: ScenarioFilter = "suite:days and not tag:slow".parse().unwrap();
/// assert!(!filter.matches(&Candidate::of("days", &test_run.outlines()[0])));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'c> {
    /// The name of its suite.
    pub suite_name: &'c str,
    /// The scenario's name.
    pub name: &'c str,
    /// Its name as it was declared, when a matrix made it.
    pub declared_name: Option<&'c str>,
    /// Its tags.
    pub tags: &'c [String],
}

impl<'c> Candidate<'c> {
    /// A scenario of a suite.
    #[must_use]
    pub fn of(suite_name: &'c str, scenario: &'c ScenarioOutline) -> Self {
        Self {
            suite_name,
            name: &scenario.scenario_name,
            declared_name: scenario.cell.as_ref().map(|cell| cell.declared_name.as_str()),
            tags: &scenario.tags,
        }
    }
}

impl ScenarioFilter {
    /// Whether it chooses a scenario.
    #[must_use]
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.0.matches(candidate)
    }
}

impl Expression {
    fn matches(&self, candidate: &Candidate<'_>) -> bool {
        match self {
            Self::Name(glob) => {
                let names = || std::iter::once(candidate.name).chain(candidate.declared_name);
                names().any(|name| glob.matches(name))
                    // As reports print it.
                    || names().any(|name| glob.matches(&format!("{} › {name}", candidate.suite_name)))
            }
            Self::Suite(glob) => glob.matches(candidate.suite_name),
            Self::Tag(glob) => candidate.tags.iter().any(|tag| glob.matches(tag)),
            Self::Not(inner) => !inner.matches(candidate),
            Self::All(inner) => inner.iter().all(|inner| inner.matches(candidate)),
            Self::Any(inner) => inner.iter().any(|inner| inner.matches(candidate)),
        }
    }
}

impl FromStr for ScenarioFilter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser { lexer: Lexer { text, at: 0 }.peekable(), end: text.len() };
        let expression = parser.expression(0)?;
        match parser.lexer.next() {
            None => Ok(Self(expression)),
            Some(token) => {
                let Lexeme { span, .. } = token?;
                let message = match text.get(span.clone()) {
                    Some(")") => "this parenthesis closes nothing".to_owned(),
                    found => format!("`{}` follows a complete expression", found.unwrap_or_default()),
                };
                Err(FilterError { span, message, expected: "`and`, `or`, or the end" })
            }
        }
    }
}

const FACTOR: &str = "a name pattern, `tag:` or `suite:` and a pattern, `not`, or `(`";

struct Parser<'t> {
    lexer: Peekable<Lexer<'t>>,
    end: usize,
}

impl Parser<'_> {
    fn expression(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let first = self.term(depth)?;
        let mut terms = vec![first];
        while self.take(&Token::Or)? {
            terms.push(self.term(depth)?);
        }
        Ok(one_or(terms, Expression::Any))
    }

    fn term(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let first = self.factor(depth)?;
        let mut factors = vec![first];
        while self.take(&Token::And)? {
            factors.push(self.factor(depth)?);
        }
        Ok(one_or(factors, Expression::All))
    }

    fn factor(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let end = self.end..self.end;
        let Some(lexeme) = self.lexer.next().transpose()? else {
            let message = "the expression ends too early".to_owned();
            return Err(FilterError { span: end, message, expected: FACTOR });
        };
        let Lexeme { token, span } = lexeme;
        if depth > MAX_NESTING {
            let message = format!("the expression is nested deeper than {MAX_NESTING} levels");
            return Err(FilterError { span, message, expected: "fewer parentheses" });
        }
        match token {
            Token::Name(pattern) => Ok(Expression::Name(Glob::new(&pattern))),
            Token::Tag(pattern) => Ok(Expression::Tag(Glob::new(&pattern))),
            Token::Suite(pattern) => Ok(Expression::Suite(Glob::new(&pattern))),
            Token::Not => Ok(Expression::Not(Box::new(self.factor(depth + 1)?))),
            Token::Open => {
                let inner = self.expression(depth + 1)?;
                if self.take(&Token::Close)? {
                    return Ok(inner);
                }
                let message = "this parenthesis is not closed".to_owned();
                Err(FilterError { span, message, expected: "`)`" })
            }
            Token::And | Token::Or => {
                let message = "there is nothing before this operator".to_owned();
                Err(FilterError { span, message, expected: FACTOR })
            }
            Token::Close => {
                let message = "there is nothing before this parenthesis".to_owned();
                Err(FilterError { span, message, expected: FACTOR })
            }
        }
    }

    fn take(&mut self, wanted: &Token) -> Result<bool, FilterError> {
        match self.lexer.peek() {
            Some(Ok(lexeme)) if lexeme.token == *wanted => {
                self.lexer.next();
                Ok(true)
            }
            Some(Err(error)) => Err(error.clone()),
            Some(Ok(_)) | None => Ok(false),
        }
    }
}

fn one_or(mut expressions: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match (expressions.pop(), expressions.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            expressions.extend(last);
            several(expressions)
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Tag(String),
    Suite(String),
    And,
    Or,
    Not,
    Open,
    Close,
}

struct Lexeme {
    token: Token,
    span: Range<usize>,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Lexer<'_> {
    type Item = Result<Lexeme, FilterError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = rest.trim_start();
        let first = rest.chars().next()?;
        let simple = |token| Ok((token, first.len_utf8()));
        let read = match first {
            '(' => simple(Token::Open),
            ')' => simple(Token::Close),
            _ => word(rest, start),
        };
        match read {
            Ok((token, length)) => {
                self.at = start + length;
                Some(Ok(Lexeme { token, span: start..self.at }))
            }
            Err(error) => {
                self.at = self.text.len();
                Some(Err(error))
            }
        }
    }
}

/// A word at the beginning of a text, and its length in bytes.
fn word(text: &str, start: usize) -> Result<(Token, usize), FilterError> {
    let (prefix, named): (usize, fn(String) -> Token) = if text.starts_with("tag:") {
        ("tag:".len(), Token::Tag)
    } else if text.starts_with("suite:") {
        ("suite:".len(), Token::Suite)
    } else {
        (0, Token::Name)
    };
    let pattern = text.get(prefix..).unwrap_or_default();
    if let Some(quoted) = pattern.strip_prefix('"') {
        let Some((pattern, length)) = unquoted(quoted) else {
            let span = start + prefix..start + text.len();
            return Err(FilterError { span, message: "the quote is not closed".to_owned(), expected: "`\"`" });
        };
        return Ok((named(pattern), prefix + 1 + length));
    }
    let length = pattern.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).unwrap_or(pattern.len());
    let pattern = pattern.get(..length).unwrap_or_default();
    let token = match pattern {
        "" => {
            let span = start..start + prefix;
            let message = format!("`{}` is followed by no pattern", text.get(..prefix).unwrap_or_default());
            return Err(FilterError { span, message, expected: "a pattern" });
        }
        "and" if prefix == 0 => Token::And,
        "or" if prefix == 0 => Token::Or,
        "not" if prefix == 0 => Token::Not,
        pattern => named(pattern.to_owned()),
    };
    Ok((token, prefix + length))
}

/// What stands before the closing quote, and the length with it. `\"` is a quote; other backslashes are the pattern's.
fn unquoted(text: &str) -> Option<(String, usize)> {
    let mut pattern = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((pattern, at + 1)),
            '\\' => match characters.next()?.1 {
                '"' => pattern.push('"'),
                escaped => pattern.extend(['\\', escaped]),
            },
            other => pattern.push(other),
        }
    }
    None
}
