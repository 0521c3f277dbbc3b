//! "Did you mean …?"

/// The candidate that a name was probably meant to be: the one with the fewest typing errors (Damerau–Levenshtein,
/// restricted), if they are at most a third of the name; else the only one that contains the name or is
/// contained in it. Of equally good ones the first.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = name.chars().count();
    // Longer names are no typing errors, and comparing them would take long.
    if length > 100 {
        return None;
    }
    let candidates: Vec<&str> = candidates.into_iter().filter(|candidate| candidate.len() <= 400).collect();
    let allowed = (length / 3).max(1);
    let typed = candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count().max(length))
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
