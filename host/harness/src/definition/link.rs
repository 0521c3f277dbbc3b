//! Matching expectations with scenarios and missions.

use std::collections::BTreeMap;

use super::error::{DefinitionError, DefinitionErrorCode as Code, Document, Place, Problems};
use super::model::{Expectation, ExpectationDefinition, ScenarioDefinition, SuiteExpectationsDefinition};
use super::scenario::Draft;
use super::shape::did_you_mean;

/// A suite as far as it could be read.
#[derive(Default)]
pub(super) struct SuiteDraft {
    pub(super) suite_name: Option<String>,
    pub(super) scenarios: Vec<Draft>,
    pub(super) expectations: Vec<ExpectationDefinition>,
    /// Whether there are scenarios whose name is not known.
    pub(super) nameless: bool,
}

/// Reports scenarios of the same name, and of the same name before their matrices were expanded.
pub(super) fn check_scenario_names(draft: &SuiteDraft, problems: &mut Problems) {
    let mut names: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut declared_names: BTreeMap<&str, &Place> = BTreeMap::new();
    for Draft { scenario, .. } in &draft.scenarios {
        let declared = scenario.cell.as_ref().map_or(&scenario.scenario_name, |cell| &cell.declared_name);
        let first_declared = *declared_names.entry(declared).or_insert(&scenario.place);
        let same_name =
            names.insert(&scenario.scenario_name, &scenario.place).map(|first| (&scenario.scenario_name, first));
        let same_declared = (first_declared != &scenario.place).then_some((declared, first_declared));
        if let Some((name, first)) = same_declared.or(same_name) {
            let help = if *first == scenario.place {
                "a name with references needs one to each axis"
            } else {
                "give this one another name"
            };
            problems.error(
                DefinitionError::new(
                    Code::DuplicateScenario,
                    member(&scenario.place, "scenario_name"),
                    format!("there is a scenario `{name}` already"),
                )
                .help(help.to_owned())
                .other(member(first, "scenario_name")),
            );
        }
    }
}

/// Matches all expectations with the scenarios and missions that they are about, and gives each an id.
pub(super) fn link(
    draft: &SuiteDraft,
    separate: Option<&SuiteExpectationsDefinition>,
    problems: &mut Problems,
) -> BTreeMap<String, Vec<Expectation>> {
    check_suite_name(draft, separate, problems);
    let mut linker = Linker::new(draft, problems);
    for draft in &draft.scenarios {
        for definition in &draft.scenario.expect {
            linker.add(draft, definition, IdLabel::OfTheCell);
        }
    }
    let outside = draft.expectations.iter().chain(separate.into_iter().flat_map(|separate| &separate.expectations));
    for definition in outside {
        linker.find_and_add(definition);
    }
    linker.linked
}

fn check_suite_name(draft: &SuiteDraft, separate: Option<&SuiteExpectationsDefinition>, problems: &mut Problems) {
    let named = separate.and_then(|separate| separate.suite_name.as_ref());
    if let (Some(expected), Some(name)) = (&draft.suite_name, named)
        && expected != name
    {
        let place = |document| member(&Place { document, pointer: jsonptr::PointerBuf::root() }, "suite_name");
        problems.error(
            DefinitionError::new(
                Code::SuiteMismatch,
                place(Document::Expectations),
                format!("the expectations are for the suite `{name}`, and the suite is `{expected}`"),
            )
            .other(place(Document::Suite)),
        );
    }
}

/// Whether the label of a matrix's cell is added to an id.
#[derive(Clone, Copy)]
enum IdLabel {
    OfTheCell,
    None,
}

struct Linker<'d> {
    draft: &'d SuiteDraft,
    problems: &'d mut Problems,
    /// Scenarios by their names and by those that they were declared under.
    by_name: BTreeMap<&'d str, Vec<(&'d Draft, IdLabel)>>,
    ids: BTreeMap<String, Place>,
    linked: BTreeMap<String, Vec<Expectation>>,
}

impl<'d> Linker<'d> {
    fn new(draft: &'d SuiteDraft, problems: &'d mut Problems) -> Self {
        let mut by_name: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for scenario in &draft.scenarios {
            let same = by_name.entry(&scenario.scenario.scenario_name).or_default();
            // Of scenarios with the same name, a mistake reported elsewhere, the first counts.
            if same.is_empty() {
                same.push((scenario, IdLabel::None));
            }
            if let Some(cell) = &scenario.scenario.cell {
                by_name.entry(&cell.declared_name).or_default().push((scenario, IdLabel::OfTheCell));
            }
        }
        Self { draft, problems, by_name, ids: BTreeMap::new(), linked: BTreeMap::new() }
    }

    fn find_and_add(&mut self, definition: &ExpectationDefinition) {
        let Some(targets) = self.by_name.get(definition.scenario_name.as_str()).cloned() else {
            if !self.draft.nameless {
                self.unknown_scenario(definition);
            }
            return;
        };
        for (draft, label) in targets {
            self.add(draft, definition, label);
        }
    }

    fn unknown_scenario(&mut self, definition: &ExpectationDefinition) {
        let name = &definition.scenario_name;
        let place = member(&definition.place, "scenario_name");
        self.problems.error(
            DefinitionError::new(Code::UnknownScenario, place, format!("the suite has no scenario `{name}`"))
                .expected("the name of a scenario of the suite")
                .help(did_you_mean(name, self.by_name.keys().copied())),
        );
    }

    fn add(&mut self, draft: &'d Draft, definition: &ExpectationDefinition, label: IdLabel) {
        let scenario = &draft.scenario;
        let Some(alias) = self.find_mission(draft, definition) else { return };
        let id = match (&definition.id, &scenario.cell, label) {
            (Some(id), Some(cell), IdLabel::OfTheCell) => format!("{id}{}", cell.label),
            (Some(id), _, _) => id.clone(),
            (None, _, _) => self.default_id(scenario, alias, definition),
        };
        let id_place = match &definition.id {
            Some(_) => member(&definition.place, "id"),
            None => definition.place.clone(),
        };
        if let Some(first) = self.ids.insert(id.clone(), id_place.clone()) {
            self.problems.error(
                DefinitionError::new(
                    Code::DuplicateExpectation,
                    id_place,
                    format!("there is an expectation `{id}` already"),
                )
                .help("give this one another id, or leave it out".to_owned())
                .other(first),
            );
        }
        self.linked.entry(scenario.scenario_name.clone()).or_default().push(Expectation {
            id,
            scenario_name: scenario.scenario_name.clone(),
            mission_name: alias.to_owned(),
            path: definition.path.clone(),
            assertion: definition.assertion.clone(),
            place: definition.place.clone(),
        });
    }

    /// `scenario/mission: path op`, numbered when that is taken.
    fn default_id(&self, scenario: &ScenarioDefinition, alias: &str, definition: &ExpectationDefinition) -> String {
        let not = if definition.assertion.is_negated() { "not " } else { "" };
        let op = definition.assertion.op();
        let base = format!("{}/{alias}: {} {not}{op}", scenario.scenario_name, definition.path);
        let numbered = (2_u32..).map(|number| format!("{base} ({number})"));
        std::iter::once(base.clone()).chain(numbered).find(|id| !self.ids.contains_key(id)).unwrap_or(base)
    }

    fn find_mission(&mut self, draft: &'d Draft, definition: &ExpectationDefinition) -> Option<&'d str> {
        let missions = &draft.scenario.missions;
        let aliases = || missions.iter().map(|mission| mission.alias.as_str());
        let scenario = &draft.scenario.scenario_name;
        let listed = || format!("one of {}", aliases().collect::<Vec<_>>().join(", "));
        let (code, place, message, help) = match (&definition.mission_name, missions.as_slice()) {
            (None, [only]) => return Some(&only.alias),
            (None, _) => (
                Code::AmbiguousMission,
                definition.place.clone(),
                format!("the scenario `{scenario}` calls {} missions: it must be said which is meant", missions.len()),
                Some("add `mission_name`".to_owned()),
            ),
            (Some(name), _) => match missions.iter().find(|mission| mission.alias == *name) {
                Some(mission) => return Some(&mission.alias),
                None => (
                    Code::UnknownMission,
                    member(&definition.place, "mission_name"),
                    format!("the scenario `{scenario}` has no mission `{name}`"),
                    did_you_mean(name, aliases()),
                ),
            },
        };
        if !draft.incomplete {
            self.problems.error(DefinitionError::new(code, place, message).expected(listed()).help(help));
        }
        None
    }
}

fn member(place: &Place, key: &str) -> Place {
    let pointer = place.pointer.with_trailing_token(jsonptr::Token::new(key));
    Place { document: place.document, pointer }
}
