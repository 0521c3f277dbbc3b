//! The places of the keys and values of a JSON text, in one pass and only as far as they are asked for.

/// Goes through the tokens of a text: each key, each scalar, and each `[` and `{`, in the order of the text, which is
/// the order in which a reader begins them.
pub(crate) struct Tokens<'t> {
    text: &'t str,
    /// The number of the last token, from 1; none yet is 0.
    number: usize,
    start: usize,
    end: usize,
}

impl<'t> Tokens<'t> {
    /// The text has to be JSON as far as tokens are asked for.
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, number: 0, start: 0, end: 0 }
    }

    /// The offset and the text of a token, counted from 1, which is not before the one that was asked for last.
    pub(crate) fn nth(&mut self, number: usize) -> Option<(usize, &'t str)> {
        while self.number < number {
            self.advance()?;
        }
        Some((self.start, self.text.get(self.start..self.end)?))
    }

    fn advance(&mut self) -> Option<()> {
        let rest = self.text.get(self.end..)?;
        let between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b']' | b'}');
        let skipped = rest.bytes().take_while(between).count();
        let token = rest.as_bytes().get(skipped..)?;
        let length = match token.first()? {
            b'[' | b'{' => 1,
            b'"' => string_length(token),
            _ => token.iter().take_while(|byte| !between(byte)).count(),
        };
        self.start = self.end + skipped;
        self.end = self.start + length;
        self.number += 1;
        Some(())
    }
}

/// The length of the string that a text begins with, both quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    for (index, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}
