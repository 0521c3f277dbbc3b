"""Workflows, and what executes them: the names of `runtime.orchestration.engine`."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import sortie
from sortie.results import OrchestrationResult as SortieResult

__all__ = [
    "AntiFailureViolation", "EnvelopeViolation", "ExecutionContext", "OrchestrationResult", "Orchestrator", "StepSpec",
    "WorkflowDefinition",
]  # fmt: skip


class AntiFailureViolation(Exception):
    """A workflow has more than five steps, or more than two human ones. Nothing has run."""


class EnvelopeViolation(Exception):
    """A step is neither `runtime` nor `human`. Nothing has run."""


_VIOLATIONS: dict[str, type[Exception]] = {
    "anti_failure_violation": AntiFailureViolation,
    "envelope_violation": EnvelopeViolation,
}


def _sorted(value: dict[str, Any] | None) -> dict[str, Any]:
    return dict(sorted(value.items())) if value else {}


@dataclass
class StepSpec:
    """A step of a workflow: its kind is `runtime` or `human`."""

    id: str
    kind: str
    payload: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return {"id": self.id, "kind": self.kind, "payload": _sorted(self.payload)}


@dataclass
class WorkflowDefinition:
    """Ordered steps. `name` is another word for `id`: whichever is given stands for both."""

    id: str = ""
    steps: list[StepSpec] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        if self.id and self.name and self.id != self.name:
            raise ValueError(f"the workflow has the id {self.id!r} and the name {self.name!r}")
        self.id = self.name = self.id or self.name

    def to_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return {"id": self.id, "metadata": _sorted(self.metadata), "steps": [step.to_dict() for step in self.steps]}


@dataclass
class ExecutionContext:
    """What a run begins with."""

    initial_state: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] | None = None


@dataclass
class OrchestrationResult:
    """What a finished run is. `sortie` is the same as Sortie has it, with all that this shape has no place for."""

    id: str
    success: bool
    executed_steps: list[StepSpec]
    final_state: dict[str, Any]
    failed_step_id: str | None = None
    error_message: str | None = None
    lineage: dict[str, Any] = field(default_factory=dict)
    receipt: dict[str, Any] = field(default_factory=dict)
    sortie: SortieResult | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Its JSON: the eight fields of that engine."""
        return {
            "error_message": self.error_message,
            "executed_steps": [step.to_dict() for step in self.executed_steps],
            "failed_step_id": self.failed_step_id,
            "final_state": _sorted(self.final_state),
            "id": self.id,
            "lineage": _sorted(self.lineage),
            "receipt": _sorted(self.receipt),
            "success": self.success,
        }

    @classmethod
    def of(cls, result: SortieResult, id: str) -> OrchestrationResult:
        """A result of Sortie in this shape, of a workflow that is called so here."""
        steps = [StepSpec(step.id, step.kind, copy.deepcopy(dict(step.payload))) for step in result.executed_steps]
        ids = [step.id for step in steps]
        return cls(
            id=id,
            success=result.success,
            executed_steps=steps,
            final_state=copy.deepcopy(dict(result.final_state)),
            failed_step_id=result.failed_step_id,
            error_message=result.error_message,
            lineage={"executed_step_ids": ids, "workflow_id": id},
            receipt={"id": id, "steps": list(ids)},
            sortie=result,
        )


class Orchestrator:
    """Executes workflows. Nobody is asked: a human step is recorded, and passed."""

    MAX_TOTAL_STEPS = 5
    MAX_HUMAN_STEPS = 2
    ALLOWED_KINDS = frozenset({"runtime", "human"})

    def run_workflow(self, workflow: WorkflowDefinition, ctx: ExecutionContext) -> OrchestrationResult:
        """Executes a workflow.

        Raises `AntiFailureViolation` or `EnvelopeViolation` before anything runs, and an exception of `sortie.errors` for what
        else cannot be executed. A step that fails is no exception: the result says so.
        """
        definition = workflow.to_dict()
        for step in definition["steps"]:
            if step["kind"] == "runtime":
                # As there: a step that names no operation does nothing.
                step["payload"] = {"operation": "noop", **step["payload"]}
            elif step["kind"] == "human":
                step["payload"] = {"description": step["id"], **step["payload"]}
        context = sortie.ExecutionContext(ctx.initial_state, ctx.metadata or {})
        with violations():
            result = OrchestrationResult.of(sortie.exec(definition, context, humans="mark"), workflow.id)
        result.executed_steps = copy.deepcopy(workflow.steps[: len(result.executed_steps)])
        return result


class violations:
    """Turns Sortie's refusals into the exceptions of that engine, where it has one."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sortie.SortieError) and error.code in _VIOLATIONS:
            raise _VIOLATIONS[error.code](error.message) from error
