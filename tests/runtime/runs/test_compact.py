"""A compact log says the same in fewer events, and every id in it is a place to go on from."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runtime.runs.compact import compacted
from runtime.runs.frames import events_of, frame

TAG = "abcd2345"
ITEMS = st.sampled_from(
    [
        ("TEXT_MESSAGE_CONTENT", "messageId", "m1"),
        ("TEXT_MESSAGE_CONTENT", "messageId", "m2"),
        ("TOOL_CALL_ARGS", "toolCallId", "c1"),
        ("REASONING_MESSAGE_CONTENT", "messageId", "m1"),
        ("STATE_SNAPSHOT", "snapshot", "s"),
    ]
)


def _log(kinds: list[tuple[str, str, str]]) -> bytes:
    events = [
        {"type": kind, key: value, "delta": f"{number} "}
        for number, (kind, key, value) in enumerate(kinds, 1)
    ]
    return b"".join(frame(TAG, number, event) for number, event in enumerate(events, 1))


def _said(frames: bytes) -> list[tuple[Any, ...]]:
    """What each item says, in the order in which it is said, piece by piece."""
    return [
        (event["type"], event.get("messageId"), event.get("toolCallId"), piece)
        for _, event in events_of(frames)
        for piece in event["delta"].split()
    ]


@given(st.lists(ITEMS, max_size=40))
def test_a_compact_log_says_the_same(kinds: list[tuple[str, str, str]]) -> None:
    frames = _log(kinds)

    assert _said(compacted(frames)) == _said(frames)


@given(st.lists(ITEMS, max_size=40))
def test_whoever_goes_on_from_an_id_of_it_has_missed_nothing(
    kinds: list[tuple[str, str, str]],
) -> None:
    frames = _log(kinds)
    seen: list[tuple[Any, ...]] = []
    for event_id, event in events_of(compacted(frames)):
        seen += _said(frame(TAG, 1, event))
        number = int(event_id.partition("-")[2])
        rest = b"".join(block + b"\n\n" for block in frames.split(b"\n\n")[number:-1])

        assert seen + _said(rest) == _said(frames)


def test_the_deltas_of_a_message_are_one_event_under_the_last_id() -> None:
    frames = _log([("TEXT_MESSAGE_CONTENT", "messageId", "m1")] * 50)

    ((event_id, event),) = events_of(compacted(frames))

    assert event_id == f"{TAG}-50"
    assert event["delta"].split() == [str(number) for number in range(1, 51)]
