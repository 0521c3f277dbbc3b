//! What the command itself rejects, before or beside any library: a variant for each cause.

use std::path::Path;

use sortie_json::{Code, UserError};

/// The codes of what the command rejects.
#[allow(dead_code, reason = "a test makes the index of them")]
pub(crate) mod codes {
    sortie_json::codes! {
        INVALID_DOCUMENT = "invalid_document", Rejected,
            "A file or an argument has an error.", "fix each error at the place shown";
        OUTPUT_FAILED = "output_failed", HostFault,
            "Standard output cannot be written to.", "check what standard output is connected to";
        PARAMS_NOT_OBJECT = "params_not_object", Rejected,
            "The params are not a JSON object.", "give an object, such as `{\"today\": \"2026-01-08\"}`";
        ANSWERS_NOT_OBJECT = "answers_not_object", Rejected,
            "The file of answers is not a JSON object.", "give an object that maps step ids to answers";
        UNKNOWN_ANSWER = "unknown_answer", Rejected,
            "An answer is for a step that is not a human step of the workflow.",
            "name the step as the workflow does: `sortie build` prints it";
        NO_ANSWER = "no_answer", Usage,
            "The command line gives no answer, and there is no terminal to ask at.",
            "add `--choice CHOICE` or `--value JSON`";
        NOT_ANSWERED = "not_answered", Rejected,
            "Nobody answered at the terminal.",
            "the run was not kept; to keep it for later, press Ctrl-D at the question, or use `--mode pause`";
        ASKS_OTHERS = "asks_others", Rejected,
            "A human step is for people other than the one at the terminal.",
            "keep the run for them with `--mode pause`, or say who you are with `--actor NAME`";
        AMBIGUOUS_RUN = "ambiguous_run", Usage,
            "Several runs have names that start like this.", "write more of the name";
        WEBHOOK_SECRET = "webhook_secret", Usage,
            "There is no secret to sign a webhook's messages with.",
            "set `SORTIE_WEBHOOK_SECRET` to `whsec_` followed by 24 to 64 random bytes in base64, and give the receiver the same secret";
        NOT_WAITING = "not_waiting", Rejected,
            "The run is not waiting for an answer.", "`sortie inbox show` says what happened";
        WHICH_STEP = "which_step", Usage,
            "The run has asked at several steps, and the answer does not say which it is for.",
            "name the step with `--step STEP`, or give the question's `--token`";
        RUN_HELD = "run_held", Rejected,
            "Another process is running the run.", "wait; `sortie inbox show` shows its progress";
        JOURNAL_WITHOUT_PAUSE = "journal_without_pause", Usage,
            "A journal is named, but the run would not be kept in it.", "add `--mode pause`, or remove `--journal`";
        JOURNAL_BESIDE_ENGINE = "journal_beside_engine", Usage,
            "Both a journal and an engine, which keeps its runs itself, are named.", "remove `--engine` or `--journal`";
        JOURNAL_NOT_FOUND = "journal_not_found", Rejected,
            "There is no journal with this name.", "`sortie run MISSION --mode pause --journal FILE` creates one";
        JOURNAL_URL = "journal_url", Usage,
            "The journal's URL is not the URL of a PostgreSQL database.",
            "write it as `postgres://USER@HOST/DATABASE`, and put the password into `PGPASSWORD`";
        NO_JOURNAL = "no_journal", Rejected,
            "The user's data folder, where the journal would be, cannot be found.", "name a journal: `--journal FILE`";
        BUNDLE_OF_A_PAUSE = "bundle_of_a_pause", Usage,
            "A bundle needs a result, and `--mode pause` may end without one.",
            "remove one of the two, or answer the human steps with `--answers FILE`";
        STATE_OF_A_PAUSE = "state_of_a_pause", Usage,
            "Saving the state needs a result, and `--mode pause` may end without one.",
            "remove one of the two, or answer the human steps with `--answers FILE`";
        PROFILE_OF_A_PAUSE = "profile_of_a_pause", Usage,
            "A profile needs a finished run, and `--mode pause` may end without one.",
            "remove one of the two, or answer the human steps with `--answers FILE`";
        SUITE_FROM_INPUT = "suite_from_input", Usage,
            "A suite from standard input has no place: there is nothing to watch, and no golden file beside it.",
            "write the suite to a file, and name that";
        NOTHING_TO_SAVE = "nothing_to_save", Rejected,
            "The final state has nothing at the place to save.",
            "name another place, or save all of it with `--save-state FILE`";
        STANDARD_INPUT_TWICE = "standard_input_twice", Usage,
            "Two options ask for standard input (`-`), which can be read once.", "give a file to one of them";
        FILE_NOT_UTF8 = "file_not_utf8", Rejected,
            "A text file is not UTF-8.", "save it as UTF-8";
        FAILURE_OF_A_PAUSE = "failure_of_a_pause", Usage,
            "Saving a failure needs a result, and `--mode pause` may end without one.",
            "remove one of the two, or answer the human steps with `--answers FILE`";
        NOTHING_TO_TEST = "nothing_to_test", Rejected,
            "A run has no result, so it cannot become a test.", "resume it with `sortie resume`, or name another run";
        NO_BUNDLES = "no_bundles", Rejected,
            "A folder contains no bundle.", "name a folder with bundles as `NAME.json`, or the files themselves";
        PLUGIN_NOT_PULLED = "plugin_not_pulled", Rejected,
            "A plugin of the project has not been pulled from its registry.", "pull the project's plugins: `sortie plugin pull`";
        NO_PLUGIN_STORE = "no_plugin_store", Rejected,
            "The user's cache folder, where pulled plugins are kept, cannot be found.",
            "set `SORTIE_CACHE_DIR` to a folder";
        PUSH_TO_A_DIGEST = "push_to_a_digest", Usage,
            "A plugin cannot be pushed to a digest.", "name a tag, or only the repository";
        PLUGIN_NOT_SIGNED = "plugin_not_signed", PluginRejected,
            "A published plugin is not signed by a key that the project trusts.",
            "ask its author to sign it with `sortie plugin push --sign KEY`, or add their key to `[trust]` in `sortie.toml`";
        NO_PROJECT_HERE = "no_project_here", Rejected,
            "There is no `sortie.toml` in this folder or above it.", "go to the project's folder, or add a plugin with `sortie plugin add`";
        PLUGIN_OF_ANOTHER_NAME = "plugin_of_another_name", PluginRejected,
            "The plugin at a reference in a registry now has another name.", "check the reference in `sortie.toml`";
        NO_SUCH_PLUGIN = "no_such_plugin", Rejected,
            "The project has no plugin with this name that comes from a registry.", "see the plugins in `sortie.toml`";
        NO_SIGNERS = "no_signers", Usage,
            "Verifying a statement needs allowed signers.",
            "name a file of allowed signers: `--signers FILE`";
        ATTESTATION_OF_MANY = "attestation_of_many", Usage,
            "A statement is about one file, and several are given.", "verify one file at a time with `--attestation`";
        ATTESTATION_WITHOUT_FILE = "attestation_without_file", Usage,
            "There is no file name for the statement.", "name a file: `--attestation FILE`";
        ATTESTATION_OF_A_PAUSE = "attestation_of_a_pause", Usage,
            "A statement needs a result, and `--mode pause` may end without one.",
            "give `--attest` to `sortie inbox answer`, `sortie resume` or `sortie inbox bundle`";
        PROJECT_OF_ANOTHER_USER = "project_of_another_user", Rejected,
            "The `sortie.toml` in a folder above belongs to another user, so it is not used.",
            "run the command in its folder to use it, or work outside that folder";
        PLUGIN_NOT_LOCKED = "plugin_not_locked", PluginRejected,
            "A plugin of `sortie.toml` is not in `sortie.lock`.", "add it with `sortie plugin add FILE`";
        PLUGIN_VERSION_MISMATCH = "plugin_version_mismatch", PluginRejected,
            "A plugin's version is not the one in `sortie.toml`.",
            "change `version` in `sortie.toml`, or use another file";
        PLUGIN_PATH_MISSING = "plugin_path_missing", Rejected,
            "`SORTIE_PLUGIN_PATH` names something that does not exist.",
            "set it to plugin files and folders of plugins, separated by `:`";
        PATH_NOT_UTF8 = "path_not_utf8", Rejected,
            "A file's name is not UTF-8, so `sortie.toml` cannot contain it.", "rename the file";
        SDK_NOT_FOUND = "sdk_not_found", Rejected,
            "The folder is not the SDK.", "give the folder `plugin-sdk` of Sortie's sources";
        FOLDER_EXISTS = "folder_exists", Rejected,
            "A file or folder with the new plugin's name exists already.", "choose another name, or another folder to work in";
        ILLEGAL_NAME = "illegal_name", Rejected,
            "A plugin cannot have this name.",
            "use a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`";
        TEST_OPTIONS = "test_options", Usage,
            "The arguments after `--` are not options of `sortie test`.", "`sortie test --help` lists them";
        NO_PROJECT = "no_project", Rejected,
            "The folder is not a plugin's project.",
            "create one with `sortie plugin new NAME`, or give a `.wasm` file";
        NO_IDENTITY = "no_identity", Rejected,
            "A plugin's project does not say its name or version.", "add what is missing to the project's file";
        NOT_PACKABLE = "not_packable", Rejected,
            "The compiler's output cannot be turned into a plugin.",
            "declare the plugin with `plugin!(…)`, and set `crate-type = [\"cdylib\"]`";
        PROJECT_TOO_LARGE = "project_too_large", Rejected,
            "A plugin's project is too large to copy for the build.",
            "move what the plugin does not need out of its folder";
        NO_SUCH_FUNCTION = "no_such_function", Rejected,
            "The plugin has no mission or operation with the saved call's name.",
            "give a build of the plugin that made the call";
        NOT_COMPILED = "not_compiled", Rejected,
            "The project does not compile, or its output is not WebAssembly.", "see the compiler's messages above";
        TOOL_MISSING = "tool_missing", Rejected,
            "A tool that the project's language needs is missing.", "install it: the message says how";
        UNKNOWN_ZONE = "unknown_zone", Usage,
            "There is no time zone with this name.",
            "give a name such as `Europe/Berlin`, or an offset such as `+01:00`";
        ANOTHER_PLUGIN = "another_plugin", PluginRejected,
            "A saved call was made with another plugin file.",
            "give the file that made the call: `--plugin FILE`";
    }
}

/// What the command itself rejects.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the state is not an object")]
    StateNotObject,
    #[error("`--save-state` and `--save` need a result, and `--mode pause` may end without one")]
    StateOfAPause,
    #[error("`--profile` needs a run that ends, and `--mode pause` may not")]
    ProfileOfAPause,
    #[error("`{file}` is read or written by this run already, and `{option}` would overwrite it")]
    OverwritesInput { option: &'static str, file: String },
    #[error("`{option}` needs a suite in a file, and this one comes from standard input")]
    SuiteFromInput { option: &'static str },
    #[error("there is nothing at `{pointer}` in the final state")]
    NothingToSave { pointer: String },
    #[error("the param `{param}` is {zone:?}, and there is no time zone with this name")]
    UnknownZone { param: String, zone: String, near: Option<String> },
    #[error("two options ask for standard input (`-`), which can be read once")]
    StandardInputTwice,
    #[error("`{file}` is not UTF-8")]
    FileNotUtf8 { file: String },
    #[error("the answers name `{step}`, which is not a human step of the workflow")]
    UnknownAnswer { step: String, near: Option<String> },
    #[error("the human step `{step}` waits for an answer: {question}")]
    Waiting { step: String, question: String, help: String },
    #[error("no answer to run `{run}` was given, and there is no terminal to ask at")]
    NoAnswer { run: String },
    #[error("the human step `{step}` was not answered: {}", not_answered(.error))]
    NotAnswered { step: String, error: std::io::Error },
    #[error("the human step `{step}` asks {assignees}, and you are {person}")]
    AsksOthers { step: String, person: String, assignees: String },
    #[error("several runs begin with `{run}`: {}", .found.join(", "))]
    AmbiguousRun { run: String, found: Vec<String> },
    #[error("`SORTIE_WEBHOOK_SECRET`: {detail}")]
    WebhookSecret { detail: String },
    #[error("run `{run}` is not waiting for an answer: it is {status}")]
    NotWaiting { run: String, status: String },
    #[error("run `{run}` has asked at several steps: {}", .steps.join(", "))]
    WhichStep { run: String, steps: Vec<String> },
    #[error("run `{run}` is being run by {owner}, whose lease ends at {until}")]
    RunHeld { run: String, owner: String, until: String },
    #[error("run `{run}` was cancelled {how}")]
    Cancelled { run: String, how: String },
    #[error("`--journal` is for runs that pause, and this run would not be kept in it")]
    JournalWithoutPause,
    #[error("`--engine` and `--journal` both say where the runs are")]
    JournalBesideEngine,
    #[error("there is no journal `{path}`")]
    JournalNotFound { path: String },
    #[error("{detail}")]
    JournalUrl { detail: String },
    #[error("the user's data folder cannot be found: {detail}")]
    NoJournal { detail: String },
    #[error("`--bundle` needs a result, and `--mode pause` may end without one")]
    BundleOfAPause,
    #[error("`--save-failure` needs a result, and `--mode pause` may end without one")]
    FailureOfAPause,
    #[error("the run `{run}` was cancelled, or was interrupted and not resumed")]
    NothingToTest { run: String },
    #[error("there is no bundle in the folder `{folder}`")]
    NoBundles { folder: String },
    #[error("the plugin `{plugin}` (`{reference}`) has not been pulled")]
    PluginNotPulled { plugin: String, reference: String },
    #[error("the user's cache folder, where pulled plugins are kept, cannot be found")]
    NoPluginStore,
    #[error("`{reference}` names a digest, and a plugin cannot be pushed to one")]
    PushToADigest { reference: String },
    #[error("`{reference}` is not signed by a key that the project trusts")]
    PluginNotSigned { reference: String },
    #[error("there is no `sortie.toml` in this folder or above it")]
    NoProjectHere,
    #[error("the plugin `{plugin}` of the project is called `{found}` in the registry now")]
    PluginOfAnotherName { plugin: String, found: String },
    #[error("the project has no plugin `{plugin}` that comes from a registry")]
    NoSuchPlugin { plugin: String },
    #[error("verifying a statement needs allowed signers, and none are given")]
    NoSigners,
    #[error("`--attestation` is about one file, and several are given")]
    AttestationOfMany,
    #[error("`--attest` writes a statement, but there is no file name for it")]
    AttestationWithoutFile,
    #[error("`--attest` needs a result, and `--mode pause` may end without one")]
    AttestationOfAPause,
    #[error("`{name}` is not a bundle: {detail}")]
    NotABundle { name: String, detail: String },
    #[error("`{file}` belongs to another user, so it is not used here")]
    ProjectOfAnotherUser { file: String, folder: String },
    #[error("`sortie.toml` has the plugin `{plugin}`, but `sortie.lock` does not")]
    PluginNotLocked { plugin: String, file: String },
    #[error("the plugin `{plugin}` has changed: the SHA-256 of `{file}` is {digest}, but `{by}` has {expected}")]
    PluginChanged { plugin: String, file: String, digest: String, by: &'static str, expected: String },
    #[error("the plugin `{plugin}` has version {version}, but `sortie.toml` wants {wanted}")]
    PluginVersionMismatch { plugin: String, version: String, wanted: String },
    #[error("`{variable}` names `{path}`, which does not exist")]
    PluginPathMissing { variable: &'static str, path: String },
    #[error("the name of `{path}` is not UTF-8")]
    PathNotUtf8 { path: String },
    #[error("`{folder}` is not the folder of the SDK: it has no `Cargo.toml`")]
    SdkNotFound { folder: String },
    #[error("`{name}` exists already")]
    FolderExists { name: String },
    #[error("{message}")]
    IllegalName { message: String, help: &'static str },
    #[error("after `--`: {message}")]
    TestOptions { message: String },
    #[error(
        "`{folder}` is no plugin's project: it has no `Cargo.toml`, no `package.json` with `{tool}`, and no \
         `pyproject.toml` with `[tool.sortie]`"
    )]
    NoProject { folder: String, tool: &'static str },
    #[error("`{path}` has no `{member}`")]
    NoIdentity { path: String, file: String, member: String },
    #[error("`{path}`: `{member}` is {found}, not true or false")]
    NotABoolean { path: String, member: &'static str, found: String },
    #[error("`{path}`: {detail}")]
    NotPackable { path: String, detail: String },
    #[error("`{path}`: the module imports `{name}` from `{module}`, which Sortie does not provide")]
    ForeignImport { path: String, module: String, name: String },
    #[error("`{path}`: {subject}: {detail}")]
    MisspeltKeyword { path: String, subject: String, detail: String },
    #[error("`{folder}` has more than {limit}")]
    ProjectTooLarge { folder: String, limit: &'static str },
    #[error("the plugin `{plugin}` of `{file}` has no {what} `{name}`")]
    NoSuchFunction { file: String, plugin: String, what: &'static str, name: String },
    #[error("`{folder}` does not compile")]
    NotCompiled { folder: String },
    #[error("{message}")]
    NotImported { message: String, help: String },
    #[error("building `{folder}` gave no WebAssembly file")]
    NoModule { folder: String },
    #[error("{message}")]
    ToolMissing { message: String, help: String },
    #[error("{detail}")]
    LimitTooGreat { detail: String },
    #[error("the call was made with the plugin `{plugin}` of digest {digest}, but {of} has digest {found}")]
    AnotherPlugin { plugin: String, digest: String, of: String, found: String },
}

fn not_answered(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::Interrupted => "interrupted".to_owned(),
        _ => error.to_string(),
    }
}

impl Refusal {
    /// A path as messages name it.
    pub(crate) fn shown(path: &Path) -> String {
        path.display().to_string()
    }
}

impl UserError for Refusal {
    fn code(&self) -> Code {
        match self {
            Self::StateNotObject => sortie_engine::codes::STATE_NOT_OBJECT,
            Self::StateOfAPause => codes::STATE_OF_A_PAUSE,
            Self::ProfileOfAPause => codes::PROFILE_OF_A_PAUSE,
            Self::OverwritesInput { .. } => sortie_runner::codes::OVERWRITES_INPUT,
            Self::SuiteFromInput { .. } => codes::SUITE_FROM_INPUT,
            Self::NothingToSave { .. } => codes::NOTHING_TO_SAVE,
            Self::UnknownZone { .. } => codes::UNKNOWN_ZONE,
            Self::StandardInputTwice => codes::STANDARD_INPUT_TWICE,
            Self::FileNotUtf8 { .. } => codes::FILE_NOT_UTF8,
            Self::UnknownAnswer { .. } => codes::UNKNOWN_ANSWER,
            Self::Waiting { .. } => sortie_host::codes::WAITING,
            Self::NoAnswer { .. } => codes::NO_ANSWER,
            Self::NotAnswered { .. } => codes::NOT_ANSWERED,
            Self::AsksOthers { .. } => codes::ASKS_OTHERS,
            Self::AmbiguousRun { .. } => codes::AMBIGUOUS_RUN,
            Self::WebhookSecret { .. } => codes::WEBHOOK_SECRET,
            Self::NotWaiting { .. } => codes::NOT_WAITING,
            Self::WhichStep { .. } => codes::WHICH_STEP,
            Self::RunHeld { .. } => codes::RUN_HELD,
            Self::Cancelled { .. } => sortie_json::codes::CANCELLED,
            Self::JournalWithoutPause => codes::JOURNAL_WITHOUT_PAUSE,
            Self::JournalBesideEngine => codes::JOURNAL_BESIDE_ENGINE,
            Self::JournalNotFound { .. } => codes::JOURNAL_NOT_FOUND,
            Self::JournalUrl { .. } => codes::JOURNAL_URL,
            Self::NoJournal { .. } => codes::NO_JOURNAL,
            Self::BundleOfAPause => codes::BUNDLE_OF_A_PAUSE,
            Self::FailureOfAPause => codes::FAILURE_OF_A_PAUSE,
            Self::NothingToTest { .. } => codes::NOTHING_TO_TEST,
            Self::NoBundles { .. } => codes::NO_BUNDLES,
            Self::PluginNotPulled { .. } => codes::PLUGIN_NOT_PULLED,
            Self::NoPluginStore => codes::NO_PLUGIN_STORE,
            Self::PushToADigest { .. } => codes::PUSH_TO_A_DIGEST,
            Self::PluginNotSigned { .. } => codes::PLUGIN_NOT_SIGNED,
            Self::NoProjectHere => codes::NO_PROJECT_HERE,
            Self::PluginOfAnotherName { .. } => codes::PLUGIN_OF_ANOTHER_NAME,
            Self::NoSuchPlugin { .. } => codes::NO_SUCH_PLUGIN,
            Self::NoSigners => codes::NO_SIGNERS,
            Self::AttestationOfMany => codes::ATTESTATION_OF_MANY,
            Self::AttestationWithoutFile => codes::ATTESTATION_WITHOUT_FILE,
            Self::AttestationOfAPause => codes::ATTESTATION_OF_A_PAUSE,
            Self::NotABundle { .. } => sortie_runner::codes::NOT_A_BUNDLE,
            Self::ProjectOfAnotherUser { .. } => codes::PROJECT_OF_ANOTHER_USER,
            Self::PluginNotLocked { .. } => codes::PLUGIN_NOT_LOCKED,
            Self::PluginChanged { .. } => sortie_host::codes::PLUGIN_CHANGED,
            Self::PluginVersionMismatch { .. } => codes::PLUGIN_VERSION_MISMATCH,
            Self::PluginPathMissing { .. } => codes::PLUGIN_PATH_MISSING,
            Self::PathNotUtf8 { .. } => codes::PATH_NOT_UTF8,
            Self::SdkNotFound { .. } => codes::SDK_NOT_FOUND,
            Self::FolderExists { .. } => codes::FOLDER_EXISTS,
            Self::IllegalName { .. } => codes::ILLEGAL_NAME,
            Self::TestOptions { .. } => codes::TEST_OPTIONS,
            Self::NoProject { .. } => codes::NO_PROJECT,
            Self::NoIdentity { .. } => codes::NO_IDENTITY,
            Self::NotABoolean { .. } => codes::INVALID_DOCUMENT,
            Self::NotPackable { .. } | Self::ForeignImport { .. } => codes::NOT_PACKABLE,
            Self::MisspeltKeyword { .. } => sortie_runner::codes::MISSPELT_KEYWORD,
            Self::ProjectTooLarge { .. } => codes::PROJECT_TOO_LARGE,
            Self::NoSuchFunction { .. } => codes::NO_SUCH_FUNCTION,
            Self::NotCompiled { .. } | Self::NotImported { .. } | Self::NoModule { .. } => codes::NOT_COMPILED,
            Self::ToolMissing { .. } => codes::TOOL_MISSING,
            Self::LimitTooGreat { .. } => sortie_host::codes::LIMIT_TOO_GREAT,
            Self::AnotherPlugin { .. } => codes::ANOTHER_PLUGIN,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::StateNotObject => {
                "put the document into a member of the state with `--state-at`, such as `--state-at /tasks`".to_owned()
            }
            Self::LimitTooGreat { .. } => "if you trust who wrote the file, allow it with `--allow-limits`".to_owned(),
            Self::UnknownAnswer { near: Some(near), .. } | Self::UnknownZone { near: Some(near), .. } => {
                format!("did you mean `{near}`?")
            }
            Self::Waiting { help, .. } | Self::ToolMissing { help, .. } | Self::NotImported { help, .. } => {
                help.clone()
            }
            Self::IllegalName { help, .. } => (*help).to_owned(),
            Self::NotWaiting { run, .. } => format!("`sortie inbox show {run}` says what happened"),
            Self::RunHeld { run, .. } => format!("wait; `sortie inbox show {run}` shows its progress"),
            Self::ProjectOfAnotherUser { folder, .. } => {
                format!("to use it, run the command in `{folder}`; otherwise, work outside that folder")
            }
            Self::PluginNotLocked { file, .. } => format!("type: sortie plugin add {file}"),
            Self::PluginChanged { file, .. } => format!("if you meant to change it: sortie plugin add {file}"),
            Self::NoIdentity { file, member, .. } => {
                format!("add `{member}` to `{file}`: a plugin needs a name and a version")
            }
            // What wasm-bindgen's imports belong to is nearly always a feature for browsers.
            Self::ForeignImport { module, .. } if module.starts_with("__wbindgen") => {
                "a dependency is built for a browser: `cargo tree -i wasm-bindgen` names it; with `chrono`, set \
                 `default-features = false`"
                    .to_owned()
            }
            Self::ForeignImport { .. } => {
                "a dependency expects another host: remove it, or the feature that does".to_owned()
            }
            Self::NoModule { .. } => "make it a library: `src/lib.rs`, with `plugin!(…)`".to_owned(),
            _ => self.code().remedy().to_owned(),
        })
    }
}
