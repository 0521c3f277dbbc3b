//! As much of CBOR (RFC 8949) as authenticators write: items of definite length, each in its shortest form.

/// How deep items may nest: the protocol of authenticators (CTAP 2) allows four levels.
const MAX_DEPTH: usize = 4;

/// Reads items from the front of some bytes. Each takes at least one byte, so that no count costs more than was sent.
#[derive(Debug)]
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    /// An integer.
    pub(super) fn integer(&mut self) -> Option<i64> {
        match self.head()? {
            (0, number) => i64::try_from(number).ok(),
            (1, number) => i64::try_from(number).ok().map(|number| -1 - number),
            _ => None,
        }
    }

    /// A string of bytes.
    pub(super) fn bytes(&mut self) -> Option<&'b [u8]> {
        match self.head()? {
            (2, length) => self.take(length),
            _ => None,
        }
    }

    /// How many pairs follow.
    pub(super) fn map(&mut self) -> Option<u64> {
        match self.head()? {
            (5, pairs) => Some(pairs),
            _ => None,
        }
    }

    /// Passes an item, whatever it is.
    pub(super) fn pass(&mut self) -> Option<()> {
        self.pass_within(MAX_DEPTH)
    }

    fn pass_within(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.head()? {
            (0 | 1, _) | (7, 20..=22) => {}
            (2, length) => {
                self.take(length)?;
            }
            (3, length) => {
                std::str::from_utf8(self.take(length)?).ok()?;
            }
            (4, count) => {
                for _ in 0..count {
                    self.pass_within(depth)?;
                }
            }
            (5, count) => {
                for _ in 0..count {
                    self.pass_within(depth)?;
                    self.pass_within(depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The type of an item, and its number.
    fn head(&mut self) -> Option<(u8, u64)> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let (kind, short) = (first >> 5, first & 0x1f);
        let (number, least) = match short {
            0..=23 => return Some((kind, u64::from(short))),
            24 => (self.number(1)?, 24),
            25 => (self.number(2)?, 0x100),
            26 => (self.number(4)?, 0x1_0000),
            27 => (self.number(8)?, 0x1_0000_0000),
            _ => return None,
        };
        // What could be written in fewer bytes has two forms, and only one of them is right.
        (number >= least && kind != 7).then_some((kind, number))
    }

    fn number(&mut self, length: u64) -> Option<u64> {
        Some(self.take(length)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(bytes: &[u8]) -> bool {
        let mut reader = Reader(bytes);
        reader.pass().is_some() && reader.0.is_empty()
    }

    #[test]
    fn items_of_definite_length_in_their_shortest_form_are_read_and_nothing_else() {
        let good: [&[u8]; 8] = [
            &[0x00],
            &[0x17],
            &[0x18, 24],
            &[0x42, 1, 2],
            &[0x62, b'o', b'k'],
            &[0x82, 0x01, 0xf5],
            &[0xa1, 0x63, b'a', b'b', b'c', 0x81, 0x00],
            &[0xa0],
        ];
        for bytes in good {
            assert!(passes(bytes), "{bytes:02x?}");
        }
        let bad: [&[u8]; 13] = [
            &[],
            &[0x18, 23],
            &[0x19, 0, 255],
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[0x5f, 0xff],
            &[0x42, 1],
            &[0x61, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x81, 0x81, 0x81, 0x81, 0x00],
            &[0xc0, 0x00],
            &[0xf8, 0xff],
            &[0x1c],
        ];
        for bytes in bad {
            assert!(!passes(bytes), "{bytes:02x?}");
        }
        assert_eq!(Reader(&[0x26]).integer(), Some(-7));
        assert_eq!(Reader(&[0x39, 1, 0]).integer(), Some(-257));
        assert_eq!(Reader(&[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).integer(), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let mut reader = Reader(&bytes);
            let _ = reader.pass();
            assert!(reader.0.len() <= bytes.len());
        }
    }
}
