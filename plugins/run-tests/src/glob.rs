//! Patterns of names.

/// Whether a pattern is that of the whole text: `*` stands for any characters, `?` for one. Takes time in proportion
/// to the lengths of both multiplied.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    // Whether the pattern, as far as it was read, matches the first 0, 1, 2 ... characters of the text.
    let mut matched: Vec<bool> = std::iter::once(true).chain(text.chars().map(|_| false)).collect();
    for wanted in pattern.chars() {
        let mut next = Vec::with_capacity(matched.len());
        if wanted == '*' {
            let mut any = false;
            next.extend(matched.iter().map(|before| {
                any |= before;
                any
            }));
        } else {
            next.push(false);
            let fits = text.chars().map(|found| wanted == '?' || wanted == found);
            next.extend(matched.iter().zip(fits).map(|(before, fits)| *before && fits));
        }
        matched = next;
    }
    matched.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        for text in matching {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for text in other {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_is_matched_with_the_whole_text() {
        check("*", &["", "a", "ab"], &[]);
        check("", &[""], &["a"]);
        check("ab", &["ab"], &["a", "abc", "xab"]);
        check("?", &["a", "é"], &["", "ab"]);
        check("a*c", &["ac", "abc", "acbc"], &["a", "acb", "xac"]);
        check("*-?", &["a-b", "a-b-c", "-x"], &["a-", "ab"]);
        check("**a**", &["a", "bab"], &["", "b"]);
    }
}
