//! The name that was meant.

/// The candidate nearest to a name, if it is near enough to be what was meant: at most a third of the name's letters,
/// and at least one, must be added, removed, replaced or swapped with their neighbour, case aside. Of equally near
/// candidates the first.
pub fn suggest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = name.to_lowercase();
    let length = lower.chars().count();
    let furthest = (length / 3).max(1);
    let distance = |candidate: &str| {
        let near = candidate.chars().count().abs_diff(length) <= furthest;
        near.then(|| strsim::osa_distance(&lower, &candidate.to_lowercase()))
    };
    candidates
        .into_iter()
        .filter_map(|candidate| distance(candidate).map(|distance| (distance, candidate)))
        .filter(|(distance, candidate)| *distance <= furthest && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
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
            ("di", Some("id")),
            ("x", None),
            ("", None),
            ("something", None),
        ] {
            assert_eq!(suggest(name, names), expected, "{name}");
        }
    }
}
