"""Programs and tests of the engine that Sortie replaces, with nothing but their imports changed."""

import hashlib
import json

import pytest

from sortie.compat.builder import MissionSpec, build_workflow
from sortie.compat.config_adapter import ConfigError, parse_suite_definition
from sortie.compat.config_test_run import run_test_run_from_config
from sortie.compat.daily_loop import run_daily_loop
from sortie.compat.engine import (
    AntiFailureViolation,
    EnvelopeViolation,
    ExecutionContext,
    OrchestrationResult,
    Orchestrator,
    StepSpec,
    WorkflowDefinition,
)
from sortie.compat.expectations import MissionExpectation, SuiteExpectationsDefinition
from sortie.compat.harness import MissionCall, ScenarioDefinition, run_scenario
from sortie.compat.registry import MISSION_REGISTRY, UnknownMissionError, run_mission
from sortie.compat.suite import ScenarioSuiteDefinition
from sortie.compat.test_run import run_test_run


def stable_hash(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def workflow(*steps):
    return WorkflowDefinition(id="wf", steps=list(steps), metadata={"source": "test"})


def noop(id):
    return StepSpec(id=id, kind="runtime", payload={"operation": "noop"})


def human(id):
    return StepSpec(id=id, kind="human", payload={"description": "Agreed?"})


def test_the_daily_loop_is_as_programs_expect_it():
    context = ExecutionContext(initial_state={"run_id": "test-daily"})
    params = {"mode": "default", "today": "2026-01-08"}
    result = run_daily_loop(context, params=params)
    assert isinstance(result, OrchestrationResult) and result.success is True
    assert result.id == "wf-daily-loop" == result.lineage["workflow_id"] == result.receipt["id"]
    ids = [step.id for step in result.executed_steps]
    assert isinstance(result.executed_steps, list) and 0 < len(ids) <= 5
    assert result.receipt["steps"] == ids == result.lineage["executed_step_ids"]
    assert sum(step.kind == "human" for step in result.executed_steps) <= 2
    assert (result.failed_step_id, result.error_message) == (None, None)
    assert stable_hash(result.to_dict()) == stable_hash(run_daily_loop(context, params).to_dict())
    # Nothing of what was given is changed, and nothing of it is shared.
    result.final_state["new"] = True
    assert context.initial_state == {"run_id": "test-daily"}
    assert params == {"mode": "default", "today": "2026-01-08"}
    assert run_daily_loop(ExecutionContext()).success


def test_missions_have_their_names():
    assert {"daily_loop", "echo"} <= set(MISSION_REGISTRY) and len(MISSION_REGISTRY) >= 2
    assert MISSION_REGISTRY["echo"]({"word": "hi"}).id == "wf-echo"
    result = run_mission("echo", ExecutionContext(initial_state={"a": 1}), {"word": "hi"})
    assert (result.id, result.final_state) == ("wf-echo", {"a": 1})
    assert result.sortie is not None and result.sortie.outputs["echo"] == {"word": "hi"}
    with pytest.raises(UnknownMissionError, match="nothing"):
        run_mission("nothing", ExecutionContext())


def test_what_is_built_can_be_run():
    built = build_workflow(MissionSpec(type="daily_loop", params={"today": "2026-01-08"}))
    assert built.id == built.name == "wf-daily-loop" and built.metadata["mission_type"] == "daily_loop"
    result = Orchestrator().run_workflow(built, ExecutionContext(initial_state={"tasks": []}))
    assert result.success and result.executed_steps == built.steps
    assert build_workflow(MissionSpec(type="daily_loop", params={"requested_steps": 9})).to_dict()["steps"][5:] == []
    with pytest.raises(ValueError, match="nothing"):
        build_workflow(MissionSpec(type="nothing"))


def test_steps_run_in_order_until_one_fails():
    steps = [StepSpec("a", "runtime"), human("b"), StepSpec("c", "runtime", {"operation": "fail", "reason": "boom"}), noop("d")]
    result = Orchestrator().run_workflow(workflow(*steps), ExecutionContext({"x": 1}, {"by": "test"}))
    assert (result.success, result.failed_step_id) == (False, "c")
    assert "boom" in (result.error_message or "")
    assert result.executed_steps == steps[:3] and result.executed_steps[0] is not steps[0]
    assert result.final_state == {"x": 1}
    assert set(result.to_dict()) == {
        "id", "success", "executed_steps", "final_state", "failed_step_id", "error_message", "lineage", "receipt",
    }  # fmt: skip


def test_what_is_beyond_the_bounds_never_begins():
    run = Orchestrator().run_workflow
    assert run(workflow(*(noop(str(n)) for n in range(5))), ExecutionContext()).success
    with pytest.raises(AntiFailureViolation):
        run(workflow(*(noop(str(n)) for n in range(6))), ExecutionContext())
    with pytest.raises(AntiFailureViolation):
        run(workflow(*(human(str(n)) for n in range(3))), ExecutionContext())
    with pytest.raises(EnvelopeViolation):
        run(workflow(StepSpec("a", "network")), ExecutionContext())
    assert WorkflowDefinition(name="n").id == "n"
    with pytest.raises(ValueError):
        WorkflowDefinition(id="a", name="b")


def test_scenarios_keep_the_result_of_each_mission():
    missions = [MissionCall("echo", {"word": "hi"}), MissionCall("daily_loop")]
    definition = ScenarioDefinition("both", {"n": 1}, missions)
    result = run_scenario(definition)
    assert list(result.mission_results) == ["echo", "daily_loop"] and definition.missions == tuple(missions)
    assert result.metadata["scenario_hash"] == run_scenario(definition).metadata["scenario_hash"]
    assert result.to_dict()["mission_results"]["echo"]["final_state"] == {"n": 1}
    with pytest.raises(TypeError):
        result.metadata["scenario_hash"] = "another"  # type: ignore[index]


def test_expectations_judge_a_suite():
    suite = ScenarioSuiteDefinition("s", [ScenarioDefinition("one", {"n": 1}, [MissionCall("echo")])])
    cases = [
        ("success", "eq", True, {}),
        ("executed_steps.0.kind", "eq", "runtime", {}),
        ("final_state.n", "gt", 0, {}),
        ("final_state.n", "lt", 1, {"reason": "lt_mismatch"}),
        ("final_state.n", "gt", "a", {"reason": "type_error", "message": "Cannot compare types"}),
        ("final_state.n", "ne", 1, {"reason": "ne_mismatch"}),
        ("final_state", "exists", None, {}),
        ("executed_steps.7", "exists", None, {"reason": "path_missing", "path": "executed_steps.7"}),
        ("executed_steps.x", "exists", None, {"reason": "path_missing", "path": "executed_steps.x"}),
    ]
    expectations = [MissionExpectation(str(n), "one", "echo", path, op, value) for n, (path, op, value, _) in enumerate(cases)]
    result = run_test_run(suite, SuiteExpectationsDefinition(expectations))
    found = {id: judged.details for id, judged in result.expectations_result.expectation_results.items()}
    assert found == {str(n): details for n, (*_, details) in enumerate(cases)}
    assert result.passed is False and len(result.metadata["test_run_hash"]) == 64
    with pytest.raises(ValueError):
        SuiteExpectationsDefinition([expectations[0], expectations[0]])


def test_suites_come_from_plain_data():
    suite = {"suite_name": "s", "scenarios": [{"scenario_name": "one", "initial_state": {}, "missions": [{"name": "echo"}]}]}
    expect = {"id": "ok", "scenario_name": "one", "mission_name": "echo", "path": "success", "op": "eq", "expected": True}
    result = run_test_run_from_config(suite, {"expectations": [expect]})
    assert result.passed and result.to_dict()["schema_version"] == "test_run_result@1"
    missing = run_test_run_from_config(suite, {"expectations": [expect | {"mission_name": "other"}]})
    assert missing.expectations_result.expectation_results["ok"].details["reason"] == "mission_missing"
    for wrong in [{}, {"suite_name": 1, "scenarios": []}, {"suite_name": "s", "scenarios": [[]]}]:
        with pytest.raises(ConfigError):
            parse_suite_definition(wrong)
    with pytest.raises(ConfigError, match="op"):
        run_test_run_from_config(suite, {"expectations": [expect | {"op": "near"}]})
