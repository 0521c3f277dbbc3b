"""Expectations on results: the names of `runtime.orchestration.expectations`."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Callable, Literal, Mapping, Sequence

import sortie

from .suite import ScenarioSuiteResult

__all__ = [
    "ExpectationOp", "ExpectationResult", "MissionExpectation", "SuiteExpectationsDefinition", "SuiteExpectationsResult",
    "evaluate_expectations",
]  # fmt: skip

ExpectationOp = Literal["eq", "ne", "gt", "lt", "exists"]


@dataclass(frozen=True)
class MissionExpectation:
    """What is expected at a path, with dots, of a mission's result."""

    id: str
    scenario_name: str
    mission_name: str
    path: str
    op: ExpectationOp
    expected: Any | None = None


@dataclass(frozen=True)
class ExpectationResult:
    """Whether an expectation is met, and if not, why."""

    id: str
    passed: bool
    actual: Any | None
    expected: Any | None
    details: dict[str, Any]


@dataclass(frozen=True)
class SuiteExpectationsDefinition:
    """Expectations, whose ids are unique."""

    expectations: Sequence[MissionExpectation]

    def __post_init__(self) -> None:
        object.__setattr__(self, "expectations", tuple(self.expectations))
        ids = [expectation.id for expectation in self.expectations]
        if len(ids) != len(set(ids)):
            raise ValueError(f"two expectations have one id: {ids}")


@dataclass(frozen=True)
class SuiteExpectationsResult:
    """Whether all are met, and each by its id."""

    passed: bool
    expectation_results: Mapping[str, ExpectationResult]
    metadata: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "expectation_results", MappingProxyType(dict(self.expectation_results)))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))


class _Missing(Exception):
    """There is nothing of a result where an expectation looks: the reason, and the name that leads nowhere."""


def _found(suite: ScenarioSuiteResult, expectation: MissionExpectation) -> Any:
    scenario = suite.scenario_results.get(expectation.scenario_name)
    if scenario is None:
        raise _Missing("scenario", expectation.scenario_name)
    mission = scenario.mission_results.get(expectation.mission_name)
    if mission is None:
        raise _Missing("mission", expectation.mission_name)
    value: Any = mission.to_dict()
    for segment in expectation.path.split(".") if expectation.path else ():
        if isinstance(value, dict) and segment in value:
            value = value[segment]
        elif isinstance(value, list) and segment.isdecimal() and int(segment) < len(value):
            value = value[int(segment)]
        else:
            raise _Missing("path", expectation.path)
    return value


def _fault(op: str, actual: Any, expected: Any) -> dict[str, Any]:
    """Why a value is not as expected; nothing, if it is."""
    comparisons: dict[str, Callable[[], bool]] = {
        "exists": lambda: True,
        "eq": lambda: actual == expected,
        "ne": lambda: actual != expected,
        "gt": lambda: actual > expected,
        "lt": lambda: actual < expected,
    }
    compare = comparisons.get(op)
    if compare is None:
        return {"reason": "unknown_op"}
    try:
        return {} if compare() else {"reason": f"{op}_mismatch"}
    except TypeError:
        return {"reason": "type_error", "message": "Cannot compare types"}


def _judged(suite: ScenarioSuiteResult, expectation: MissionExpectation) -> ExpectationResult:
    expected = copy.deepcopy(expectation.expected)
    try:
        actual = _found(suite, expectation)
    except _Missing as missing:
        what, name = missing.args
        return ExpectationResult(expectation.id, False, None, expected, {"reason": f"{what}_missing", what: name})
    fault = _fault(expectation.op, actual, expected)
    return ExpectationResult(expectation.id, not fault, actual, expected, fault)


def evaluate_expectations(
    suite_result: ScenarioSuiteResult, definition: SuiteExpectationsDefinition
) -> SuiteExpectationsResult:
    """Judges the results of a suite."""
    results = {expectation.id: _judged(suite_result, expectation) for expectation in definition.expectations}
    hashed = sortie.hash({id: to_dict(result) for id, result in results.items()})
    return SuiteExpectationsResult(all(result.passed for result in results.values()), results, {"expectations_hash": hashed})


def to_dict(result: ExpectationResult) -> dict[str, Any]:
    """The JSON of a judgement."""
    return {
        "id": result.id,
        "passed": result.passed,
        "actual": result.actual,
        "expected": result.expected,
        "details": dict(result.details),
    }
