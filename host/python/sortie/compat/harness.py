"""Scenarios: the names of `runtime.orchestration.harness`."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Mapping, Sequence

import sortie

from .engine import ExecutionContext, OrchestrationResult
from .registry import run_mission

__all__ = ["MissionCall", "ScenarioDefinition", "ScenarioResult", "run_scenario"]


@dataclass(frozen=True)
class MissionCall:
    """A mission that a scenario runs."""

    name: str
    params: dict[str, Any] | None = None


@dataclass(frozen=True)
class ScenarioDefinition:
    """Missions that are run one after the other, each on the same state."""

    scenario_name: str
    initial_state: Mapping[str, Any]
    missions: Sequence[MissionCall] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "missions", tuple(self.missions))


@dataclass(frozen=True)
class ScenarioResult:
    """What a scenario came to: the result of each mission, by its name."""

    scenario_name: str
    mission_results: Mapping[str, OrchestrationResult]
    metadata: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "mission_results", MappingProxyType(dict(self.mission_results)))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    def to_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "schema_version": "scenario_result@1",
            "scenario_name": self.scenario_name,
            "mission_results": {name: result.to_dict() for name, result in self.mission_results.items()},
            "metadata": dict(self.metadata),
        }


def run_scenario(defn: ScenarioDefinition) -> ScenarioResult:
    """Runs a scenario. Where a mission is called twice, the later result stands."""
    results = {}
    for call in defn.missions:
        context = ExecutionContext(copy.deepcopy(dict(defn.initial_state)))
        results[call.name] = run_mission(call.name, context, call.params)
    hashed = sortie.hash({name: result.to_dict() for name, result in results.items()})
    return ScenarioResult(defn.scenario_name, results, {"scenario_name": defn.scenario_name, "scenario_hash": hashed})
