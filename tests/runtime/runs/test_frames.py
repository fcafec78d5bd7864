"""Events as bytes: one frame, one line of JSON, nothing that a client could split on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.runs.frames import events_of, frame, offset_after, parse_event_id, quoted

TAG = "abcd2345"


def test_a_frame_is_an_id_a_line_of_json_and_an_empty_line() -> None:
    assert frame(TAG, 3, {"type": "X"}) == b'id: abcd2345-3\ndata: {"type":"X"}\n\n'


@given(st.text())
def test_no_text_can_break_a_frame_or_be_changed_by_it(text: str) -> None:
    sent = frame(TAG, 1, {"type": "X", "delta": text})

    assert sent.count(b"\n") == 3
    assert not any(mark in sent.decode() for mark in "\u0085\u2028\u2029\r")
    assert json.loads(sent.split(b"data: ", 1)[1])["delta"] == text


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    """A model's stream may be cut inside a character."""
    assert b'"?"' in frame(TAG, 1, {"delta": "\ud83d"})


def test_a_quoted_text_is_the_json_that_python_reads_back() -> None:
    assert json.loads(quoted('a"\\\n\x01变')) == 'a"\\\n\x01变'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abcd2345",
        "abcd2345-",
        "abcd2345-0",
        "abcd2345-01",
        "abcd2345-1\n",
        "abcd2345-１",
        "ABCD2345-1",
        "abcd2341-1",
        "abcd234-1",
        "abcd2345--1",
        "abcd2345-1.0",
        " abcd2345-1",
        "abcd2345-" + "9" * 16,
    ],
)
def test_what_no_server_of_ours_has_sent_is_no_event_id(text: str) -> None:
    assert parse_event_id(text) is None


def test_an_event_id_reads_back() -> None:
    assert parse_event_id("abcd2345-120") == ("abcd2345", 120)


def _log(count: int) -> bytes:
    """A log whose texts try to look like frames."""
    deltas = [f"\nid: {TAG}-{n + 1}\ndata: no frame\n\n" for n in range(1, count + 1)]
    return b"".join(
        frame(TAG, n, {"type": "X", "delta": delta}) for n, delta in enumerate(deltas, 1)
    )


@pytest.mark.parametrize("number", range(13))
def test_a_log_can_be_entered_after_any_number(number: int) -> None:
    frames = _log(12)

    rest = events_of(frames[offset_after(frames, TAG, number) :])

    assert [event_id for event_id, _ in rest] == [f"{TAG}-{n}" for n in range(number + 1, 13)]
