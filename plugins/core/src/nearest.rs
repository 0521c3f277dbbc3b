//! "Did you mean …?"

/// The candidate with the fewest typing errors from a name, if they are at most a third of the name. Of equally good
/// ones the first.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = name.chars().count();
    // Longer names are no typing errors, and comparing them would take long.
    if length > 100 {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 400)
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= (length / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A sentence with a suggestion, if there is one.
pub(crate) fn suggesting(sentence: String, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("{sentence}; did you mean `{near}`?"),
        None => sentence,
    }
}
