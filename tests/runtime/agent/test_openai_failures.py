"""What goes wrong at an endpoint: tried again before the first piece, and a cut after it."""

import logging
from email.utils import formatdate

import anyio
import pytest

from runtime.agent.models.base import ModelCut, ModelUnavailable
from tests.runtime.agent.conftest import Connect, Open
from tests.support.model_endpoint import (
    DONE,
    Doing,
    ModelEndpoint,
    Reply,
    answer,
    delta,
    event,
    refusal,
    says,
)
from tests.support.prompts import pieces_of, prompt, text_in, until_failure

HUGE = says("x" * 10_000_000)
A_MINUTE_LATER = formatdate(1_800_000_060, usegmt=True)
EMPTY = Reply([delta(role="assistant", content=""), delta("stop"), DONE])
BROKEN: dict[str, list[bytes | Doing]] = {
    "reset": [Doing.RESET],
    "torn": [Doing.TEAR],
    "no finish": [],
    "done without finish": [DONE],
    "error object": [event({"error": {"type": "overloaded", "message": "SECRET"}})],
    "garbage": [b"data: {garbage\n\n"],
    "ten megabytes": [HUGE],
    "not a stream": [b"<html>a login page</html>"],
}


@pytest.mark.parametrize("how", BROKEN)
async def test_what_breaks_before_the_first_piece_is_tried_again(
    how: str, opened: Open, connected: Connect
) -> None:
    endpoint = opened(Reply(BROKEN[how]), Reply([delta(content=""), *BROKEN[how]]), answer("fine"))

    pieces = await pieces_of(connected(endpoint))

    assert text_in(pieces) == "fine"
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize("how", BROKEN)
async def test_what_breaks_after_the_first_piece_is_a_cut(
    how: str, opened: Open, connected: Connect
) -> None:
    endpoint = opened(Reply([says("a"), Doing.WAIT, *BROKEN[how]]))
    seen, failure = await until_failure(connected(endpoint), then=endpoint.gate.set)

    assert text_in(seen) == "a"
    assert isinstance(failure, ModelCut)
    assert len(endpoint.asked) == 1
    assert "SECRET" not in str(failure)


async def test_a_thought_counts_as_said(opened: Open, connected: Connect) -> None:
    """It was shown: a second try would think, and show, something else."""
    endpoint = opened(Reply([delta(reasoning="hm")]))

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelCut)
    assert len(endpoint.asked) == 1


async def test_an_answer_that_says_nothing_to_a_user_is_none(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(EMPTY, answer("fine"))

    assert text_in(await pieces_of(connected(endpoint))) == "fine"


async def test_thoughts_without_a_word_are_a_cut(opened: Open, connected: Connect) -> None:
    _, failure = await until_failure(
        connected(opened(Reply([delta(reasoning="hm"), delta("stop"), DONE])))
    )

    assert isinstance(failure, ModelCut)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_a_passing_refusal_is_tried_again(
    status: int, opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(status), answer("fine"))

    assert text_in(await pieces_of(connected(endpoint))) == "fine"


async def test_an_endpoint_is_asked_three_times_and_no_more(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(500, "overloaded"))

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelUnavailable)
    assert str(failure) == "status 500, trouble overloaded"
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "bad"), (401, "invalid_api_key"), (403, ""), (404, ""), (429, "insufficient_quota")],
)
async def test_a_lasting_refusal_fails_at_once(
    status: int, code: str, opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(status, code))

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelUnavailable)
    assert len(endpoint.asked) == 1


async def test_nobody_at_the_address_is_a_model_that_is_unavailable(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened()
    endpoint.__exit__(None, None, None)

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelUnavailable)


async def test_an_endpoint_that_stalls_is_given_up_by_itself_at_the_latest(
    opened: Open, connected: Connect
) -> None:
    """The worker's watch comes first; this is for whoever asks without one."""
    endpoint = opened(Reply([Doing.STALL]), Reply([says("a"), Doing.STALL]))

    with anyio.fail_after(5):
        pieces, failure = await until_failure(connected(endpoint, read_seconds=0.2))

    assert text_in(pieces) == "a"
    assert isinstance(failure, ModelCut)
    assert len(endpoint.asked) == 2


async def test_a_slow_first_byte_is_waited_for(opened: Open, connected: Connect) -> None:
    endpoint = opened(Reply([Doing.WAIT, *answer("fine").steps]))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_open_once_asked, endpoint)

        assert text_in(await pieces_of(connected(endpoint))) == "fine"


async def _open_once_asked(endpoint: ModelEndpoint) -> None:
    assert await anyio.to_thread.run_sync(endpoint.was_asked.wait, 10)
    endpoint.gate.set()


# --- how long an endpoint may have us wait -------------------------------------------------------


async def test_a_pause_that_is_asked_for_is_kept(opened: Open, connected: Connect) -> None:
    endpoint = opened(refusal(429, Retry_After="0.3"), answer("fine"))
    begun = anyio.current_time()

    await pieces_of(connected(endpoint))

    assert anyio.current_time() - begun >= 0.3


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry_After": "21"},
        {"Retry_After": "99999999999999999999"},
        {"Retry_After": "inf"},
        {"Retry_After": A_MINUTE_LATER, "Date": formatdate(1_800_000_000, usegmt=True)},
    ],
)
async def test_a_pause_longer_than_anybody_waits_is_a_failure_at_once(
    headers: dict[str, str], opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(429, **headers))

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelUnavailable)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("asked", ["soon", "-5", "nan", "", "Fri, 99 Foo 2026", A_MINUTE_LATER])
async def test_a_pause_that_makes_no_sense_is_not_kept(
    asked: str, opened: Open, connected: Connect
) -> None:
    """A moment says nothing without the endpoint's own clock."""
    no_zone = formatdate(1_800_000_000)
    endpoint = opened(
        refusal(503, Retry_After=asked),
        refusal(503, Retry_After=asked, Date=no_zone),
        answer("fine"),
    )

    with anyio.fail_after(5):
        assert text_in(await pieces_of(connected(endpoint))) == "fine"


# --- endpoints that will not count, and logs -----------------------------------------------------


async def test_an_endpoint_that_will_not_count_is_not_asked_to_again(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(refusal(400, message="unknown field stream_options"), answer("fine"))
    model = connected(endpoint)

    assert text_in(await pieces_of(model)) == "fine"
    assert text_in(await pieces_of(model)) == "fine"
    counted = ["stream_options" in asked.body for asked in endpoint.asked]
    assert counted == [True, False, False]


async def test_neither_question_nor_key_nor_a_providers_sentence_is_logged(
    opened: Open, connected: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    endpoint = opened(refusal(500, message="you said: canary-question, with key canary-key"))

    _, failure = await until_failure(
        connected(endpoint, key="canary-key"), prompt(question="canary-question")
    )

    assert len(caplog.records) >= 2
    told = str(failure) + "".join(str(record.__dict__) for record in caplog.records)
    assert "canary" not in told
