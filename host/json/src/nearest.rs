//! The name that was probably meant.

/// The longest name that another is looked for, in characters: longer ones are no typing errors.
const MAX_NAME: usize = 100;
/// The longest candidate that is compared, in bytes.
const MAX_CANDIDATE: usize = 400;
/// How many candidates are compared: to compare two takes far longer than to see that their lengths differ.
const MAX_CANDIDATES: usize = 256;

/// The candidate that a name was probably meant to be, if there is one: that with the fewest letters added, removed,
/// replaced or swapped with their neighbour, case aside, if these are at most a third of the name's; else the only one
/// that contains the name or is contained in it. Of equally near ones the first.
///
/// # Examples
///
/// ```
/// # use sortie_json::nearest;
/// assert_eq!(nearest("misson", ["mission", "params"]), Some("mission"));
/// assert_eq!(nearest("something", ["mission", "params"]), None);
/// ```
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = name.to_lowercase();
    let length = lower.chars().count();
    if length > MAX_NAME {
        return None;
    }
    let furthest = (length / 3).max(1);
    let candidates: Vec<&str> = candidates.into_iter().filter(|candidate| candidate.len() <= MAX_CANDIDATE).collect();
    let typed = candidates
        .iter()
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= furthest)
        .take(MAX_CANDIDATES)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= furthest && *distance < candidate.chars().count().max(length))
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, candidate)) = typed {
        return Some(candidate);
    }
    let mut related = candidates
        .into_iter()
        .filter(|candidate| length >= 3 && candidate.len() >= 3)
        .filter(|candidate| candidate.contains(name) || name.contains(candidate));
    let first = related.next()?;
    related.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_close_is_suggested_and_one_that_is_not_is_not() {
        let names = ["mission", "missions", "params", "id", "on_expiry"];
        for (name, expected) in [
            ("misson", Some("mission")),
            ("Missions", Some("missions")),
            ("parmas", Some("params")),
            ("on-expiry", Some("on_expiry")),
            ("expiry", Some("on_expiry")),
            ("di", Some("id")),
            ("x", None),
            ("", None),
            ("something", None),
        ] {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        let name = "n".repeat(MAX_NAME);
        let candidate = format!("{}m", "n".repeat(MAX_NAME - 1));
        assert_eq!(nearest(&name, [candidate.as_str()]), Some(candidate.as_str()));
        assert_eq!(nearest(&format!("{name}n"), [candidate.as_str()]), None);
        let after = |candidates| nearest("ab", std::iter::repeat_n("xy", candidates).chain(["ac"]));
        assert_eq!((after(MAX_CANDIDATES - 1), after(MAX_CANDIDATES)), (Some("ac"), None));
    }
}
