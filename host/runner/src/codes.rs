//! The codes of this crate's errors.

sortie_json::codes! {
    FILE_NOT_WRITABLE = "file_not_writable", Rejected,
        "A file cannot be written.", "check that its folder exists and may be written, and that the disk has room";
    INPUT_REJECTED = "input_rejected", Rejected,
        "Something is wrong in a suite, in its expectations, in a fixture, in a golden file or in an argument.",
        "fix what is shown, each at its place";
    NO_SCENARIOS = "no_scenarios", Rejected,
        "The filter leaves no scenario, or the suites have none.",
        "`--list` without a filter prints the names of all scenarios";
    ALL_SKIPPED = "all_skipped", Rejected,
        "All scenarios that were chosen are skipped, so that nothing was checked.",
        "take `skip` out of a scenario, or choose others with `--filter`";
    OVERWRITES_INPUT = "overwrites_input", Rejected,
        "A file that is to be written is one of the files that are read.", "choose another file with `--output`";
    FAILS_UNCHANGED = "fails_unchanged", Rejected,
        "A plugin's operators are to be changed, and a scenario fails already: then every change would seem to be caught.",
        "fix what fails, or leave it out with `--filter`";
    NOTHING_TO_MUTATE = "nothing_to_mutate", Rejected,
        "A plugin's operators are to be changed, and no plugin is given.", "give its file with `--plugin`";
    INTERRUPTED = "interrupted", Failed,
        "The run was interrupted before all scenarios had run.", "run it again: nothing else was changed";
    HOST_FAULT = "host_fault", HostFault,
        "The host failed while it ran a mission: no memory, a full pool, a watchdog. There is no result.",
        "nothing was recorded; try again";
    PRINT_FAILED = "print_failed", HostFault,
        "The results cannot be written to where they are to go.", "check what standard output is connected to";
    RUN_WAITS = "run_waits", Rejected,
        "A run waits for a person, so that nothing can be expected of it yet.", "answer it, and save it then";
    CALL_AFTER_DECISIONS = "call_after_decisions", Rejected,
        "A failed call was made after people had decided, and a scenario of the call alone has no decisions.",
        "save the bundle of the whole run: `--bundle FILE`";
    SUITE_NOT_ADDABLE = "suite_not_addable", Rejected,
        "A scenario cannot be added to a file.", "name another file, in YAML or JSON: it is created if it does not exist";
    SCENARIO_EXISTS = "scenario_exists", Rejected,
        "The suite has a scenario of this name.", "give the new one another name with `--name`";
    NOT_A_BUNDLE = "not_a_bundle", Rejected,
        "The file is not a bundle.", "`sortie run … --bundle FILE` writes one";
    NOT_A_SAVED_FAILURE = "not_a_saved_failure", Rejected,
        "The file is not a failure that `--save-failure` saved, or it is damaged.",
        "give a file that `--save-failure` wrote";
    NOT_A_BUDGET = "not_a_budget", Rejected,
        "The file is not a plugin's budget, or it is damaged.",
        "write it again: remove it, and check with `--write-budget`";
    BUDGET_OF_ANOTHER_PLUGIN = "budget_of_another_plugin", Rejected,
        "The budget is that of another plugin.", "name the plugin's own budget with `--budget FILE`";
    NO_MANIFEST = "no_manifest", PluginRejected,
        "A plugin's file has no manifest section: a host would have to run the plugin to know what it is.",
        "`sortie plugin build FILE` writes it";
    INVALID_SCHEMA = "invalid_schema", PluginRejected,
        "A schema of a plugin's manifest is not a JSON Schema.", "fix the schema, and rebuild the plugin";
    MISSPELT_KEYWORD = "misspelt_keyword", PluginRejected,
        "A schema of a plugin has a name that is nearly a keyword of JSON Schema, and holds for nothing.",
        "fix the schema; a name of your own begins with `x-`";
    DESCRIBE_DIFFERS = "describe_differs", PluginRejected,
        "A plugin's manifest section says something else than its `describe`.",
        "`sortie plugin build FILE` writes the section from `describe`";
    NOT_DETERMINISTIC = "not_deterministic", PluginRejected,
        "An example ends differently in another run or on another engine.",
        "a host fault depends on the machine: use less stack or time; anything else is a mistake in Sortie";
    BUDGET_STALE = "budget_stale", PluginRejected,
        "A plugin's budget is of other examples than the plugin has.", "`--write-budget` writes what there is now";
    OVER_BUDGET = "over_budget", PluginRejected,
        "A plugin costs more than its budget and the tolerance.",
        "make it cheaper; or, if it is worth it, `--write-budget` writes what there is now";
    VERSION_TOO_LOW = "version_too_low", PluginRejected,
        "A plugin's version is less than what the changes since the earlier one ask for (Semantic Versioning 2.0.0).",
        "set the version that is named, and build the plugin again";
    GOLDEN_MISSING = "golden_missing", Rejected,
        "A suite has no golden file, and `--strict` wants one.", "write it with `--bless`";
    SUITE_NOT_TAKEN = "suite_not_taken", Rejected,
        "A folder has a suite whose file is not called like one, so that it would not run.",
        "call it `NAME.suite.yaml`, move it into a folder `suites`, or name it beside the folder";
    NO_SUITES = "no_suites", Rejected,
        "A folder has no suite.", "a suite is called `suite.yaml` or `NAME.suite.yaml`, or stands in a folder `suites`";
    STALE_GOLDEN = "stale_golden", Rejected,
        "A golden file has no suite, or results of scenarios that its suite does not have.",
        "remove the file, rename it with the suite, or rewrite it with `--bless`";
    INVALID_FILTER = "invalid_filter", Rejected,
        "The text after `--filter` is not a filter.",
        "a filter is such as `greet* and not (tag:slow or \"a name with spaces\")`";
    UNKNOWN_LIMIT = "unknown_limit", Rejected, "There is no limit of this name.", "take it out";
    LIMIT_OUT_OF_RANGE = "limit_out_of_range", Rejected,
        "A limit cannot have this value.", "give a whole number in the range that is shown";
    INVALID_GOLDEN = "invalid_golden", Rejected,
        "A golden file is damaged.", "rewrite it with `--bless`";
    GOLDEN_SUITE_MISMATCH = "golden_suite_mismatch", Rejected,
        "A golden file has the results of another suite.", "rewrite it with `--bless`";
}
