//! What other programs write that is nearly JSON, made JSON where it can be told for certain what is meant.

/// UTF-16's surrogate pairs, each half encoded as if it were a character (CESU-8, as Taskwarrior 2.6 writes what it read
/// as `\ud83c\udf89`), made the characters that they stand for. Bytes of any other kind stay as they are, and so does a
/// text in which nothing can be mended.
///
/// ```
/// assert_eq!(sortie_json::salvage::surrogate_pairs(b"party \xed\xa0\xbc\xed\xbe\x89".to_vec()), "party 🎉".as_bytes());
/// ```
#[must_use]
pub fn surrogate_pairs(bytes: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    let mut mended = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        if let Some((character, after)) = pair(rest) {
            mended.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        } else {
            mended.push(*first);
            rest = tail;
        }
    }
    mended
}

/// The character of a pair that bytes begin with, and what comes after it.
fn pair(bytes: &[u8]) -> Option<(char, &[u8])> {
    let &[
        0xed,
        high @ 0xa0..=0xaf,
        high_low @ 0x80..=0xbf,
        0xed,
        low @ 0xb0..=0xbf,
        low_low @ 0x80..=0xbf,
        ref rest @ ..,
    ] = bytes
    else {
        return None;
    };
    let bits = |byte: u8, last: u8| (u32::from(byte & 0x0f) << 6) | u32::from(last & 0x3f);
    let code = 0x1_0000 + (bits(high, high_low) << 10) + bits(low, low_low);
    Some((char::from_u32(code)?, rest))
}

/// JSON objects, one a line, perhaps with commas between them, made a JSON array of them: what `task export` writes with
/// `json.array=off`, and JSON Lines. Nothing, where the text is anything else. Objects on more than one line each are not
/// taken for such a list, and one object alone is a document of its own.
///
/// ```
/// let text = b"{\"id\":1}\n{\"id\":2},\n".to_vec();
/// assert_eq!(sortie_json::salvage::lines(&text).unwrap(), b"[{\"id\":1},\n{\"id\":2}\n]");
/// assert_eq!(sortie_json::salvage::lines(b"{\n}\n"), None);
/// ```
#[must_use]
pub fn lines(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut array = String::with_capacity(text.len() + 16);
    let mut objects = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let object = line.strip_suffix(',').unwrap_or(line).trim_end();
        if !(object.starts_with('{') && object.ends_with('}')) {
            return None;
        }
        array.push_str(if objects == 0 { "[" } else { ",\n" });
        array.push_str(object);
        objects += 1;
    }
    array.push_str("\n]");
    (objects > 1).then(|| array.into_bytes())
}

/// A JSON text whose whole numbers past 2^53−1, which not every reader knows exactly (RFC 7493, section 2.2), are made
/// strings of the same digits.
///
/// ```
/// let mended = sortie_json::salvage::great_integers(br#"{"id":13911860366432393,"t":"13911860366432393"}"#);
/// assert_eq!(mended, br#"{"id":"13911860366432393","t":"13911860366432393"}"#);
/// ```
#[must_use]
pub fn great_integers(bytes: &[u8]) -> Vec<u8> {
    const MOST: u64 = (1 << 53) - 1;
    let mut mended = Vec::with_capacity(bytes.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = bytes;
    while let Some((byte, tail)) = rest.split_first() {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
        } else if *byte == b'-' || byte.is_ascii_digit() {
            let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
            let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
            let (number, after) = rest.split_at(end);
            let digits = number.strip_prefix(b"-").unwrap_or(number);
            let whole = digits.iter().all(u8::is_ascii_digit);
            let small = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
            let great = whole && small.is_none_or(|number| number > MOST);
            let quote: &[u8] = if great { b"\"" } else { b"" };
            mended.extend_from_slice(quote);
            mended.extend_from_slice(number);
            mended.extend_from_slice(quote);
            rest = after;
            continue;
        } else {
            in_string = *byte == b'"';
        }
        mended.push(*byte);
        rest = tail;
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pairs_are_mended() {
        let half = b"\xed\xa0\xbc alone \xed\xbe\x89".to_vec();
        assert_eq!(surrogate_pairs(half.clone()), half);
        let latin = b"caf\xe9".to_vec();
        assert_eq!(surrogate_pairs(latin.clone()), latin);
        assert_eq!(surrogate_pairs("日本 🎉".into()), "日本 🎉".as_bytes());
    }

    #[test]
    fn only_lists_of_objects_are_taken_for_lists() {
        for text in ["", "{}", "[1]\n[2]", "{\"a\":\n1}\n{}", "{\"a\": {\n}\n}", "a: 1\nb: 2"] {
            assert_eq!(lines(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_are_known_exactly_stay_numbers() {
        let text = br#"[9007199254740991,-9007199254740991,1e400,1.5,"a\"9999999999999999999",-0]"#;
        assert_eq!(great_integers(text), text);
        let great = great_integers(b"[9007199254740992,-9007199254740993,123456789012345678901234567890]");
        assert_eq!(great, br#"["9007199254740992","-9007199254740993","123456789012345678901234567890"]"#);
    }
}
