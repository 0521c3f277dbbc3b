//! What a script answers to human steps.

use serde_json::{Map, Value};

/// An answer to a human step that is known beforehand: in a scenario, or in a plugin's request of a mission. Most are
/// the value itself; what else can happen to a step is written as an object whose only member begins with `$`.
/// A closed set: nothing else can happen to a human step.
///
/// ```
/// use serde_json::json;
/// use sortie_interface::Answer;
///
/// assert_eq!(Answer::read(&json!("yes")), Ok(Answer::Value(json!("yes"))));
/// assert_eq!(Answer::read(&json!({"$expire": true})), Ok(Answer::Expire));
/// assert_eq!(Answer::read(&json!({"$cancel": "no longer needed"})), Ok(Answer::Cancel("no longer needed".to_owned())));
/// assert_eq!(Answer::read(&json!({"$value": {"$expire": true}})), Ok(Answer::Value(json!({"$expire": true}))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Somebody answers with this value. `{"$value": VALUE}` is a value that would be read as something else.
    Value(Value),
    /// `{"$mark": true}`: nobody is asked, which is recorded, and the run continues.
    Mark,
    /// `{"$expire": true}`: nobody answers in time.
    Expire,
    /// `{"$cancel": REASON}`: somebody cancels the run while it waits.
    Cancel(String),
}

/// An object that looks like what can happen to a human step, and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// A member that begins with `$` and has no meaning.
    #[error("`{0}` is nothing that can happen to a human step")]
    Unknown(String),
    /// `$expire` or `$mark` with another value than true.
    #[error("`{0}` is written with `true`")]
    NotTrue(&'static str),
    /// `$cancel` without a reason.
    #[error("`$cancel` is written with a reason in words")]
    NoReason,
    /// One of these members beside others.
    #[error("`{0}` stands alone in its object")]
    NotAlone(String),
}

impl AnswerError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unknown(_) | Self::NotAlone(_) => "an answer that is such an object is written `{$value: ANSWER}`",
            Self::NotTrue(_) => "leave the answer out where this is not to happen",
            Self::NoReason => "write `{$cancel: no longer needed}`",
        }
    }
}

impl Answer {
    /// The members that say what happens to a human step.
    pub const MEMBERS: [&'static str; 4] = ["$expire", "$cancel", "$mark", "$value"];

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// It is an object with one of these members beside others, or with but one member, which begins with `$` and is
    /// none of them; or a member has a value that says nothing.
    pub fn read(value: &Value) -> Result<Self, AnswerError> {
        let Some(members) = value.as_object() else { return Ok(Self::Value(value.clone())) };
        let known = members.keys().find(|name| Self::MEMBERS.contains(&name.as_str()));
        match (known, members.len()) {
            (Some(name), 2..) => Err(AnswerError::NotAlone(name.clone())),
            (_, 1) => Self::of_member(members, value),
            (_, _) => Ok(Self::Value(value.clone())),
        }
    }

    fn of_member(members: &Map<String, Value>, whole: &Value) -> Result<Self, AnswerError> {
        let Some((name, value)) = members.iter().next() else { return Ok(Self::Value(whole.clone())) };
        let only_true =
            |name, answer| if *value == Value::Bool(true) { Ok(answer) } else { Err(AnswerError::NotTrue(name)) };
        match name.as_str() {
            "$value" => Ok(Self::Value(value.clone())),
            "$expire" => only_true("$expire", Self::Expire),
            "$mark" => only_true("$mark", Self::Mark),
            "$cancel" => match value.as_str() {
                Some(reason) if !reason.trim().is_empty() => Ok(Self::Cancel(reason.to_owned())),
                Some(_) | None => Err(AnswerError::NoReason),
            },
            other if other.starts_with('$') => Err(AnswerError::Unknown(other.to_owned())),
            _ => Ok(Self::Value(whole.clone())),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let only = |name: &str, value: Value| Value::Object(Map::from_iter([(name.to_owned(), value)]));
        match self {
            Self::Value(value) if Self::read(value).as_ref() == Ok(self) => value.clone(),
            Self::Value(value) => only("$value", value.clone()),
            Self::Mark => only("$mark", Value::Bool(true)),
            Self::Expire => only("$expire", Value::Bool(true)),
            Self::Cancel(reason) => only("$cancel", Value::from(reason.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_itself_unless_it_says_what_happens() {
        for (written, expected) in [
            (json!(null), "Value(Null)"),
            (json!({}), "Value(Object {})"),
            (json!({"$a": 1, "$b": 2}), r#"Value(Object {"$a": Number(1), "$b": Number(2)})"#),
            (json!({"expire": true}), r#"Value(Object {"expire": Bool(true)})"#),
            (json!({"$mark": true}), "Mark"),
            (json!({"$expire": true}), "Expire"),
            (json!({"$value": {"$mark": true}}), r#"Value(Object {"$mark": Bool(true)})"#),
        ] {
            let read = Answer::read(&written).unwrap();
            assert_eq!(format!("{read:?}"), expected);
            assert_eq!(read.to_json(), written);
        }
        for (written, message) in [
            (json!({"$expires": true}), "`$expires` is nothing that can happen to a human step"),
            (json!({"$expire": "yes"}), "`$expire` is written with `true`"),
            (json!({"$mark": false}), "`$mark` is written with `true`"),
            (json!({"$cancel": " "}), "`$cancel` is written with a reason in words"),
            (json!({"$cancel": true}), "`$cancel` is written with a reason in words"),
            (json!({"$mark": true, "note": 1}), "`$mark` stands alone in its object"),
        ] {
            assert_eq!(Answer::read(&written).unwrap_err().to_string(), message);
        }
    }
}
