"""Plans a day and runs a suite: `python day.py tasks.json`."""
import json, sys, sortie  # noqa: E401

tasks = json.load(open(sys.argv[1]))
day = sortie.run_mission("daily_loop", tasks, {"today": "2026-01-08"}, humans="mark")
print("planned" if day.success else day.error_message, day.result_hash)
checks = {"suite_name": "day", "scenarios": [{"scenario_name": "plans", "initial_state": tasks, "missions": [
    {"name": "daily_loop", "params": {"today": "2026-01-08"}}], "expect": [{"id": "plans", "path": "success", "op": "eq", "expected": True}]}]}
tests = sortie.run_mission("run_tests", {"suites": [checks]})
sys.exit(0 if day.success and tests.passed else 1)
