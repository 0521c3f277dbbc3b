//! Which tasks a plan is made of.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::{Facts, is_ready};
use crate::filter::{Filter, NotAFilter};
use crate::task::Status;
use crate::tasks::TaskList;
use crate::zone::Now;

/// Which tasks a caller wants to plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Selection {
    /// Plan only tasks of this project and its parts: `home` for `home.garden` too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Plan only tasks with all these tags; a tag with `-` before it is not wanted. A list, or a text with commas.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "listed")]
    #[schemars(schema_with = "listed_schema")]
    pub tags: Vec<String>,
    /// Plan only tasks of these statuses, `pending` or `waiting`, whether they can be done now or not. A list, or a text
    /// with commas.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "listed")]
    #[schemars(schema_with = "listed_schema")]
    pub status: Vec<String>,
    /// Plan only tasks that pass this filter, in Taskwarrior's words: `project:home +garden due.before:friday`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The values of attributes of your own that are texts, each list from the greatest to the least: by them a filter compares
    /// (`size.above:M`). Those of `taskrc` (`uda.size.values`) are taken, where none are given here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Vec<String>>,
    /// Which tasks stand in the plan: those that can be done now, as `task ready` shows them, or all.
    #[serde(skip_serializing_if = "Include::is_ready")]
    pub include: Include,
}

/// Which tasks stand in a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// Those that can be done now: not waiting, not blocked, not scheduled for later.
    #[default]
    Ready,
    /// All that are to do.
    All,
}

impl Include {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn is_ready(&self) -> bool {
        *self == Self::Ready
    }
}

/// A selection that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASelection {
    /// A status that no task to do has.
    #[error("`status` has {0:?}; a plan is of tasks that are pending or waiting")]
    Status(String),
    /// A project without a name.
    #[error("`project` is empty; leave it out, or ask for tasks without a project by `filter`: `project:`")]
    NoProject,
    /// The filter is none.
    #[error(transparent)]
    Filter(#[from] NotAFilter),
}

/// A selection at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Criteria {
    filter: Option<Filter>,
    ready_only: bool,
}

/// Where a task to do stands to a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It can be in it.
    Ready,
    /// It is hidden until later.
    Waiting,
    /// Another task must be done before.
    Blocked,
    /// It is scheduled for later.
    Later,
    /// The caller does not want it.
    Outside,
}

impl Selection {
    /// Checks the selection, where what day it is need not be known; `defined` are the attributes that the user has defined. The
    /// filter, if there is one.
    pub fn check(&self, defined: &BTreeSet<String>) -> Result<Option<Filter>, NotASelection> {
        self.statuses()?;
        if self.project.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(NotASelection::NoProject);
        }
        Filter::of(None, &self.tags, &[])?;
        Ok(self.filter().map(|text| Filter::check(text, defined)).transpose()?)
    }

    /// The selection at that moment, among those tasks.
    pub fn among(&self, list: &TaskList<'_>, now: Option<Now>) -> Result<Criteria, NotASelection> {
        let mut criteria = self.at(now)?;
        criteria.filter = criteria.filter.map(|filter| filter.among(list));
        Ok(criteria)
    }

    /// The selection at that moment; which tasks have the ids that it names is not known.
    pub fn at(&self, now: Option<Now>) -> Result<Criteria, NotASelection> {
        let statuses = self.statuses()?;
        let simple = self.project.is_some() || !self.tags.is_empty() || !statuses.is_empty();
        let simple = simple.then(|| Filter::of(self.project.as_deref(), &self.tags, &statuses)).transpose()?;
        let own = self.filter().map(|text| Filter::parse(text, now)).transpose()?;
        let own = own.map(|filter| filter.with_values(&self.values));
        let filter = match (simple, own) {
            (Some(simple), Some(own)) => Some(simple.and(own)),
            (simple, own) => simple.or(own),
        };
        let about_readiness = filter.as_ref().is_some_and(Filter::is_about_readiness);
        Ok(Criteria { ready_only: self.include == Include::Ready && !about_readiness, filter })
    }

    /// The filter; a blank one lets all through, as to Taskwarrior.
    fn filter(&self) -> Option<&str> {
        self.filter.as_deref().filter(|text| !text.trim().is_empty())
    }

    fn statuses(&self) -> Result<Vec<Status>, NotASelection> {
        let status = |name: &String| {
            let status = Status::parse(name).filter(|status| status.is_to_do());
            status.ok_or_else(|| NotASelection::Status(name.clone()))
        };
        self.status.iter().map(status).collect()
    }
}

impl Criteria {
    /// Whether it asks for what the loop's views of tasks do not have.
    pub fn reads_elements(&self) -> bool {
        self.filter.as_ref().is_some_and(Filter::reads_elements)
    }

    /// The user-defined attributes that are asked for and that none of these tasks has.
    pub fn unknown_attributes(&self, list: &TaskList<'_>) -> Vec<&str> {
        let mut names = self.filter.as_ref().map(Filter::attributes).unwrap_or_default();
        for task in &list.tasks {
            if names.is_empty() {
                break;
            }
            names.retain(|name| task.element.get(name).is_none());
        }
        names.into_iter().collect()
    }

    /// Whether the caller wants to hear of every task.
    pub fn is_everything(&self) -> bool {
        self.filter.is_none()
    }

    /// Whether the caller wants to hear of a task, whether it can be done now or not.
    pub fn admits(&self, facts: Facts<'_, '_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.admits(facts))
    }

    /// Where a task to do stands.
    pub fn readiness(&self, facts: Facts<'_, '_>) -> Readiness {
        let moment = facts.now.map(|now| now.moment);
        if !self.admits(facts) {
            Readiness::Outside
        } else if !self.ready_only || is_ready(facts) {
            Readiness::Ready
        } else if facts.task.is_waiting(moment) {
            Readiness::Waiting
        } else if facts.links.blocked_by > 0 {
            Readiness::Blocked
        } else {
            Readiness::Later
        }
    }
}

/// A list of texts, or one text with commas.
fn listed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let texts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
        OneOrMany::Many(texts) => texts,
    };
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
}

fn listed_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}
