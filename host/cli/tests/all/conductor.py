"""Runs missions, displays what they came to, and judges."""

from sortie import Failure, Output, Plugin, Workflow, run_mission

plugin = Plugin()


@plugin.mission()
def conduct(params):
    """Runs two missions."""
    return Workflow("conduct").step("conduct", "conduct")


@plugin.operation(name="conduct")
def run(payload):
    """Runs them."""
    rows = []
    for mission in ["echo", "nothing"]:
        try:
            result = run_mission(mission, {"message": "hello"})
            rows.append((mission, len(result["executed_steps"]), "done" if result["success"] else "failed"))
        except Failure as failure:
            rows.append((mission, 0, failure.code))
    missed = sum(outcome != "done" for _, _, outcome in rows)
    output = Output().heading("Missions").table(["mission", ("steps", "right"), "outcome"], rows)
    return output.judge(missed == 0, f"{missed} of {len(rows)} missions did not succeed")
