"""Suites of scenarios: the names of `runtime.orchestration.suite`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import sortie

from .harness import ScenarioDefinition, ScenarioResult, run_scenario

__all__ = ["ScenarioSuiteDefinition", "ScenarioSuiteResult", "run_suite"]


@dataclass(frozen=True)
class ScenarioSuiteDefinition:
    """Scenarios, in order."""

    suite_name: str
    scenarios: Sequence[ScenarioDefinition] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scenarios", tuple(self.scenarios))


@dataclass(frozen=True)
class ScenarioSuiteResult:
    """What each scenario came to, by its name."""

    suite_name: str
    scenario_results: Mapping[str, ScenarioResult]
    metadata: Mapping[str, Any]


def run_suite(defn: ScenarioSuiteDefinition) -> ScenarioSuiteResult:
    """Runs a suite. Where two scenarios have one name, the later result stands."""
    results = {scenario.scenario_name: run_scenario(scenario) for scenario in defn.scenarios}
    hashed = sortie.hash({name: result.to_dict() for name, result in results.items()})
    return ScenarioSuiteResult(defn.suite_name, results, {"suite_name": defn.suite_name, "suite_hash": hashed})
