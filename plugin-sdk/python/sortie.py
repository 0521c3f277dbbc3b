"""What a Sortie plugin in Python is written with. It runs in the sandbox and, for unit tests, in any Python 3.10+."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

SDK = "sortie.py 0.1.0"
MAX_STEPS = 5
MAX_HUMAN_STEPS = 2

Json = Any
"""A value that JSON has: None, bool, int, float, str, list, dict with str keys."""


class Failure(Exception):
    """Why a mission could not be built, or an operation not executed. Raise it; the host makes it the step's failure.

    The code is for programs (lower-case letters, digits, `-` and `_`), the message for people.
    """

    def __init__(self, code: str, message: str, details: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


@dataclass
class Step:
    """A step of a workflow; its kind is `runtime` or `human`."""

    id: str
    kind: str
    payload: dict[str, Json]


@dataclass
class Workflow:
    """A workflow being built. Steps past the limits (5 steps, 2 of them human) are dropped, and their ids kept in the
    metadata under `dropped_steps`. A person is dropped last: where there is no room for a human step that the limits
    allow, the last runtime step makes room."""

    id: str
    steps: list[Step] = field(default_factory=list)
    metadata: dict[str, Json] = field(default_factory=dict)

    def step(self, id: str, operation: str, payload: dict[str, Json] | None = None) -> Workflow:
        """Adds a step that executes an operation."""
        return self._push(Step(id, "runtime", {**(payload or {}), "operation": operation}))

    def human(
        self,
        id: str,
        description: str,
        *,
        context: str | None = None,
        schema: dict[str, Json] | None = None,
        choices: list[Json] | None = None,
        default: Json = None,
        expires: str | None = None,
        on_expiry: str | None = None,
        assignees: list[str] | None = None,
    ) -> Workflow:
        """Adds a step that a person decides. `context` is the part of the state that the person is shown."""
        question = {
            "description": description,
            "context": context,
            "schema": schema,
            "choices": choices,
            "default": default,
            "expires": expires,
            "on_expiry": on_expiry,
            "assignees": assignees,
        }
        return self._push(Step(id, "human", {key: value for key, value in question.items() if value is not None}))

    def with_metadata(self, key: str, value: Json) -> Workflow:
        """Adds to the metadata."""
        self.metadata[key] = value
        return self

    def _push(self, step: Step) -> Workflow:
        is_human = step.kind == "human"
        may_ask = is_human and sum(each.kind == "human" for each in self.steps) < MAX_HUMAN_STEPS
        runtime = [index for index, each in enumerate(self.steps) if each.kind != "human"]
        if len(self.steps) < MAX_STEPS and (may_ask or not is_human):
            self.steps.append(step)
        elif may_ask and runtime:
            dropped = self.steps.pop(runtime[-1])
            self.metadata.setdefault("dropped_steps", []).append(dropped.id)
            self.steps.append(step)
        else:
            self.metadata.setdefault("dropped_steps", []).append(step.id)
        return self


@dataclass
class Output:
    """What an operation did: changes of the state (RFC 6902), in order, and a result kept under the step's id."""

    changes: list[dict[str, Json]] = field(default_factory=list)
    output: Json = None

    def set(self, path: str, value: Json) -> Output:
        """Sets what is at a JSON Pointer; its parent has to be there."""
        return self.change({"op": "add", "path": path, "value": value})

    def append(self, path: str, value: Json) -> Output:
        """Appends to the list at a JSON Pointer."""
        return self.change({"op": "add", "path": f"{path}/-", "value": value})

    def remove(self, path: str) -> Output:
        """Removes what is at a JSON Pointer."""
        return self.change({"op": "remove", "path": path})

    def change(self, change: dict[str, Json]) -> Output:
        """Adds any change."""
        self.changes.append(change)
        return self

    def result(self, value: Json) -> Output:
        """Sets the output, which the result keeps under the step's id."""
        self.output = value
        return self


class Call:
    """What an operation knows of the run that calls it, besides its payload."""

    def __init__(
        self,
        step_id: str = "step",
        state: dict[str, Json] | None = None,
        decisions: dict[str, Json] | None = None,
        metadata: dict[str, Json] | None = None,
        seed: int = 0,
    ) -> None:
        self.step_id = step_id
        self.decisions = decisions or {}
        self.metadata = metadata or {}
        self.seed = seed
        self._state = state or {}
        self._random: random.Random | None = None

    def get(self, pointer: str, default: Json = None) -> Json:
        """The value at a JSON Pointer into the state; the default where there is none, or it is not declared to be
        read."""
        declared = [each for each in self._state if pointer == each or pointer.startswith(each + "/")]
        # The declared pointers are few; the longest that the pointer begins with has the value.
        for each in sorted(declared, key=len, reverse=True):
            found = _at(self._state[each], pointer[len(each) :])
            if found is not _NOTHING:
                return found
        return default

    def decision(self, step_id: str) -> Json:
        """What was decided at a human step: None when there was none so far, or nobody was asked."""
        decision = self.decisions.get(step_id, {"status": "marked"})
        return None if decision["status"] == "marked" else decision["value"]

    @property
    def random(self) -> random.Random:
        """Random numbers that are the same for the same call."""
        if self._random is None:
            self._random = random.Random(self.seed)
        return self._random


Region = str | dict[str, str]
"""A part of the state: a JSON Pointer into it, or `{"payload": POINTER}` for the pointers that the payload carries."""


@dataclass
class _Mission:
    name: str
    description: str
    params: Json
    examples: list[Json]
    build: Callable[..., Workflow]


@dataclass
class _Operation:
    name: str
    description: str
    payload: Json
    reads: list[Region]
    writes: list[Region]
    examples: list[tuple[Json, Json]]
    execute: Callable[..., Output | None]


class Plugin:
    """The plugin: the variable `plugin` of the module `plugin`."""

    def __init__(self) -> None:
        self._missions: dict[str, _Mission] = {}
        self._operations: dict[str, _Operation] = {}

    def mission(self, *, name: str | None = None, params: Json = None, examples: Iterable[Json] = ()) -> Callable:
        """Declares a mission: a function from params to a `Workflow`.

        `params` is a JSON Schema (draft 2020-12), which the host checks before it calls; `examples` are params that
        work. The name is the function's, the description its docstring's first paragraph.
        """

        def declare(function: Callable[..., Workflow]) -> Callable[..., Workflow]:
            mission = _Mission(
                name or function.__name__, _description(function), _schema(params), list(examples), function
            )
            self._missions[mission.name] = mission
            return function

        return declare

    def operation(
        self,
        *,
        name: str | None = None,
        payload: Json = None,
        reads: Iterable[Region] = (),
        writes: Iterable[Region] = (),
        examples: Iterable[tuple[Json, Json]] = (),
    ) -> Callable:
        """Declares an operation: a function from a payload, and a `Call` if it takes one, to an `Output`.

        `payload` is a JSON Schema, which the host checks before it calls; `reads` and `writes` are the parts of the
        state that it is given and may change; `examples` are pairs of a payload and a state that work.
        """

        def declare(function: Callable[..., Output | None]) -> Callable[..., Output | None]:
            operation = _Operation(
                name or function.__name__,
                _description(function),
                _schema(payload),
                list(reads),
                list(writes),
                list(examples),
                function,
            )
            self._operations[operation.name] = operation
            return function

        return declare

    def build(self, mission: str, params: Json = None) -> Workflow:
        """Builds a mission: for unit tests."""
        if mission not in self._missions:
            raise Failure("unknown_mission", f"there is no mission `{mission}`")
        return self._missions[mission].build({} if params is None else params)

    def execute(
        self, operation: str, payload: dict[str, Json] | None = None, state: dict[str, Json] | None = None, **context: Any
    ) -> Output:
        """Executes an operation with this whole state: for unit tests. `context` is as in `Call`."""
        return self._executed(operation, payload or {}, Call(state={"": state or {}}, **context))

    def _executed(self, name: str, payload: dict[str, Json], call: Call) -> Output:
        if name not in self._operations:
            raise Failure("unknown_operation", f"there is no operation `{name}`")
        function = self._operations[name].execute
        takes_call = function.__code__.co_argcount > 1
        output = function(payload, call) if takes_call else function(payload)
        return Output() if output is None else output


_NOTHING = object()


def _at(value: Json, pointer: str) -> Json:
    """The value at a JSON Pointer (RFC 6901)."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < len(value):
            value = value[int(key)]
        else:
            return _NOTHING
    return value


def _schema(schema: Json) -> Json:
    return {"type": "object"} if schema is None else schema


def _description(function: Callable) -> str:
    return " ".join((function.__doc__ or "").strip().split("\n\n")[0].split())


def to_json(value: Json, what: str) -> str:
    """JSON text. What JSON has no form for is a failure that says where."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Failure("not_json", f"{what} has no JSON form: {error}") from error


def what_happened(error: BaseException) -> Failure:
    """A failure for any exception. A `Failure` is the author's; anything else comes with its place."""
    if isinstance(error, Failure):
        return error
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    # The sandbox numbers the folders that it is given: `/0/plugin.py`.
    own = [
        {"file": file.split("/", 2)[-1] if file.startswith("/") else file, "line": line, "function": function}
        for file, line, function in places
        if not file.startswith("/python/") and os.path.basename(file) not in ("sortie.py", "sortie_entry.py")
    ]
    message = f"{type(error).__name__}: {error}"
    if not own:
        return Failure("exception", message)
    last = own[-1]
    where = f"{last['file']}:{last['line']}: "
    return Failure("exception", where + message, {"file": last["file"], "line": last["line"], "stack": own[::-1]})
