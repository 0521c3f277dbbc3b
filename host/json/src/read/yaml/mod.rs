//! YAML 1.2 with the core schema: the reader.

pub(crate) mod dialect;
mod lookahead;
mod offsets;
mod scalar;
mod syntax;
mod tabs;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

use super::receiver::{Anchor, Reader, Receiver, Shape, Step, Stop};
use super::remedy::Notation;
use crate::fault::{FaultKind, Syntax};
use dialect::OldScalar;
use offsets::Offsets;
use syntax::Slot;
use tabs::Tabs;

/// The format.
pub(crate) struct Yaml;

impl Reader for Yaml {
    fn notation(&self) -> Notation {
        Notation::Yaml
    }

    fn read<R: Receiver>(&self, text: &str, receiver: &mut R) -> Step {
        // A byte order mark may begin a text (YAML 1.2.2, section 5.2).
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let offsets = Offsets::of(body, text.len() - body.len());
        // None of these can be in a text (YAML 1.2.2, section 5.1), and the parser takes NUL for its end.
        let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        if let Some((at, byte)) = body.bytes().enumerate().find(|(_, byte)| is_control(*byte)) {
            let wrong = Syntax::of(format!("the control character U+{byte:04X} cannot be part of it"))
                .help("remove it, or write it in double quotes as `\\x` and two digits");
            let at = offsets.base() + at;
            receiver.fault(FaultKind::Syntax(wrong), at..at + 1);
            return Err(Stop);
        }
        if let Some(at) = lookahead::too_far(body) {
            let at = offsets.base() + at;
            receiver.fault(FaultKind::FlowTooLong(lookahead::MAX_INDICATORS), at..at + 1);
            return Err(Stop);
        }
        let tabs = Tabs::of(body);
        let body = tabs.text();
        let walk = Walk {
            text: body,
            offsets: Offsets::of(body, offsets.base()),
            open: Vec::new(),
            aliased: aliased_anchors(body),
            indented_by_tabs: syntax::indented_by_tabs(body),
            documents: 0,
            skipped: 0,
            receiver,
        };
        walk.run()
    }
}

struct Walk<'t, 'r, R> {
    text: &'t str,
    offsets: Offsets<'t>,
    open: Vec<Slot>,
    /// The anchors to which some alias refers: only these are worth keeping.
    aliased: BTreeSet<usize>,
    /// The characters before which there is a tab in the indentation.
    indented_by_tabs: BTreeSet<usize>,
    documents: usize,
    /// How many arrays and objects are open within a key, which cannot be one.
    skipped: usize,
    receiver: &'r mut R,
}

impl<R: Receiver> Walk<'_, '_, R> {
    fn run(mut self) -> Step {
        for event in Parser::new_from_str(self.text) {
            match event {
                Ok((event, span)) => {
                    if self.is_indented_by_tab(&event, span) {
                        let at = self.offsets.byte(span.start.index());
                        let (kind, span) = syntax::tab_before(self.text, at - self.offsets.base());
                        return self.stop(kind, span);
                    }
                    self.event(event, span)?;
                }
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index()) - self.offsets.base();
                    let (kind, span) = syntax::fault(self.text, at, self.open.last().copied(), error.info());
                    return self.stop(kind, span);
                }
            }
        }
        Ok(())
    }

    /// Ends the reading with a fault at a place in the text without its byte order mark.
    fn stop(&mut self, kind: FaultKind, span: Range<usize>) -> Step {
        let base = self.offsets.base();
        self.receiver.fault(kind, base + span.start..base + span.end);
        Err(Stop)
    }

    /// Whether a block begins behind a tab, which the parser allows in some places. Of a block the parser's span is
    /// empty.
    fn is_indented_by_tab(&self, event: &Event<'_>, span: Span) -> bool {
        matches!(event, Event::SequenceStart(..) | Event::MappingStart(..))
            && span.is_empty()
            && self.indented_by_tabs.contains(&span.start.index())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Step {
        let span = self.offsets.bytes(span);
        if lookahead::anchor_of(&event) > lookahead::MAX_ANCHORS {
            self.receiver.fault(FaultKind::TooManyAnchors(lookahead::MAX_ANCHORS), span);
            return Err(Stop);
        }
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, tag.as_deref(), anchor, span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::SequenceStart(anchor, tag) => self.start(Shape::Array, anchor, tag.as_deref(), span),
            Event::MappingStart(anchor, tag) => self.start(Shape::Object, anchor, tag.as_deref(), span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
        }
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Step {
        if self.skipped > 0 {
            return Ok(());
        }
        if self.open.last() == Some(&Slot::Key) {
            self.behind_key();
            return self.receiver.alias_key(anchor, span);
        }
        self.behind_value();
        self.receiver.alias(anchor, span)
    }

    fn document(&mut self, span: Range<usize>) -> Step {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        self.receiver.fault(FaultKind::MoreThanOneDocument, span);
        Err(Stop)
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        anchor: usize,
        span: Range<usize>,
    ) -> Step {
        if self.skipped > 0 {
            return Ok(());
        }
        let plain = style == ScalarStyle::Plain && tag.is_none();
        if plain && text.is_empty() && self.open.is_empty() {
            if let Some(mark) = syntax::inner_mark(self.text) {
                return self.stop(FaultKind::ByteOrderMarkWithin, mark);
            }
            self.receiver.fault(FaultKind::Empty, span);
            return Err(Stop);
        }
        let anchor = self.kept(anchor);
        let is_key = self.open.last() == Some(&Slot::Key);
        if plain && is_key && text == "<<" {
            self.behind_key();
            self.receiver.merge_key(span);
            return Ok(());
        }
        if plain && let Some(old) = OldScalar::of(&text) {
            self.receiver.old_scalar(old, span.clone());
        }
        let value = scalar::resolve(text, style, tag);
        if !is_key {
            self.behind_value();
            return self.receiver.scalar(value, span, anchor);
        }
        self.behind_key();
        match value {
            Ok(Value::String(key)) => {
                self.receiver.anchored_key(anchor, &key);
                self.receiver.key(Cow::Owned(key), span)
            }
            Ok(_) => {
                self.receiver.fault(FaultKind::KeyNotString, span);
                self.receiver.no_key();
                Ok(())
            }
            Err(kind) => {
                self.receiver.fault(kind, span);
                self.receiver.no_key();
                Ok(())
            }
        }
    }

    fn start(&mut self, shape: Shape, anchor: usize, tag: Option<&Tag>, span: Range<usize>) -> Step {
        if self.open.len() + self.skipped >= lookahead::MAX_LEVELS {
            self.receiver.fault(FaultKind::TooDeep(lookahead::MAX_LEVELS), span);
            return Err(Stop);
        }
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        if self.open.last() == Some(&Slot::Key) {
            self.behind_key();
            let at = span.start - self.offsets.base();
            let kind =
                if syntax::is_placeholder(self.text, at) { syntax::placeholder() } else { FaultKind::KeyNotString };
            self.receiver.fault(kind, span);
            self.receiver.no_key();
            self.skipped = 1;
            return Ok(());
        }
        if let Err(kind) = scalar::check_collection(tag, if shape == Shape::Array { "seq" } else { "map" }) {
            self.receiver.fault(kind, span.clone());
        }
        self.behind_value();
        self.open.push(if shape == Shape::Array { Slot::Element } else { Slot::Key });
        let anchor = self.kept(anchor);
        self.receiver.start(shape, span, anchor)
    }

    fn end(&mut self, span: Range<usize>) -> Step {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        self.open.pop();
        // The end of a block is noticed only behind it; the end of a flow collection is its bracket.
        self.receiver.end((span.len() == 1).then_some(span.end))
    }

    fn kept(&self, anchor: usize) -> Anchor {
        if self.aliased.contains(&anchor) { anchor } else { 0 }
    }

    fn behind_key(&mut self) {
        self.open.last_mut().into_iter().for_each(|expected| *expected = Slot::Value);
    }

    fn behind_value(&mut self) {
        if let Some(expected @ Slot::Value) = self.open.last_mut() {
            *expected = Slot::Key;
        }
    }
}

/// The anchors that have aliases. A text that has no aliases is not read for it.
fn aliased_anchors(text: &str) -> BTreeSet<usize> {
    if !(text.contains('*') && text.contains('&')) {
        return BTreeSet::new();
    }
    lookahead::events(text)
        .filter_map(|(event, _)| if let Event::Alias(anchor) = event { Some(anchor) } else { None })
        .collect()
}
