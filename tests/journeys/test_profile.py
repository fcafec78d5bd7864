"""A profile over HTTP: begun, changed in one piece, and never with what could fool a reader."""

from typing import Any

import pytest

from tests.support.api import Api, Body
from tests.support.approvals import approved
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.worlds import shared

__all__ = ["shared"]

EMPTY = {
    "displayName": None,
    "bio": None,
    "locale": None,
    "birthday": None,
    "birthYear": None,
    "gender": None,
    "avatarPath": None,
    "avatarUrl": None,
}
NAMED = {"displayName": "安 Ann", "bio": "One line.\nAnother.", "locale": "zh-Hant"}


def told(api: Api) -> dict[str, Any]:
    shown = api.get("/profile").json()
    return {name: shown[name] for name in EMPTY}


def patch(api: Api, **changes: Any) -> Any:
    response = api.http.patch("/profile", json=changes)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_new_user_has_a_profile_with_nothing_in_it(ann: Api) -> None:
    assert told(ann) == EMPTY
    assert ann.get("/profile").json()["email"] == ann.email


def test_a_profile_that_is_missing_is_made_once(ann: Api, shared: ServerProcess) -> None:
    shared.beside.forget_profile(ann.email)
    assert_problem(ann.get("/profile"), "PROFILE_NOT_FOUND", 404)
    assert_problem(ann.http.patch("/profile", json={}), "PROFILE_NOT_FOUND", 404)

    made = ann.post("/profile", json=NAMED)
    again = ann.post("/profile", json={"displayName": "Another"})
    bare = ann.post("/profile")

    assert (made.status_code, again.status_code, bare.status_code) == (201, 200, 200)
    assert made.json() == again.json() == bare.json() == ann.get("/profile").json()
    assert told(ann) == {**EMPTY, **NAMED}


def test_what_is_left_out_stays_and_null_removes(ann: Api) -> None:
    patch(ann, **NAMED)

    patch(ann, bio=None)
    assert told(ann) == {**EMPTY, **NAMED, "bio": None}
    patch(ann)
    assert told(ann) == {**EMPTY, **NAMED, "bio": None}


def test_texts_are_kept_trimmed_and_composed(ann: Api) -> None:
    changed = patch(ann, displayName="  Zoe\u0308 👩\u200d💻 ", bio=" a\r\nb ", locale="zh-TW")

    assert (changed["displayName"], changed["bio"]) == ("Zo\u00eb 👩\u200d💻", "a\nb")
    assert changed["locale"] == "zh-Hant"


WRONG = {
    "empty name": ({"displayName": " \u3000"}, "/displayName"),
    "invisible name": ({"displayName": "\u3164\u2800"}, "/displayName"),
    "long name": ({"displayName": "x" * 41}, "/displayName"),
    "line in a name": ({"displayName": "a\nb"}, "/displayName"),
    "escape": ({"displayName": "a\u001b[31mb"}, "/displayName"),
    "turned name": ({"displayName": "ann\u202egpj.exe"}, "/displayName"),
    "isolate": ({"bio": "a\u2066b"}, "/bio"),
    "hidden letter": ({"displayName": "ad\u200bmin"}, "/displayName"),
    "line separator": ({"bio": "a\u2028b"}, "/bio"),
    "private use": ({"displayName": "a\ue000"}, "/displayName"),
    "stacked marks": ({"displayName": "a" + "\u0316" * 5}, "/displayName"),
    "number as name": ({"displayName": 7}, "/displayName"),
    "empty bio": ({"bio": ""}, "/bio"),
    "long bio": ({"bio": "x" * 501}, "/bio"),
    "unknown locale": ({"locale": "xx-Latn"}, "/locale"),
    "no day": ({"birthday": "1990-02-30"}, "/birthday"),
    "other digits": ({"birthday": "１９９０-01-01"}, "/birthday"),
    "week date": ({"birthday": "1990-W01-1"}, "/birthday"),
    "future": ({"birthday": "2999-01-01"}, "/birthday"),
    "long ago": ({"birthday": "1899-12-31"}, "/birthday"),
    "future year": ({"birthYear": 2099}, "/birthYear"),
    "two truths": ({"birthday": "1990-01-01", "birthYear": 1991}, "/birthYear"),
    "birthday and no year": ({"birthday": "1990-01-01", "birthYear": None}, "/birthYear"),
    "gender": ({"gender": "x"}, "/gender"),
    "stranger": ({"points": 100}, "/points"),
    "someone else": ({"userId": "me"}, "/userId"),
    "not an object": ([], ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_field_is_pointed_at_and_nothing_is_changed(ann: Api, name: str) -> None:
    body, pointer = WRONG[name]
    patch(ann, **NAMED)

    refused = ann.http.patch("/profile", json=body)

    problem = assert_problem(refused, "PROFILE_PAYLOAD_INVALID", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert told(ann) == {**EMPTY, **NAMED}


def test_every_wrong_field_is_named_at_once(ann: Api) -> None:
    wrong = {"displayName": "", "bio": "x" * 501, "locale": "?", "birthday": "soon", "gender": 1}

    problem = assert_problem(ann.http.patch("/profile", json=wrong), "PROFILE_PAYLOAD_INVALID", 422)

    assert {error["pointer"] for error in problem["errors"]} == {f"/{name}" for name in wrong}


# --- one truth about the birth -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "birthday", "year"),
    [
        ([{"birthday": "1990-05-17"}], "1990-05-17", 1990),
        ([{"birthday": "1990-05-17"}, {"birthday": None}], None, None),
        ([{"birthday": "1990-05-17"}, {"birthYear": 1991}], None, 1991),
        ([{"birthday": "1990-05-17"}, {"birthYear": 1990}], "1990-05-17", 1990),
        ([{"birthday": "1990-05-17"}, {"birthYear": None}], None, None),
        ([{"birthYear": 1991}, {"birthday": None}], None, 1991),
        ([{"birthYear": 1991}, {"birthday": "1990-05-17"}], "1990-05-17", 1990),
    ],
)
def test_a_birthday_and_its_year_never_contradict_each_other(
    ann: Api, changes: list[dict[str, Any]], birthday: str | None, year: int | None
) -> None:
    for change in changes:
        patch(ann, **change)

    assert (told(ann)["birthday"], told(ann)["birthYear"]) == (birthday, year)


def test_the_tool_and_the_app_write_the_same_facts(ann: Api) -> None:
    patch(ann, birthday="1990-05-17", displayName="Ann")

    approved(ann, 'call update_profile {"birthYear":1985,"gender":"female"}; say 1')

    assert told(ann) == {**EMPTY, "displayName": "Ann", "birthYear": 1985, "gender": "female"}
    patch(ann, gender="male")
    ann.perform(Body("say 1"))
    assert told(ann)["gender"] == "male"
