//! What a suite may become: one text can stand for much.

use serde_json::{Map, Value};
use sortie_json::canonical_size;

use super::defaults::Defaults;
use super::model::ScenarioDefinition;

/// The greatest number of scenarios of a suite, matrices expanded.
pub(super) const MAX_SCENARIOS: usize = 1_000_000;

/// The greatest number of bytes that are kept of all of them: of names, and of tags and reasons to skip.
const MAX_KEPT_BYTES: usize = 512 << 20;

/// What a tag takes besides its bytes.
const BYTES_OF_A_TAG: usize = 32;

/// The greatest number of bytes that matrices and defaults become in all scenarios, in canonical form.
const MAX_COPIED_BYTES: usize = 1 << 30;

/// What is left of what a suite may become.
#[derive(Debug)]
pub(super) struct Budget {
    scenarios: usize,
    kept: usize,
    copied: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { scenarios: MAX_SCENARIOS, kept: MAX_KEPT_BYTES, copied: MAX_COPIED_BYTES }
    }
}

impl Budget {
    /// Takes a scenario from what is left; nothing, where it does not suffice.
    pub(super) fn take(&mut self, scenario: &ScenarioDefinition, defaults: &Defaults) -> Option<()> {
        let cell = scenario.cell.iter().map(|cell| cell.declared_name.len() + cell.label.len()).sum::<usize>();
        let tags = scenario.tags.iter().map(|tag| BYTES_OF_A_TAG + tag.len()).sum::<usize>();
        let skip = scenario.skip.as_ref().map_or(0, String::len);
        self.scenarios = self.scenarios.checked_sub(1)?;
        self.kept = self.kept.checked_sub(scenario.scenario_name.len() + cell + tags + skip)?;
        self.copied(scenario.missions.len().saturating_mul(defaults.bytes))
    }

    /// Takes what was copied from what is left.
    pub(super) fn copied(&mut self, bytes: usize) -> Option<()> {
        self.copied = self.copied.checked_sub(bytes)?;
        Some(())
    }
}

impl Defaults {
    /// What each mission has a copy of, in bytes.
    pub(super) fn size(members: [&Map<String, Value>; 4]) -> usize {
        members.into_iter().flatten().map(|(key, value)| key.len() + canonical_size(value)).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{NoFixtures, suite, test_run};
    use super::*;

    fn scenario(name: &str, tag: &str) -> ScenarioDefinition {
        let scenarios = json!([{"scenario_name": name, "missions": [{"name": "m"}], "tags": [tag]}]);
        let suite = suite(json!({"suite_name": "s", "scenarios": scenarios}), &NoFixtures).result.unwrap();
        suite.scenarios.into_iter().next().unwrap()
    }

    #[test]
    fn a_suite_becomes_as_much_as_it_may_and_not_more() {
        let (abc, defaults) = (scenario("abc", "t"), Defaults { bytes: 10, ..Defaults::default() });
        let taken = |scenarios, kept, copied| Budget { scenarios, kept, copied }.take(&abc, &defaults).is_some();
        assert_eq!((taken(1, 36, 10), taken(0, 36, 10)), (true, false));
        assert_eq!((taken(1, 35, 10), taken(1, 36, 9)), (false, false));
    }

    #[test]
    fn defaults_are_counted_for_each_mission_and_what_comes_behind_too_much_is_not_read() {
        // Each mission has a copy of a 512th of what there may be.
        let part = "x".repeat(MAX_COPIED_BYTES / 512 - 3);
        let of = |missions: usize| {
            let scenarios: Vec<Value> = (0..missions)
                .map(|n| json!({"scenario_name": n.to_string(), "missions": [{"name": "m", "params": 1}]}))
                .collect();
            json!({"suite_name": "s", "defaults": {"params": {"p": part.as_str()}}, "scenarios": scenarios})
        };
        assert!(test_run(of(512), None, &NoFixtures).result.is_ok());
        let errors = test_run(of(600), None, &NoFixtures).result.unwrap_err();
        let found: Vec<_> = errors.iter().map(|error| (error.code.code().as_str(), error.place.to_string())).collect();
        assert_eq!(found, [("suite_too_large", "suite#/scenarios/512".to_owned())]);
    }
}
