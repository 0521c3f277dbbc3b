//! What a reader found wrong, before it is put into words.

use std::ops::Range;

use jsonptr::PointerBuf;

use crate::{Diagnostic, Format, Kind, Place};

/// Something wrong at a place.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) pointer: Option<PointerBuf>,
    pub(crate) span: Option<Range<usize>>,
    /// Of a key that appears twice: where it appeared first.
    pub(crate) first: Option<Range<usize>>,
}

impl Finding {
    /// A finding that concerns the text and no value.
    pub(crate) fn in_text(kind: impl Into<Kind>, span: Range<usize>) -> Self {
        Self { kind: kind.into(), pointer: None, span: Some(span), first: None }
    }

    /// A finding that concerns a value.
    pub(crate) fn at(kind: impl Into<Kind>, pointer: PointerBuf, span: Option<Range<usize>>) -> Self {
        Self { kind: kind.into(), pointer: Some(pointer), span, first: None }
    }

    /// The finding in words.
    pub(crate) fn into_diagnostic(self, format: Format) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.kind.code(), self.kind.message(format));
        diagnostic.label = self.kind.label();
        diagnostic.help = self.kind.help(format).map(str::to_owned);
        if self.pointer.is_some() || self.span.is_some() {
            diagnostic.place = Some(Place { span: self.span, pointer: self.pointer });
        }
        if let Some(first) = self.first {
            diagnostic.secondary.push((Place { span: Some(first), pointer: None }, "it appears here first".to_owned()));
        }
        diagnostic
    }
}

/// Puts findings in the order of the text; those without a place come last.
pub(crate) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.span.as_ref().map_or(usize::MAX, |span| span.start));
    findings
}
