//! The codes of this crate's errors and of steps that fail.

use sortie_json::{Code, UserError};

use crate::{ContextError, StartError, WorkflowError};

sortie_json::codes! {
    [sortie_json::codes::TOO_MANY_VALUES]
    STATE_NOT_OBJECT = "state_not_object", Rejected,
        "The state to begin with is not a JSON object.", "give an object such as `{\"tasks\": []}`";
    METADATA_NOT_OBJECT = "metadata_not_object", Rejected,
        "The context's metadata is not a JSON object.", "give an object";
    NOT_I_JSON = "not_i_json", Rejected,
        "A value cannot be I-JSON (RFC 7493): a number out of range, or nesting beyond 128 levels.",
        "write large numbers as strings, and nest less deeply";
    ANTI_FAILURE_VIOLATION = "anti_failure_violation", Rejected,
        "A workflow has more than 5 steps, or more than 2 human steps.", "split it into missions";
    ENVELOPE_VIOLATION = "envelope_violation", Rejected,
        "A step's kind is neither `runtime` nor `human`.", "write `kind: runtime` or `kind: human`";
    DUPLICATE_STEP_ID = "duplicate_step_id", Rejected,
        "Two steps of a workflow have the same id.", "give each step an id of its own";
    INVALID_WORKFLOW = "invalid_workflow", Rejected,
        "A workflow definition does not have the right shape.",
        "a workflow is `{\"id\", \"steps\": [{\"id\", \"kind\", \"payload\"}], \"metadata\"}`";
    INVALID_HUMAN_STEP = "invalid_human_step", Rejected,
        "A human step cannot be asked: its choices, its schema, its default or its deadline make no sense.",
        "fix the step's payload, or the mission that builds it";
    STATE_TOO_LARGE = "state_too_large", Rejected,
        "The state is larger than its limit; or a step's changes would make it so, and the step failed.",
        "leave out what the mission does not need, or raise the limit on the host";
    METADATA_TOO_LARGE = "metadata_too_large", Rejected,
        "The context's metadata is larger than its limit.", "put large data into the state";
    OPERATION_FAILED = "operation_failed", Failed,
        "An operation, or a mission's builder, said that it failed.", "the message and the details are the plugin's";
    TRAP = "trap", Failed,
        "A plugin's call was ended by WebAssembly: a division by zero, an access out of bounds, a panic.",
        "`--save-failure FILE` saves the call, and `sortie plugin replay FILE` makes it again";
    OUT_OF_FUEL = "out_of_fuel", Failed,
        "A plugin's call did more work than its fuel pays for.", "give it less to do, or raise `fuel_per_call`";
    MEMORY_LIMIT = "memory_limit", Failed,
        "A plugin's call needed more memory than its limit.", "give it less to do, or raise `memory_bytes`";
    STACK_LIMIT = "stack_limit", Failed,
        "A plugin's call called functions more deeply than it may.", "call functions less deeply: use a loop";
    OUTPUT_REJECTED = "output_rejected", Failed,
        "What a plugin returned is not what it may return: no JSON, too large, or changes that it did not declare.",
        "the details say what was wrong: the plugin has to be fixed";
    STEP_EXPIRED = "expired", Failed,
        "Nobody answered a human step in time, and the step says that this fails it.",
        "start the mission again, or give the step a `default` and `on_expiry: default`";
    UNDECLARED_WRITE = "undeclared_write", Failed,
        "An operation changed a place of the state that it does not declare.",
        "declare the place in `writes`, or do not change it";
    UNDECLARED_READ = "undeclared_read", Failed,
        "An operation's change refers to a place of the state that it does not declare.",
        "declare the place in `reads`, or do not refer to it";
    WITHHELD_WRITE = "withheld_write", Failed,
        "An operation changed a place that it declares, and that the host's policy for the plugin withholds.",
        "allow the place in the plugin's `writes` in `sortie.toml`, or in the program's policy, or do not change it";
    WITHHELD_READ = "withheld_read", Failed,
        "An operation's change refers to a place that it declares, and that the host's policy for the plugin withholds.",
        "allow the place in the plugin's `reads` in `sortie.toml`, or in the program's policy, or do not refer to it";
    PATH_MISSING = "path_missing", Failed,
        "A change is to a place that the state does not have.", "add what is above the place first";
    FROM_MISSING = "from_missing", Failed,
        "A change moves or copies from a place that the state does not have.", "check the change's `from`";
    TEST_FAILED = "test_failed", Failed,
        "A `test` of a JSON Patch does not hold.", "the state is not what the operation expected";
    MOVE_INTO_ITSELF = "move_into_itself", Failed,
        "A change moves a value into itself.", "move it to a place outside of it";
    ROOT_NOT_OBJECT = "root_not_object", Failed,
        "A change would make the state something else than an object.", "keep the state an object";
    STATE_TOO_DEEP = "state_too_deep", Failed,
        "A change would nest the state deeper than 128 levels.", "nest less deeply";
    PATCH_TOO_COSTLY = "patch_too_costly", Failed,
        "The changes of a step would take more work than they pay for.", "change fewer or smaller places in one step";
}

impl UserError for WorkflowError {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }
}

impl UserError for ContextError {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }
}

impl UserError for StartError {
    fn code(&self) -> Code {
        Code::find(ALL, self.code())
    }
}
