"""Runs that wait, in memory and in a file."""

import pytest
import sortie

ASKS = {"tasks": [{"id": 1, "description": "Pay the rent", "status": "pending", "entry": "20260101T080000Z"}]}


@pytest.mark.parametrize("journal", [None, "runs.sqlite"])
def test_a_run_waits_is_decided_and_ends_as_it_would_have_without_a_wait(tmp_path, journal):
    host = sortie.Host()
    runs = host.runs(None if journal is None else tmp_path / journal)
    state = runs.start("daily_loop", ASKS, {"today": "2026-01-08"})
    assert state.status == "waiting" and state.result is None and state.token
    (waiting,) = runs.waiting()
    assert (waiting.run, waiting.step, waiting.status) == (state.run, state.question.step_id, "waiting")
    if journal is not None:
        # Another process: the same journal, another host.
        runs = sortie.Host().runs(tmp_path / journal)
    assert runs.show(state.run).question.description == state.question.description
    answer = {"accept": True}
    assert runs.decide(state.run, answer, actor="ann") == "decided"
    ended = runs.resume(state.run)
    assert ended.status == "done" and ended.result.success
    straight = host.run_mission("daily_loop", ASKS, {"today": "2026-01-08"}, answers={state.question.step_id: answer})
    assert ended.result.result_hash == straight.result_hash
    assert runs.waiting() == [] and [each.run for each in runs.all()] == [state.run]


def test_a_wrong_answer_is_refused_and_a_run_can_be_cancelled(tmp_path):
    runs = sortie.Host().runs(tmp_path / "runs.sqlite")
    run = runs.start("daily_loop", ASKS, {"today": "2026-01-08"}).run
    with pytest.raises(sortie.SortieError):
        runs.decide(run, {"accept": "perhaps"}, actor="ann")
    assert runs.show(run).question is not None
    runs.cancel(run, "not today", actor="ann")
    with pytest.raises(sortie.AnswerRejected) as raised:
        runs.resume(run)
    assert raised.value.code == "cancelled"
    with pytest.raises(sortie.UnknownName):
        runs.show("00000000000000000000000000")
