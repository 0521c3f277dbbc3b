"""Hosts: plugins, missions, suites, and runs that wait."""

from __future__ import annotations

import json
import os
from typing import Callable, Literal, Mapping, Sequence

from . import _sortie
from .results import (
    ExecutionContext,
    Json,
    MissionSpec,
    OrchestrationResult,
    Question,
    RunState,
    RunSummary,
    TestRunResult,
    WorkflowDefinition,
)

Humans = Literal["wait", "mark"]
Ask = Callable[[Question], Json]


def _text(value: Json, what: str) -> str:
    try:
        return json.dumps(value, allow_nan=False, default=_mapping)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} cannot be JSON: {error}") from None


def _mapping(value: Json) -> Json:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _context(context: ExecutionContext | Mapping[str, Json] | None) -> tuple[str, str]:
    if context is None:
        return "{}", "{}"
    if isinstance(context, ExecutionContext):
        return _text(context.initial_state, "the state"), _text(context.metadata, "the metadata")
    return _text(context, "the state"), "{}"


def _spec(mission: str | MissionSpec, params: Mapping[str, Json] | None) -> tuple[str, str]:
    if isinstance(mission, MissionSpec):
        if params is not None:
            raise TypeError("the params stand in the MissionSpec")
        return mission.name, _text(mission.params, "the params")
    return mission, _text({} if params is None else params, "the params")


def _asking(ask: Ask | None) -> Callable[[str], str | None] | None:
    if ask is None:
        return None

    def asked(question: str) -> str | None:
        answer = ask(Question.of(json.loads(question)))
        return None if answer is None else _text(answer, "the answer")

    return asked


class Host:
    """A registry of plugins, and the engine that runs their missions. It can be used from many threads; Python's lock is
    not held while a mission runs.

    `plugins` are files, or folders of them. Compiled code is kept in the user's cache folder (`SORTIE_CACHE_DIR`), unless
    `cache` is false.
    """

    def __init__(self, plugins: Sequence[str | os.PathLike[str]] = (), *, cache: bool = True) -> None:
        self._native = _sortie.Host([os.fspath(plugin) for plugin in plugins], cache)

    def register(self, plugin: bytes | str | os.PathLike[str]) -> None:
        """Registers a plugin: its file, or the bytes of it."""
        if isinstance(plugin, (bytes, bytearray)):
            self._native.register(bytes(plugin), "bytes")
        else:
            with open(plugin, "rb") as file:
                self._native.register(file.read(), f"`{os.fspath(plugin)}`")

    def unregister(self, name: str) -> None:
        """Takes a plugin out. Runs that have begun keep it."""
        self._native.unregister(name)

    def plugins(self) -> list[dict[str, Json]]:
        """The plugins: `{"digest", "origin", "manifest"}` each."""
        plugins: list[dict[str, Json]] = json.loads(self._native.plugins())
        return plugins

    def build(self, mission: str | MissionSpec, params: Mapping[str, Json] | None = None) -> WorkflowDefinition:
        """Builds a mission's workflow, and runs nothing."""
        return WorkflowDefinition.of(json.loads(self._native.build(*_spec(mission, params))))

    def run_mission(
        self,
        mission: str | MissionSpec,
        context: ExecutionContext | Mapping[str, Json] | None = None,
        params: Mapping[str, Json] | None = None,
        *,
        humans: Humans = "wait",
        answers: Mapping[str, Json] | None = None,
        ask: Ask | None = None,
        bundle: bool = False,
    ) -> OrchestrationResult:
        """Builds a mission from its params and runs it to its end. `context` is an `ExecutionContext`, or just the state.

        Human steps take their answers from `answers`, by step id; or from `ask`, a function from a `Question` to an answer,
        where None passes the step. Without one, a human step raises `MissionWaits`, or is passed with `humans="mark"`.
        With `bundle`, the result has all that it was made of, for `verify`.
        """
        name, written = _spec(mission, params)
        completed = self._native.run_mission(
            name, written, *_context(context), humans, _text(answers or {}, "the answers"), _asking(ask), bundle
        )
        return OrchestrationResult.of(json.loads(completed))

    def exec(
        self,
        workflow: WorkflowDefinition | Mapping[str, Json],
        context: ExecutionContext | Mapping[str, Json] | None = None,
        *,
        humans: Humans = "wait",
        answers: Mapping[str, Json] | None = None,
        ask: Ask | None = None,
        bundle: bool = False,
    ) -> OrchestrationResult:
        """Runs a workflow definition to its end; the rest is as in `run_mission`."""
        value = workflow.to_dict() if isinstance(workflow, WorkflowDefinition) else workflow
        completed = self._native.exec(
            _text(value, "the workflow"), *_context(context), humans, _text(answers or {}, "the answers"), _asking(ask), bundle
        )
        return OrchestrationResult.of(json.loads(completed))

    def run_suite(
        self,
        suite: str | os.PathLike[str] | Mapping[str, Json] | Sequence[str | os.PathLike[str]],
        *,
        filter: str | None = None,
        jobs: int | None = None,
        strict: bool = False,
    ) -> TestRunResult:
        """Runs suites of scenarios, in parallel, and judges them. A suite is a file, a folder of them, several of these, or
        the suite itself as a dict."""
        text, paths = None, []
        if isinstance(suite, Mapping):
            text = _text(suite, "the suite")
        elif isinstance(suite, (str, os.PathLike)):
            paths = [os.fspath(suite)]
        else:
            paths = [os.fspath(path) for path in suite]
        return TestRunResult.of(json.loads(self._native.run_suites(paths, text, filter, jobs, strict)))

    def runs(self, journal: str | os.PathLike[str] | None = None) -> Runs:
        """The runs of a journal: a file that is made if need be; without one, in memory."""
        return Runs(self, journal)


class Runs:
    """Runs that wait for a person as long as it takes. In a file, they survive the process."""

    def __init__(self, host: Host, journal: str | os.PathLike[str] | None = None) -> None:
        self._native = _sortie.Runs(host._native, None if journal is None else os.fspath(journal))

    def start(
        self,
        mission: str | MissionSpec,
        context: ExecutionContext | Mapping[str, Json] | None = None,
        params: Mapping[str, Json] | None = None,
        *,
        answers: Mapping[str, Json] | None = None,
    ) -> RunState:
        """Starts a mission, and drives it to its first question or its end. `answers` are those that are at hand."""
        name, written = _spec(mission, params)
        state = self._native.start(name, written, *_context(context), _text(answers or {}, "the answers"))
        return RunState.of(json.loads(state))

    def answer(
        self,
        run: str,
        value: Json,
        *,
        actor: str,
        step: str | None = None,
        token: str | None = None,
        comment: str | None = None,
    ) -> RunState:
        """Answers what a run waits for, and drives it to its next question or its end: one commit of the journal has both, or
        neither. The state still waits where more people have to agree."""
        return RunState.of(json.loads(self._native.answer(run, _text(value, "the answer"), actor, step, token, comment)))

    def decide(
        self,
        run: str,
        value: Json,
        *,
        actor: str,
        step: str | None = None,
        token: str | None = None,
        comment: str | None = None,
    ) -> str:
        """Answers what a run waits for, and leaves it to `resume` or to another process to go on. Gives `decided`, `approved`
        where more people have to agree, or `already_decided` where it was answered alike."""
        return self._native.decide(run, _text(value, "the answer"), actor, step, token, comment)

    def resume(self, run: str) -> RunState:
        """Resumes a run that was answered, has expired or was interrupted: to its next question, or its end."""
        return RunState.of(json.loads(self._native.resume(run)))

    def cancel(self, run: str, reason: str, *, actor: str) -> str:
        """Ends a run."""
        return self._native.cancel(run, reason, actor)

    def waiting(self) -> list[RunSummary]:
        """The runs that wait for a person, oldest first."""
        return [RunSummary(**each) for each in json.loads(self._native.list(False))]

    def all(self) -> list[RunSummary]:
        """All runs, oldest first."""
        return [RunSummary(**each) for each in json.loads(self._native.list(True))]

    def show(self, run: str) -> RunState:
        """What a run asks, or its result."""
        return RunState.of(json.loads(self._native.show(run)))
