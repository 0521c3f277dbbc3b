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
        "There is no file or folder of this name.", "check the name, and the folder it is given from";
    IS_A_DIRECTORY = "is_a_directory", Rejected, "A folder was named where a file is needed.", "give a file";
    FILE_NOT_READABLE = "file_not_readable", Rejected,
        "A file is there and cannot be read.", "check the file's permissions";
    NOT_A_REGULAR_FILE = "not_a_regular_file", Rejected,
        "A pipe, a device or a socket was named where a file is needed.",
        "give a file; what another program writes is read from standard input, where a command takes `-`";
    ORCHESTRATING_PLUGIN_REFUSED = "orchestrating_plugin_refused", PluginRejected,
        "A plugin runs missions itself, and this host refuses such plugins.",
        "leave the plugin out, or allow plugins that run missions";
    LIMIT_TOO_GREAT = "limit_too_great", Rejected,
        "A limit is greater than any host may set, or than a file may ask for without the user's word.",
        "lower it; or, if you trust who wrote the file, allow it with `--allow-limits`";
    POLICY_MEMORY = "policy_memory", Rejected,
        "A plugin is to have more memory than the host was made for.",
        "decide it before the host is made: `HostBuilder::policy`";
    POLICY_OF_NOTHING = "policy_of_nothing", Rejected,
        "A policy allows a part of the state that no operation of the plugin declares, and so decides nothing.",
        "name what the operations declare: `sortie plugins NAME` shows it";
    PLUGIN_NAME_CLASH = "plugin_name_clash", PluginRejected,
        "Two plugins have the same name.", "leave out one of them, or rename it and build it again";
    PLUGIN_NAME_MISMATCH = "plugin_name_mismatch", PluginRejected,
        "A plugin's manifest has another name than it is registered under.",
        "register it under its own name: `sortie plugin inspect FILE` prints that";
    UNKNOWN_MISSION = "unknown_mission", Rejected,
        "There is no mission of this name.", "`sortie missions` lists them; `--plugin FILE` registers more";
    UNKNOWN_OPERATION = "unknown_operation", Rejected,
        "There is no operation of this name.", "`sortie operations` lists them; `--plugin FILE` registers more";
    UNKNOWN_PLUGIN = "unknown_plugin", Rejected,
        "There is no plugin of this name.", "`sortie plugins` lists them; `--plugin FILE` registers more";
    AMBIGUOUS_NAME = "ambiguous_name", Rejected,
        "Several plugins have something of this name.", "write `PLUGIN/NAME`";
    INVALID_PARAMS = "invalid_params", Rejected,
        "The params do not match the mission's schema, or its builder says that it cannot take them.",
        "`sortie missions NAME` prints the schema";
    INVALID_PAYLOAD = "invalid_payload", Rejected,
        "A step's payload does not match its operation's schema.", "`sortie operations NAME` prints the schema";
    PARAMS_TOO_LARGE = "params_too_large", Rejected,
        "The params are larger than their limit.", "put large data into the state";
    PARAMS_NOT_I_JSON = "params_not_i_json", Rejected,
        "The params are not I-JSON (RFC 7493).", "write large numbers as strings, and nest less deeply";
    BUILD_FAILED = "build_failed", Failed,
        "A mission's builder failed, so that there is no workflow to run.",
        "the message is the plugin's; `--save-failure FILE` saves the call";
    DECISION_REFUSED = "decision_refused", Rejected,
        "Nothing but a failure could follow from the answer, so it was not accepted.",
        "change the answer and give it again: nothing was recorded";
    WAITING = "waiting", Waiting,
        "A human step has no answer yet.",
        "answer with `--answers FILE`, at a terminal, or later with `--mode pause`";
    NEVER_EXPIRES = "never_expires", Rejected,
        "A scenario says that a human step expires, and the step has no deadline.",
        "give the step `expires`, or answer it";
    INVALID_ANSWER = "invalid_answer", Rejected,
        "An answer is an object with a member that begins with `$`, and says nothing that can happen to a human step.",
        "write `{$expire: true}`, `{$cancel: REASON}`, `{$mark: true}`, or `{$value: ANSWER}` for such an object itself";
    BUG = "bug", HostFault, "This is a mistake in Sortie.", "please report it";
    PLUGIN_CHANGED = "plugin_changed", PluginRejected,
        "A plugin is not the one that a run began with, or that was locked.",
        "use the original file; or, if the change is intended, `--allow-changed-plugin` or `sortie plugin add FILE`";
    NO_RESULT = "no_result", Rejected,
        "A run was to be bundled that has no result: it is not finished, or was cancelled.",
        "`sortie inbox show RUN` tells how it stands";
    PLUGIN_MISSING = "plugin_missing", PluginRejected,
        "A run needs a plugin that is not registered here.", "give its file with `--plugin`";
    MEMORY_LIMIT_DIFFERS = "memory_limit_differs", Rejected,
        "A run has a higher memory limit than this host gives plugins.", "resume it on a host with that limit";
    RUN_NOT_REBUILT = "run_not_rebuilt", Rejected,
        "The events of a run are not those of one that this release knows.", "resume it with the release that began it";
    PLUGIN_GONE = "plugin_gone", Rejected,
        "A plugin was replaced while the run was under way, so that it cannot be bundled.", "run the mission again";
    UNKNOWN_PARAM = "unknown_param", Rejected,
        "A mission has no such param: a warning, or an error with `--strict`.", "`sortie missions NAME` prints the params that it has";
    DROPPED_STEP = "dropped_step", Rejected,
        "A mission's builder has left out a step: a warning, or an error with `--strict`.",
        "a workflow has at most 5 steps, at most 2 of them human";
    BUNDLE_DAMAGED = "bundle_damaged", Rejected,
        "A bundle is damaged.", "get the bundle again from where it came from";
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
            | Self::NotRebuilt { .. } => Code::find(ALL, self.code()),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Host(error) => UserError::help(error),
            _ => self.help(),
        }
    }
}
