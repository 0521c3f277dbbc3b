"""The names of the engine that Sortie replaces."""

from sortie.compat import (
    ExecutionContext,
    MissionSpec,
    WorkflowDefinition,
    WorkflowStep,
    build_mission,
    execute_workflow,
    run_daily_loop,
    run_mission,
    run_tests,
)


def test_a_program_of_the_old_engine_changes_one_import():
    context = ExecutionContext(initial_state={"tasks": []}, metadata={"source": "test"})
    result = run_daily_loop(context, {"today": "2026-01-08"})
    assert result.success
    assert all(step.kind in ("runtime", "human") for step in result.executed_steps)
    assert result.lineage.executed_step_ids == tuple(step.id for step in result.executed_steps)
    assert run_mission(MissionSpec("daily_loop", {"today": "2026-01-08"}), context).result_hash == result.result_hash


def test_workflows_and_tests():
    workflow = build_mission(MissionSpec("echo", {"word": "hi"}))
    assert isinstance(workflow, WorkflowDefinition) and isinstance(workflow.steps[0], WorkflowStep)
    assert execute_workflow(workflow, ExecutionContext()).success
    suite = {"suite_name": "one", "scenarios": [{"scenario_name": "a", "missions": [{"name": "echo"}]}]}
    assert run_tests(ExecutionContext({"suites": [suite]})).success
