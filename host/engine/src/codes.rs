//! The codes of this crate's errors and of steps that fail.

use sortie_json::{Code, UserError};

use crate::{ContextError, StartError, WorkflowError};

sortie_json::codes! {
    [sortie_json::codes::TOO_MANY_VALUES]
    STATE_NOT_OBJECT = "state_not_object", Rejected,
        "The initial state is not a JSON object.", "give an object such as `{\"tasks\": []}`";
    METADATA_NOT_OBJECT = "metadata_not_object", Rejected,
        "The context's metadata is not a JSON object.", "give an object";
    NOT_I_JSON = "not_i_json", Rejected,
        "A value is not I-JSON (RFC 7493): a number is out of range, or it is nested more than 128 levels deep.",
        "write large numbers as strings, and nest less deeply";
    ANTI_FAILURE_VIOLATION = "anti_failure_violation", Rejected,
        "A workflow has more than 5 steps, or more than 2 human steps.", "split it into several missions";
    ENVELOPE_VIOLATION = "envelope_violation", Rejected,
        "A step's kind is neither `runtime` nor `human`.", "write `kind: runtime` or `kind: human`";
    DUPLICATE_STEP_ID = "duplicate_step_id", Rejected,
        "Two steps of a workflow have the same id.", "give each step an id of its own";
    INVALID_WORKFLOW = "invalid_workflow", Rejected,
        "A workflow definition does not have the right shape.",
        "a workflow is `{\"id\", \"steps\": [{\"id\", \"kind\", \"payload\"}], \"metadata\"}`";
    INVALID_HUMAN_STEP = "invalid_human_step", Rejected,
        "A human step has invalid choices, or an invalid schema, default or deadline.",
        "fix the step's payload, or the mission that builds it";
    STATE_TOO_LARGE = "state_too_large", Rejected,
        "The state is larger than its limit, or a step's changes would have made it so.",
        "remove what the mission does not need, or raise the host's limit";
    METADATA_TOO_LARGE = "metadata_too_large", Rejected,
        "The context's metadata is larger than its limit.", "put large data into the state";
    OPERATION_FAILED = "operation_failed", Failed,
        "An operation or a mission's builder reported a failure.", "the message and the details come from the plugin";
    TRAP = "trap", Failed,
        "A plugin's call trapped: it panicked, divided by zero or accessed memory out of bounds.",
        "save the call with `--save-failure FILE`, and repeat it with `sortie plugin replay FILE`";
    OUT_OF_FUEL = "out_of_fuel", Failed,
        "A plugin's call ran out of fuel.", "give it less to do, or raise `fuel_per_call`";
    MEMORY_LIMIT = "memory_limit", Failed,
        "A plugin's call needed more memory than its limit.", "give it less to do, or raise `memory_bytes`";
    STACK_LIMIT = "stack_limit", Failed,
        "A plugin's call nested function calls too deeply.", "use a loop in place of the recursion";
    OUTPUT_REJECTED = "output_rejected", Failed,
        "A plugin returned something that it may not: invalid JSON, too much, or changes that it does not declare.",
        "fix the plugin: the details say what is wrong";
    STEP_EXPIRED = "expired", Failed,
        "Nobody answered a human step in time, and the step says `on_expiry: fail`.",
        "start the mission again, or give the step a `default` and `on_expiry: default`";
    UNDECLARED_WRITE = "undeclared_write", Failed,
        "An operation changed a part of the state that it does not declare.",
        "declare it in `writes`, or do not change it";
    UNDECLARED_READ = "undeclared_read", Failed,
        "An operation's change refers to a part of the state that it does not declare.",
        "declare it in `reads`, or do not refer to it";
    WITHHELD_WRITE = "withheld_write", Failed,
        "An operation changed a part of the state that the host's policy withholds from the plugin.",
        "allow it in the plugin's `writes` in `sortie.toml` or in the program's policy, or do not change it";
    WITHHELD_READ = "withheld_read", Failed,
        "An operation's change refers to a part of the state that the host's policy withholds from the plugin.",
        "allow it in the plugin's `reads` in `sortie.toml` or in the program's policy, or do not refer to it";
    PATH_MISSING = "path_missing", Failed,
        "A change is to a place that does not exist in the state.", "add the parent of that place first";
    FROM_MISSING = "from_missing", Failed,
        "A change moves or copies from a place that does not exist in the state.", "check the change's `from`";
    TEST_FAILED = "test_failed", Failed,
        "A `test` in a JSON Patch failed.", "check the state: it is not what the operation expected";
    MOVE_INTO_ITSELF = "move_into_itself", Failed,
        "A change moves a value into itself.", "move it to a place outside itself";
    ROOT_NOT_OBJECT = "root_not_object", Failed,
        "A change would replace the state with something that is not an object.", "keep the state an object";
    STATE_TOO_DEEP = "state_too_deep", Failed,
        "A change would nest the state more than 128 levels deep.", "nest less deeply";
    PATCH_TOO_COSTLY = "patch_too_costly", Failed,
        "The changes of a step would cost more work than is allowed.", "change fewer or smaller places in one step";
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
