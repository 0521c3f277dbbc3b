//! Looking through JSON text without reading it: where a string ends, where a container ends, what needs no escape.
//!
//! A plugin looks at many bytes at a time with the vector instructions of WebAssembly, which are the same on every
//! machine; elsewhere the same masks are made byte by byte, and all that follows from them is the same code.

/// How many bytes are looked at together: as many as the masks have bits.
const BLOCK: usize = 32;

/// Where a string ends: the place of its quote, or of the text's end; and whether no escape is before it. The string's
/// first byte is at `at`.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn string_end(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut is_plain = true;
    loop {
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let found = lanes::quotes_and_backslashes(chunk);
            if found != 0 {
                at += place(found);
                break;
            }
            at += lanes::WIDTH;
        }
        match bytes.get(at) {
            None => return (bytes.len(), is_plain),
            Some(b'"') => return (at, is_plain),
            Some(b'\\') => {
                is_plain = false;
                at += 2;
            }
            Some(_) => at += 1,
        }
    }
}

/// Where an array or an object ends that begins here. What is in it is not looked at, but for strings, in which brackets
/// mean nothing; so its depth costs nothing.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn container_end(bytes: &[u8], begin: usize) -> usize {
    // Of small values, most are empty.
    if let Some([_, b']' | b'}', ..]) = bytes.get(begin..) {
        return begin + 2;
    }
    let (mut at, mut depth, mut in_string) = (begin, 0_usize, false);
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let Marks { quotes, backslashes, brackets, opening } = lanes::marks(block);
        if backslashes != 0 {
            match slowly(bytes, at, (depth, in_string)) {
                Passage::Ended(end) => return end,
                Passage::At(next, left, within) => (at, depth, in_string) = (next, left, within),
            }
            continue;
        }
        // A bit for each byte of a string, from its opening quote up to its closing one.
        let within = before_each(quotes) ^ if in_string { u32::MAX } else { 0 };
        let mut brackets = brackets & !within;
        let closing = brackets & !opening;
        if count(closing) < depth {
            depth += count(brackets & opening);
            depth -= count(closing);
        } else {
            while brackets != 0 {
                let bracket = brackets & brackets.wrapping_neg();
                if bracket & opening == 0 {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + place(bracket) + 1;
                    }
                } else {
                    depth += 1;
                }
                brackets ^= bracket;
            }
        }
        in_string = within >> (BLOCK - 1) != 0;
        at += BLOCK;
    }
    loop {
        match slowly(bytes, at, (depth, in_string)) {
            Passage::Ended(end) => return end,
            Passage::At(next, left, within) => (at, depth, in_string) = (next, left, within),
        }
    }
}

/// What a stretch of a container led to.
enum Passage {
    /// The container's end, or the text's.
    Ended(usize),
    /// A place behind the stretch, how deep that is, and whether it is in a string.
    At(usize, usize, bool),
}

/// Goes through a block byte by byte: where it has escapes, or the text has no more than that.
fn slowly(bytes: &[u8], begin: usize, (mut depth, mut in_string): (usize, bool)) -> Passage {
    let mut at = begin;
    while at < begin + BLOCK {
        let Some(byte) = bytes.get(at) else { return Passage::Ended(bytes.len()) };
        at += 1;
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Passage::Ended(at);
                }
            }
            _ => {}
        }
    }
    Passage::At(at, depth, in_string)
}

/// How many of the first bytes JSON has in a string as they are.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn unescaped(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = lanes::to_escape(chunk);
        if found != 0 {
            return at + place(found);
        }
        at += lanes::WIDTH;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    if at > 0 {
        // The last bytes are looked at together with some that have been.
        let Some(chunk) = bytes.last_chunk() else { return bytes.len() };
        let found = lanes::to_escape(chunk);
        return if found == 0 { bytes.len() } else { bytes.len() - lanes::WIDTH + place(found) };
    }
    if is_short_and_plain(rest) {
        return rest.len();
    }
    rest.iter().position(|byte| is_to_escape(*byte)).unwrap_or(rest.len())
}

/// Whether a text of 4 to 15 bytes has nothing to escape: most names are such. It is covered by two words that overlap.
fn is_short_and_plain(bytes: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return !has_to_escape(u64::from_le_bytes(*first)) && !has_to_escape(u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let both = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
        return !has_to_escape(both);
    }
    false
}

/// Whether any byte of a word is one that JSON does not have in a string as it is.
fn has_to_escape(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = ONES << 7;
    // The highest bit of a byte is set where that byte is zero, and perhaps of bytes above one that is.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    let quotes = zeros(word ^ (ONES * u64::from(b'"')));
    let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
    (controls | quotes | backslashes) & HIGHEST != 0
}

fn is_to_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// What JSON is told apart by in a block: a bit for each byte, the lowest for the first.
struct Marks {
    quotes: u32,
    backslashes: u32,
    /// Outside strings; within one, other letters too.
    brackets: u32,
    /// Of the brackets, those that open something; of other bytes this says nothing.
    opening: u32,
}

/// For each bit, whether an odd number of bits is set up to it, itself included.
fn before_each(bits: u32) -> u32 {
    let bits = bits ^ (bits << 1);
    let bits = bits ^ (bits << 2);
    let bits = bits ^ (bits << 4);
    let bits = bits ^ (bits << 8);
    bits ^ (bits << 16)
}

fn count(bits: u32) -> usize {
    usize::try_from(bits.count_ones()).unwrap_or(BLOCK)
}

/// Of the lowest bit that is set.
fn place(bits: u32) -> usize {
    usize::try_from(bits.trailing_zeros()).unwrap_or(BLOCK)
}

/// All four brackets are the same but for these bits, and outside strings nothing else of JSON is.
const BRACKET_BITS: u8 = (b'{' ^ b'[') | (b'{' ^ b'}');
const BRACKET: u8 = b'{' & !BRACKET_BITS;

/// The masks with the instructions for vectors.
#[cfg(target_arch = "wasm32")]
mod lanes {
    use core::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_shl, u8x16_splat, u64x2, v128, v128_andnot, v128_or,
    };

    use super::{BLOCK, BRACKET, BRACKET_BITS, Marks};

    pub(super) const WIDTH: usize = 16;

    #[target_feature(enable = "simd128")]
    fn loaded(chunk: &[u8; WIDTH]) -> v128 {
        let (words, _) = chunk.as_chunks::<8>();
        match words {
            [low, high] => u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high)),
            _ => u64x2(0, 0),
        }
    }

    #[target_feature(enable = "simd128")]
    pub(super) fn quotes_and_backslashes(chunk: &[u8; WIDTH]) -> u32 {
        let bytes = loaded(chunk);
        let found = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
        u8x16_bitmask(found).into()
    }

    #[target_feature(enable = "simd128")]
    pub(super) fn to_escape(chunk: &[u8; WIDTH]) -> u32 {
        let bytes = loaded(chunk);
        let found = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
        u8x16_bitmask(v128_or(found, u8x16_lt(bytes, u8x16_splat(0x20)))).into()
    }

    #[target_feature(enable = "simd128")]
    pub(super) fn marks(block: &[u8; BLOCK]) -> Marks {
        let (halves, _) = block.as_chunks::<WIDTH>();
        let (low, high) = match halves {
            [low, high] => (loaded(low), loaded(high)),
            _ => (u64x2(0, 0), u64x2(0, 0)),
        };
        let both = |low: v128, high: v128| u32::from(u8x16_bitmask(low)) | u32::from(u8x16_bitmask(high)) << WIDTH;
        let equal = |byte: u8| both(u8x16_eq(low, u8x16_splat(byte)), u8x16_eq(high, u8x16_splat(byte)));
        let (bits, bracket) = (u8x16_splat(BRACKET_BITS), u8x16_splat(BRACKET));
        Marks {
            quotes: equal(b'"'),
            backslashes: equal(b'\\'),
            brackets: both(u8x16_eq(v128_andnot(low, bits), bracket), u8x16_eq(v128_andnot(high, bits), bracket)),
            // The second bit of what opens is set.
            opening: both(u8x16_shl(low, 6), u8x16_shl(high, 6)),
        }
    }
}

/// The same masks, byte by byte.
#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    use super::{BLOCK, BRACKET, BRACKET_BITS, Marks, is_to_escape};

    pub(super) const WIDTH: usize = 16;

    fn mask(bytes: &[u8], is_marked: impl Fn(u8) -> bool) -> u32 {
        bytes.iter().rev().fold(0, |mask, byte| mask << 1 | u32::from(is_marked(*byte)))
    }

    pub(super) fn quotes_and_backslashes(chunk: &[u8; WIDTH]) -> u32 {
        mask(chunk, |byte| matches!(byte, b'"' | b'\\'))
    }

    pub(super) fn to_escape(chunk: &[u8; WIDTH]) -> u32 {
        mask(chunk, is_to_escape)
    }

    pub(super) fn marks(block: &[u8; BLOCK]) -> Marks {
        Marks {
            quotes: mask(block, |byte| byte == b'"'),
            backslashes: mask(block, |byte| byte == b'\\'),
            brackets: mask(block, |byte| byte & !BRACKET_BITS == BRACKET),
            opening: mask(block, |byte| byte & 2 != 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is looked for, byte by byte.
    fn plainly(bytes: &[u8], begin: usize) -> usize {
        let (mut at, mut state) = (begin, (0, false));
        loop {
            match slowly(bytes, at, state) {
                Passage::Ended(end) => return end,
                Passage::At(next, depth, in_string) => (at, state) = (next, (depth, in_string)),
            }
        }
    }

    #[test]
    fn brackets_are_told_from_all_else_of_json() {
        for byte in 0..=u8::MAX {
            let is_bracket = matches!(byte, b'{' | b'}' | b'[' | b']');
            let is_of_json =
                matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'0'..=b'9' | b'"' | b',' | b':' | b'+' | b'-' | b'.');
            let is_of_json = is_of_json || b"truefalsnE".contains(&byte) || is_bracket;
            assert!(!is_of_json || (byte & !BRACKET_BITS == BRACKET) == is_bracket, "{byte}");
            assert!(!is_bracket || (byte & 2 != 0) == matches!(byte, b'{' | b'['), "{byte}");
        }
    }

    #[test]
    fn a_container_ends_at_its_bracket_whatever_is_in_it_and_wherever_it_lies() {
        let inner = [
            String::new(),
            "1".to_owned(),
            r#""}]""#.to_owned(),
            r#""\"}\\","[{""#.to_owned(),
            r#"{"Y_y":[[],{}]},"a""#.to_owned(),
            format!("{}{}", "[".repeat(70), "]".repeat(70)),
            format!("\"{}\"", "x}".repeat(40)),
            format!("\"{}\\\"]\",[1]", "y".repeat(31)),
            "[1.5e3,true,false,null],".repeat(9) + "-2",
        ];
        for (index, text) in inner.iter().enumerate() {
            for (open, close) in [('[', ']'), ('{', '}')] {
                for before in 0..40 {
                    for behind in ["", "]", ",\"}\"", &" ,".repeat(40)] {
                        let whole = format!("{}{open}{text}{close}{behind}", " ".repeat(before));
                        let end = container_end(whole.as_bytes(), before);
                        assert_eq!(end, whole.len() - behind.len(), "{index} {before} {whole}");
                        // Cut off anywhere, it ends like the plain search.
                        for cut in [before, before + 1, usize::midpoint(before, end), end.saturating_sub(1)] {
                            let cut = &whole.as_bytes()[..cut];
                            assert_eq!(container_end(cut, before), plainly(cut, before), "{index} {whole}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_needs_no_escape_ends_at_what_does() {
        for length in 0..70 {
            let plain = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(unescaped(plain.as_bytes()), plain.len());
            for odd in ['"', '\\', '\n', '\0', '\u{1f}'] {
                assert_eq!(unescaped(format!("{plain}{odd}{plain}").as_bytes()), plain.len(), "{length} {odd:?}");
            }
        }
        assert_eq!(unescaped("\u{20}\u{7f}\u{80}".as_bytes()), 4);
    }
}
