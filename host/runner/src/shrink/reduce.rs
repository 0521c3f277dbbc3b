//! Making a JSON value as small as it can be while a test holds.

use serde_json::{Map, Value};

/// How often all of a value is gone through at most: what was left out in one place can let something go in another.
const MAX_PASSES: usize = 4;

/// What tells whether a value will do. It says `None` when no more is to be tried.
pub(super) type Test<'t> = dyn FnMut(&Value) -> Option<bool> + 't;

/// The smallest value that was found for which the test holds; it holds for the value itself. Members and elements are
/// left out, many at a time and then fewer; what is left is emptied, shortened, or made zero.
pub(super) fn reduce(value: &Value, test: &mut Test<'_>) -> Value {
    let mut smallest = value.clone();
    for _ in 0..MAX_PASSES {
        let Some(smaller) = pass(&smallest, test) else { return smallest };
        let done = smaller == smallest;
        smallest = smaller;
        if done {
            break;
        }
    }
    smallest
}

/// Goes through a value once; nothing, when no more is to be tried before anything became smaller.
fn pass(value: &Value, test: &mut Test<'_>) -> Option<Value> {
    let mut current = value.clone();
    for simpler in simpler(&current) {
        if test(&simpler)? {
            return Some(simpler);
        }
    }
    current = match current {
        Value::Object(members) => of_object(members, test),
        Value::Array(elements) => of_array(elements, test),
        Value::String(whole) => Value::String(of_text(&whole, test)),
        other => other,
    };
    Some(current)
}

/// The simplest values of the same type, simplest first; none that is not simpler.
fn simpler(value: &Value) -> Vec<Value> {
    let candidates = match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(_) => vec![Value::from(0), Value::from(1)],
        Value::String(_) => vec![Value::from("")],
        Value::Array(_) => vec![Value::Array(Vec::new())],
        Value::Object(_) => vec![Value::Object(Map::new())],
    };
    let known = candidates.iter().position(|candidate| candidate == value);
    candidates.into_iter().take(known.unwrap_or(usize::MAX)).collect()
}

fn of_object(members: Map<String, Value>, test: &mut Test<'_>) -> Value {
    let names: Vec<String> = members.keys().cloned().collect();
    let only = |names: &[String], members: &Map<String, Value>| -> Value {
        names.iter().filter_map(|name| Some((name.clone(), members.get(name)?.clone()))).collect::<Map<_, _>>().into()
    };
    let kept = fewest(names, &mut |names: &[String]| test(&only(names, &members)));
    let mut current = only(&kept, &members);
    for name in kept {
        let Some(member) = current.get(&name).cloned() else { continue };
        let smaller = pass(&member, &mut |candidate| {
            let mut whole = current.clone();
            whole.as_object_mut()?.insert(name.clone(), candidate.clone());
            test(&whole)
        });
        match (smaller, current.as_object_mut()) {
            (Some(smaller), Some(members)) => drop(members.insert(name, smaller)),
            (_, _) => break,
        }
    }
    current
}

fn of_array(elements: Vec<Value>, test: &mut Test<'_>) -> Value {
    let mut kept = fewest(elements, &mut |elements: &[Value]| test(&Value::Array(elements.to_vec())));
    for index in 0..kept.len() {
        let Some(element) = kept.get(index).cloned() else { break };
        let smaller = pass(&element, &mut |candidate| {
            let mut whole = kept.clone();
            *whole.get_mut(index)? = candidate.clone();
            test(&Value::Array(whole))
        });
        match (smaller, kept.get_mut(index)) {
            (Some(smaller), Some(element)) => *element = smaller,
            (_, _) => break,
        }
    }
    Value::Array(kept)
}

fn of_text(whole: &str, test: &mut Test<'_>) -> String {
    let characters: Vec<char> = whole.chars().collect();
    let kept = fewest(characters, &mut |characters: &[char]| test(&Value::String(characters.iter().collect())));
    kept.into_iter().collect()
}

/// The fewest of some parts for which a test holds, as far as leaving out a run of them at a time finds it: half of them,
/// then quarters, and so on to one alone (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input").
fn fewest<T: Clone>(parts: Vec<T>, test: &mut dyn FnMut(&[T]) -> Option<bool>) -> Vec<T> {
    let mut kept = parts;
    let mut size = kept.len().div_ceil(2);
    while size > 0 && !kept.is_empty() {
        let mut begin = 0;
        while begin < kept.len() {
            let end = (begin + size).min(kept.len());
            let rest: Vec<T> = kept.iter().take(begin).chain(kept.iter().skip(end)).cloned().collect();
            match test(&rest) {
                None => return kept,
                Some(true) => kept = rest,
                Some(false) => begin = end,
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a value is reduced to, and how often it was tried.
    fn reduced(value: &Value, holds: impl Fn(&Value) -> bool) -> (Value, usize) {
        let mut tries = 0;
        let smallest = reduce(value, &mut |candidate| {
            tries += 1;
            Some(holds(candidate))
        });
        assert!(holds(&smallest), "{smallest}");
        (smallest, tries)
    }

    #[test]
    fn what_the_test_does_not_need_goes() {
        let tasks: Vec<Value> =
            (0..1000).map(|n| json!({"id": n, "title": format!("task {n}"), "tags": ["a"]})).collect();
        let has_700 = |value: &Value| {
            let tasks = value.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default();
            tasks.iter().any(|task| task["id"] == json!(700) && task["title"].as_str().is_some_and(|t| t.contains('7')))
        };
        let (smallest, tries) = reduced(&json!({"tasks": tasks, "log": {"a": [1, 2]}}), has_700);
        assert_eq!(smallest, json!({"tasks": [{"id": 700, "title": "7"}]}));
        assert!(tries < 200, "{tries}");
    }

    #[test]
    fn two_things_far_apart_are_both_kept() {
        let holds = |value: &Value| {
            let has = |n: i64| value.as_array().is_some_and(|all| all.contains(&json!(n)));
            has(3) && has(90)
        };
        assert_eq!(reduced(&json!((0..100).collect::<Vec<i64>>()), holds).0, json!([3, 90]));
    }

    #[test]
    fn a_value_becomes_the_simplest_of_its_type() {
        assert_eq!(reduced(&json!({"a": [1, {"b": "text"}]}), |_| true).0, json!({}));
        assert_eq!(reduced(&json!([17]), |value| value.as_array().is_some_and(|all| all.len() == 1)).0, json!([0]));
    }

    #[test]
    fn when_no_more_is_to_be_tried_what_was_found_is_kept() {
        let mut left = 3;
        let smallest = reduce(&json!((0..64).collect::<Vec<i64>>()), &mut |candidate| {
            left -= 1;
            (left > 0).then(|| candidate.as_array().is_some_and(|all| all.contains(&json!(60))))
        });
        assert!(smallest.as_array().is_some_and(|all| all.len() == 32 && all.contains(&json!(60))), "{smallest}");
    }
}
