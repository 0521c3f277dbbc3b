"""Suites with expectations: the names of `runtime.orchestration.test_run`."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Mapping

import sortie

from .expectations import SuiteExpectationsDefinition, SuiteExpectationsResult, evaluate_expectations, to_dict
from .suite import ScenarioSuiteDefinition, ScenarioSuiteResult, run_suite

__all__ = ["TestRunResult", "run_test_run"]


@dataclass(frozen=True)
class TestRunResult:
    """What a suite came to, and whether that is what was expected."""

    # Not a test of pytest's.
    __test__ = False

    suite_result: ScenarioSuiteResult
    expectations_result: SuiteExpectationsResult
    passed: bool
    metadata: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    def to_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return {"schema_version": "test_run_result@1", **_whole(self.suite_result, self.expectations_result),
                "metadata": dict(self.metadata)}  # fmt: skip


def _whole(suite: ScenarioSuiteResult, expectations: SuiteExpectationsResult) -> dict[str, Any]:
    return {
        "suite_result": {
            "suite_name": suite.suite_name,
            "scenario_results": {name: result.to_dict() for name, result in suite.scenario_results.items()},
            "metadata": dict(suite.metadata),
        },
        "expectations_result": {
            "passed": expectations.passed,
            "expectation_results": {id: to_dict(result) for id, result in expectations.expectation_results.items()},
            "metadata": dict(expectations.metadata),
        },
        "passed": expectations.passed,
    }


def run_test_run(suite_def: ScenarioSuiteDefinition, expectations_def: SuiteExpectationsDefinition) -> TestRunResult:
    """Runs a suite and judges it."""
    suite = run_suite(suite_def)
    expectations = evaluate_expectations(suite, expectations_def)
    metadata = {"suite_name": suite_def.suite_name, "test_run_hash": sortie.hash(_whole(suite, expectations))}
    return TestRunResult(suite, expectations, expectations.passed, metadata)
