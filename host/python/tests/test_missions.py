"""Missions, workflows, suites and bundles from Python."""

import json
import pathlib
import subprocess
import sys
import threading

import pytest
import sortie

TASKS = {
    "tasks": [
        {"id": 1, "uuid": "00000000-0000-0000-0000-000000000001", "description": "Pay the rent", "status": "pending",
         "entry": "20260101T080000Z", "due": "20260109T080000Z"},
    ]
}  # fmt: skip
DAY = {"today": "2026-01-08"}
REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


def test_the_daily_loop_runs_and_has_one_hash():
    first = sortie.run_mission("daily_loop", TASKS, DAY, humans="mark")
    again = sortie.run_mission(sortie.MissionSpec("daily_loop", DAY), sortie.ExecutionContext(TASKS), humans="mark")
    assert first.success, first.error_message
    assert first.result_hash == again.result_hash and first == again
    assert {step.kind for step in first.executed_steps} == {"runtime", "human"}
    assert first.mission["name"] == "daily_loop"
    assert first.receipt["result_hash"] == first.raw["receipt"]["result_hash"]


def test_a_program_of_ten_lines_plans_the_day_and_runs_tests():
    suite = {
        "suite_name": "days",
        "scenarios": [{"scenario_name": "one", "initial_state": TASKS, "missions": [{"name": "daily_loop", "params": DAY}],
                       "expect": [{"id": "planned", "path": "success", "op": "eq", "expected": True}]}],
    }  # fmt: skip
    outcome = sortie.run_suite(suite)
    assert outcome.passed and len(outcome.hashes) == 1
    nested = sortie.run_mission("run_tests", {"suites": [suite]}, {})
    assert nested.success and nested.passed, nested.error_message


def test_a_suite_of_a_file_has_the_hash_that_it_has_with_any_number_of_threads():
    suite = REPOSITORY / "plugins/echo/suite.yaml"
    one, many = sortie.run_suite(suite, jobs=1), sortie.run_suite([suite], jobs=4)
    assert one.passed and one.hashes == many.hashes


def test_a_suite_that_does_not_hold_says_so_and_one_that_is_wrong_is_an_exception():
    scenario = {"scenario_name": "one", "missions": [{"name": "echo"}], "expect": [{"id": "fails", "path": "success", "op": "eq", "expected": False}]}
    assert not sortie.run_suite({"suite_name": "wrong", "scenarios": [scenario]}).passed
    with pytest.raises(sortie.InputRejected) as raised:
        sortie.run_suite({"suite_name": "misspelt", "scenarois": []})
    assert raised.value.code == "input_rejected"


def test_a_workflow_is_built_changed_and_executed():
    workflow = sortie.build("echo", {"word": "hi"})
    assert workflow.metadata["mission_type"] == "echo"
    step = sortie.WorkflowStep("set", "runtime", {"operation": "core/set", "path": "/a", "value": 1})
    result = sortie.exec(sortie.WorkflowDefinition("own", [step]), {"b": 2})
    assert result.final_state == {"a": 1, "b": 2}


def test_a_human_step_waits_is_answered_asked_or_marked():
    ask = {"id": "w", "steps": [{"id": "sure", "kind": "human", "payload": {"description": "Sure?", "choices": ["yes", "no"]}}]}
    with pytest.raises(sortie.MissionWaits) as raised:
        sortie.exec(ask)
    assert "sure" in str(raised.value)
    assert sortie.exec(ask, answers={"sure": "yes"}).decisions["sure"]["value"] == "yes"
    assert sortie.exec(ask, humans="mark").decisions["sure"]["status"] == "marked"
    seen = []

    def answer(question):
        seen.append(question)
        return "no"

    assert sortie.exec(ask, ask=answer).decisions["sure"]["value"] == "no"
    assert (seen[0].step_id, seen[0].description) == ("sure", "Sure?")
    with pytest.raises(sortie.SortieError):
        sortie.exec(ask, answers={"sure": "perhaps"})


def test_a_bundle_is_verified_and_a_changed_one_is_not():
    bundle = sortie.run_mission("echo", {"a": 1}, {"word": "hi"}, bundle=True).bundle
    assert sortie.verify(bundle) is None
    changed = json.loads(json.dumps(bundle))
    changed["result"]["final_state"]["a"] = 2
    assert sortie.verify(changed) is not None
    assert sortie.verify({**bundle, "audit_hash": "0" * 64})["path"] == "/audit_hash"


def test_errors_have_codes_and_a_remedy():
    for call, kind, code in (
        (lambda: sortie.run_mission("daly_loop"), sortie.UnknownName, "unknown_mission"),
        (lambda: sortie.run_mission("daily_loop", {"tasks": 1}, {"today": 7}), sortie.InputRejected, "invalid_params"),
        (lambda: sortie.Host([__file__]), sortie.PluginRejected, "not_wasm"),
        (lambda: sortie.run_mission("echo", {"big": 2**53}), sortie.InputRejected, None),
    ):
        with pytest.raises(kind) as raised:
            call()
        assert isinstance(raised.value, sortie.SortieError)
        assert code is None or raised.value.code == code, raised.value
    with pytest.raises(TypeError):
        sortie.run_mission("echo", {"set": {1, 2}})


def test_the_hash_is_that_of_the_command():
    assert sortie.hash({"b": 1, "a": [1.0]}) == sortie.hash({"a": [1], "b": 1})


def test_threads_run_missions_side_by_side():
    host, hashes, at_once = sortie.Host(), [], threading.Barrier(4)

    def work():
        at_once.wait()
        hashes.extend(host.run_mission("echo", {}, {"word": str(each)}).result_hash for each in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hashes) == 80 and len(set(hashes)) == 20


def test_while_a_mission_asks_other_threads_go_on():
    ask = {"id": "w", "steps": [{"id": "q", "kind": "human", "payload": {"description": "?"}}]}
    passed = threading.Event()

    def answer(_question):
        # Another thread runs a mission of its own meanwhile: it would wait for ever, were the lock held.
        other = threading.Thread(target=lambda: (sortie.run_mission("echo"), passed.set()))
        other.start()
        assert passed.wait(60)
        other.join()
        return "yes"

    assert sortie.exec(ask, ask=answer).success


def test_plugins_are_listed_and_taken_out():
    host = sortie.Host()
    names = {plugin["manifest"]["name"] for plugin in host.plugins()}
    assert {"core", "echo", "daily-loop", "run-tests"} <= names
    host.unregister("echo")
    with pytest.raises(sortie.UnknownName):
        host.run_mission("echo")


def test_the_example_runs():
    example = REPOSITORY / "host/python/examples/day.py"
    tasks = REPOSITORY / "plugins/daily-loop/examples/tasks.json"
    ran = subprocess.run([sys.executable, example, tasks], capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and ran.stdout.startswith("planned "), ran.stdout + ran.stderr
