//! `--list`.

use std::io::{self, Write};

use serde_json::{Value, json};
use sortie_json::{Foreign, canonical};

use crate::select::ChosenScenario;

/// Prints a line for each scenario: the suite, the scenario, and why it is skipped.
///
/// ```
/// use sortie_runner::{Options, list, prepare};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(
/// #     folder.path().join("suite.yaml"),
/// #     "suite_name: greetings\nscenarios:\n- scenario_name: hello\n  missions: [{name: echo, params: {word: hi}}]\n",
/// # )?;
/// # let suites = folder.path();
/// let options = Options::of([suites]);
/// let plan = prepare(&options, &|builder| builder.first_party().build())?;
/// let mut printed = Vec::new();
/// list::lines(&plan.chosen(), &mut printed)?;
/// assert_eq!(String::from_utf8(printed)?, "greetings › hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// It is an error if it cannot be written.
pub fn lines(chosen: &[ChosenScenario<'_>], out: &mut dyn Write) -> io::Result<()> {
    for ChosenScenario { suite, scenario, .. } in chosen {
        let skipped = scenario.skip.as_ref().map_or(String::new(), |reason| format!(" (skipped: {reason})"));
        writeln!(out, "{}", Foreign(&format!("{} › {}{skipped}", suite.name(), scenario.scenario_name)))?;
    }
    Ok(())
}

/// Prints `{schema_version: "test_list@1", scenarios: [{suite_name, file, scenario_name, tags, skip}]}`.
///
/// # Errors
///
/// It is an error if it cannot be written.
pub fn json(chosen: &[ChosenScenario<'_>], out: &mut dyn Write) -> io::Result<()> {
    let entry = |ChosenScenario { suite, scenario, .. }: &ChosenScenario<'_>| {
        json!({
            "suite_name": suite.name(),
            "file": suite.file,
            "scenario_name": scenario.scenario_name,
            "tags": scenario.tags,
            "skip": scenario.skip,
        })
    };
    let scenarios: Vec<Value> = chosen.iter().map(entry).collect();
    out.write_all(&canonical(&json!({"schema_version": "test_list@1", "scenarios": scenarios})))?;
    writeln!(out)
}
