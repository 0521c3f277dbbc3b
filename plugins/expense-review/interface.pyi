# sortie:plugin@0.2.0, generated from `plugin.wit` of Sortie's plugin SDK: what crosses the boundary.
from dataclasses import dataclass
from typing import List, Literal, Optional, Union

# interface `types`

# A JSON text (RFC 8259). What the host passes is in canonical form (RFC 8785). What a plugin returns may be
# spelt in any way, but must be I-JSON (RFC 7493): no duplicate keys, no lone surrogates, no integers outside
# ±(2^53−1), at most 128 levels of nesting.
Json = str

# A JSON Pointer (RFC 6901): `` is the whole document, `/tasks/0` the first task.
JsonPointer = str

# A mission that the plugin can build.
@dataclass
class MissionInfo:
    # Its name, by the same rule as a plugin's.
    name: str
    # A sentence for people.
    description: str
    # JSON Schema (draft 2020-12) of the params. The host checks params against it before it calls `build`.
    params_schema: Json
    # Params that work: what a check of the plugin builds the mission from.
    examples: List[Json]

# A part of the state.
@dataclass
class Region_State:
    value: JsonPointer

@dataclass
class Region_Payload:
    value: JsonPointer

Region = Union[Region_State, Region_Payload]

# An input that an operation can be tried with.
@dataclass
class OperationExample:
    payload: Json
    # The whole state, a JSON object.
    state: Json

# An operation that the plugin can execute.
@dataclass
class OperationInfo:
    # Its name, by the same rule as a plugin's.
    name: str
    # A sentence for people.
    description: str
    # JSON Schema (draft 2020-12) of the payload. The host checks a payload against it before it calls `execute`.
    payload_schema: Json
    # The parts of the state that the operation is given. None by default.
    reads: List[Region]
    # The parts of the state that the operation may change. None by default.
    writes: List[Region]
    # Inputs that work: what a check of the plugin executes the operation with.
    examples: List[OperationExample]

# What a plugin is and has. A host reads it from the custom section `sortie:manifest` and checks it against
# `describe`.
@dataclass
class Manifest:
    # The plugin's name: a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`.
    name: str
    # The plugin's version (Semantic Versioning 2.0.0).
    version: str
    # The SDK that made it, and the SDK's version: `sortie-plugin-sdk 0.2.0`.
    sdk: str
    # A sentence for people.
    description: str
    missions: List[MissionInfo]
    operations: List[OperationInfo]

# A step of a workflow.
@dataclass
class Step:
    # Unique in its workflow; not empty.
    id: str
    # `runtime` or `human`.
    kind: str
    # A JSON object. A runtime step names its operation in the member `operation`; what is left of the object is
    # the operation's payload. A human step says what is asked; its member `show` names the earlier steps whose
    # displays are put before the person.
    payload: Json

# A workflow definition: what a mission builder makes of its params.
@dataclass
class Workflow:
    id: str
    # At most 5, of which at most 2 human.
    steps: List[Step]
    # A JSON object.
    metadata: Json

# What an operation is called with.
@dataclass
class OperationInput:
    operation: str
    step_id: str
    # The step's payload without the member `operation`: a JSON object.
    payload: Json
    # A JSON object from each pointer that the operation declares to read to the value there. A pointer that
    # leads nowhere has no member.
    state: Json
    # A JSON object from the id of each human step so far to `{"status": …, "value": …}`. The status is
    # `answered`, `defaulted` or `marked` (nobody was asked; the value is null).
    decisions: Json
    # The context's metadata: a JSON object.
    metadata: Json
    # Derived by hash from all of the above: randomness that is the same every time.
    seed: int

# A name with a value.
@dataclass
class Field:
    name: str
    value: str

# How the cells of a column are aligned: `left` as text is, `right` as numbers are.
Align = Literal["left", "right"]

# A column of a table.
@dataclass
class Column:
    title: str
    align: Align

# A table.
@dataclass
class Table:
    # At least one, at most 32.
    columns: List[Column]
    # At most 10,000. Each has one cell for each column.
    rows: List[List[str]]

# Text that is shown as it is: code, a difference, a log.
@dataclass
class Code:
    # What it is written in, such as `json` or `diff`.
    language: Optional[str]
    text: str

# A part of a display: a closed set, which a terminal, a page and a program each render in their way. All of it is
# plain text; control characters are not shown.
@dataclass
class Block_Heading:
    value: str

@dataclass
class Block_Text:
    value: str

@dataclass
class Block_List:
    value: List[str]

@dataclass
class Block_Fields:
    value: List[Field]

@dataclass
class Block_Table:
    value: Table

@dataclass
class Block_Code:
    value: Code

Block = Union[Block_Heading, Block_Text, Block_List, Block_Fields, Block_Table, Block_Code]

# What an operation judges. A mission that succeeds and has a verdict that did not pass ends with the exit code 1.
@dataclass
class Verdict:
    # Whether what was judged is as it should be.
    passed: bool
    # Why, in a sentence.
    summary: str

@dataclass
class LocatedValue:
    path: JsonPointer
    value: Json

@dataclass
class Relocation:
    from_: JsonPointer
    path: JsonPointer

# One change of the state, with the meaning that RFC 6902 gives it.
@dataclass
class Change_Add:
    value: LocatedValue

@dataclass
class Change_Remove:
    value: JsonPointer

@dataclass
class Change_Replace:
    value: LocatedValue

@dataclass
class Change_Move:
    value: Relocation

@dataclass
class Change_Copy:
    value: Relocation

@dataclass
class Change_Test:
    value: LocatedValue

Change = Union[Change_Add, Change_Remove, Change_Replace, Change_Move, Change_Copy, Change_Test]

# What an operation returns.
@dataclass
class OperationOutput:
    # Applied to the state in order, all or none.
    changes: List[Change]
    # Kept in the result under the step's id.
    output: Optional[Json]
    # What is put before people, in order: at most 256 blocks. Its texts and elements count as bytes of the output;
    # each block, item, field, column, row and cell counts 16 besides its text.
    display: List[Block]
    # What the operation judges, if it judges.
    verdict: Optional[Verdict]

# Why an operation or a builder could not do its work.
@dataclass
class Failure:
    # For programs: by the same rule as a name.
    code: str
    # For people: a sentence.
    message: str
    details: Optional[Json]

# interface `mission`

# The plugin's manifest: the same at every call.
def describe() -> Manifest: ...

# Makes a workflow of a mission's params.
def build(mission: str, params: Json) -> Workflow: ...

# Executes an operation.
def execute(input: OperationInput) -> OperationOutput: ...

# interface `log`

Level = Literal["debug", "info", "warn", "error"]

# Keeps a message. What goes beyond the host's limit is dropped, and the record says so; each byte of it costs one
# unit of fuel.
def log(level: Level, message: str) -> None: ...

# Ends the call with a failure, at once: this does not return. An SDK calls it where its language panics.
def abort(failure: Failure) -> None: ...

# interface `missions`

@dataclass
class Request:
    # The mission's name, as a host's caller would give it.
    mission: str
    params: Json
    # The context's initial state: a JSON object.
    initial_state: Json
    # The context's metadata: a JSON object.
    metadata: Json
    # A JSON object from the id of a human step to its answer. A step without one is marked.
    answers: Json

# Builds and runs a mission. The result is the one that the host would have given to anybody, as JSON. Fuel
# that the mission spends is the caller's. A mission that is rejected before it begins is a failure.
def run(request: Request) -> Json: ...
