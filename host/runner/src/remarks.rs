//! What there is to say of missions that does not keep them from running: params that do nothing, steps left out.

use std::collections::BTreeMap;

use jsonptr::PointerBuf;
use sortie_harness::definition::{DefinitionPlace, ScenarioDefinition};
use sortie_host::Remark;

use crate::load::Suite;

/// How many remarks on a suite are told one by one.
const MAX_REMARKS: usize = 100;

/// Something to say of a mission of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissionRemark {
    /// The mission, by its alias.
    pub mission: String,
    /// The stable code, such as `unknown_param`.
    pub code: &'static str,
    /// What there is to say.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// `file:line:column` of the first of them.
    pub place: String,
    /// How many missions it is to be said of.
    pub count: usize,
}

/// A remark on a mission of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RemarkAt {
    /// The mission, by its alias.
    pub(crate) mission: String,
    pub(crate) remark: Remark,
    pub(crate) place: DefinitionPlace,
}

impl RemarkAt {
    /// The same with its place in the text, which is searched for it.
    pub(crate) fn told(self, suite: &Suite) -> MissionRemark {
        let Self { mission, remark, place } = self;
        let (code, message, help) = (remark.code(), remark.to_string(), remark.help());
        MissionRemark { mission, code, message, help, place: suite.locate(&place), count: 1 }
    }
}

/// The remarks on a suite, the same ones together.
#[derive(Debug, Default)]
pub(crate) struct Remarks(BTreeMap<String, (usize, usize, RemarkAt)>);

impl Remarks {
    /// Takes those of a scenario.
    pub(crate) fn extend(&mut self, remarks: Vec<RemarkAt>) {
        for remark in remarks {
            let number = self.0.len();
            let (_, count, _) = self.0.entry(remark.remark.to_string()).or_insert((number, 0, remark));
            *count += 1;
        }
    }

    /// The first ones, in the order in which they came.
    pub(crate) fn told(self, suite: &Suite) -> Vec<MissionRemark> {
        let mut all: Vec<(usize, usize, RemarkAt)> = self.0.into_values().collect();
        all.sort_by_key(|(number, _, _)| *number);
        let first = all.into_iter().take(MAX_REMARKS);
        first.map(|(_, count, remark)| MissionRemark { count, ..remark.told(suite) }).collect()
    }
}

/// The remarks on the missions of a scenario, which are in the order of its missions, each with its place.
pub(crate) fn placed(scenario: &ScenarioDefinition, remarks: Vec<Vec<Remark>>) -> Vec<RemarkAt> {
    let of_missions = scenario.missions.iter().zip(remarks);
    let at = of_missions.flat_map(|(mission, remarks)| {
        remarks.into_iter().map(move |remark| RemarkAt {
            mission: mission.alias.clone(),
            place: place(&mission.place, &remark),
            remark,
        })
    });
    at.collect()
}

/// The param, where the remark is on one; else the mission. A param that stands elsewhere, in a fixture or among the
/// defaults, is told at its mission.
fn place(mission: &DefinitionPlace, remark: &Remark) -> DefinitionPlace {
    let Remark::UnknownParam { param, .. } = remark else { return mission.clone() };
    let mut pointer = mission.pointer.clone();
    pointer.append(PointerBuf::from_tokens(["params", param]));
    DefinitionPlace { document: mission.document, pointer }
}
