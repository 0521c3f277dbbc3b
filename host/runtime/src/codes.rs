//! The codes of this crate's errors, and which error of a mission comes to which.

use std::io;

use sortie_json::{Code, UserError};

use crate::bundle::BundleError;
use crate::decision::DecisionError;
use crate::error::HostError;
#[cfg(feature = "journal")]
use crate::journal::RunError;
use crate::registry::RegistryError;
use crate::remark::Remark;

sortie_json::codes! {
    [
        sortie_engine::codes::INVALID_HUMAN_STEP,
        sortie_json::codes::CANCELLED,
        sortie_json::codes::SCHEMA_MISMATCH,
        sortie_sandbox::codes::BROKEN_MANIFEST,
    ]
    FILE_NOT_FOUND = "file_not_found", Rejected,
        "There is no file or folder with this name.", "check the name, and the folder that it is relative to";
    IS_A_DIRECTORY = "is_a_directory", Rejected, "A folder was named where a file is needed.", "give a file";
    FILE_NOT_READABLE = "file_not_readable", Rejected,
        "A file exists but cannot be read.", "check the file's permissions";
    NOT_A_REGULAR_FILE = "not_a_regular_file", Rejected,
        "A pipe, a device or a socket was named where a file is needed.",
        "give a file; to read what another program writes, use standard input (`-`), if the command takes it";
    ORCHESTRATING_PLUGIN_REFUSED = "orchestrating_plugin_refused", PluginRejected,
        "A plugin runs missions itself, and this host does not allow that.",
        "remove the plugin, or allow plugins that run missions";
    LIMIT_TOO_GREAT = "limit_too_great", Rejected,
        "A limit is higher than any host may set, or than a file may set without the user's consent.",
        "lower it; or, if you trust who wrote the file, allow it with `--allow-limits`";
    POLICY_MEMORY = "policy_memory", Rejected,
        "A policy gives a plugin more memory than the host was built for.",
        "set it before the host is built: `HostBuilder::policy`";
    POLICY_OF_NOTHING = "policy_of_nothing", Rejected,
        "A policy allows a part of the state that no operation of the plugin declares, so it has no effect.",
        "name what the operations declare; `sortie plugins NAME` shows it";
    PLUGIN_NAME_CLASH = "plugin_name_clash", PluginRejected,
        "Two plugins have the same name.", "remove one of them, or rename it and build it again";
    PLUGIN_NAME_MISMATCH = "plugin_name_mismatch", PluginRejected,
        "A plugin's manifest does not have the name that it is registered under.",
        "register it under its own name; `sortie plugin inspect FILE` prints it";
    UNKNOWN_MISSION = "unknown_mission", Rejected,
        "There is no mission with this name.", "`sortie missions` lists them; `--plugin FILE` registers more";
    UNKNOWN_OPERATION = "unknown_operation", Rejected,
        "There is no operation with this name.", "`sortie operations` lists them; `--plugin FILE` registers more";
    UNKNOWN_PLUGIN = "unknown_plugin", Rejected,
        "There is no plugin with this name.", "`sortie plugins` lists them; `--plugin FILE` registers more";
    AMBIGUOUS_NAME = "ambiguous_name", Rejected,
        "Several plugins have something with this name.", "write `PLUGIN/NAME`";
    INVALID_PARAMS = "invalid_params", Rejected,
        "The params do not match the mission's schema, or its builder rejected them.",
        "`sortie missions NAME` prints the schema";
    INVALID_PAYLOAD = "invalid_payload", Rejected,
        "A step's payload does not match its operation's schema.", "`sortie operations NAME` prints the schema";
    PARAMS_TOO_LARGE = "params_too_large", Rejected,
        "The params are larger than their limit.", "put large data into the state";
    PARAMS_NOT_I_JSON = "params_not_i_json", Rejected,
        "The params are not I-JSON (RFC 7493).", "write large numbers as strings, and nest less deeply";
    BUILD_FAILED = "build_failed", Failed,
        "A mission's builder failed, so there is no workflow to run.",
        "the message comes from the plugin; `--save-failure FILE` saves the call";
    ANSWER_TOO_LARGE = "answer_too_large", Rejected,
        "An answer is larger than 1 MiB.", "put large data into the state, and answer with what names it";
    REMARK_TOO_LARGE = "remark_too_large", Rejected,
        "A comment to an answer, or a reason to cancel a run, is larger than 16 KiB.", "say it in fewer words";
    DECISION_REFUSED = "decision_refused", Rejected,
        "The answer could only have made the run fail, so it was not accepted.",
        "change the answer and send it again: nothing was recorded";
    WAITING = "waiting", Waiting,
        "A human step has no answer yet.",
        "answer with `--answers FILE`, at a terminal, or later with `--mode pause`";
    NEVER_EXPIRES = "never_expires", Rejected,
        "A scenario expires a human step that has no deadline.",
        "give the step `expires`, or answer it";
    INVALID_ANSWER = "invalid_answer", Rejected,
        "An answer is an object with a member that starts with `$`, but is not one of the special answers.",
        "write `{$expire: true}`, `{$cancel: REASON}` or `{$mark: true}`; or `{$value: ANSWER}` to answer with such an object";
    BUG = "bug", HostFault, "This is a bug in Sortie.", "please report it";
    PLUGIN_CHANGED = "plugin_changed", PluginRejected,
        "A plugin is not the one that the run started with, or the one in the lock file.",
        "use the original file; or, if the change is intended, `--allow-changed-plugin` or `sortie plugin add FILE`";
    NO_RESULT = "no_result", Rejected,
        "The run has no result to bundle: it is not finished, or was cancelled.",
        "`sortie inbox show RUN` shows its status";
    PLUGIN_MISSING = "plugin_missing", PluginRejected,
        "A run needs a plugin that is not registered here.", "give its file with `--plugin`";
    MEMORY_LIMIT_DIFFERS = "memory_limit_differs", Rejected,
        "A run has a higher memory limit than this host allows.", "resume it on a host with that limit";
    RUN_NOT_REBUILT = "run_not_rebuilt", Rejected,
        "The events of a run do not fit this release.", "resume it with the release that started it";
    PLUGIN_GONE = "plugin_gone", Rejected,
        "A plugin was replaced during the run, so the run cannot be bundled.", "run the mission again";
    UNKNOWN_PARAM = "unknown_param", Rejected,
        "The mission has no such param: a warning, or an error with `--strict`.", "`sortie missions NAME` prints its params";
    DROPPED_STEP = "dropped_step", Rejected,
        "A mission's builder left out a step: a warning, or an error with `--strict`.",
        "a workflow has at most 5 steps, at most 2 of them human";
    BUNDLE_DAMAGED = "bundle_damaged", Rejected,
        "A bundle is damaged.", "get the bundle again from its source";
}

impl UserError for HostError {
    fn code(&self) -> Code {
        match self {
            Self::Plugin { rejection, .. } => UserError::code(rejection),
            Self::PluginFile { error, .. } => match error.kind() {
                io::ErrorKind::NotFound => FILE_NOT_FOUND,
                io::ErrorKind::IsADirectory => IS_A_DIRECTORY,
                io::ErrorKind::InvalidInput => NOT_A_REGULAR_FILE,
                _ => FILE_NOT_READABLE,
            },
            Self::Registry(error) => UserError::code(error),
            Self::Workflow(error) => UserError::code(error),
            Self::Context(error) => UserError::code(error),
            Self::Start(error) => UserError::code(error),
            Self::Decision(error) => UserError::code(error),
            Self::Fault(fault) => UserError::code(fault),
            _ => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::PluginFile { .. } => Some(UserError::code(self).remedy().to_owned()),
            _ => self.help(),
        }
    }
}

impl UserError for RegistryError {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }

    fn help(&self) -> Option<String> {
        self.help()
    }
}

impl UserError for DecisionError {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }

    fn help(&self) -> Option<String> {
        None
    }
}

impl UserError for Remark {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }

    fn help(&self) -> Option<String> {
        self.help()
    }
}

impl UserError for BundleError {
    fn code(&self) -> Code {
        match self {
            Self::Host(error) => UserError::code(error),
            _ => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => UserError::help(error),
            _ => Some(UserError::code(self).remedy().to_owned()),
        }
    }
}

#[cfg(feature = "journal")]
impl UserError for RunError {
    fn code(&self) -> Code {
        match self {
            Self::Bundle(error) => UserError::code(error),
            Self::NoResult { .. } => NO_RESULT,
            Self::Host(error) => UserError::code(error),
            Self::Journal(error) => UserError::code(error),
            Self::Decide(error) => UserError::code(error),
            Self::Cancel(error) => UserError::code(error),
            Self::ChangedPlugin { .. }
            | Self::MissingPlugin { .. }
            | Self::MemoryLimit { .. }
            | Self::NotRebuilt { .. }
            | Self::RemarkTooLarge { .. } => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => UserError::help(error),
            _ => self.help(),
        }
    }
}
