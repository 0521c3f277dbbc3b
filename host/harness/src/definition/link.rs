//! Matching expectations with scenarios and missions.

use std::collections::BTreeMap;

use super::error::{
    DefinitionDocument, DefinitionError, DefinitionErrorCode as Code, DefinitionPlace, Problems, quoted,
};
use super::model::{Expectation, ExpectationDefinition, MatrixCell, ScenarioDefinition, ScenarioOutline, Source};
use super::scenario::Draft;
use super::shape::did_you_mean;

/// A suite as far as it could be read.
#[derive(Default)]
pub(super) struct SuiteDraft {
    pub(super) suite_name: Option<String>,
    pub(super) scenarios: Vec<OutlineDraft>,
    /// Whether there are scenarios whose name is not known.
    pub(super) nameless: bool,
}

/// What of a scenario is kept until all expectations are matched.
pub(super) struct OutlineDraft {
    pub(super) outline: ScenarioOutline,
    aliases: Box<[Box<str>]>,
    incomplete: bool,
    /// How many expectations it has so far.
    expectations: usize,
}

impl OutlineDraft {
    pub(super) fn of(source: Source, draft: &Draft) -> Self {
        Self {
            outline: ScenarioOutline::of(source, &draft.scenario),
            aliases: draft.scenario.missions.iter().map(|mission| mission.alias.as_str().into()).collect(),
            incomplete: draft.incomplete,
            expectations: draft.scenario.expect.len(),
        }
    }

    fn target(&self, number: usize) -> Target<'_> {
        Target {
            number,
            scenario_name: &self.outline.scenario_name,
            cell: self.outline.cell.as_deref(),
            aliases: self.aliases.iter().map(AsRef::as_ref).collect(),
            incomplete: self.incomplete,
        }
    }
}

/// A scenario that an expectation is about.
pub(super) struct Target<'t> {
    number: usize,
    scenario_name: &'t str,
    cell: Option<&'t MatrixCell>,
    aliases: Vec<&'t str>,
    incomplete: bool,
}

impl<'t> Target<'t> {
    pub(super) fn of(number: usize, draft: &'t Draft) -> Self {
        let ScenarioDefinition { scenario_name, cell, missions, .. } = &draft.scenario;
        Self {
            number,
            scenario_name,
            cell: cell.as_ref(),
            aliases: missions.iter().map(|mission| mission.alias.as_str()).collect(),
            incomplete: draft.incomplete,
        }
    }

    /// The mission that an expectation is about, if that is clear.
    fn mission(&self, definition: &ExpectationDefinition) -> Option<&'t str> {
        match (&definition.mission_name, self.aliases.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), aliases) => aliases.iter().find(|alias| *alias == name).copied(),
        }
    }

    /// The id of an expectation: its own, or `scenario/mission: path op`.
    fn id(&self, alias: &str, definition: &ExpectationDefinition, label: IdLabel) -> String {
        match (&definition.id, self.cell, label) {
            (Some(id), Some(cell), IdLabel::OfTheCell) => format!("{id}{}", cell.label),
            (Some(id), _, _) => id.clone(),
            (None, _, _) => {
                let not = if definition.assertion.is_negated() { "not " } else { "" };
                let op = definition.assertion.op();
                format!("{}/{alias}: {} {not}{op}", self.scenario_name, definition.path)
            }
        }
    }
}

/// Reports scenarios of the same name, and of the same name before their matrices were expanded.
pub(super) fn check_scenario_names<'n>(
    scenarios: impl Iterator<Item = (&'n str, Option<&'n MatrixCell>, Source)>,
    problems: &mut Problems,
) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut declared_names: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, cell, Source { scenario, .. }) in scenarios {
        let declared = cell.map_or(name, |cell| cell.declared_name.as_str());
        let first_declared = *declared_names.entry(declared).or_insert(scenario);
        let same_name = names.insert(name, scenario).map(|first| (name, first));
        let same_declared = (first_declared != scenario).then_some((declared, first_declared));
        if let Some((name, first)) = same_declared.or(same_name) {
            let help = if first == scenario {
                "a name with references needs one to each axis"
            } else {
                "give this one another name"
            };
            problems.error(|| {
                DefinitionError::new(
                    Code::DuplicateScenario,
                    name_of(scenario),
                    format!("there is a scenario `{}` already", quoted(name)),
                )
                .help(help.to_owned())
                .other(name_of(first))
            });
        }
    }
}

/// The place of the name of a scenario of the document.
fn name_of(scenario: usize) -> DefinitionPlace {
    let mut pointer = jsonptr::PointerBuf::from_tokens(["scenarios"]);
    pointer.push_back(scenario);
    member(&DefinitionPlace { document: DefinitionDocument::Suite, pointer }, "scenario_name")
}

/// Reports expectations that name another suite.
pub(super) fn check_suite_name(suite: Option<&str>, named: Option<&str>, problems: &mut Problems) {
    if let (Some(expected), Some(name)) = (suite, named)
        && expected != name
    {
        let place =
            |document| member(&DefinitionPlace { document, pointer: jsonptr::PointerBuf::root() }, "suite_name");
        problems.error(|| {
            DefinitionError::new(
                Code::SuiteMismatch,
                place(DefinitionDocument::Expectations),
                format!(
                    "the expectations are for the suite `{}`, and the suite is `{}`",
                    quoted(name),
                    quoted(expected)
                ),
            )
            .other(place(DefinitionDocument::Suite))
        });
    }
}

/// Whether the label of a matrix's cell is added to an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdLabel {
    OfTheCell,
    None,
}

/// Which expectations are about which scenario, as far as the scenario itself does not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Links {
    /// Those that stand in no scenario, by the number of the scenario: those of the suite, and then those of a file of
    /// their own.
    outside: Vec<(usize, usize, IdLabel)>,
    /// The ids that were numbered, by the numbers of scenario and expectation.
    numbered: BTreeMap<(usize, usize), String>,
    count: usize,
}

impl Links {
    /// How many expectations there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The expectations on a scenario that stand in none, by their index.
    pub(super) fn outside_of(&self, number: usize) -> impl Iterator<Item = (usize, IdLabel)> {
        let start = self.outside.partition_point(|(scenario, _, _)| *scenario < number);
        let links = self.outside.get(start..).unwrap_or_default().iter();
        links.take_while(move |(scenario, _, _)| *scenario == number).map(|(_, index, label)| (*index, *label))
    }

    /// All expectations on a scenario: those inside it, and then the others.
    pub(super) fn expectations(
        &self,
        target: &Target<'_>,
        inside: Vec<ExpectationDefinition>,
        outside: impl Iterator<Item = (ExpectationDefinition, IdLabel)>,
    ) -> Vec<Expectation> {
        let inside = inside.into_iter().map(|definition| (definition, IdLabel::OfTheCell));
        let linked = inside.chain(outside).enumerate().filter_map(|(position, (definition, label))| {
            let alias = target.mission(&definition)?;
            let numbered = self.numbered.get(&(target.number, position)).cloned();
            Some(Expectation {
                id: numbered.unwrap_or_else(|| target.id(alias, &definition, label)),
                scenario_name: target.scenario_name.to_owned(),
                mission_name: alias.to_owned(),
                path: definition.path,
                assertion: definition.assertion,
                place: definition.place,
            })
        });
        linked.collect()
    }
}

/// Matches expectations with the scenarios and missions that they are about, and sees to it that ids are unique.
#[derive(Default)]
pub(super) struct Linker {
    problems: Problems,
    ids: BTreeMap<String, DefinitionPlace>,
    /// How often each id was numbered.
    numbers: BTreeMap<String, u32>,
    /// The bytes of all ids, and how many names of missions were looked at.
    id_bytes: usize,
    looked_at: usize,
    links: Links,
}

/// The greatest number of expectations of a test run, each counted for each scenario that it is about.
pub(super) const MAX_EXPECTATIONS: usize = 2_000_000;

/// The greatest number of bytes of their ids.
const MAX_ID_BYTES: usize = 256 << 20;

/// How many names of missions are looked at for those that expectations are about.
const MAX_LOOKED_AT: usize = 1 << 30;

impl Linker {
    /// Takes the expectations inside of a scenario.
    pub(super) fn inside(&mut self, number: usize, draft: &Draft) {
        let target = Target::of(number, draft);
        for (position, definition) in draft.scenario.expect.iter().enumerate() {
            self.add(&target, position, definition, IdLabel::OfTheCell);
        }
    }

    /// Takes the expectations that stand in no scenario, by their index.
    pub(super) fn outside(
        &mut self,
        draft: &mut SuiteDraft,
        definitions: impl Iterator<Item = (usize, ExpectationDefinition)>,
    ) {
        let targets = by_name(&draft.scenarios);
        for (index, definition) in definitions {
            let Some(found) = targets.get(definition.scenario_name.as_str()) else {
                if !draft.nameless {
                    let names = targets.keys().map(String::as_str);
                    self.problems.error(|| unknown_scenario(&definition, names));
                }
                continue;
            };
            for (number, label) in found {
                if self.is_full() {
                    break;
                }
                let Some(outlined) = draft.scenarios.get_mut(*number) else { continue };
                let position = outlined.expectations;
                outlined.expectations += 1;
                self.links.outside.push((*number, index, *label));
                self.add(&outlined.target(*number), position, &definition, *label);
            }
        }
        // In each scenario they stay in their order.
        self.links.outside.sort_by_key(|(number, index, _)| (*number, *index));
    }

    /// What was matched; what is wrong is added to the problems.
    pub(super) fn finish(self, problems: &mut Problems) -> Links {
        problems.append(self.problems);
        self.links
    }

    /// Whether there are more expectations than can be: none is matched from there on.
    fn is_full(&self) -> bool {
        self.links.count > MAX_EXPECTATIONS || self.id_bytes > MAX_ID_BYTES || self.looked_at > MAX_LOOKED_AT
    }

    fn add(&mut self, target: &Target<'_>, position: usize, definition: &ExpectationDefinition, label: IdLabel) {
        if self.is_full() {
            return;
        }
        self.links.count += 1;
        self.looked_at += target.aliases.len();
        let Some(alias) = target.mission(definition) else {
            if !target.incomplete {
                self.problems.error(|| unclear_mission(target, definition));
            }
            return;
        };
        let mut id = target.id(alias, definition, label);
        if definition.id.is_none() && self.ids.contains_key(&id) {
            id = self.numbered(id);
            self.links.numbered.insert((target.number, position), id.clone());
        }
        self.id_bytes += id.len();
        if self.is_full() {
            self.problems.error(|| too_many(&definition.place));
            return;
        }
        let id_place = match &definition.id {
            Some(_) => member(&definition.place, "id"),
            None => definition.place.clone(),
        };
        if let Some(first) = self.ids.insert(id.clone(), id_place.clone()) {
            self.problems.error(|| {
                DefinitionError::new(
                    Code::DuplicateExpectation,
                    id_place,
                    format!("there is an expectation `{}` already", quoted(&id)),
                )
                .help("give this one another id, or leave it out".to_owned())
                .other(first)
            });
        }
    }

    /// The id with the first number that makes one of its own. None is given up again, so it is behind those that were given.
    fn numbered(&mut self, id: String) -> String {
        let mut number = self.numbers.get(&id).copied().unwrap_or(1);
        let numbered = loop {
            number += 1;
            let numbered = format!("{id} ({number})");
            if !self.ids.contains_key(&numbered) {
                break numbered;
            }
        };
        self.numbers.insert(id, number);
        numbered
    }
}

/// The error for more expectations than there may be.
fn too_many(place: &DefinitionPlace) -> DefinitionError {
    DefinitionError::new(Code::SuiteTooLarge, place.clone(), "there are too many expectations")
        .expected(format!("at most {MAX_EXPECTATIONS}, each counted for each scenario that it is about, and short ids"))
}

/// The numbers of scenarios by their names and by those that they were declared under.
fn by_name(scenarios: &[OutlineDraft]) -> BTreeMap<String, Vec<(usize, IdLabel)>> {
    let mut by_name: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (number, OutlineDraft { outline, .. }) in scenarios.iter().enumerate() {
        let same = by_name.entry(outline.scenario_name.clone()).or_default();
        // Of scenarios with the same name, a mistake reported elsewhere, the first counts.
        if same.is_empty() {
            same.push((number, IdLabel::None));
        }
        if let Some(cell) = &outline.cell {
            by_name.entry(cell.declared_name.clone()).or_default().push((number, IdLabel::OfTheCell));
        }
    }
    by_name
}

/// How many names a message may list: a scenario of a matrix has one that nobody would guess.
const FEW: usize = 8;

fn unknown_scenario<'n>(
    definition: &ExpectationDefinition,
    names: impl Iterator<Item = &'n str> + Clone,
) -> DefinitionError {
    let name = &definition.scenario_name;
    let few: Vec<&str> = names.clone().take(FEW + 1).collect();
    let expected = match few.len() {
        1..=FEW => format!("one of {}", few.join(", ")),
        _ => "the name of a scenario of the suite".to_owned(),
    };
    let place = member(&definition.place, "scenario_name");
    DefinitionError::new(Code::UnknownScenario, place, format!("the suite has no scenario `{}`", quoted(name)))
        .expected(expected)
        .help(did_you_mean(name, names))
}

fn unclear_mission(target: &Target<'_>, definition: &ExpectationDefinition) -> DefinitionError {
    let (scenario, aliases) = (quoted(target.scenario_name), &target.aliases);
    let expected = match aliases.len() {
        1..=FEW => format!("one of {}", aliases.join(", ")),
        _ => "the name of a mission of the scenario".to_owned(),
    };
    let error = match &definition.mission_name {
        None => DefinitionError::new(
            Code::AmbiguousMission,
            definition.place.clone(),
            format!("the scenario `{scenario}` calls {} missions: it must be said which is meant", aliases.len()),
        )
        .help("add `mission_name`".to_owned()),
        Some(name) => DefinitionError::new(
            Code::UnknownMission,
            member(&definition.place, "mission_name"),
            format!("the scenario `{scenario}` has no mission `{}`", quoted(name)),
        )
        .help(did_you_mean(name, aliases.iter().copied())),
    };
    error.expected(expected)
}

fn member(place: &DefinitionPlace, key: &str) -> DefinitionPlace {
    let pointer = place.pointer.with_trailing_token(jsonptr::Token::new(key));
    DefinitionPlace { document: place.document, pointer }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{NoFixtures, suite};
    use super::*;

    /// The mistakes of a linker that is in this state and takes a scenario with two expectations.
    fn told(mut linker: Linker) -> Vec<String> {
        let expect = json!([{"path": "success", "op": "exists"}, {"path": "outputs", "op": "exists"}]);
        let scenarios = json!([{"scenario_name": "a", "missions": [{"name": "m"}], "expect": expect}]);
        let suite = suite(json!({"suite_name": "s", "scenarios": scenarios}), &NoFixtures).result.unwrap();
        let scenario = suite.scenarios.into_iter().next().unwrap();
        linker.inside(0, &Draft { scenario, incomplete: false });
        let mut problems = Problems::default();
        linker.finish(&mut problems);
        let told = problems.into_decoded(Some(())).result.err().into_iter().flatten();
        told.map(|error| format!("{} {}", error.code, error.place)).collect()
    }

    #[test]
    fn there_are_as_many_expectations_as_there_may_be_and_not_one_more() {
        let counted = |count| Linker { links: Links { count, ..Links::default() }, ..Linker::default() };
        let second = ["suite_too_large suite#/scenarios/0/expect/1"];
        assert!(told(counted(MAX_EXPECTATIONS - 2)).is_empty());
        assert_eq!(told(counted(MAX_EXPECTATIONS - 1)), second);
        let ids = "a/m: success exists".len() + "a/m: outputs exists".len();
        let with_ids = |id_bytes| Linker { id_bytes, ..Linker::default() };
        assert!(told(with_ids(MAX_ID_BYTES - ids)).is_empty());
        assert_eq!(told(with_ids(MAX_ID_BYTES - ids + 1)), second);
        let looked = |looked_at| Linker { looked_at, ..Linker::default() };
        assert!(told(looked(MAX_LOOKED_AT - 2)).is_empty());
        assert_eq!(told(looked(MAX_LOOKED_AT - 1)), second);
    }
}
