"""A reminder becomes a notification when its time comes; an expired approval is told too."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.approvals import approved, ask, entry, resumed
from tests.support.problems import assert_problem
from tests.support.server import Serve
from tests.support.viewer import wait_until


def remind(at: datetime, text: str = "Look again.") -> str:
    arguments = json.dumps({"at": at.isoformat(), "text": text})
    return f"say 1; call set_reminder {arguments}; say 1"


def notifications(api: Api) -> list[Any]:
    return list(api.get("/notifications").json()["items"])


def told(api: Api, count: int = 1) -> list[Any]:
    wait_until(lambda: len(notifications(api)) >= count)
    return notifications(api)


def test_a_reminder_is_told_when_its_time_has_come(ann: Api, bob: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2.5)
    body, call = approved(ann, remind(soon))
    approved(ann, remind(soon + timedelta(days=1), "Not yet."))
    assert call["state"] == "completed", call
    assert notifications(ann) == []

    (notice,) = told(ann)

    assert (notice["kind"], notice["body"]) == ("reminder", "Look again.")
    assert notice["payload"] == {"type": "open_route", "route": f"/sessions/{body.thread}"}
    assert (notice["read"], notice["readAt"]) == (False, None)
    assert notice["createdAt"] >= soon.isoformat()[:19]
    assert notifications(bob) == []


def test_a_cancelled_reminder_is_never_told(ann: Api, bob: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2.5)
    body, _ = approved(ann, remind(soon))
    approved(ann, remind(soon, "The other."))
    other, listed = ann.get("/reminders").json()["items"]
    assert (other["text"], listed["text"]) == ("The other.", "Look again.")
    assert listed["threadId"] == body.thread
    assert datetime.fromisoformat(listed["dueAt"]) == soon
    path = f"/reminders/{listed['id']}"
    assert bob.get("/reminders").json()["items"] == []
    assert_problem(bob.http.delete(path), "REMINDER_NOT_FOUND", 404)

    for _ in range(2):
        assert ann.http.delete(path).status_code == 204

    assert [item["text"] for item in ann.get("/reminders").json()["items"]] == ["The other."]
    assert [notice["body"] for notice in told(ann)] == ["The other."]
    assert ann.get("/reminders").json()["items"] == [], "what was told is not to come"
    assert ann.http.delete(f"/reminders/{other['id']}").status_code == 204


def test_reminders_come_in_pages(ann: Api) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for text in ("one", "two", "three"):
        approved(ann, remind(tomorrow, text))

    first = ann.get("/reminders", params={"limit": 2}).json()
    rest = ann.get("/reminders", params={"limit": 2, "cursor": first["nextCursor"]}).json()

    assert [item["text"] for item in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["nextCursor"] is None


def test_a_reminder_of_a_forgotten_session_opens_nothing(ann: Api) -> None:
    body, _ = approved(ann, remind(datetime.now(UTC) + timedelta(seconds=2.5)))

    ann.http.delete(f"/agent/sessions/{body.thread}")

    assert told(ann)[0]["payload"] == {"type": "none"}


def test_a_time_that_has_passed_by_the_yes_sets_nothing(ann: Api) -> None:
    body, (call_id,) = ask(ann, remind(datetime.now(UTC) - timedelta(minutes=1)))

    ann.ended(ann.decide(body.run, call_id).json()["runId"])

    call = ann.calls(body.run)[0]
    assert call["state"] == "failed"
    assert "over already" in call["error"]


@pytest.mark.parametrize("days", [-1, 400])
def test_a_time_that_cannot_be_is_refused_before_the_decision_is_spent(ann: Api, days: int) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    body, (call_id,) = ask(ann, remind(tomorrow))
    edited = {"at": (datetime.now(UTC) + timedelta(days=days)).isoformat(), "text": "Edited."}

    refused = ann.decide(body.run, call_id, editedArgs=edited)

    problem = assert_problem(refused, "AGENT_DECISION_INVALID", 422)
    (error,) = problem["errors"]
    assert (error["pointer"], error["type"]) == ("/editedArgs/at", "out_of_range")
    assert ann.call(body.run, call_id).json()["state"] == "waiting"
    again = ann.decide(body.run, call_id, editedArgs={**edited, "at": tomorrow.isoformat()})
    assert ann.ended(again.json()["runId"])["status"] == "succeeded"
    assert [item["text"] for item in ann.get("/reminders").json()["items"]] == ["Edited."]


def test_a_resume_with_a_time_that_cannot_be_is_refused_at_its_place(ann: Api) -> None:
    body, (call_id,) = ask(ann, remind(datetime.now(UTC) + timedelta(days=1)))
    edited = {"at": "2020-01-01T00:00:00Z", "text": "Edited."}
    run, changes = resumed(body, entry(call_id, {"approved": True, "editedArgs": edited}))

    problem = assert_problem(ann.start(run, **changes), "AGENT_DECISION_INVALID", 422)

    assert problem["errors"][0]["pointer"] == "/resume/0/payload/editedArgs/at"
    assert ann.call(body.run, call_id).json()["state"] == "waiting"


def test_an_edited_time_is_the_one_that_counts(ann: Api) -> None:
    at = datetime.now(UTC) + timedelta(seconds=2.5)
    far = remind(at + timedelta(days=300))

    approved(ann, far, editedArgs={"at": at.isoformat(), "text": "Edited."})

    assert told(ann)[0]["body"] == "Edited."


# --- reading them -------------------------------------------------------------------------------


def test_notifications_are_counted_read_and_paged(ann: Api, bob: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=4)
    for number in range(3):
        approved(ann, remind(soon, f"Number {number}."))
    items = told(ann, 3)
    assert ann.get("/notifications/unread-count").json() == {"unreadCount": 3}

    path = f"/notifications/{items[0]['id']}/read"
    first, again = ann.http.patch(path).json(), ann.http.patch(path).json()

    assert first == again
    assert first["read"] is True
    assert ann.get("/notifications/unread-count").json() == {"unreadCount": 2}
    page = ann.get("/notifications", params={"limit": 2}).json()
    assert page["nextCursor"] == page["items"][-1]["createdAt"]
    rest = ann.get("/notifications", params={"limit": 2, "cursor": page["nextCursor"]}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [item["id"] for item in items]
    assert len({item["createdAt"] for item in items}) == 3
    assert_problem(bob.http.patch(path), "NOTIFICATION_NOT_FOUND", 404)
    for _ in range(2):
        assert ann.http.patch("/notifications/mark-all-read").json() == {"unreadCount": 0}
    assert all(item["read"] for item in notifications(ann))
    assert ann.http.patch(path).json() == first, "when it was read does not change"


def test_a_cursor_that_is_no_time_is_refused(ann: Api) -> None:
    refused = ann.get("/notifications", params={"cursor": "soon"})

    assert_problem(refused, "NOTIFICATION_INVALID_CURSOR", 422)


# --- approvals that expire ----------------------------------------------------------------------


def test_a_reading_that_went_on_without_a_decision_is_told_once(serve: Serve) -> None:
    server = serve(APPROVAL_SECONDS=0.3)
    with server.api() as ann:
        body, (call_id,) = ask(ann, 'say 1; call save_reading {"title":"Kept"}; say 2')

        (notice,) = told(ann)

        assert notice["kind"] == "approval_expired"
        assert notice["payload"] == {"type": "open_route", "route": f"/sessions/{body.thread}"}
        assert "was finished" in notice["body"]
        assert ann.call(body.run, call_id).status_code == 403
        runs = ann.session(body.thread)["runs"]
        assert [run["status"] for run in runs] == ["interrupted", "succeeded"]
        assert len(notifications(ann)) == 1
        assert ann.balance() == 90


def test_a_reading_that_failed_without_a_decision_says_that_the_points_are_back(
    serve: Serve,
) -> None:
    server = serve(APPROVAL_SECONDS=0.3)
    with server.api() as ann:
        ask(ann, 'say 1; call save_reading {"title":"Kept"}; fail error after 1')

        (notice,) = told(ann)

        assert "your points are back" in notice["body"]
        assert ann.balance() == 100


def test_a_reading_that_its_user_decided_about_is_not_told(ann: Api) -> None:
    body, (call_id,) = ask(ann, 'say 1; call save_reading {"title":"Kept"}; say 2')

    ann.ended(ann.decide(body.run, call_id, "reject").json()["runId"])

    assert notifications(ann) == []
