//! The limits of a mission's call, by name.

use std::collections::BTreeMap;

use jsonptr::PointerBuf;
use serde_json::{Map, Value};
use sortie_harness::definition::TestRunDefinition;
use sortie_host::Limits;
use sortie_json::{Diagnostic, Document, Part, nearest};

use crate::codes;

/// The host's limits with those of a call over them; or the name of what cannot be, and why.
pub(crate) fn overridden(base: &Limits, limits: &Map<String, Value>) -> Result<Limits, (String, String)> {
    let mut members = named(base);
    for (name, value) in limits {
        members.insert(name.clone(), value.clone());
        serde_json::from_value::<Limits>(Value::Object(members.clone()))
            .map_err(|error| (name.clone(), error.to_string()))?;
    }
    let limits: Limits =
        serde_json::from_value(Value::Object(members)).map_err(|error| (String::new(), error.to_string()))?;
    match limits.within(&most(base)) {
        Ok(()) => Ok(limits),
        Err(error) => Err((error.limit.to_owned(), error.to_string())),
    }
}

/// The most that a suite may ask for: it is a file, and anybody may have written it. The host's own limits are its user's
/// word.
fn most(base: &Limits) -> Limits {
    Limits::GREATEST_OF_A_FILE.or_greater(base)
}

/// What is wrong with the limits of a suite's missions. The same limit, from `defaults`, is told once.
pub(crate) fn problems(suite: &TestRunDefinition, document: &Document) -> Vec<Diagnostic> {
    let base = Limits::default();
    if suite.limits().iter().all(|limits| overridden(&base, limits).is_ok()) {
        return Vec::new();
    }
    let known = named(&base);
    let mut found: BTreeMap<PointerBuf, Diagnostic> = BTreeMap::new();
    for mission in suite.tests().flat_map(|test| test.scenario.missions) {
        for (name, value) in &mission.limits {
            let single = Map::from_iter([(name.clone(), value.clone())]);
            if overridden(&base, &single).is_ok() {
                continue;
            }
            let mut pointer = mission.place.pointer.clone();
            for token in ["limits", name.as_str()] {
                pointer.push_back(token);
            }
            if document.locate(&pointer, Part::Key).is_none() {
                pointer = PointerBuf::from_tokens(["defaults", "limits", name.as_str()]);
            }
            let diagnostic = if known.contains_key(name) {
                Diagnostic::error(codes::LIMIT_OUT_OF_RANGE.as_str(), format!("the limit `{name}` cannot be {value}"))
                    .at(document.place(&pointer, Part::Value))
                    .label(format!("expected a whole number from 0 to {}", greatest(&base, name)))
            } else {
                let names = known.keys().map(String::as_str).collect::<Vec<_>>();
                let nearest = nearest(name, names.iter().copied());
                Diagnostic::error(codes::UNKNOWN_LIMIT.as_str(), format!("there is no limit `{name}`"))
                    .at(document.place(&pointer, Part::Key))
                    .label(format!("expected one of {}", names.join(", ")))
                    .help(nearest.map_or("remove it".to_owned(), |nearest| format!("did you mean `{nearest}`?")))
            };
            found.entry(pointer).or_insert(diagnostic);
        }
    }
    found.into_values().collect()
}

/// The greatest value that a limit can have.
fn greatest(base: &Limits, name: &str) -> u64 {
    named(&most(base)).get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn named(limits: &Limits) -> Map<String, Value> {
    match serde_json::to_value(limits) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    }
}
