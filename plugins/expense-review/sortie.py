"""What a Sortie plugin in Python is written with. It runs in the sandbox and, for unit tests, in any Python 3.10+."""

from __future__ import annotations

import contextlib
import inspect
import json
import math
import os
import random
import re
import sys
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from typing import Any, Callable, Iterable, Mapping, Sequence

SDK = "sortie.py 0.2.0"
MAX_STEPS = 5
MAX_HUMAN_STEPS = 2
MAX_DEPTH = 128
"""The greatest depth of JSON that crosses the boundary."""
MAX_INTEGER = 2**53 - 1
"""The greatest integer that every reader of JSON knows exactly."""
_NAME = re.compile("[a-z][a-z0-9_-]{0,63}")

Json = Any
"""A value that JSON has: None, bool, int, float, str, list, dict with str keys."""


class Failure(Exception):
    """Why a mission could not be built, or an operation not executed. Raise it; the host makes it the step's failure.

    The code is for programs (lower-case letters, digits, `-` and `_`), the message for people.
    """

    def __init__(self, code: str, message: str, details: Json = None) -> None:
        if not isinstance(code, str) or not _NAME.fullmatch(code):
            wanted = "a name of lower-case letters, digits, `-` and `_`, such as `not_found`"
            raise Mistake("illegal_code", f"the code of a Failure is {wanted}, not {code!r}; it says: {message}")
        message = str(message)
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = None if details is None else plain(details, "the details of a Failure")


class Mistake(Exception):
    """A use of this SDK that cannot be what the author meant. It is told with the author's file and line."""

    def __init__(self, code: str, message: str, function: Callable | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.function = function


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
        self._check_id(id)
        _text(operation, f"the operation of step `{id}`")
        members = _object({} if payload is None else payload, f"the payload of step `{id}`")
        return self._push(Step(id, "runtime", {**members, "operation": operation}))

    def human(
        self,
        id: str,
        description: str,
        *,
        show: list[str] | None = None,
        context: str | None = None,
        schema: dict[str, Json] | None = None,
        choices: list[Json] | None = None,
        default: Json = None,
        expires: str | None = None,
        on_expiry: str | None = None,
        assignees: list[str] | None = None,
        approvals: int | None = None,
        not_starter: bool | None = None,
    ) -> Workflow:
        """Adds a step that a person decides. `show` names the earlier steps whose displays are put before the person,
        `context` is the part of the state that the person is shown, `approvals` how many people have to agree, and
        with `not_starter` whoever started the run may not decide."""
        self._check_id(id)
        _text(description, f"the description of step `{id}`")
        question = {
            "description": description,
            "show": show,
            "context": context,
            "schema": schema,
            "choices": choices,
            "default": default,
            "expires": expires,
            "on_expiry": on_expiry,
            "assignees": assignees,
            "approvals": approvals,
            "not_starter": not_starter,
        }
        members = {key: value for key, value in question.items() if value is not None}
        return self._push(Step(id, "human", _object(members, f"the question of step `{id}`")))

    def with_metadata(self, key: str, value: Json) -> Workflow:
        """Adds to the metadata."""
        self.metadata[key] = plain(value, f"the metadata `{key}`")
        return self

    def _check_id(self, id: str) -> None:
        _text(id, "the id of a step")
        if any(step.id == id for step in self.steps):
            raise Mistake("duplicate_step_id", f"two steps have the id `{id}`: give each step an id of its own")

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
    """What an operation did: changes of the state (RFC 6902), in order, a result kept under the step's id, what it puts
    before people, and how it judges."""

    changes: list[dict[str, Json]] = field(default_factory=list)
    output: Json = None
    display: list[dict[str, Json]] = field(default_factory=list)
    verdict: dict[str, Json] | None = None

    def set(self, path: str, value: Json) -> Output:
        """Sets what is at a JSON Pointer; its parent has to be there."""
        return self.change({"op": "add", "path": path, "value": value})

    def append(self, path: str, value: Json) -> Output:
        """Appends to the list at a JSON Pointer."""
        return self.change({"op": "add", "path": f"{_pointer(path, 'the path')}/-", "value": value})

    def remove(self, path: str) -> Output:
        """Removes what is at a JSON Pointer."""
        return self.change({"op": "remove", "path": path})

    def change(self, change: dict[str, Json]) -> Output:
        """Adds any change."""
        what = f"change {len(self.changes) + 1}"
        op = change.get("op")
        if op not in _CHANGES:
            raise Mistake("unknown_change", f"{what} has the op `{op}`, which RFC 6902 has not")
        checked = {"op": op}
        for member in _CHANGES[op]:
            if member == "value":
                checked[member] = plain(change.get("value"), f"the value for `{change.get('path')}`")
            else:
                checked[member] = _pointer(change.get(member), f"the {member} of {what}")
        if _access is not None:
            _access.check(checked)
        if _made_at is not None:
            _made_at[id(checked)] = _authors_place()
        self.changes.append(checked)
        return self

    def result(self, value: Json) -> Output:
        """Sets the output, which the result keeps under the step's id."""
        self.output = plain(value, "the output")
        return self

    def heading(self, text: Word) -> Output:
        """Displays a heading."""
        return self._block("heading", _word(text, "a heading"))

    def text(self, text: Word) -> Output:
        """Displays a text."""
        return self._block("text", _word(text, "a text"))

    def list(self, items: Iterable[Word]) -> Output:
        """Displays items, each on a line of its own."""
        return self._block("list", [_word(item, "an item of a list") for item in items])

    def fields(self, fields: Mapping[str, Word] | Iterable[tuple[str, Word]]) -> Output:
        """Displays names with values."""
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        named = [{"name": _word(name, "a name"), "value": _word(value, f"the value of `{name}`")} for name, value in pairs]
        return self._block("fields", named)

    def table(self, columns: Sequence[str | tuple[str, str]], rows: Iterable[Sequence[Word]]) -> Output:
        """Displays a table: a column is a title, or a title and `left` or `right`; a row has one cell for each column."""
        made = []
        for column in columns:
            title, align = (column, "left") if isinstance(column, str) else column
            if align not in ("left", "right"):
                raise Mistake("invalid_display", f"a column is aligned `left` or `right`, not {align!r}")
            made.append({"title": _word(title, "a column's title"), "align": align})
        cells = []
        for index, row in enumerate(rows):
            if isinstance(row, (str, Mapping)) or len(row) != len(made):
                found = _shown(row) if isinstance(row, (str, Mapping)) else f"{len(row)} cells"
                raise Mistake("invalid_display", f"row {index + 1} of a table has {found} for {len(made)} columns")
            cells.append([_word(cell, f"a cell of row {index + 1}") for cell in row])
        return self._block("table", {"columns": made, "rows": cells})

    def code(self, language: str, text: Word) -> Output:
        """Displays text as it is, written in a language such as `json` or `diff`."""
        return self._block("code", {"language": _word(language, "a language"), "text": _word(text, "code")})

    def judge(self, passed: bool, summary: Word) -> Output:
        """Judges. A mission that succeeds and has a verdict that did not pass ends with the exit code 1."""
        if not isinstance(passed, bool):
            raise Mistake("invalid_verdict", f"a verdict is True or False, not {_shown(passed)}")
        self.verdict = {"passed": passed, "summary": _word(summary, "a verdict's summary")}
        return self

    def _block(self, kind: str, value: Json) -> Output:
        self.display.append({kind: value})
        return self


Word = str | int | float | bool
"""What is displayed: text, or a number or a truth value as one."""

# How many calls are told of a long stack, from each of its ends.
_FRAMES = 8
_OWN_FILES = ("sortie.py", "sortie_entry.py", "sortie_guard.py", "sortie_missions.py")

_CHANGES = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
"""The members of each change, besides its op."""

_runner: Callable[[dict[str, Json]], Json] | None = None
"""Who runs missions: the host, in a plugin that may; a unit test's stand-in."""


def run_mission(
    mission: str,
    params: Json = None,
    state: dict[str, Json] | None = None,
    metadata: dict[str, Json] | None = None,
    answers: dict[str, Json] | None = None,
) -> Json:
    """Runs a mission from within an operation, on the caller's fuel, and returns its result. One that is rejected raises
    a `Failure`. `answers` are those to human steps, by their ids; a step without one is marked.

    The plugin's pyproject.toml has to say `orchestrates = true` under `[tool.sortie]`. A host may refuse such plugins.
    """
    request = {
        "mission": _text(mission, "the mission to run"),
        "params": plain({} if params is None else params, f"the params of `{mission}`"),
        "state": _object(state or {}, f"the state for `{mission}`"),
        "metadata": _object(metadata or {}, f"the metadata for `{mission}`"),
        "answers": _object(answers or {}, f"the answers for `{mission}`"),
    }
    if _runner is None:
        raise Mistake(
            "no_missions",
            "this plugin may not run missions: say `orchestrates = true` under `[tool.sortie]` in pyproject.toml; "
            "a unit test passes its own `missions` to `execute`",
        )
    return _runner(request)


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
        """The value at a JSON Pointer into the state; the default where there is none. It has to be declared to be
        read."""
        _pointer(pointer, "what is read")
        declared = [each for each in self._state if _is_within(pointer, each)]
        # The declared pointers are few; the longest that the pointer begins with has the value.
        for each in sorted(declared, key=len, reverse=True):
            found = _at(self._state[each], pointer[len(each) :])
            if found is not _NOTHING:
                return found
        if _access is not None:
            _access.read(pointer)
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
    takes_call: bool


class Plugin:
    """The plugin: the variable `plugin` of the module `plugin`."""

    def __init__(self) -> None:
        self._missions: dict[str, _Mission] = {}
        self._operations: dict[str, _Operation] = {}

    def mission(
        self,
        function: Callable[..., Workflow] | None = None,
        /,
        *,
        name: str | None = None,
        params: Json = None,
        examples: Iterable[Json] = (),
    ) -> Callable:
        """Declares a mission: a function from params to a `Workflow`.

        `params` is a JSON Schema (draft 2020-12), which the host checks before it calls; `examples` are params that
        work. The name is the function's, the description its docstring's first paragraph.
        """

        def declare(function: Callable[..., Workflow]) -> Callable[..., Workflow]:
            named = _name(function, name)
            _declared(named, function, "mission", self._missions)
            self._missions[named] = _Mission(
                named, _description(function), _schema(params), list(examples), function
            )
            return function

        return declare if function is None else declare(function)

    def operation(
        self,
        function: Callable[..., Output | None] | None = None,
        /,
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
            named = _name(function, name)
            what = _declared(named, function, "operation", self._operations)
            self._operations[named] = _Operation(
                named,
                _description(function),
                _schema(payload),
                _regions(reads, "reads", what),
                _regions(writes, "writes", what),
                list(examples),
                function,
                _takes(function, 2),
            )
            return function

        return declare if function is None else declare(function)

    def build(self, mission: str, params: Json = None) -> Workflow:
        """Builds a mission: for unit tests. The params have to fit their schema, as in the sandbox."""
        if mission in self._missions:
            _fits({} if params is None else params, self._missions[mission].params, f"the params of `{mission}` do")
        with _sandbox(0):
            return self._built(mission, params)

    def _built(self, mission: str, params: Json) -> Workflow:
        if mission not in self._missions:
            raise Failure("unknown_mission", f"there is no mission `{mission}`")
        function = self._missions[mission].build
        workflow = function({} if params is None else params)
        if not isinstance(workflow, Workflow):
            raise _returned(function, f"the mission `{mission}`", "a Workflow", workflow)
        return workflow

    def execute(
        self,
        operation: str,
        payload: dict[str, Json] | None = None,
        state: dict[str, Json] | None = None,
        missions: Callable[[dict[str, Json]], Json] | None = None,
        **context: Any,
    ) -> Output:
        """Executes an operation: for unit tests. As in the sandbox, the payload has to fit its schema, of the state the
        operation is given what it declares to read, what it changes has to be what it declares to write and to be there,
        and there are no clock and no files. `missions` stands in for the host: from a request to a result. `context` is as in `Call`."""
        global _runner, _made_at
        payload, state = payload or {}, state or {}
        declared = self._operations.get(operation)
        if declared:
            _fits(payload, declared.payload, f"the payload of `{operation}` does")
        access = _Access(declared, payload) if declared else None
        places = access.reads if access else []
        parts = {each: part for each in places if (part := _at(state, each)) is not _NOTHING}
        before = _runner, _made_at
        _runner, _made_at = missions or _runner, {}
        try:
            with _sandbox(context.get("seed", 0)):
                output = self._executed(operation, payload, Call(state=parts, **context))
            for change in output.changes:
                access.check(change)
            _apply(output.changes, state)
        finally:
            _runner, _made_at = before
        return output

    def _executed(self, name: str, payload: dict[str, Json], call: Call) -> Output:
        global _access
        if name not in self._operations:
            raise Failure("unknown_operation", f"there is no operation `{name}`")
        operation = self._operations[name]
        function = operation.execute
        before, _access = _access, _Access(operation, payload)
        try:
            output = function(payload, call) if operation.takes_call else function(payload)
        finally:
            _access = before
        if output is None:
            return Output()
        if not isinstance(output, Output):
            raise _returned(function, f"the operation `{name}`", "an Output, or None", output)
        return output


_CLOCK = "a plugin has no clock: pass the time in the params, or put it in the state"
_ABSENT = {
    **dict.fromkeys(("datetime.now", "datetime.utcnow", "date.today", "datetime.today"), _CLOCK),
    **dict.fromkeys((f"time.{name}" for name in ("time", "time_ns", "monotonic", "perf_counter", "sleep")), _CLOCK),
    **dict.fromkeys(("io.open", "_io.open"), "a plugin has no files: put what it needs in the params or the state"),
    "posix.urandom": "a plugin has no source of randomness: use the call's `random`, which is the same every time",
}
"""What the sandbox has not, by the names of functions that are written in C."""


@contextlib.contextmanager
def _sandbox(seed: int):
    """Does something in a unit test as it would be done in the sandbox: without a clock and files, and with numbers by a
    seed."""

    def refuse(frame, event: str, function: Any) -> None:
        # Nothing that the standard library does by itself, such as importing, is the author's.
        if event == "c_call" and not frame.f_code.co_filename.startswith("<frozen"):
            name = getattr(function, "__qualname__", "")
            module = getattr(function, "__module__", None)
            message = _ABSENT.get(f"{module}.{name}" if module else name)
            if message is not None:
                raise RuntimeError(message)

    before, numbers = sys.getprofile(), random.getstate()
    random.seed(seed)
    if before is None and not _IN_SANDBOX:
        sys.setprofile(refuse)
    try:
        yield
    finally:
        sys.setprofile(before)
        random.setstate(numbers)


_IN_SANDBOX = sys.platform == "wasi"
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
    """JSON text of a value, which is checked."""
    return json.dumps(plain(value, what), allow_nan=False)


def plain(value: Json, what: str) -> Json:
    """A value as plain data. What JSON has no form for is an error with its place."""
    return _plain(value, what, (), ())


def _plain(value: Json, what: str, place: tuple, around: tuple) -> Json:
    def fail(found: str) -> Mistake:
        tokens = "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in place)
        where = f"at `{tokens}` is" if place else "it is"
        return Mistake("not_json", f"{what} cannot be JSON: {where} {found}")

    if isinstance(value, str) and not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise fail("a str with half of a surrogate pair, which is no character")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise fail(f"the integer {value}, which not every reader of JSON knows exactly: write it as a string")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise fail(f"{value}, which JSON has no number for")
        return float(value)
    if not isinstance(value, (list, tuple, dict)):
        raise fail(_shown(value) + _instead_of(value))
    if any(each is value for each in around):
        raise fail("a value that contains itself")
    if len(around) >= MAX_DEPTH:
        raise fail(f"deeper than {MAX_DEPTH} levels")
    within = (*around, value)
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise fail(f"a dict with the key {key!r}: a key is a str")
        return {key: _plain(each, what, (*place, key), within) for key, each in value.items()}
    return [_plain(each, what, (*place, index), within) for index, each in enumerate(value)]


def _instead_of(value: object) -> str:
    """What to write in place of a value that JSON has no form for."""
    if isinstance(value, (set, frozenset)):
        return ": make it a list, sorted"
    if isinstance(value, Enum):
        return ": write its value"
    if is_dataclass(value) and not isinstance(value, type):
        return ": write dataclasses.asdict() of it"
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return ": make it a list"
    if callable(getattr(value, "total_seconds", None)):
        return ": write its total_seconds()"
    if callable(getattr(value, "isoformat", None)):
        return ": write its isoformat()"
    if hasattr(value, "as_integer_ratio"):
        return ": write str() of it"
    if isinstance(value, (bytes, bytearray)):
        return ": write its decode() or hex()"
    return ""


def _shown(value: Any) -> str:
    """What a value is, in a message."""
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine: async is not supported"
    if value is None or isinstance(value, str):
        return repr(value)
    name = type(value).__name__
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise Mistake("no_text", f"{what} is a text, not {_shown(value)}")
    return value


def _word(value: Any, what: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise Mistake("invalid_display", f"{what} is a text or a number, not {_shown(value)}")


def _object(value: Any, what: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Mistake("no_object", f"{what} is {_shown(value)}, not a dict")
    return plain(value, what)


def _is_pointer(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("(/([^~]|~[01])*)?", value, re.DOTALL) is not None


def _pointer(value: Any, what: str) -> str:
    if _is_pointer(value):
        return value
    instead = f": write `/{value}`" if isinstance(value, str) and _is_pointer("/" + value) else ", such as `/tasks/0`"
    raise Mistake("invalid_pointer", f"{what} is {_shown(value)}, not a JSON Pointer{instead}")


def _name(function: Any, name: str | None) -> str:
    """What a mission or an operation is called."""
    if not inspect.isroutine(function):
        raise Mistake("invalid_plugin", f"a mission and an operation are functions, not {_shown(function)}")
    return function.__name__ if name is None else name


def _declared(name: str, function: Callable, kind: str, others: Mapping[str, Any]) -> str:
    """Refuses what cannot be a mission or an operation."""
    what = f"the {kind} `{name}`"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        rule = "a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`"
        raise Mistake("illegal_name", f"{what} has no legal name: {rule}", function)
    if name in others:
        raise Mistake("invalid_plugin", f"there is {what} twice: call one of them otherwise", function)
    if inspect.iscoroutinefunction(function):
        raise Mistake("invalid_plugin", f"{what} is async, which is not supported: take `async` away", function)
    if not _takes(function, 1) and not (kind == "operation" and _takes(function, 2)):
        wanted = "the params" if kind == "mission" else "the payload, and the call if it needs it"
        raise Mistake("invalid_plugin", f"{what} has to take {wanted}: it is `{name}{inspect.signature(function)}`", function)
    return what


def _takes(function: Callable, count: int) -> bool:
    """Whether a function can be called with so many values."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


def _regions(regions: Any, member: str, what: str) -> list[Region]:
    if isinstance(regions, str):
        raise Mistake("invalid_plugin", f"the `{member}` of {what} is {regions!r}, not a list: write [{regions!r}]")
    regions = list(regions)
    for region in regions:
        _pointer(region.get("payload") if isinstance(region, dict) else region, f"what {what} {member}")
    return regions


def _returned(function: Callable, what: str, wanted: str, found: Any) -> Mistake:
    return Mistake("wrong_return", f"{what} has to return {wanted}, not {_shown(found)}", function)


def _fits(value: Json, schema: Json, what: str) -> None:
    """Refuses what does not fit a schema."""
    found = _misfit(value, schema, "", schema)
    if found is not None:
        raise Mistake("schema_mismatch", f"{what} not fit the schema: {found}")


def _is_type(value: Json, name: str) -> bool:
    if isinstance(value, bool) or value is None:
        return name == ("null" if value is None else "boolean")
    if name == "integer":
        return isinstance(value, (int, float)) and value == int(value)
    types = {"number": (int, float), "string": str, "array": (list, tuple), "object": dict}
    return isinstance(value, types.get(name, ()))


def _misfit(value: Json, schema: Json, place: str, root: Json) -> str | None:
    """What of a value does not fit a JSON Schema, so that a unit test fails where the host refuses. The host knows all
    keywords; here those are passed over that are about the format of a text, or refer to other documents."""
    if schema is True:
        return None
    at = f"`{place}`" if place else "it"
    if schema is False:
        return f"{at} may not be there"

    def fits(schema: Json) -> bool:
        return _misfit(value, schema, place, root) is None

    def fitting(schemas: list[Json]) -> int:
        return sum(map(fits, schemas))

    reference = schema.get("$ref", "")
    if reference.startswith("#"):
        target = _at(root, reference[1:])
        found = None if target is _NOTHING else _misfit(value, target, place, root)
        if found is not None:
            return found
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_is_type(value, name) for name in types):
        return f"{at} is {'None' if value is None else _shown(value)}, not of type {' or '.join(types)}"
    if "enum" in schema and not any(_same(choice) == _same(value) for choice in schema["enum"]):
        return f"{at} is none of {json.dumps(schema['enum'])}"
    if "const" in schema and _same(schema["const"]) != _same(value):
        return f"{at} is not {json.dumps(schema['const'])}"
    if _is_type(value, "number"):
        if value < schema.get("minimum", value) or ("exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]):
            return f"{at} is too small"
        if value > schema.get("maximum", value) or ("exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]):
            return f"{at} is too great"
        if "multipleOf" in schema and abs(value / schema["multipleOf"] - round(value / schema["multipleOf"])) > 1e-9:
            return f"{at} is no multiple of {schema['multipleOf']}"
    kinds = ((str, "minLength", "maxLength"), ((list, tuple), "minItems", "maxItems"), (dict, "minProperties", "maxProperties"))
    for kind, least, most in kinds:
        if isinstance(value, kind):
            if len(value) < schema.get(least, 0):
                return f"{at} is too short"
            if len(value) > schema.get(most, len(value)):
                return f"{at} is too long"
    if isinstance(value, str) and "pattern" in schema and not _matches(schema["pattern"], value):
        return f"{at} does not match `{schema['pattern']}`"
    if "anyOf" in schema and not fitting(schema["anyOf"]):
        return f"{at} fits none of `anyOf`"
    if "oneOf" in schema and fitting(schema["oneOf"]) != 1:
        return f"{at} fits not just one of `oneOf`"
    if "not" in schema and fits(schema["not"]):
        return f"{at} fits what it may not"
    within = [(value, each, place) for each in schema.get("allOf", [])]
    if "if" in schema:
        within.append((value, schema.get("then" if fits(schema["if"]) else "else", True), place))
    if isinstance(value, (list, tuple)):
        first = schema.get("prefixItems", [])
        for index, each in enumerate(value):
            of = first[index] if index < len(first) else schema.get("items", True)
            within.append((each, of, f"{place}/{index}"))
        if schema.get("uniqueItems") and len({json.dumps(_same(each)) for each in value}) < len(value):
            return f"{at} has an item twice"
        if "contains" in schema:
            count = sum(_misfit(each, schema["contains"], place, root) is None for each in value)
            if not schema.get("minContains", 1) <= count <= schema.get("maxContains", count):
                return f"{at} has {count} items of those that it has to contain"
    if isinstance(value, dict):
        needed = [name for member, names in schema.get("dependentRequired", {}).items() if member in value for name in names]
        for member in schema.get("required", []) + needed:
            if member not in value:
                return f"{at} has no `{member}`"
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        within += [(value, each, place) for member, each in schema.get("dependentSchemas", {}).items() if member in value]
        for member, each in value.items():
            token = member.replace("~", "~0").replace("/", "~1")
            schemas = [of for pattern, of in patterns.items() if _matches(pattern, member)]
            schemas += [properties[member]] if member in properties else []
            schemas = schemas or [schema.get("additionalProperties", True)]
            within += [(each, of, f"{place}/{token}") for of in schemas]
            within.append((member, schema.get("propertyNames", True), f"{place}/{token}"))
    for each, of, below in within:
        found = _misfit(each, of, below, root)
        if found is not None:
            return found
    return None


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern.replace("$", r"\Z") if pattern.endswith("$") else pattern, text, re.ASCII) is not None


def _same(value: Json) -> Json:
    """What is the same for all values that are the same as JSON."""
    if isinstance(value, dict):
        return {key: _same(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_same(each) for each in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return [value]
    return float(value)


def _places(regions: list[Region], payload: Json) -> list[str]:
    """The pointers that regions stand for, with a payload."""

    def carried(value: Json, tokens: list[str]) -> list[str]:
        if not tokens:
            return [value]
        token, rest = tokens[0], tokens[1:]
        if token == "*":
            each = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            return [place for one in each for place in carried(one, rest)]
        found = _at(value, "/" + token)
        return [] if found is _NOTHING else carried(found, rest)

    places: list[str] = []
    for region in regions:
        places.extend([region] if isinstance(region, str) else carried(payload, region["payload"].split("/")[1:]))
    return places


def _is_within(path: str, other: str) -> bool:
    """Whether a pointer is another or leads into it."""
    return path == other or path.startswith(other + "/")


class _Access:
    """What an operation declares to read and to change, with a payload. The host refuses the rest, too, but does not know
    the author's line."""

    def __init__(self, operation: _Operation, payload: Json) -> None:
        self.name = operation.name
        # Before the operation can change its payload.
        self.reads = _places(operation.reads, payload)
        self.writes = _places(operation.writes, payload)

    def read(self, path: str) -> None:
        """Refuses to hand out what is not declared."""
        self._hold("read", path, self.reads)

    def check(self, change: dict[str, Json]) -> None:
        """Refuses a change that is not declared. One may look at what may be changed."""
        op, path = change["op"], change["path"]
        if op in ("copy", "test"):
            self._hold("read", change["from"] if op == "copy" else path, self.reads + self.writes)
        if op == "move":
            self._hold("write", change["from"], self.writes)
        if op != "test":
            self._hold("write", path, self.writes)

    def _hold(self, what: str, path: str, declared: list[str]) -> None:
        if not any(_is_within(path, each) for each in declared):
            place = f"`{path}`" if path else "the whole state"
            message = f"the operation `{self.name}` does not declare that it {what}s {place}: add '{path}' to its `{what}s`"
            raise Mistake(f"undeclared_{what}", message)


_access: _Access | None = None
"""What the operation that is being executed declares."""

_made_at: dict[int, str] | None = None
"""Where changes were made, in a unit test alone: the host does not know it."""


def _authors_place() -> str:
    """The author's file and line, for a message."""
    frame = sys._getframe(1)
    while frame is not None and os.path.basename(frame.f_code.co_filename) in _OWN_FILES:
        frame = frame.f_back
    return "" if frame is None else f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}: "


def _apply(changes: list[dict[str, Json]], state: dict[str, Json]) -> None:
    """Applies changes to a copy of a state, in a unit test, to tell what the host would refuse."""
    root = json.loads(json.dumps(state))

    def put(path: str, value: Json, is_there: bool) -> bool:
        nonlocal root
        if not path:
            root = value
            return True
        parent, key = _at(root, path.rpartition("/")[0]), path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        if not isinstance(parent, (dict, list)) or (is_there and _at(root, path) is _NOTHING):
            return False
        if isinstance(parent, dict):
            parent[key] = value
        elif is_there:
            parent[int(key)] = value
        elif key == "-":
            parent.append(value)
        elif re.fullmatch("0|[1-9][0-9]*", key) and int(key) <= len(parent):
            parent.insert(int(key), value)
        else:
            return False
        return True

    def take(path: str) -> Json:
        nonlocal root
        value = _at(root, path)
        if not path:
            root = None
        elif value is not _NOTHING:
            parent, key = _at(root, path.rpartition("/")[0]), path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
            del parent[int(key) if isinstance(parent, list) else key]
        return value

    def fault(op: str, path: str, start: str | None, value: Json) -> tuple[str, str] | None:
        missing = "path_missing", "there is no such place in the state"
        if start is not None and _at(root, start) is _NOTHING:
            return "from_missing", f"there is nothing at `{start}` in the state"
        if op == "move" and path != start and _is_within(path, start):
            return "move_into_itself", f"`{start}` cannot be moved into itself"
        if op == "test":
            found = _at(root, path)
            different = "test_failed", "the value there is different"
            return missing if found is _NOTHING else None if _same(found) == _same(value) else different
        if op == "remove":
            return missing if take(path) is _NOTHING else None
        value = take(start) if op == "move" else json.loads(json.dumps(_at(root, start) if op == "copy" else value))
        return None if put(path, value, op == "replace") else missing

    for index, change in enumerate(changes):
        found = fault(change["op"], change["path"], change.get("from"), change.get("value"))
        if found is None and not isinstance(root, dict):
            found = "root_not_object", "the state has to stay a JSON object"
        if found is not None:
            code, says = found
            place = (_made_at or {}).get(id(change), "")
            raise Mistake(code, f"{place}change {index + 1} ({change['op']} at `{change['path']}`): {says}")



def what_happened(error: BaseException) -> Failure:
    """A failure for any exception. A `Failure` is the author's; anything else comes with the author's place."""
    if isinstance(error, Failure):
        return error
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    function = getattr(error, "function", None)
    code = getattr(function, "__code__", None)
    if code is not None:
        places.append((code.co_filename, code.co_firstlineno, code.co_name))
    # The sandbox numbers the folders that it is given: `/0/plugin.py`.
    own = [
        {"file": file.split("/", 2)[-1] if file.startswith("/") else file, "line": line, "function": function}
        for file, line, function in places
        if not file.startswith(("/python/", "<")) and os.path.basename(file) not in _OWN_FILES
    ]
    mistaken = isinstance(error, Mistake)
    code = error.code if mistaken else "exception"
    message = str(error) if mistaken else f"{type(error).__name__}: {error}".removesuffix(": ")
    if not own:
        return Failure(code, message)
    last = own[-1]
    where = f"{last['file']}:{last['line']}: "
    details = {"file": last["file"], "line": last["line"], "stack": own[::-1]}
    if len(own) > 2 * _FRAMES:
        # Of a recursion that does not end: where it is, and where it began.
        details["stack"] = own[::-1][:_FRAMES] + own[:_FRAMES][::-1]
        details["frames_left_out"] = len(own) - 2 * _FRAMES
    return Failure(code, where + message, details)
