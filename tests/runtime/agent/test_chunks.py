"""A stream's bytes become pieces however the network, or a sloppy server, cuts them."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.agent.models.base import CallArguments, CallBegun, Piece, Stop, Text, Thought, Usage
from runtime.agent.models.chunks import EVENT_BYTES, ChunkReader, StreamSpoilt
from tests.support.model_endpoint import DONE, calls, counts, delta, event, says

STREAM = (
    b": warming up\n\n"
    + delta(role="assistant", content="")
    + delta(reasoning_content="思")
    + says("卦象")
    + says(" ☰🙂")
    + calls(0, "look_up_text", '{"number"', "a")
    + calls(0, arguments=":1}")
    + delta("tool_calls")
    + counts(7, 5)
    + DONE
)
PIECES: list[Piece] = [
    Thought("思"),
    Text("卦象"),
    Text(" ☰🙂"),
    CallBegun(0, "look_up_text"),
    CallArguments(0, '{"number"'),
    CallArguments(0, ":1}"),
    Usage(input_tokens=7, output_tokens=5, model="tiny"),
    Stop(),
]


def read(*parts: bytes) -> list[Piece]:
    reader = ChunkReader("tiny")
    pieces = [piece for part in parts for piece in reader.feed(part)]
    return [*pieces, *reader.end()]


def feed_all(reader: ChunkReader, parts: Iterable[bytes]) -> None:
    for part in parts:
        reader.feed(part)


def only(*parts: bytes) -> list[Piece]:
    """The pieces without the count and the stop at the end."""
    return read(*parts)[:-2]


def test_a_stream_is_read_the_same_wherever_it_is_cut() -> None:
    """Also in the middle of a letter of three bytes, or of a line's end."""
    for cut in range(len(STREAM) + 1):
        assert read(STREAM[:cut], STREAM[cut:]) == PIECES


def test_a_stream_is_read_the_same_a_byte_at_a_time() -> None:
    assert read(*(bytes([byte]) for byte in STREAM)) == PIECES


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_a_stream_is_read_the_same_in_any_number_of_parts(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[first:last] for first, last in pairwise(places)]

    assert read(*parts) == PIECES


def test_what_comes_in_one_read_leaves_as_one_batch() -> None:
    assert ChunkReader("tiny").feed(says("a") + says("b")) == [Text("a"), Text("b")]


def test_lines_may_end_as_in_a_letter_or_in_a_terminal() -> None:
    assert read(STREAM.replace(b"\n", b"\r\n")) == PIECES


@pytest.mark.parametrize(
    "dressed",
    [
        b'event: message\nid: 7\nretry: 5\ndata: {"choices":[{"delta":{"content":"a"}}]}\n\n',
        b'data:{"choices":[{"delta":{"content":"a"}}]}\n\n',
        b'data: {"choices":\ndata: [{"delta":{"content":"a"}}]}\n\n',
    ],
)
def test_an_event_may_be_dressed_in_any_way(dressed: bytes) -> None:
    assert only(dressed) == [Text("a")]


@pytest.mark.parametrize(
    "nothing",
    [
        b"\n\n: ping\n\n\n",
        b'data: {"choices":[],"usage":null}\n\n',
        b'data: {"id":"x"}\n\n',
        b'data: {"choices":[{"delta":null},{}]}\n\n',
        b'data: {"choices":[null]}\n\n',
    ],
)
def test_what_says_nothing_is_passed_over(nothing: bytes) -> None:
    assert only(nothing, says("a"), nothing) == [Text("a")]


def test_other_choices_than_the_first_are_not_ours() -> None:
    other = event({"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]})
    reader = ChunkReader("tiny")

    assert reader.feed(other + says("a")) == [Text("a")]
    assert not reader.finished


# --- reasoning and refusals ----------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["reasoning_content", "reasoning"])
def test_reasoning_is_read_in_both_spellings(spelling: str) -> None:
    assert only(delta(**{spelling: "hm"})) == [Thought("hm")]


def test_reasoning_that_comes_in_both_spellings_at_once_is_told_once() -> None:
    both = delta(reasoning="hm", reasoning_content="hm", content="So.")

    assert only(both) == [Thought("hm"), Text("So.")]


def test_a_refusal_in_words_is_an_answer() -> None:
    assert only(delta(refusal="I would rather not.")) == [Text("I would rather not.")]


def test_content_that_is_no_text_is_passed_over() -> None:
    odd = delta(content=["a"], reasoning={"text": "b"}, tool_calls=["c", {"function": "d"}])

    assert only(odd, says("e")) == [Text("e")]


# --- tool calls ----------------------------------------------------------------------------------


def test_fragments_of_parallel_calls_find_their_calls() -> None:
    pieces = only(
        calls(0, "one", "", "a"),
        calls(1, "two", '{"x"', "b"),
        calls(0, arguments='{"y":'),
        calls(1, arguments=":1}"),
        calls(0, arguments="2}"),
    )

    assert pieces == [
        CallBegun(0, "one"),
        CallBegun(1, "two"),
        CallArguments(1, '{"x"'),
        CallArguments(0, '{"y":'),
        CallArguments(1, ":1}"),
        CallArguments(0, "2}"),
    ]


@pytest.mark.parametrize("index", [0, None])
def test_calls_that_share_an_index_are_told_apart_by_their_ids(index: int | None) -> None:
    pieces = only(calls(index, "one", "{}", "a"), calls(index, "two", "{}", "b"))

    assert [piece for piece in pieces if isinstance(piece, CallBegun)] == [
        CallBegun(0, "one"),
        CallBegun(1, "two"),
    ]


@pytest.mark.parametrize("again", ["a", "", None])
def test_a_name_that_is_repeated_begins_no_second_call(again: str | None) -> None:
    pieces = only(calls(0, "one", '{"x"', "a"), calls(0, "one", ":1}", again))

    assert pieces == [CallBegun(0, "one"), CallArguments(0, '{"x"'), CallArguments(0, ":1}")]


def test_an_empty_name_in_later_fragments_begins_no_call() -> None:
    assert only(calls(0, "one", "{", "a"), calls(0, "", "}", "")) == [
        CallBegun(0, "one"),
        CallArguments(0, "{"),
        CallArguments(0, "}"),
    ]


def test_arguments_sent_as_an_object_are_told_as_text() -> None:
    whole = delta(tool_calls=[{"function": {"name": "one", "arguments": {"x": "卦"}}}])

    assert only(whole) == [CallBegun(0, "one"), CallArguments(0, '{"x": "卦"}')]


def test_arguments_without_a_name_spoil_the_stream() -> None:
    with pytest.raises(StreamSpoilt, match="no name"):
        only(calls(0, arguments="{}"))


def test_an_index_of_a_strange_kind_spoils_nothing() -> None:
    strange = delta(tool_calls=[{"index": {}, "id": [], "function": {"name": "one"}}])

    assert only(strange) == [CallBegun(0, "one")]


# --- ends ----------------------------------------------------------------------------------------


def test_an_answer_is_there_once_a_reason_for_its_end_is_given() -> None:
    reader = ChunkReader("tiny")

    reader.feed(says("a") + DONE)
    assert not reader.finished
    reader.feed(delta("stop"))
    assert reader.finished


def test_the_last_count_stands_wherever_it_comes() -> None:
    """Some servers count with each chunk, others with the last one, or not at all."""
    first = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 1}})
    odd = event({"choices": [], "usage": {"prompt_tokens": "many", "completion_tokens": -3}})

    assert read(first, counts(7, 9))[-2] == Usage(7, 9, "tiny")
    assert read(says("a"))[-2] == Usage(None, None, "tiny")
    assert read(odd)[-2] == Usage(None, None, "tiny")


def test_what_comes_after_the_end_spoils_nothing() -> None:
    """Also where it comes in one read with the last words, which must not be lost with it."""
    late = b'data: {"error":"late"}\n\ndata: {\n\n'

    assert only(says("a") + delta("stop") + late + counts(7, 5)) == [Text("a")]


# --- what is no stream ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        b"data: {\n\n",
        b"data: <html>\n\n",
        b"data: 7\n\n",
        b'data: ["a"]\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
    ],
)
def test_what_is_no_json_object_spoils_the_stream(spoilt: bytes) -> None:
    with pytest.raises(StreamSpoilt):
        only(spoilt)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ({"error": {"type": "server_error", "code": 500, "message": "SECRET"}}, "server_error 500"),
        ({"error": "SECRET words"}, "of no known kind"),
        ({"error": {"type": "SECRET words of the user"}}, "of no known kind"),
        ({"object": "error", "type": "BadRequestError", "message": "SECRET"}, "BadRequestError"),
    ],
)
def test_an_error_in_the_stream_is_named_without_its_sentence(error: object, named: str) -> None:
    """A provider's sentence may quote what the user wrote, and this goes to our log."""
    with pytest.raises(StreamSpoilt) as spoilt:
        only(says("a"), event(error))

    assert named in str(spoilt.value)
    assert "SECRET" not in str(spoilt.value)


def test_bytes_that_are_no_letters_are_replaced_and_the_rest_is_kept() -> None:
    broken = says("卦X").replace(b"X", b"\xff")

    assert only(broken) == [Text("卦\ufffd")]


def test_half_a_letter_is_replaced_before_a_store_must_refuse_it() -> None:
    half = b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n'

    (piece,) = only(half)

    assert isinstance(piece, Text)
    assert piece.delta.encode() == b"a?"


def test_an_event_without_end_is_given_up_before_it_fills_the_memory() -> None:
    reader = ChunkReader("tiny")
    head = says("x" * EVENT_BYTES).removesuffix(b"\n\n")

    with pytest.raises(StreamSpoilt, match="too many bytes"):
        feed_all(reader, (head[first : first + 65_536] for first in range(0, len(head), 65_536)))


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.agent.models.chunks.ANSWER_BYTES", 10_000)
    reader = ChunkReader("tiny")

    with pytest.raises(StreamSpoilt, match="too many bytes"):
        feed_all(reader, (says("word ") for _ in range(1_000)))


NAMES = st.sampled_from(
    [
        *("choices", "delta", "content", "tool_calls", "function", "name", "arguments"),
        *("index", "id", "error", "usage", "finish_reason", "reasoning", "prompt_tokens"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(JSON, st.fixed_dictionaries({"choices": st.lists(JSON, max_size=2)})))
def test_json_of_any_shape_gives_pieces_or_a_spoilt_stream(chunk: object) -> None:
    """Nothing that a server sends makes anything else happen."""
    reader = ChunkReader("tiny")
    try:
        pieces = reader.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    except StreamSpoilt:
        return
    assert all(isinstance(piece, Piece) for piece in pieces)
    for piece in pieces:
        if isinstance(piece, Text | Thought | CallArguments):
            assert isinstance(piece.delta, str)
