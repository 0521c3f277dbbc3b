//! A bound on nesting before the text is read: the reader, and the end of what it builds, recurse.

/// The offset at which a text nests deeper than a bound; it may take up to two levels too many for one, so that the
/// exact limit is for whoever walks through the value. Every opened bracket is a level, and every dot of a key.
pub(super) fn deeper_than(text: &str, bound: usize) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut dots = 0_usize;
    let mut level = 0_usize;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                at += string_length(bytes.get(at..).unwrap_or_default(), *byte);
                continue;
            }
            b'#' => {
                let comment = bytes.iter().skip(at).position(|byte| *byte == b'\n');
                at = comment.map_or(bytes.len(), |length| at + length);
                continue;
            }
            b'[' | b'{' => {
                open.push(std::mem::take(&mut dots));
                level += 1;
            }
            b']' | b'}' => {
                if let Some(outside) = open.pop() {
                    level = level.saturating_sub(1 + dots);
                    dots = outside;
                }
            }
            b'.' => {
                dots += 1;
                level += 1;
            }
            b',' => level = level.saturating_sub(std::mem::take(&mut dots)),
            b'\n' if open.is_empty() => level = level.saturating_sub(std::mem::take(&mut dots)),
            _ => {}
        }
        if level > bound {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The length of a string with its quotes, one or three at each end.
fn string_length(text: &[u8], quote: u8) -> usize {
    let quotes = [quote; 3];
    let closing: &[u8] = if text.starts_with(&quotes) { &quotes } else { &[quote] };
    let mut at = closing.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(closing) {
            return at + closing.len();
        }
        // A string of one line ends with its line, closed or not.
        if closing.len() == 1 && rest.starts_with(b"\n") {
            return at;
        }
        at += if quote == b'"' && rest.starts_with(b"\\") { 2 } else { 1 };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_dots_count_outside_of_strings_and_comments() {
        assert_eq!(deeper_than("a = [[[1]]]\nb = [[[1]]]", 3), None);
        assert_eq!(deeper_than("a = [[[[1]]]]", 3), Some(7));
        assert_eq!(deeper_than("[a.b.c.d.e]", 3), Some(6));
        assert_eq!(deeper_than("a.b.c.d.e = 1", 3), Some(7));
        assert_eq!(deeper_than("a = [1.5, 1.5, 1.5, 1.5]", 3), None);
        assert_eq!(deeper_than("a = '[[[[' # [[[[\nb = \"\\\"[[[[\"\nc = '''\n[[[['''", 3), None);
    }
}
