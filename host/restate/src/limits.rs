//! What Restate's messages can carry.

use serde_json::Value;

/// The greatest message that is given to Restate, in bytes: its own limit is 32 MiB, and a message has more in it than
/// what we say.
pub const MAX_MESSAGE: usize = 30 << 20;

/// The greatest request that starts a run, in bytes: the state that the run begins with makes most of it.
pub const MAX_REQUEST: usize = 28 << 20;

/// How large one value of a run's state is at most, in bytes: larger ones are kept in parts.
pub(crate) const PART: usize = 4 << 20;

/// How deeply what is recorded may be nested: what a state may be, with what events and messages put around it.
pub(crate) const DEPTH: usize = sortie_json::MAX_DEPTH + 32;

/// What one thing that a Restate keeps may take here, in bytes: a result as text, and the values of what is read, as an event
/// of a journal.
pub(crate) const ROOM: usize = 512 << 20;

/// How many bytes a result has, and the result itself, where a message can carry it.
pub(crate) fn carried(result: Value) -> (usize, Option<Value>) {
    let size = sortie_json::canonical_size(&result);
    (size, (size <= MAX_MESSAGE).then_some(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_carried_that_has_as_many_bytes_as_a_message_may_have_and_not_one_more() {
        let of = |bytes: usize| {
            let (size, result) = carried(Value::String("x".repeat(bytes - 2)));
            (size, result.is_some())
        };
        assert_eq!(of(MAX_MESSAGE), (MAX_MESSAGE, true));
        assert_eq!(of(MAX_MESSAGE + 1), (MAX_MESSAGE + 1, false));
    }
}
