//! From tokens to an expression.

use std::collections::BTreeMap;

use super::fault::{Code, Fault};
use super::function::Function;
use super::lexer::{Kind, Token, tokens};
use crate::nearest::{nearest, suggesting};

/// How deeply parentheses, arguments, `not` and `-` may be nested. A plugin's stack of 64 KiB holds half as much again.
pub(super) const MAX_DEPTH: usize = 32;

/// An expression, and the index of the character where it, or its sign, is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub(super) node: Node,
    pub(super) at: usize,
}

/// Chains of operators of one rank are lists, so that their length adds nothing to the depth.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Text(String),
    Boolean(bool),
    Name(String),
    Negative(Box<Expression>),
    Not(Box<Expression>),
    /// Of the left to the right.
    Arithmetic(Box<Expression>, Vec<Term>),
    Comparison(Comparator, Box<(Expression, Expression)>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Call(Function, Vec<Expression>),
}

/// What follows in a chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) operator: Operator,
    /// Where the operator is.
    pub(super) at: usize,
    pub(super) operand: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Reads an expression over these names.
pub(super) fn parse(text: &str, names: &BTreeMap<String, String>) -> Result<Expression, Fault> {
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), names, depth: 0 };
    let expression = parser.or()?;
    match parser.peek() {
        (Kind::End, _) => Ok(expression),
        (kind, at) => {
            let message = format!("expected an operator or the end, found {}", kind.described());
            Err(Fault::new(Code::ParseError, at, message))
        }
    }
}

struct Parser<'n> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    names: &'n BTreeMap<String, String>,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expression, Fault> {
        self.junction("or", Self::and, Node::Or)
    }

    fn and(&mut self) -> Result<Expression, Fault> {
        self.junction("and", Self::not, Node::And)
    }

    fn junction(
        &mut self,
        word: &'static str,
        part: fn(&mut Self) -> Result<Expression, Fault>,
        node: fn(Vec<Expression>) -> Node,
    ) -> Result<Expression, Fault> {
        let first = part(self)?;
        let at = first.at;
        let mut parts = Vec::new();
        while self.take(&Kind::Word(word)).is_some() {
            parts.push(part(self)?);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        Ok(Expression { node: node(parts), at })
    }

    fn not(&mut self) -> Result<Expression, Fault> {
        let Some(at) = self.take(&Kind::Word("not")) else { return self.comparison() };
        let negated = self.nested(at, Self::not)?;
        Ok(Expression { node: Node::Not(Box::new(negated)), at })
    }

    fn comparison(&mut self) -> Result<Expression, Fault> {
        let left = self.sum()?;
        let Some((comparator, at)) = self.take_sign(comparator_of) else { return Ok(left) };
        let right = self.sum()?;
        if let Some((_, at)) = self.take_sign(comparator_of) {
            let message = "comparisons do not chain: `a < b < c` is `a < b and b < c`";
            return Err(Fault::new(Code::ParseError, at, message));
        }
        Ok(Expression { node: Node::Comparison(comparator, Box::new((left, right))), at })
    }

    fn sum(&mut self) -> Result<Expression, Fault> {
        let sign = |sign: &str| match sign {
            "+" => Some(Operator::Add),
            "-" => Some(Operator::Subtract),
            _ => None,
        };
        self.chain(sign, Self::product)
    }

    fn product(&mut self) -> Result<Expression, Fault> {
        let sign = |sign: &str| match sign {
            "*" => Some(Operator::Multiply),
            "/" => Some(Operator::Divide),
            "%" => Some(Operator::Remainder),
            _ => None,
        };
        self.chain(sign, Self::unary)
    }

    fn chain(
        &mut self,
        sign: fn(&str) -> Option<Operator>,
        part: fn(&mut Self) -> Result<Expression, Fault>,
    ) -> Result<Expression, Fault> {
        let first = part(self)?;
        let at = first.at;
        let mut terms = Vec::new();
        while let Some((operator, at)) = self.take_sign(sign) {
            terms.push(Term { operator, at, operand: part(self)? });
        }
        if terms.is_empty() {
            return Ok(first);
        }
        Ok(Expression { node: Node::Arithmetic(Box::new(first), terms), at })
    }

    fn unary(&mut self) -> Result<Expression, Fault> {
        let (kind, at) = self.peek();
        self.tokens.next();
        let node = match kind {
            Kind::Sign("-") => Node::Negative(Box::new(self.nested(at, Self::unary)?)),
            Kind::Sign("(") => {
                let inner = self.nested(at, Self::or)?;
                self.close(at)?;
                inner.node
            }
            Kind::Number(number) => Node::Number(number),
            Kind::Text(text) => Node::Text(text),
            Kind::Word("true") => Node::Boolean(true),
            Kind::Word("false") => Node::Boolean(false),
            Kind::Name(name) => match self.take(&Kind::Sign("(")) {
                Some(open) => self.call(&name, at, open)?,
                None => self.name(name, at)?,
            },
            other => {
                let message = format!("expected a value, found {}", other.described());
                return Err(Fault::new(Code::ParseError, at, message));
            }
        };
        Ok(Expression { node, at })
    }

    fn name(&self, name: String, at: usize) -> Result<Node, Fault> {
        if self.names.contains_key(&name) {
            return Ok(Node::Name(name));
        }
        let near = nearest(&name, self.names.keys().map(String::as_str));
        let message = suggesting(format!("`with` does not say what `{name}` is"), near);
        Err(Fault::new(Code::UnknownName, at, message))
    }

    fn call(&mut self, name: &str, at: usize, open: usize) -> Result<Node, Fault> {
        let function = Function::named(name).ok_or_else(|| {
            let near = nearest(name, Function::ALL.map(Function::name));
            Fault::new(Code::UnknownFunction, at, suggesting(format!("there is no function `{name}`"), near))
        })?;
        let mut arguments = Vec::new();
        if self.take(&Kind::Sign(")")).is_none() {
            arguments.push(self.nested(open, Self::or)?);
            while self.take(&Kind::Sign(",")).is_some() {
                arguments.push(self.nested(open, Self::or)?);
            }
            self.close(open)?;
        }
        let (least, most, wants) = function.arity();
        if arguments.len() < least || most.is_some_and(|most| arguments.len() > most) {
            let message = format!("`{name}` takes {wants}, not {}", arguments.len());
            return Err(Fault::new(Code::InvalidArguments, at, message));
        }
        Ok(Node::Call(function, arguments))
    }

    fn close(&mut self, open: usize) -> Result<(), Fault> {
        if self.take(&Kind::Sign(")")).is_some() {
            return Ok(());
        }
        let (kind, at) = self.peek();
        let message = format!("expected `)` for the `(` in column {}, found {}", open + 1, kind.described());
        Err(Fault::new(Code::ParseError, at, message))
    }

    fn nested(&mut self, at: usize, part: fn(&mut Self) -> Result<Expression, Fault>) -> Result<Expression, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::new(Code::TooDeep, at, format!("this is nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let expression = part(self);
        self.depth -= 1;
        expression
    }

    /// The next token and its index; past the last one, which is the end, there is nothing to look for.
    fn peek(&mut self) -> (Kind, usize) {
        self.tokens.peek().map_or((Kind::End, 0), |token| (token.kind.clone(), token.at))
    }

    fn take(&mut self, kind: &Kind) -> Option<usize> {
        self.tokens.next_if(|token| token.kind == *kind).map(|token| token.at)
    }

    fn take_sign<T>(&mut self, meaning: fn(&str) -> Option<T>) -> Option<(T, usize)> {
        let token = self.tokens.peek()?;
        let Kind::Sign(sign) = token.kind else { return None };
        let found = (meaning(sign)?, token.at);
        self.tokens.next();
        Some(found)
    }
}

fn comparator_of(sign: &str) -> Option<Comparator> {
    match sign {
        "==" => Some(Comparator::Equal),
        "!=" => Some(Comparator::Unequal),
        "<" => Some(Comparator::Less),
        "<=" => Some(Comparator::LessOrEqual),
        ">" => Some(Comparator::Greater),
        ">=" => Some(Comparator::GreaterOrEqual),
        _ => None,
    }
}
