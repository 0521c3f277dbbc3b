"""Missions by name: the names of `runtime.orchestration.registry`."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping

import sortie

from .builder import MissionSpec, build_workflow, workflow_id
from .engine import ExecutionContext, OrchestrationResult, WorkflowDefinition, violations

__all__ = ["MISSION_REGISTRY", "UnknownMissionError", "run_mission"]

Builder = Callable[..., WorkflowDefinition]


class UnknownMissionError(Exception):
    """There is no mission of a name."""


class _Registry(Mapping[str, Builder]):
    """The missions that come with Sortie, each with what builds its workflow. It cannot be changed, as there."""

    def __getitem__(self, name: str) -> Builder:
        if name not in set(self):
            raise KeyError(name)
        return lambda params=None: build_workflow(MissionSpec(name, params or {}))

    def __iter__(self) -> Iterator[str]:
        plugins = sortie.Host().plugins()
        return iter(sorted({mission["name"] for plugin in plugins for mission in plugin["manifest"]["missions"]}))

    def __len__(self) -> int:
        return len(list(iter(self)))


MISSION_REGISTRY: Mapping[str, Builder] = _Registry()


def run_mission(name: str, ctx: ExecutionContext, params: dict[str, Any] | None = None) -> OrchestrationResult:
    """Runs a mission to its end. Nobody is asked: a human step is recorded, and passed."""
    context = sortie.ExecutionContext(ctx.initial_state, ctx.metadata or {})
    try:
        with violations():
            result = sortie.run_mission(name, context, params or {}, humans="mark")
    except sortie.UnknownName as error:
        raise UnknownMissionError(error.message) from error
    return OrchestrationResult.of(result, workflow_id(name))
