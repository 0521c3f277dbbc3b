//! The codes of this crate's errors.

sortie_json::codes! {
    FILE_NOT_FOUND = "file_not_found", Rejected,
        "There is no file or folder of this name.", "check the name, and the folder it is given from";
    IS_A_DIRECTORY = "is_a_directory", Rejected,
        "A folder was named where a file is needed.", "give a file";
    FILE_NOT_READABLE = "file_not_readable", Rejected,
        "A file is there and cannot be read.", "check the file's permissions";
    FILE_NOT_WRITABLE = "file_not_writable", Rejected,
        "A file cannot be written.", "check that its folder exists and may be written, and that the disk has room";
    PLUGIN_TOO_LARGE = "plugin_too_large", PluginRejected,
        "A plugin's file is larger than one may be.",
        "strip the names and debug sections, and leave out what the plugin does not need";
    INPUT_REJECTED = "input_rejected", Rejected,
        "Something is wrong in a suite, in its expectations, in a fixture, in a golden file or in an argument.",
        "mend what is shown, each at its place";
    NO_SCENARIOS = "no_scenarios", Rejected,
        "The filter leaves no scenario, or the suites have none.",
        "`--list` without a filter prints the names of all scenarios";
    UNKNOWN_PLUGIN = "unknown_plugin", Rejected,
        "All scenarios that were chosen are about a plugin that is not registered.",
        "build it with `sortie plugin build`, and give its file with `--plugin`";
    HOST_FAULT = "host_fault", HostFault,
        "The host failed while it ran a mission: no memory, a full pool, a watchdog. There is no result.",
        "nothing was recorded; try again";
    PRINT_FAILED = "print_failed", HostFault,
        "The results cannot be written to where they are to go.", "check what standard output is connected to";
    NOT_A_SAVED_FAILURE = "not_a_saved_failure", Rejected,
        "The file is not a failure that `--save-failure` saved, or it is damaged.",
        "give a file that `--save-failure` wrote";
    NOT_A_BUDGET = "not_a_budget", Rejected,
        "The file is not a plugin's budget, or it is damaged.",
        "write it again: remove it, and check with `--write-budget`";
    BUDGET_OF_ANOTHER_PLUGIN = "budget_of_another_plugin", Rejected,
        "The budget is that of another plugin.", "name the plugin's own budget with `--budget FILE`";
}
