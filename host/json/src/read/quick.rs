//! JSON as programs write it, made a value at once. Whatever has to be told of a text, or is unusual in it, is left to the
//! reader that finds and tells all faults: where this one gives a value, that one gives the same.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::json::Scan;
use crate::limits::{MAX_DEPTH, ParseLimits, ROOM_OF_KEY, ROOM_OF_OBJECT, ROOM_OF_VALUE};
use crate::scalar::{noncharacter, spelt};

/// How many members an object may have that are put into their map one by one: each is compared with those before it.
const FEW_MEMBERS: usize = 5;

/// The value of a text, unless there is anything to tell of it.
pub(super) fn value(text: &str, limits: ParseLimits) -> Option<Value> {
    let mut quick = Quick { scan: Scan::of(text), room: limits.room(), members: Vec::new() };
    quick.scan.blank();
    let value = quick.value(limits.depth.min(MAX_DEPTH))?;
    quick.scan.blank();
    quick.scan.is_at_end().then_some(value)
}

struct Quick<'t> {
    scan: Scan<'t>,
    /// The room that is left for values.
    room: usize,
    /// The members so far of all objects that are open.
    members: Vec<(String, Value)>,
}

impl<'t> Quick<'t> {
    /// The value here, nested no deeper than that.
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.room = self.room.checked_sub(ROOM_OF_VALUE)?;
        match self.scan.peek()? {
            b'"' => self.text().map(|text| Value::String(text.into_owned())),
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'-' | b'0'..=b'9' => spelt(self.scan.number().ok()?).ok(),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        // What goes on behind it is no end of a value.
        self.scan.passes(word).then_some(value)
    }

    fn text(&mut self) -> Option<Cow<'t, str>> {
        let text = self.scan.well_formed_string()?;
        noncharacter(&text).is_none().then_some(text)
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.scan.pass();
        let mut elements = Vec::new();
        if self.scan.next_is(b']') {
            return Some(Value::Array(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            if self.ends(b']')? {
                return Some(Value::Array(elements));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.room = self.room.checked_sub(ROOM_OF_OBJECT)?;
        self.scan.pass();
        if self.scan.next_is(b'}') {
            return Some(Value::Object(Map::new()));
        }
        let before = self.members.len();
        let mut in_order = true;
        loop {
            self.room = self.room.checked_sub(ROOM_OF_KEY)?;
            if self.scan.peek() != Some(b'"') {
                return None;
            }
            let key = self.text()?.into_owned();
            self.scan.blank();
            if self.scan.peek() != Some(b':') {
                return None;
            }
            self.scan.pass();
            let value = self.value(depth)?;
            in_order &= self.members.get(before..)?.last().is_none_or(|(last, _)| *last < key);
            self.members.push((key, value));
            if self.ends(b'}')? {
                return self.map(before, in_order).map(Value::Object);
            }
        }
    }

    /// The members of the object that is at its end, unless a key is there twice.
    fn map(&mut self, before: usize, in_order: bool) -> Option<Map<String, Value>> {
        let own = self.members.drain(before..);
        if in_order && own.len() > FEW_MEMBERS {
            return Some(own.collect());
        }
        let mut members = Map::new();
        for (key, value) in own {
            if members.insert(key, value).is_some() {
                return None;
            }
        }
        // Nothing to do, but where a program has turned on `serde_json/preserve_order`.
        members.sort_keys();
        Some(members)
    }

    /// Whether the array or object ends here; else another one comes.
    fn ends(&mut self, close: u8) -> Option<bool> {
        self.scan.blank();
        match self.scan.peek()? {
            b',' => {
                self.scan.pass();
                Some(false)
            }
            byte if byte == close => {
                self.scan.step();
                Some(true)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{build, json::Json};

    /// Whether both readers say the same of a text; where the quick one says nothing, the other may say what it likes.
    fn check(text: &str, limits: ParseLimits) -> bool {
        let quick = value(text, limits);
        let told = build(&Json, text, limits, &[]).ok().map(|built| built.value);
        assert!(quick.is_none() || quick == told, "{text}");
        quick.is_some() == told.is_some()
    }

    const TEXT: &str = r#" {"b": [1, -0, 1.50, 1e3, 12345678901234, {}, [], [ ] ,{ }], "a": {"z": null, "y": true, "x": false,
        "w": "é\u00e9\n\ud83d\ude00", "v": "", "u": 0, "t": "plain"}, "c\"": "\\", "d":"e"} "#;

    #[test]
    fn what_programs_write_is_read_as_by_the_other_reader() {
        let limits = ParseLimits::default();
        for text in [TEXT, "1", "\"\"", "{}", "[]", " null ", "-1.5e-7", "9007199254740991", "1e400", "01", "-"] {
            assert!(check(text, limits), "{text}");
        }
        assert!(value(TEXT, limits).is_some());
        for wrong in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "{\"b\":1,\"a\":2,\"b\":3}",
            "truex",
            "nul",
            "[1 2]",
            "{\"a\" 1}",
            "{a:1}",
            "\"\u{ffff}\"",
            "{\"\u{fdd0}\":1}",
            "\"\\ud800\"",
            "\"a\nb\"",
            "9007199254740992",
            "\u{feff}1",
            "1 1",
        ] {
            assert_eq!(value(wrong, limits), None, "{wrong}");
        }
    }

    #[test]
    fn a_text_with_another_byte_is_read_as_by_the_other_reader() {
        for at in TEXT.char_indices().map(|(at, _)| at) {
            assert!(check(&TEXT[..at], ParseLimits::default()));
            let behind = at + TEXT[at..].chars().next().map_or(0, char::len_utf8);
            for other in [
                "", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", "e", ".", " ", "\n", "\u{1}", "\u{fffe}",
                "a",
            ] {
                let text = format!("{}{other}{}", &TEXT[..at], &TEXT[behind..]);
                assert!(check(&text, ParseLimits::default()), "{text}");
            }
        }
    }

    #[test]
    fn depth_and_room_are_bounded_alike() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for (depth, limit) in [(3, 3), (4, 3), (128, 128), (129, 128), (128, usize::MAX), (1, 0), (0, 0)] {
            let text = if depth == 0 { "1".to_owned() } else { nested(depth) };
            assert!(check(&text, ParseLimits { depth: limit, ..ParseLimits::default() }), "{depth} of {limit}");
        }
        let many = |objects: usize| format!("[{}{{}}]", "{},".repeat(objects - 1));
        let most = (crate::FREE_ROOM - 8) / (8 + 64);
        for objects in [most, most + 1] {
            assert!(check(&many(objects), ParseLimits { bytes: 1 << 10, ..ParseLimits::default() }), "{objects}");
        }
    }
}
