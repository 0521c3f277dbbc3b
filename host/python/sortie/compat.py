"""For programs of the engine that Sortie replaces: its names, and its ways where they differ from Sortie's own.

There, a run was given a spec and a context, nobody was asked, and a human step was recorded as marked:

    from sortie.compat import ExecutionContext, MissionSpec, run_daily_loop, run_mission

    result = run_daily_loop(ExecutionContext(initial_state={"tasks": []}), {"today": "2026-01-08"})
    assert result.success and result.executed_steps[0].kind == "runtime"

What differs for good: a plugin is a WebAssembly file and not a class of Python, and the shapes of results are `@2`.
"""

from __future__ import annotations

from typing import Mapping

import sortie
from sortie.results import (
    ExecutionContext,
    Json,
    Lineage,
    MissionSpec,
    OrchestrationResult,
    TestRunResult,
    WorkflowDefinition,
    WorkflowStep,
)

__all__ = [
    "ExecutionContext", "Lineage", "MissionSpec", "OrchestrationResult", "TestRunResult", "WorkflowDefinition", "WorkflowStep",
    "build_mission", "execute_workflow", "run_daily_loop", "run_mission", "run_tests",
]  # fmt: skip


def build_mission(spec: MissionSpec) -> WorkflowDefinition:
    """The workflow of a mission spec."""
    return sortie.build(spec)


def run_mission(spec: MissionSpec | str, context: ExecutionContext, params: Mapping[str, Json] | None = None) -> OrchestrationResult:
    """Runs a mission to its end. Human steps are marked."""
    return sortie.run_mission(spec, context, params, humans="mark")


def execute_workflow(workflow: WorkflowDefinition, context: ExecutionContext) -> OrchestrationResult:
    """Runs a workflow to its end. Human steps are marked."""
    return sortie.exec(workflow, context, humans="mark")


def run_daily_loop(context: ExecutionContext, params: Mapping[str, Json] | None = None) -> OrchestrationResult:
    """The mission `daily_loop`."""
    return run_mission("daily_loop", context, params)


def run_tests(context: ExecutionContext, params: Mapping[str, Json] | None = None) -> OrchestrationResult:
    """The mission `run_tests`, which runs suites that stand in the state."""
    return run_mission("run_tests", context, params)
