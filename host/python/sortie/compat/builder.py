"""Missions and their workflows: the names of `runtime.orchestration.builder`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sortie

from .engine import AntiFailureViolation, EnvelopeViolation, StepSpec, WorkflowDefinition, violations

__all__ = ["AntiFailurePlanningError", "MAX_HUMAN_STEPS", "MAX_TOTAL_STEPS", "MissionSpec", "build_workflow"]

MAX_TOTAL_STEPS = 5
MAX_HUMAN_STEPS = 2


class AntiFailurePlanningError(Exception):
    """A mission's workflow would break the bounds."""


@dataclass
class MissionSpec:
    """A mission's type and its params."""

    type: str
    params: dict[str, Any] = field(default_factory=dict)


def workflow_id(mission: str) -> str:
    """What the workflow of a mission is called: `wf-daily-loop` for `daily_loop`."""
    return f"wf-{mission.replace('_', '-')}"


def build_workflow(mission: MissionSpec) -> WorkflowDefinition:
    """The workflow of a mission. Raises `ValueError` where there is no such mission."""
    try:
        with violations():
            built = sortie.build(sortie.MissionSpec(mission.type, mission.params or {}))
    except sortie.UnknownName as error:
        raise ValueError(error.message) from error
    except (AntiFailureViolation, EnvelopeViolation) as error:
        raise AntiFailurePlanningError(str(error)) from error
    steps = [StepSpec(step.id, step.kind, dict(step.payload)) for step in built.steps]
    return WorkflowDefinition(id=workflow_id(mission.type), steps=steps, metadata=dict(built.metadata))
