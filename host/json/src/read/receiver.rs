//! What a reader tells, and who is told.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::fault::{Fault, FaultKind};
use crate::read::remedy::Notation;
#[cfg(feature = "documents")]
use crate::read::yaml::dialect::OldScalar;

/// The reader cannot go on, or need not.
pub(crate) struct Stop;

pub(crate) type Step = Result<(), Stop>;

/// What an array or an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Array,
    Object,
}

/// The number of an anchor to which aliases refer; 0 is none.
pub(crate) type Anchor = usize;

/// Takes what a reader finds, in the order of the text. Of each value the reader tells the bytes; those of an array or
/// object end with its end.
pub(crate) trait Receiver {
    /// A value that is neither array nor object; an error, where there is one that cannot be in JSON.
    fn scalar(&mut self, value: Result<Value, FaultKind>, span: Range<usize>, anchor: Anchor) -> Step;
    /// An array or an object begins.
    fn start(&mut self, shape: Shape, span: Range<usize>, anchor: Anchor) -> Step;
    /// The array or object that began last has ended; with the byte behind it, where it has an end of its own.
    fn end(&mut self, end: Option<usize>) -> Step;
    /// The key of the member that comes next.
    fn key(&mut self, key: Cow<'_, str>, span: Range<usize>) -> Step;
    /// Something wrong here.
    fn fault(&mut self, kind: FaultKind, span: Range<usize>);
    /// Something wrong elsewhere.
    fn found(&mut self, _fault: Fault) {}
    /// A plain scalar here that YAML 1.1 read otherwise.
    #[cfg(feature = "documents")]
    fn old_scalar(&mut self, _scalar: OldScalar, _span: Range<usize>) {}
    /// The key that comes next has an anchor.
    fn anchored_key(&mut self, _anchor: Anchor, _key: &str) {}
    /// The member that comes next has no key that it could have.
    fn no_key(&mut self) {}
    /// The member that comes next is merged into its object.
    fn merge_key(&mut self, _span: Range<usize>) {}
    /// The value of an anchor again.
    fn alias(&mut self, _anchor: Anchor, _span: Range<usize>) -> Step {
        Ok(())
    }
    /// The value of an anchor as the key of the member that comes next.
    fn alias_key(&mut self, _anchor: Anchor, _span: Range<usize>) -> Step {
        Ok(())
    }
}

/// A format: how its text is gone through.
pub(crate) trait Reader {
    /// What it reads.
    fn notation(&self) -> Notation;
    /// Goes through a text. What is wrong with it is told to the receiver, and then the reader stops where it must.
    fn read<R: Receiver>(&self, text: &str, receiver: &mut R) -> Step;
}

/// The bytes of the character at an offset: none at the end of the text.
pub(crate) fn character_at(text: &str, offset: usize) -> Range<usize> {
    let length = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    offset..offset + length
}
