"""A stored chart that is no chart: the history says so, and a run that meets it costs nothing."""

import sqlite3
from contextlib import closing

import pytest

from tests.support.api import Api, Body
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess

MALFORMED = ['{"version": 1}', "[]", "no json", '{"version": 1, "lines": [9, 9, 9]}']


def spoil(server: ServerProcess, session: str, document: str) -> None:
    with closing(sqlite3.connect(server.data_dir / "eryao.db", timeout=10)) as database:
        database.execute("UPDATE sessions SET derived = ? WHERE id = ?", (document, session))
        database.commit()


@pytest.mark.parametrize("document", MALFORMED)
def test_a_history_with_a_malformed_chart_says_so(
    document: str, ann: Api, shared: ServerProcess
) -> None:
    body = Body("say 1")
    ann.perform(body)
    spoil(shared, body.thread, document)

    for path in ("", "/connect"):
        answer = ann.get(f"/agent/sessions/{body.thread}{path}")
        assert_problem(answer, "AGENT_OUTPUT_DIVINATION_INVALID", 422)


@pytest.mark.parametrize("document", MALFORMED)
def test_a_run_that_meets_a_malformed_chart_fails_with_it_and_is_given_back(
    document: str, ann: Api, shared: ServerProcess
) -> None:
    body = Body("say 1")
    ann.perform(body)
    spoil(shared, body.thread, document)

    ended = ann.perform(body.follow_up())[-1]

    assert (ended.type, ended.data["code"]) == ("RUN_ERROR", "AGENT_OUTPUT_DIVINATION_INVALID")
    assert ann.balance() == 90
