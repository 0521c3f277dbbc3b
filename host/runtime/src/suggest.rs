//! The name that was probably meant.

/// The longest name that another is looked for, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// How many names are compared: to compare two takes far longer than to see that their lengths differ.
const MAX_CANDIDATES: usize = 256;

/// The candidate that is nearest to a name, if one is near enough: at most a third of its letters differ.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let length = name.chars().count();
    let alike = |candidate: &&str| {
        candidate.len() <= MAX_NAME_BYTES && {
            let other = candidate.chars().count();
            length.abs_diff(other) * 3 <= other.max(3)
        }
    };
    candidates
        .into_iter()
        .filter(alike)
        .take(MAX_CANDIDATES)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count().max(3))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        assert_eq!(nearest("daly_loop", ["echo", "daily_loop"]), Some("daily_loop"));
        assert_eq!(nearest("x", ["echo", "daily_loop"]), None);
    }

    #[test]
    fn long_names_are_not_compared() {
        let name = "n".repeat(64);
        let candidate = format!("{}m", "n".repeat(63));
        assert_eq!(nearest(&name, [candidate.as_str()]), Some(candidate.as_str()));
        assert_eq!(nearest(&format!("{name}n"), [candidate.as_str()]), None);
    }
}
