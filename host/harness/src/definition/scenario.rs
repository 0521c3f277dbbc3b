//! Reading scenarios and their missions.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use sortie_interface::{Answer, AnswerError};

use super::budget::{Budget, MAX_SCENARIOS};
use super::defaults::{Defaults, merged};
use super::document::{Node, Trail};
use super::error::{DefinitionError, DefinitionErrorCode as Code, Problems, quoted};
use super::expectations;
use super::fixtures::FixtureCache;
use super::format::SCENARIO;
use super::matrix::{Cell, MAX_EXPANDED_BYTES, Matrix, has_references, substitute, too_many_bytes};
use super::model::{MatrixCell, MissionDefinition, ScenarioDefinition, StateFlow};
use super::shape::{Checker, References, Shape, did_you_mean, has_controls, named};

/// The greatest number of missions of a scenario.
const MAX_MISSIONS: usize = 10_000;

/// What reading a suite carries along.
pub(super) struct Reader<'f> {
    pub(super) problems: Problems,
    pub(super) fixtures: FixtureCache<'f>,
    pub(super) defaults: Arc<Defaults>,
    pub(super) budget: Budget,
    /// Whether the suite was found to become too much: what comes then is not read.
    pub(super) is_spent: bool,
}

/// A scenario as far as it could be read.
pub(super) struct Draft {
    pub(super) scenario: ScenarioDefinition,
    /// Whether a mission could not be read, so that it is not known which there are.
    pub(super) incomplete: bool,
}

/// Whether there are scenarios whose names are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Known,
    Unknown,
}

/// A scenario with a sound matrix.
#[derive(Debug)]
pub(super) struct Expansion {
    matrix: Matrix,
    /// The scenario without its matrix, and without its state where that is shared.
    body: Value,
    /// The name as it was declared.
    scenario_name: Value,
    /// A state without references, which all cells share.
    initial_state: Option<Arc<Value>>,
}

/// A matrix makes more than the budget has.
struct TooManyBytes;

/// The members of a scenario, how it came to be one of several, and its state if that was read before.
struct Source<'d> {
    node: Node<'d>,
    cell: Option<MatrixCell>,
    name: Option<String>,
    initial_state: Option<Arc<Value>>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(problems: Problems, fixtures: FixtureCache<'f>, defaults: Arc<Defaults>) -> Self {
        Self { problems, fixtures, defaults, budget: Budget::default(), is_spent: false }
    }
}

impl Reader<'_> {
    /// Reads a scenario, or those that its matrix makes, and gives each away with the number of its cell.
    pub(super) fn scenario(&mut self, value: &Value, trail: Trail<'_>, take: &mut dyn FnMut(usize, Draft)) -> Names {
        let Some(node) = Node::new(value, trail) else {
            self.check(value, &trail, References::AreText);
            return Names::Unknown;
        };
        if self.is_spent {
            return Names::Unknown;
        }
        if node.get("matrix").is_some() {
            return self.expanded(node, take);
        }
        self.check(value, &trail, References::AreText);
        match self.plain(node) {
            Some(draft) if self.pays(&draft, &trail) => {
                take(0, draft);
                Names::Known
            }
            Some(_) | None => Names::Unknown,
        }
    }

    /// Whether the suite may become this too; where it may not, that is told.
    fn pays(&mut self, draft: &Draft, trail: &Trail<'_>) -> bool {
        let paid = self.budget.take(&draft.scenario, &self.defaults).is_some();
        if !paid {
            self.spent(trail);
        }
        paid
    }

    fn spent(&mut self, trail: &Trail<'_>) {
        self.is_spent = true;
        self.problems.error(|| {
            DefinitionError::new(Code::SuiteTooLarge, trail.place(), "from here on the suite becomes too much")
                .expected(format!(
                    "at most {MAX_SCENARIOS} scenarios in all, matrices expanded, with short names and tags"
                ))
                .help("split the suite, or take values out of matrices and out of `defaults`".to_owned())
        });
    }

    /// Reads a scenario without a matrix, whose shape was checked.
    pub(super) fn plain(&mut self, node: Node<'_>) -> Option<Draft> {
        let name = node.text("scenario_name").map(str::to_owned);
        self.draft(Source { node, cell: None, name, initial_state: None })
    }

    fn check(&mut self, value: &Value, trail: &Trail<'_>, references: References) {
        let mut checker = Checker { problems: &mut self.problems, references };
        checker.check(value, &Shape::Struct(&SCENARIO), trail);
    }

    /// Makes a scenario into those of its matrix. When the matrix is unsound, the rest of the scenario is checked as
    /// far as its references allow.
    fn expanded(&mut self, node: Node<'_>, take: &mut dyn FnMut(usize, Draft)) -> Names {
        let trail = node.trail;
        let Some(expansion) = self.expansion(node) else {
            self.check(&Value::Object(node.members.clone()), &trail, References::AreUnresolved);
            return Names::Unknown;
        };
        let mut names = Names::Known;
        let mut bytes = MAX_EXPANDED_BYTES;
        for cell in 0..expansion.matrix.cells() {
            let before = bytes;
            let Ok(draft) = self.checked_cell(&expansion, trail, cell, &mut bytes) else {
                self.problems.error(|| too_many_bytes(&trail.key("matrix")));
                return Names::Unknown;
            };
            if self.budget.copied(before - bytes).is_none() {
                self.spent(&trail);
                return Names::Unknown;
            }
            match draft {
                Some(draft) if self.pays(&draft, &trail) => take(cell, draft),
                Some(_) => return Names::Unknown,
                None => names = Names::Unknown,
            }
        }
        names
    }

    /// Reads a matrix; nothing, when it is unsound.
    pub(super) fn expansion(&mut self, node: Node<'_>) -> Option<Expansion> {
        let trail = node.trail;
        let matrix_trail = trail.key("matrix");
        let mut body = node.members.clone();
        body.remove("matrix");
        let axes = node.object("matrix")?;
        if let Some(field) = SCENARIO.field("matrix") {
            let mut checker = Checker { problems: &mut self.problems, references: References::AreText };
            checker.check(&Value::Object(axes.clone()), &field.shape, &matrix_trail);
        }
        let matrix = Matrix::read(axes, &body, &trail, &mut self.problems)?;
        // A state without references is read once and shared.
        let constant = body.get("initial_state").is_some_and(|state| state.is_object() && !has_references(state));
        let initial_state = constant.then(|| body.remove("initial_state")).flatten().map(Arc::new);
        let scenario_name = node.members.get("scenario_name").cloned().unwrap_or_default();
        Some(Expansion { matrix, body: Value::Object(body), scenario_name, initial_state })
    }

    /// Reads the scenario of one cell.
    pub(super) fn cell(&mut self, expansion: &Expansion, trail: Trail<'_>, cell: usize) -> Option<Draft> {
        self.checked_cell(expansion, trail, cell, &mut usize::MAX.clone()).ok()?
    }

    fn checked_cell(
        &mut self,
        expansion: &Expansion,
        trail: Trail<'_>,
        cell: usize,
        bytes: &mut usize,
    ) -> Result<Option<Draft>, TooManyBytes> {
        let (cell, members) = expansion.matrix.cell(cell, &expansion.body, bytes).ok_or(TooManyBytes)?;
        self.check(&members, &trail, References::AreText);
        let Some(node) = Node::new(&members, trail) else { return Ok(None) };
        let Some((cell, name)) = named_cell(cell, &expansion.scenario_name) else { return Ok(None) };
        let initial_state = expansion.initial_state.clone();
        Ok(self.draft(Source { node, cell: Some(cell), name: Some(name), initial_state }))
    }

    fn draft(&mut self, source: Source<'_>) -> Option<Draft> {
        let Source { node, cell, name, initial_state } = source;
        if initial_state.is_some() && node.get("state_from").is_some() {
            self.conflict(node, "state_from", "initial_state");
        }
        let own_state = initial_state.or_else(|| self.initial_state(node));
        let missions = self.missions(node);
        let incomplete = missions.len() != node.list("missions").len() || missions.is_empty();
        let name = name?;
        let expect = self.expect(node, &name);
        let mut tags = self.defaults.tags.clone();
        tags.extend(node.texts("tags"));
        let scenario = ScenarioDefinition {
            scenario_name: name,
            cell,
            initial_state: own_state.or_else(|| self.defaults.initial_state.clone()).unwrap_or_else(empty_object),
            state: state_flow(node).or(self.defaults.state).unwrap_or_default(),
            missions,
            expect,
            skip: node.text("skip").map(str::to_owned),
            tags,
            place: node.trail.place(),
        };
        Some(Draft { scenario, incomplete })
    }

    fn expect(&mut self, node: Node<'_>, scenario_name: &str) -> Vec<super::model::ExpectationDefinition> {
        let trail = node.trail.key("expect");
        let mut expect = Vec::new();
        for (index, value) in node.list("expect").iter().enumerate() {
            let read = Node::new(value, trail.index(index))
                .and_then(|node| expectations::read(node, Some(scenario_name), &mut self.problems));
            expect.extend(read);
        }
        expect
    }

    /// A node's own initial state, in place or from a fixture.
    pub(super) fn initial_state(&mut self, node: Node<'_>) -> Option<Arc<Value>> {
        let fixture = self.fixture(node, "state_from", "initial_state");
        if let Some(state) = &fixture
            && !state.is_object()
        {
            let message = format!("the fixture is {}", named(state));
            let place = node.trail.key("state_from").place();
            self.problems.error(|| {
                DefinitionError::new(Code::WrongType, place, message).expected("a fixture that is an object")
            });
        }
        fixture.or_else(|| node.get("initial_state").filter(|state| state.is_object()).cloned().map(Arc::new))
    }

    /// A fixture, unless the same is also said in place.
    fn fixture(&mut self, node: Node<'_>, field: &str, in_place: &str) -> Option<Arc<Value>> {
        // What is no name is told as such.
        let name = node.text(field).filter(|name| !name.is_empty() && !has_controls(name))?;
        if node.get(in_place).is_some() {
            self.conflict(node, field, in_place);
            return None;
        }
        match self.fixtures.get(name) {
            Ok(value) => Some(value),
            Err(why) => {
                let message = format!("the fixture `{}` is not available: {why}", quoted(name));
                let place = node.trail.key(field).place();
                self.problems.error(|| DefinitionError::new(Code::FixtureUnavailable, place, message));
                None
            }
        }
    }

    fn conflict(&mut self, node: Node<'_>, field: &str, in_place: &str) {
        let message = format!("`{field}` and `{in_place}` say the same thing in two ways");
        self.problems.error(|| {
            DefinitionError::new(Code::ConflictingFields, node.trail.key(field).place(), message)
                .at_key()
                .help(format!("take out `{field}` or `{in_place}`"))
                .other(node.trail.key(in_place).place())
        });
    }

    fn missions(&mut self, scenario: Node<'_>) -> Vec<MissionDefinition> {
        let trail = scenario.trail.key("missions");
        let mut missions = Vec::new();
        let count = scenario.list("missions").len();
        if count > MAX_MISSIONS {
            self.problems.error(|| {
                DefinitionError::new(Code::SuiteTooLarge, trail.place(), format!("the scenario has {count} missions"))
                    .expected(format!("at most {MAX_MISSIONS}"))
            });
            return missions;
        }
        let mut aliases = BTreeMap::new();
        for (index, value) in scenario.list("missions").iter().enumerate() {
            let trail = trail.index(index);
            let Some(mission) = Node::new(value, trail).and_then(|node| self.mission(node)) else { continue };
            let field = if value.get("as").is_some_and(Value::is_string) { "as" } else { "name" };
            let place = trail.key(field).place();
            if let Some(first) = aliases.insert(mission.alias.clone(), place.clone()) {
                let message = format!("the scenario has a mission `{}` already", quoted(&mission.alias));
                self.problems.error(|| {
                    DefinitionError::new(Code::DuplicateMission, place, message)
                        .help("give this call a name of its own: `as: NAME`".to_owned())
                        .other(first)
                });
            }
            missions.push(mission);
        }
        missions
    }

    fn mission(&mut self, node: Node<'_>) -> Option<MissionDefinition> {
        let params = self.params(node);
        self.check_answers(node);
        let name = node.text("name").filter(|name| !name.is_empty())?;
        Some(MissionDefinition {
            name: name.to_owned(),
            alias: node.text("as").unwrap_or(name).to_owned(),
            params,
            metadata: Value::Object(merged(&self.defaults.metadata, node.object("metadata"))),
            answers: merged(&self.defaults.answers, node.object("answers")),
            own_answers: node.object("answers").into_iter().flat_map(Map::keys).cloned().collect(),
            limits: merged(&self.defaults.limits, node.object("limits")),
            expect_error: node.text("expect_error").map(str::to_owned),
            place: node.trail.place(),
        })
    }

    /// Reports answers that look like what can happen to a human step, and are not.
    pub(super) fn check_answers(&mut self, node: Node<'_>) {
        let trail = node.trail.key("answers");
        for (step, answer) in node.object("answers").into_iter().flatten() {
            let Err(error) = Answer::read(answer) else { continue };
            let near = match &error {
                AnswerError::Unknown(name) => did_you_mean(name, Answer::MEMBERS),
                _ => None,
            };
            self.problems.error(|| {
                DefinitionError::new(Code::InvalidAnswer, trail.key(step).place(), error.to_string())
                    .expected(format!("an answer, or an object with one of {}", Answer::MEMBERS.join(", ")))
                    .help(near.or_else(|| Some(error.help().to_owned())))
            });
        }
    }

    /// Params that are no object stay as they are, without defaults.
    fn params(&mut self, node: Node<'_>) -> Arc<Value> {
        let fixture = self.fixture(node, "params_from", "params");
        match fixture.as_deref().or_else(|| node.get("params")) {
            Some(Value::Object(_)) if fixture.is_some() && self.defaults.params.is_empty() => {
                fixture.unwrap_or_else(empty_object)
            }
            Some(Value::Object(own)) => Arc::new(Value::Object(merged(&self.defaults.params, Some(own)))),
            Some(other) => Arc::new(other.clone()),
            None => Arc::new(Value::Object(self.defaults.params.clone())),
        }
    }
}

impl Defaults {
    /// Reads `defaults:`.
    pub(super) fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Self {
        reader.check_answers(node);
        let object = |key| node.object(key).cloned().unwrap_or_default();
        let copied = ["params", "metadata", "answers", "limits"].map(&object);
        let bytes = Self::size(copied.each_ref());
        let [params, metadata, answers, limits] = copied;
        Self {
            initial_state: reader.initial_state(node),
            state: state_flow(node),
            tags: node.texts("tags").collect(),
            params,
            metadata,
            answers,
            limits,
            bytes,
        }
    }
}

/// A cell, and the name of the scenario in it: as declared with the label, or with its own references replaced.
fn named_cell(cell: Cell, declared: &Value) -> Option<(MatrixCell, String)> {
    let name = declared.as_str()?;
    let own = Some(declared).filter(|name| has_references(name));
    // The name was substituted with the rest before, within the budget.
    let expanded = match own.and_then(|name| substitute(name, &cell.values, &mut usize::MAX.clone())) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => format!("{name}{}", cell.label),
    };
    Some((MatrixCell { declared_name: name.to_owned(), label: cell.label }, expanded))
}

fn empty_object() -> Arc<Value> {
    Arc::new(Value::Object(Map::new()))
}

/// `state:` of a node.
pub(super) fn state_flow(node: Node<'_>) -> Option<StateFlow> {
    match node.text("state")? {
        "fresh" => Some(StateFlow::Fresh),
        "carry" => Some(StateFlow::Carry),
        _ => None,
    }
}
