"""A model behind an endpoint that speaks chat completions, over real sockets."""

from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from runtime.agent.models.base import (
    CallArguments,
    CallBegun,
    ModelCut,
    ModelUnavailable,
    Said,
    Stop,
    Text,
    Thought,
    ToolRequest,
    ToolSpec,
    Usage,
)
from tests.runtime.agent.conftest import Connect, Open
from tests.support.certificates import certificate
from tests.support.model_endpoint import (
    DONE,
    Doing,
    ModelEndpoint,
    Reply,
    answer,
    calling,
    calls,
    delta,
    says,
)
from tests.support.prompts import (
    pieces_of,
    prompt,
    text_in,
    until_failure,
    user,
)

# --- a whole answer ------------------------------------------------------------------------------


async def test_an_answer_comes_in_pieces_with_its_count_and_its_end(
    opened: Open, connected: Connect
) -> None:
    model = connected(opened(answer("Good ", "fortune", ".")))

    pieces = await pieces_of(model)

    assert pieces == [
        Text("Good "),
        Text("fortune"),
        Text("."),
        Usage(input_tokens=7, output_tokens=3, model="tiny"),
        Stop(),
    ]


async def test_pieces_of_one_network_read_leave_as_one_batch(
    opened: Open, connected: Connect
) -> None:
    words = says("a") + says("b") + says("c")
    model = connected(opened(Reply([words, Doing.WAIT, says("d"), delta("stop"), DONE])))
    batches = model.answer(prompt())

    first = await anext(batches)

    assert first == [Text("a"), Text("b"), Text("c")]
    await batches.aclose()


async def test_pieces_are_there_before_the_answer_is_whole(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(Reply([says("a"), Doing.WAIT, says("b"), delta("stop"), DONE]))
    batches = connected(endpoint).answer(prompt())

    assert await anext(batches) == [Text("a")]
    endpoint.gate.set()
    assert text_in([piece async for batch in batches for piece in batch]) == "b"


async def test_parallel_calls_come_with_their_fragments(opened: Open, connected: Connect) -> None:
    reply = calling(
        says("Let me look."),
        calls(0, "look_up_text", '{"num', "a"),
        calls(1, "look_up_calendar", "", "b"),
        calls(0, arguments='ber":1}'),
        calls(1, arguments='{"days":2}'),
    )

    pieces = await pieces_of(connected(opened(reply)))

    assert pieces[:-2] == [
        Text("Let me look."),
        CallBegun(0, "look_up_text"),
        CallArguments(0, '{"num'),
        CallBegun(1, "look_up_calendar"),
        CallArguments(0, 'ber":1}'),
        CallArguments(1, '{"days":2}'),
    ]
    assert pieces[-1] == Stop()


@pytest.mark.parametrize("spelling", ["reasoning_content", "reasoning"])
async def test_reasoning_comes_before_the_words(
    spelling: str, opened: Open, connected: Connect
) -> None:
    reply = Reply([delta(**{spelling: "hm"}), says("So."), delta("stop"), DONE])

    pieces = await pieces_of(connected(opened(reply)))

    assert pieces[:2] == [Thought("hm"), Text("So.")]


async def test_letters_torn_between_two_writes_are_whole(opened: Open, connected: Connect) -> None:
    whole = says("卦🙂")
    torn = [whole[first : first + 1] for first in range(len(whole))]

    pieces = await pieces_of(connected(opened(Reply([*torn, delta("stop"), DONE]))))

    assert text_in(pieces) == "卦🙂"


async def test_an_endpoint_that_never_counts_is_none_the_worse(
    opened: Open, connected: Connect
) -> None:
    pieces = await pieces_of(connected(opened(Reply([says("a"), delta("stop"), DONE]))))

    assert pieces[-2:] == [Usage(model="tiny"), Stop()]


async def test_a_reading_can_end_in_silence_after_a_tools_answer(
    opened: Open, connected: Connect
) -> None:
    call = ToolRequest("c1", "save_reading", "{}")
    said = (
        user("Save it."),
        Said(role="assistant", text="Yes.", calls=(call,)),
        Said(role="tool", text="Saved.", call_id="c1", state="completed"),
    )
    model = connected(opened(Reply([delta("stop"), DONE])))

    assert (await pieces_of(model, prompt(*said)))[-1] == Stop()


# --- the request ---------------------------------------------------------------------------------


async def test_a_request_names_the_model_the_tools_and_what_the_operator_wants(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened()
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    tools = [ToolSpec("save_reading", "Save it.", schema)]
    model = connected(endpoint, key="k-1", options={"temperature": 0.5, "enable_thinking": False})

    await pieces_of(model, prompt(tools=tools))

    (asked,) = endpoint.asked
    assert asked.headers["authorization"] == "Bearer k-1"
    assert asked.body.pop("messages")
    assert asked.body == {
        "model": "tiny",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "enable_thinking": False,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "save_reading",
                    "description": "Save it.",
                    "parameters": schema,
                },
            }
        ],
    }


async def test_a_prompt_without_tools_offers_none(opened: Open, connected: Connect) -> None:
    endpoint = opened()

    await pieces_of(connected(endpoint), prompt(tools=()))

    assert "tools" not in endpoint.asked[0].body


@pytest.mark.parametrize("ending", ["", "/", "/chat/completions"])
async def test_an_address_may_be_given_with_or_without_its_route(
    ending: str, opened: Open, connected: Connect
) -> None:
    endpoint = opened()

    assert await pieces_of(connected(endpoint.url + ending))


async def test_what_other_programs_have_in_the_environment_stays_there(
    opened: Open, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint may be another provider's, whose business none of this is."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "theirs")
    endpoint = opened()

    await pieces_of(connected(endpoint))

    assert "theirs" not in str(endpoint.asked[0].headers)


async def test_an_endpoint_may_be_reached_by_the_proxy_of_the_environment(
    opened: Open, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, near = opened(answer("by proxy")), opened(answer("near"))
    monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert text_in(await pieces_of(connected("http://models.invalid/v1"))) == "by proxy"
    assert text_in(await pieces_of(connected(near))) == "near"
    assert proxy.asked[0].headers["host"] == "models.invalid"


async def test_an_endpoint_under_tls_is_trusted_by_the_environments_authorities(
    tmp_path: Path, connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, shown = certificate(tmp_path)
    with ModelEndpoint(answer("fine"), tls=shown) as endpoint:
        stranger = connected(endpoint)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

        assert text_in(await pieces_of(connected(endpoint))) == "fine"
        _, failure = await until_failure(stranger)
        assert isinstance(failure, ModelUnavailable)
        assert len(endpoint.asked) == 1


async def test_one_connection_serves_many_answers(opened: Open, connected: Connect) -> None:
    """What comes after an answer's end is read, or each answer would cost a new handshake."""
    endpoint = opened()
    model = connected(endpoint)

    for _ in range(3):
        await pieces_of(model)

    assert len(endpoint.asked) == 3
    assert endpoint.connections == 1


async def test_a_run_that_goes_leaves_no_request_behind(opened: Open, connected: Connect) -> None:
    endpoint = opened(Reply([says("a"), Doing.STALL]))
    model = connected(endpoint)

    with anyio.CancelScope() as scope:
        async for _ in model.answer(prompt()):
            scope.cancel()
            await checkpoint()

    assert await anyio.to_thread.run_sync(endpoint.left.wait, 10)


# --- what ends an answer -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "finish", ["length", "content_filter", "error", "abort", "max_tokens", "new"]
)
async def test_an_end_that_says_there_would_be_more_is_a_cut(
    finish: str, opened: Open, connected: Connect
) -> None:
    endpoint = opened(answer("a", finish=finish))

    pieces, failure = await until_failure(connected(endpoint))

    assert text_in(pieces) == "a"
    assert isinstance(failure, ModelCut)
    assert Stop() not in pieces


async def test_a_filter_before_the_first_word_is_not_gone_around(
    opened: Open, connected: Connect
) -> None:
    endpoint = opened(Reply([delta("content_filter"), DONE]))

    _, failure = await until_failure(connected(endpoint))

    assert isinstance(failure, ModelCut)
    assert len(endpoint.asked) == 1


async def test_an_answer_is_whole_though_its_count_never_comes(
    opened: Open, connected: Connect
) -> None:
    """The words are there: nobody waits for the rest for long, or fails for it."""
    whole = [says("a"), delta("stop")]
    for rest in (Doing.STALL, Doing.TEAR, b"data: {\n\n", b'data: {"error":"late"}\n\n'):
        with anyio.fail_after(5):
            pieces = await pieces_of(connected(opened(Reply([*whole, rest]))))

        assert text_in(pieces) == "a"
        assert pieces[-1] == Stop()


async def test_the_last_event_may_lack_its_empty_line(opened: Open, connected: Connect) -> None:
    torn = delta("stop").rstrip(b"\n")

    assert (await pieces_of(connected(opened(Reply([says("a"), torn])))))[-1] == Stop()
