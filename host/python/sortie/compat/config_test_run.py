"""Test runs of plain data: the names of `runtime.orchestration.config_test_run`."""

from __future__ import annotations

from typing import Any, Mapping

from .config_adapter import ConfigError, parse_expectations_definition, parse_suite_definition
from .test_run import TestRunResult, run_test_run

__all__ = ["ConfigError", "TestRunResult", "run_test_run_from_config"]


def run_test_run_from_config(suite_cfg: Mapping[str, Any], expectations_cfg: Mapping[str, Any]) -> TestRunResult:
    """Runs a suite and judges it; raises `ConfigError` where one of the two is not as it has to be."""
    return run_test_run(parse_suite_definition(suite_cfg), parse_expectations_definition(expectations_cfg))
