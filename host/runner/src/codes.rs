//! The codes of this crate's errors.

sortie_json::codes! {
    FILE_NOT_WRITABLE = "file_not_writable", Rejected,
        "A file cannot be written.", "check that its folder exists and is writable, and that the disk is not full";
    INPUT_REJECTED = "input_rejected", Rejected,
        "A suite, its expectations, a fixture, a golden file or an argument has an error.",
        "fix each error at the place shown";
    NO_SCENARIOS = "no_scenarios", Rejected,
        "The filter matches no scenario, or the suites have none.",
        "`--list` without a filter prints the names of all scenarios";
    ALL_SKIPPED = "all_skipped", Rejected,
        "All selected scenarios are skipped, so nothing was checked.",
        "remove `skip` from a scenario, or select others with `--filter`";
    OVERWRITES_INPUT = "overwrites_input", Rejected,
        "What is to be written would overwrite one of the inputs, or something else that is written.", "name another file";
    FAILS_UNCHANGED = "fails_unchanged", Rejected,
        "A scenario fails before any mutation, so that every mutation would seem to be caught.",
        "fix the scenario, or exclude it with `--filter`";
    NOTHING_TO_MUTATE = "nothing_to_mutate", Rejected,
        "There is no plugin to mutate.", "give its file with `--plugin`";
    MUTATES_INTERPRETER = "mutates_interpreter", Rejected,
        "The code in the plugin's file is an interpreter's, so mutations of it say nothing about what its author wrote.",
        "mutate the source with a tool of its language, and run `sortie test` on each build";
    INTERRUPTED = "interrupted", Failed,
        "The run was interrupted before all scenarios had run.", "run it again: nothing else changed";
    HOST_FAULT = "host_fault", HostFault,
        "The host failed while it ran a mission: out of memory, a full pool, or the watchdog. There is no result.",
        "nothing was recorded; try again";
    PRINT_FAILED = "print_failed", HostFault,
        "The results cannot be written to standard output.", "check what standard output is connected to";
    RUN_WAITS = "run_waits", Rejected,
        "The run is waiting for a person, so it cannot become a scenario yet.", "answer it first, then save it";
    CALL_AFTER_DECISIONS = "call_after_decisions", Rejected,
        "The failed call came after a decision, and a scenario of the call alone has no decisions.",
        "save the bundle of the whole run: `--bundle FILE`";
    SUITE_NOT_ADDABLE = "suite_not_addable", Rejected,
        "A scenario cannot be added to a file.", "name another file, in YAML or JSON: it is created if it does not exist";
    SCENARIO_EXISTS = "scenario_exists", Rejected,
        "The suite already has a scenario with this name.", "give the new one another name with `--name`";
    NOT_A_BUNDLE = "not_a_bundle", Rejected,
        "The file is not a bundle.", "`sortie run … --bundle FILE` writes one";
    NOT_A_SAVED_FAILURE = "not_a_saved_failure", Rejected,
        "The file is not a failure that `--save-failure` saved, or it is damaged.",
        "give a file that `--save-failure` wrote";
    NOT_A_BUDGET = "not_a_budget", Rejected,
        "The file is not a plugin's budget, or it is damaged.",
        "remove it, and check again with `--write-budget`";
    BUDGET_OF_ANOTHER_PLUGIN = "budget_of_another_plugin", Rejected,
        "The budget belongs to another plugin.", "name the plugin's own budget with `--budget FILE`";
    NO_MANIFEST = "no_manifest", PluginRejected,
        "A plugin's file has no manifest section, so a host would have to run the plugin to know what it is.",
        "`sortie plugin build FILE` writes it";
    INVALID_SCHEMA = "invalid_schema", PluginRejected,
        "A schema of a plugin's manifest is not a JSON Schema.", "fix the schema, and rebuild the plugin";
    MISSPELT_KEYWORD = "misspelt_keyword", PluginRejected,
        "A schema of a plugin has a key that is nearly a JSON Schema keyword, and has no effect.",
        "fix the key; start a key of your own with `x-`";
    DESCRIBE_DIFFERS = "describe_differs", PluginRejected,
        "A plugin's manifest section differs from what its `describe` returns.",
        "write the section from `describe` with `sortie plugin build FILE`";
    NOT_DETERMINISTIC = "not_deterministic", PluginRejected,
        "An example ends differently on a second run or on another engine.",
        "for a host fault, use less stack or time; report anything else as a bug in Sortie";
    BUDGET_STALE = "budget_stale", PluginRejected,
        "A plugin's budget does not match the plugin's examples.", "record the current cost with `--write-budget`";
    OVER_BUDGET = "over_budget", PluginRejected,
        "A plugin costs more than its budget allows.",
        "make it cheaper; or, if it is worth the cost, record the current cost with `--write-budget`";
    VERSION_TOO_LOW = "version_too_low", PluginRejected,
        "A plugin's version is too low for its changes since the earlier one (Semantic Versioning 2.0.0).",
        "set the version named in the message, and build the plugin again";
    GOLDEN_MISSING = "golden_missing", Rejected,
        "A suite has no golden file, and `--strict` requires one.", "write it with `--bless`";
    SUITE_NOT_TAKEN = "suite_not_taken", Rejected,
        "A folder contains a suite whose file is not named like one, so it would not run.",
        "rename it to `NAME.suite.yaml`, move it into a folder `suites`, or name it as well as the folder";
    NO_SUITES = "no_suites", Rejected,
        "A folder contains no suite.", "name suites `suite.yaml` or `NAME.suite.yaml`, or put them in a folder `suites`";
    STALE_GOLDEN = "stale_golden", Rejected,
        "A golden file has no suite, or has results for scenarios that its suite does not have.",
        "remove the file, rename it with the suite, or rewrite it with `--bless`";
    INVALID_FILTER = "invalid_filter", Rejected,
        "The value of `--filter` is not a valid filter.",
        "write a filter such as `greet* and not (tag:slow or \"a name with spaces\")`";
    UNKNOWN_LIMIT = "unknown_limit", Rejected, "There is no limit with this name.", "remove it";
    LIMIT_OUT_OF_RANGE = "limit_out_of_range", Rejected,
        "A limit is out of range.", "give a whole number in the range shown";
    INVALID_GOLDEN = "invalid_golden", Rejected,
        "A golden file is damaged.", "rewrite it with `--bless`";
    GOLDEN_SUITE_MISMATCH = "golden_suite_mismatch", Rejected,
        "A golden file belongs to another suite.", "rewrite it with `--bless`";
}
