"""The journal: what a tool saved is listed, read again and removed, by its user alone."""

from uuid import uuid4

import pytest

from tests.support.api import Api, Body
from tests.support.approvals import approved, ask
from tests.support.problems import assert_problem

SAVE = 'say 4; call save_reading {"title":"%s","note":"A note."}; say 1'


def test_a_saved_reading_is_listed_and_read_again(ann: Api) -> None:
    body, call = approved(ann, SAVE % "Mine")

    (listed,) = ann.get("/readings").json()["items"]
    read = ann.get(f"/readings/{listed['id']}").json()

    assert (listed["title"], listed["note"], listed["threadId"]) == (
        "Mine",
        "A note.",
        body.thread,
    )
    assert listed["id"] == call["toolCallId"]
    assert {name: read[name] for name in listed} == listed
    assert read["question"] == "Will the plan work out?"
    assert read["text"].startswith("word00000 word00001")
    assert read["divination_derived"] == ann.session(body.thread)["divination_derived"]


def test_an_edited_reading_is_saved_as_edited(ann: Api) -> None:
    approved(ann, SAVE % "The model's", editedArgs={"title": "The user's"})

    (listed,) = ann.get("/readings").json()["items"]

    assert (listed["title"], listed["note"]) == ("The user's", "")


def test_an_edit_that_the_tool_cannot_take_is_refused_and_saves_nothing(ann: Api) -> None:
    body, (call_id,) = ask(ann, SAVE % "Mine")

    refused = ann.decide(body.run, call_id, editedArgs={"title": "x" * 81})

    assert_problem(refused, "AGENT_DECISION_INVALID", 422)
    assert ann.get("/readings").json()["items"] == []


def test_readings_are_paged_by_the_next_cursor(ann: Api) -> None:
    for title in ("one", "two", "three"):
        approved(ann, SAVE % title)

    first = ann.get("/readings", params={"limit": 2}).json()
    rest = ann.get("/readings", params={"limit": 2, "cursor": first["nextCursor"]}).json()

    assert [item["title"] for item in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["nextCursor"] is None
    assert_problem(
        ann.get("/readings", params={"cursor": "yesterday"}), "REQUEST_VALIDATION_ERROR", 422
    )


def test_a_removed_reading_is_gone_and_its_session_stays(ann: Api) -> None:
    body, call = approved(ann, SAVE % "Mine")
    path = f"/readings/{call['toolCallId']}"

    assert ann.http.delete(path).status_code == 204

    assert_problem(ann.get(path), "READING_NOT_FOUND", 404)
    assert_problem(ann.http.delete(path), "READING_NOT_FOUND", 404)
    assert ann.session(body.thread)["messages"]


def test_a_reading_outlives_its_session_without_what_was_said_there(ann: Api) -> None:
    body, call = approved(ann, SAVE % "Mine")

    ann.http.delete(f"/agent/sessions/{body.thread}")

    read = ann.get(f"/readings/{call['toolCallId']}").json()
    assert read["title"] == "Mine"
    assert (read["question"], read["text"], read["divination_derived"]) == (None, None, None)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_reading_is_nobody_elses(ann: Api, bob: Api, method: str) -> None:
    _, call = approved(ann, SAVE % "Mine")

    refused = bob.http.request(method, f"/readings/{call['toolCallId']}")

    assert_problem(refused, "READING_NOT_FOUND", 404)
    assert bob.get("/readings").json()["items"] == []
    assert len(ann.get("/readings").json()["items"]) == 1


def test_what_is_no_id_is_not_found(ann: Api) -> None:
    for odd in ("x", str(uuid4()), "%00", "a" * 300):
        assert ann.get(f"/readings/{odd}").status_code in {404, 422}


# --- recalling ----------------------------------------------------------------------------------


RECALL = 'call recall_readings {"query":"%s"}; say 1'


def test_a_recollection_finds_the_users_own_past_and_not_the_session_itself(
    ann: Api, bob: Api
) -> None:
    approved(bob, SAVE % "Bob's tiger")
    approved(ann, SAVE % "My tiger")

    _, found = approved(ann, RECALL % "TIGER")
    _, nothing = approved(ann, RECALL % "dragon")

    assert "My tiger | A note." in found["result"]
    assert "Bob" not in found["result"]
    assert found["result"].count("\n- ") == 1
    assert "No earlier reading" in nothing["result"]


def test_a_recollection_reads_titles_and_answers_of_past_sessions(ann: Api) -> None:
    ann.perform(Body("say 3"))
    ann.perform(Body("fail error after 2"))

    _, by_title = approved(ann, RECALL % "plan work")
    _, by_answer = approved(ann, RECALL % "word00002")
    _, in_no_text = approved(ann, RECALL % "assistant")

    # Sessions that were given back never answered; the first recollection is a session by now.
    assert by_title["result"].count("\n- ") == 1
    assert "word00000 word00001 word00002" in by_answer["result"]
    assert "No earlier reading" in in_no_text["result"], "JSON around the words is not searched"


def test_a_no_keeps_the_past_closed(ann: Api) -> None:
    approved(ann, SAVE % "My tiger")
    body, (call_id,) = ask(ann, RECALL % "tiger")

    ann.ended(ann.decide(body.run, call_id, "reject").json()["runId"])

    call = ann.calls(body.run)[0]
    assert call["state"] == "rejected"
    assert "result" not in call
