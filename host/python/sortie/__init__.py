"""Sortie: missions are short, bounded workflows whose every step is a WebAssembly plugin that cannot touch the world. The
same inputs give the same bytes on any machine, and people decide where people must.

    import sortie

    result = sortie.run_mission("daily_loop", {"tasks": []}, {"today": "2026-01-08"}, humans="mark")
    assert result.success, result.error_message
    print(result.result_hash)
"""

from __future__ import annotations

import functools
import json
import os
from typing import Mapping, Sequence

from . import _sortie
from .errors import (
    AnswerRejected,
    BuildFailed,
    HostFault,
    InputRejected,
    MissionWaits,
    PluginRejected,
    SortieError,
    UnknownName,
)
from .host import Ask, Host, Humans, Runs
from .results import (
    ExecutionContext,
    Json,
    Lineage,
    LogLine,
    MissionSpec,
    OrchestrationResult,
    Question,
    RunState,
    RunSummary,
    TestRunResult,
    WorkflowDefinition,
    WorkflowStep,
)

__version__: str = _sortie.__version__

__all__ = [
    "AnswerRejected", "BuildFailed", "ExecutionContext", "Host", "HostFault", "InputRejected", "Json", "Lineage", "LogLine",
    "MissionSpec", "MissionWaits", "OrchestrationResult", "PluginRejected", "Question", "RunState", "RunSummary", "Runs",
    "SortieError", "TestRunResult", "UnknownName", "WorkflowDefinition", "WorkflowStep", "build", "exec", "hash", "run_mission",
    "run_suite", "verify",
]  # fmt: skip


@functools.cache
def _default() -> Host:
    return Host()


def run_mission(
    name: str | MissionSpec,
    context: ExecutionContext | Mapping[str, Json] | None = None,
    params: Mapping[str, Json] | None = None,
    *,
    humans: Humans = "wait",
    answers: Mapping[str, Json] | None = None,
    ask: Ask | None = None,
    bundle: bool = False,
) -> OrchestrationResult:
    """`Host.run_mission`, on a host with the plugins that come with Sortie."""
    return _default().run_mission(name, context, params, humans=humans, answers=answers, ask=ask, bundle=bundle)


def exec(
    workflow: WorkflowDefinition | Mapping[str, Json],
    context: ExecutionContext | Mapping[str, Json] | None = None,
    *,
    humans: Humans = "wait",
    answers: Mapping[str, Json] | None = None,
    ask: Ask | None = None,
    bundle: bool = False,
) -> OrchestrationResult:
    """`Host.exec`, on a host with the plugins that come with Sortie."""
    return _default().exec(workflow, context, humans=humans, answers=answers, ask=ask, bundle=bundle)


def build(name: str | MissionSpec, params: Mapping[str, Json] | None = None) -> WorkflowDefinition:
    """`Host.build`, on a host with the plugins that come with Sortie."""
    return _default().build(name, params)


def run_suite(
    suite: str | os.PathLike[str] | Mapping[str, Json] | Sequence[str | os.PathLike[str]],
    *,
    filter: str | None = None,
    jobs: int | None = None,
    strict: bool = False,
) -> TestRunResult:
    """`Host.run_suite`, on a host with the plugins that come with Sortie."""
    return _default().run_suite(suite, filter=filter, jobs=jobs, strict=strict)


def verify(bundle: Mapping[str, Json] | str | os.PathLike[str]) -> Json:
    """Runs a bundle again, on nothing but what it has. None if all is the same; else the first difference:
    `{"step_id", "path", "bundle", "again"}`. A bundle is that of a result, or the file of one."""
    if isinstance(bundle, Mapping):
        text = json.dumps(bundle)
    else:
        with open(bundle, encoding="utf-8") as file:
            text = file.read()
    difference = _sortie.verify(text)
    return None if difference is None else json.loads(difference)


def hash(value: Json) -> str:
    """The canonical hash of a value: SHA-256 over its canonical form (RFC 8785), 64 hexadecimal digits."""
    return _sortie.hash(json.dumps(value, allow_nan=False))
