//! "Did you mean …?"

pub(crate) use sortie_json::nearest;

/// A sentence with a suggestion, if there is one.
pub(crate) fn suggesting(sentence: String, near: Option<&str>) -> String {
    match near {
        Some(near) => format!("{sentence}; did you mean `{near}`?"),
        None => sentence,
    }
}
