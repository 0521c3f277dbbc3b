"""Suites and expectations of plain data: the names of `runtime.orchestration.config_adapter`."""

from __future__ import annotations

from typing import Any, Mapping, get_args

from .expectations import ExpectationOp, MissionExpectation, SuiteExpectationsDefinition
from .harness import MissionCall, ScenarioDefinition
from .suite import ScenarioSuiteDefinition

__all__ = ["ConfigError", "parse_expectations_definition", "parse_suite_definition"]


class ConfigError(ValueError):
    """A field is missing, or is something else than it has to be."""


_KINDS: dict[type, str] = {str: "a string", list: "a list", Mapping: "a mapping"}


def _field(cfg: Mapping[str, Any], name: str, kind: type) -> Any:
    if not isinstance(cfg, Mapping):
        raise ConfigError(f"what should have the field '{name}' is no mapping, but {type(cfg).__name__}")
    if name not in cfg:
        raise ConfigError(f"the field '{name}' is missing")
    if not isinstance(cfg[name], kind):
        raise ConfigError(f"the field '{name}' has to be {_KINDS[kind]}, and is {type(cfg[name]).__name__}")
    return cfg[name]


def _call(cfg: Mapping[str, Any]) -> MissionCall:
    name = _field(cfg, "name", str)
    return MissionCall(name, None if cfg.get("params") is None else dict(_field(cfg, "params", Mapping)))


def _scenario(cfg: Mapping[str, Any]) -> ScenarioDefinition:
    name, state = _field(cfg, "scenario_name", str), dict(_field(cfg, "initial_state", Mapping))
    return ScenarioDefinition(name, state, [_call(call) for call in _field(cfg, "missions", list)])


def parse_suite_definition(cfg: Mapping[str, Any]) -> ScenarioSuiteDefinition:
    """A suite of `{"suite_name", "scenarios": [{"scenario_name", "initial_state", "missions": [{"name", "params"}]}]}`."""
    name = _field(cfg, "suite_name", str)
    return ScenarioSuiteDefinition(name, [_scenario(scenario) for scenario in _field(cfg, "scenarios", list)])


def _expectation(cfg: Mapping[str, Any]) -> MissionExpectation:
    id, scenario, mission, path = (_field(cfg, name, str) for name in ("id", "scenario_name", "mission_name", "path"))
    op = _field(cfg, "op", str)
    if op not in get_args(ExpectationOp):
        raise ConfigError(f"the field 'op' is '{op}', and has to be one of {', '.join(get_args(ExpectationOp))}")
    return MissionExpectation(id, scenario, mission, path, op, cfg.get("expected"))


def parse_expectations_definition(cfg: Mapping[str, Any]) -> SuiteExpectationsDefinition:
    """Expectations of `{"expectations": [{"id", "scenario_name", "mission_name", "path", "op", "expected"}]}`."""
    return SuiteExpectationsDefinition([_expectation(expectation) for expectation in _field(cfg, "expectations", list)])
