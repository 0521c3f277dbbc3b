//! What a shell is told of that could stand where its user is typing: names of missions, operations, plugins and runs.

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use sortie_host::RegisteredPlugin;
use sortie_host::journal::{Filter, Order};

use crate::options::{JournalArguments, PluginArguments};
use crate::project;
use crate::render::printable;

/// At most so many runs are told, the newest first: a shell shows them all.
const MAX_RUNS: usize = 100;

/// The missions of this folder's project and of the plugins that come with the command.
pub(crate) fn missions() -> ArgValueCandidates {
    of_plugins(|plugin| {
        let missions = plugin.plugin().manifest().missions.iter();
        missions.map(|mission| candidate(&mission.name, &mission.description)).collect()
    })
}

/// The operations of the same.
pub(crate) fn operations() -> ArgValueCandidates {
    of_plugins(|plugin| {
        let operations = plugin.plugin().manifest().operations.iter();
        operations.map(|operation| candidate(&operation.name, &operation.description)).collect()
    })
}

/// The plugins of the same.
pub(crate) fn plugins() -> ArgValueCandidates {
    of_plugins(|plugin| vec![candidate(plugin.name(), &plugin.plugin().manifest().description)])
}

/// The runs of the journal that is used where none is named, the newest first.
pub(crate) fn runs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let journal = JournalArguments { journal: std::env::var_os("SORTIE_JOURNAL").map(Into::into) };
        let Ok(journal) = journal.open() else { return Vec::new() };
        let newest = Filter { order: Order::Newest, limit: Some(MAX_RUNS), ..Filter::default() };
        let runs = journal.list(&newest).unwrap_or_default();
        runs.iter().map(|run| CompletionCandidate::new(run.run.to_string())).collect()
    })
}

fn of_plugins(tell: fn(&RegisteredPlugin) -> Vec<CompletionCandidate>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let plugins = PluginArguments { paths: Vec::new(), no_orchestrating: false, allow_limits: false };
        let Ok(host) = project::host(&plugins) else { return Vec::new() };
        host.registry().plugins().flat_map(tell).collect()
    })
}

fn candidate(name: &str, description: &str) -> CompletionCandidate {
    let first_line = printable(description.lines().next().unwrap_or_default());
    CompletionCandidate::new(name).help(Some(first_line.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_that_a_shell_prints_steers_no_terminal() {
        let help = candidate("go", "a\u{1b}[31m\u{202e}b\nc").get_help().map(ToString::to_string);
        assert_eq!(help.as_deref(), Some(r"a\u{1b}[31m\u{202e}b"));
    }
}
