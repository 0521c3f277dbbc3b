"""For programs of the engine that Sortie replaces: its modules and its names, so that a program changes its imports and nothing else.

`runtime.orchestration` becomes `sortie.compat`, and so does each module below it:

    from sortie.compat.daily_loop import run_daily_loop
    from sortie.compat.engine import ExecutionContext

    result = run_daily_loop(ExecutionContext(initial_state={"tasks": []}), params={"today": "2026-01-08"})
    assert result.success and result.lineage["workflow_id"] == "wf-daily-loop"

The names, their fields and what they take are those of that engine's own sources. What differs for good:

- A mission does what it says, where there it did nothing: `daily_loop` plans a day, so that its steps have other ids and its
  final state has a plan. A plugin is a WebAssembly file and not a function of this process.
- What cannot run is refused before it begins, with an exception of `sortie.errors`: an operation that nobody has, two steps of one
  id, a state that is no I-JSON. There, an unknown operation did nothing.
- `result.sortie` is the whole of what Sortie says of a run: verdicts, decisions, a receipt of hashes. Hashes in `metadata` are over
  the results of here, and so are others than there.
"""

from __future__ import annotations

from .builder import AntiFailurePlanningError, MissionSpec, build_workflow
from .engine import (
    AntiFailureViolation,
    EnvelopeViolation,
    ExecutionContext,
    OrchestrationResult,
    Orchestrator,
    StepSpec,
    WorkflowDefinition,
)

__all__ = [
    "AntiFailurePlanningError", "AntiFailureViolation", "EnvelopeViolation", "ExecutionContext", "MissionSpec",
    "OrchestrationResult", "Orchestrator", "StepSpec", "WorkflowDefinition", "build_workflow",
]  # fmt: skip
