"""Runs that wait, in memory and in a file."""

import sqlite3

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
    ended = runs.answer(state.run, answer, actor="ann")
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


def test_an_answer_and_what_follows_from_it_are_one_commit(tmp_path):
    file = tmp_path / "runs.sqlite"
    runs = sortie.Host().runs(file)
    journal = sqlite3.connect(file)

    def commits(run):
        return journal.execute("SELECT count(*) FROM changes JOIN runs ON changes.run_id = runs.id WHERE runs.run = ?", (run,)).fetchone()[0]

    at_once, in_two = (runs.start("daily_loop", ASKS, {"today": "2026-01-08"}).run for _ in range(2))
    assert commits(at_once) == commits(in_two) == 1
    ended = runs.answer(at_once, {"accept": True}, actor="ann")
    assert ended.status == "done" and commits(at_once) == 2
    assert runs.decide(in_two, {"accept": True}, actor="ann") == "decided"
    assert runs.resume(in_two).result.result_hash == ended.result.result_hash
    assert commits(in_two) > 2
    # Who answers alike gets the result, and who answers otherwise comes too late.
    assert runs.answer(at_once, {"accept": True}, actor="bob").result == ended.result
    with pytest.raises(sortie.AnswerRejected) as raised:
        runs.answer(at_once, {"accept": False}, actor="bob")
    assert raised.value.code == "conflict"
