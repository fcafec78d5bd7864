"""Every frame that the server sends is AG-UI 1.0: by its models, by its rules, and by ours."""

from collections.abc import Iterator
from typing import Any

import jsonpatch
import jsonschema_rs
import pytest
from ag_ui.core import AgentCapabilities, Event
from pydantic import BaseModel, TypeAdapter

from runtime.runs.events import EVENTS, event_schemas
from tests.agui.rules import violations
from tests.agui.streams import Bench, Stream
from tests.support.api import Api
from tests.support.server import NewFolder, ServerProcess

pytestmark = pytest.mark.timeout(60)

EMAIL = "ann@example.com"
EVENT: TypeAdapter[BaseModel] = TypeAdapter(Event)


@pytest.fixture(scope="module")
def streams(new_folder: NewFolder) -> Iterator[dict[str, Stream]]:
    folder = new_folder()
    server = ServerProcess(folder)
    try:
        server.start()
        server.beside.set_balance(EMAIL, 1_000)
        with server.api(EMAIL) as ann:
            bench = Bench(ann)
            bench.perform_all()
        bench.lose_the_logs(server, EMAIL)
        yield bench.streams
    finally:
        server.stop()


def everything(streams: dict[str, Stream]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, stream in streams.items():
        for event in stream.events:
            yield name, event


def test_every_frame_is_one_that_the_protocol_knows(streams: dict[str, Stream]) -> None:
    """Read by its models and written again, nothing is added, lost, or without a place there."""
    for name, event in everything(streams):
        known = EVENT.validate_python(event)

        assert unknown_in(known) == [], (name, event)
        assert known.model_dump(by_alias=True, exclude_none=True, mode="json") == event, name


def unknown_in(value: Any) -> list[str]:
    """Members that the models let pass without knowing them."""
    if isinstance(value, list):
        return [member for item in value for member in unknown_in(item)]
    if not isinstance(value, BaseModel):
        return []
    known = [getattr(value, name) for name in type(value).model_fields]
    return [*(value.model_extra or {}), *unknown_in(known)]


def test_no_member_is_null(streams: dict[str, Stream]) -> None:
    """Absent means absent: clients take a null for a malformed member."""
    for name, event in everything(streams):
        assert nulls_in(event) == [], name


# Members that hold a document of ours, in which a null may mean something.
ANY_JSON = {"result", "snapshot", "value"}


def nulls_in(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        members = [(name, item) for name, item in value.items() if name not in ANY_JSON]
        return [p for name, item in members for p in nulls_in(item, f"{path}/{name}")]
    if isinstance(value, list):
        return [p for n, item in enumerate(value) for p in nulls_in(item, f"{path}/{n}")]
    return [path] if value is None else []


def test_every_stream_keeps_the_protocols_order(streams: dict[str, Stream]) -> None:
    wrong = {
        name: found
        for name, stream in streams.items()
        if (found := violations(stream.events, earlier=stream.earlier))
    }

    assert wrong == {}


def test_every_frame_is_one_that_our_own_document_describes(streams: dict[str, Stream]) -> None:
    schemas = {"components": {"schemas": event_schemas()}}
    ours = jsonschema_rs.validator_for(schemas | {"$ref": "#/components/schemas/Event"})

    for name, event in everything(streams):
        assert [error.message for error in ours.iter_errors(event)] == [], (name, event)


def test_every_event_that_we_describe_is_sent_in_some_stream(streams: dict[str, Stream]) -> None:
    assert EVENTS.keys() == {event["type"] for _, event in everything(streams)}


def test_ids_count_the_events_of_a_log(streams: dict[str, Stream]) -> None:
    for name, stream in streams.items():
        if not stream.ids or "compact" in name:
            continue
        tags = {event_id.partition("-")[0] for event_id in stream.ids}
        numbers = [int(event_id.partition("-")[2]) for event_id in stream.ids]
        assert len(tags) == 1, name
        assert numbers == list(range(1, len(stream.ids) + 1)), name


def test_deltas_apply_to_what_the_client_has(streams: dict[str, Stream]) -> None:
    applied = 0
    for name, event in everything(streams):
        if event["type"] == "STATE_DELTA":
            patched = jsonpatch.apply_patch({"mine": 1, "divination_derived": 2}, event["delta"])
            assert patched["mine"] == 1, name
            assert patched["divination_derived"]["lines"], name
            fresh = jsonpatch.apply_patch({}, event["delta"])
            assert fresh == {"divination_derived": patched["divination_derived"]}, name
            applied += 1
    assert applied


def test_the_patch_of_a_card_applies_to_the_card(streams: dict[str, Stream]) -> None:
    events = [event for _, event in everything(streams)]
    cards = {e["messageId"]: e["content"] for e in events if e["type"] == "ACTIVITY_SNAPSHOT"}
    patches = [event for event in events if event["type"] == "ACTIVITY_DELTA"]

    states = set()
    for patch in patches:
        card = jsonpatch.apply_patch(cards[patch["messageId"]], patch["patch"])
        assert card.keys() == cards[patch["messageId"]].keys()
        states.add(card["state"])

    assert states == {"TOOL_COMPLETED", "TOOL_REJECTED"}


def test_a_result_is_the_state_that_was_streamed(streams: dict[str, Stream]) -> None:
    text = streams["text"].events

    [delta] = [event["delta"] for event in text if event["type"] == "STATE_DELTA"]
    assert text[-1]["result"] == delta[0]["value"]


def test_a_snapshot_tells_the_ending_that_the_log_told(streams: dict[str, Stream]) -> None:
    """All but what was counted, and when."""
    told = {}
    for name, stream in streams.items():
        gone = streams.get(f"{name}, log gone")
        if gone is not None and "asked" not in name:
            told[name] = (ending_of(stream), ending_of(gone))

    assert {name: ends for name, ends in told.items() if ends[0] != ends[1]} == {}


def ending_of(stream: Stream) -> dict[str, Any]:
    counted = {"timestamp", "usage"}
    return {name: value for name, value in stream.events[-1].items() if name not in counted}


def test_the_capabilities_are_what_the_protocol_can_say(ann: Api) -> None:
    told = ann.get("/agent/capabilities").json()

    known = AgentCapabilities.model_validate(told)

    assert unknown_in(known) == []
    assert known.model_dump(by_alias=True, exclude_none=True, mode="json") == told
