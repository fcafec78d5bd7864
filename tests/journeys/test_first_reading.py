"""From the cast to the last word, as a client sees it."""

from tests.support.api import Body, text_of
from tests.support.server import ServerProcess


def test_a_divination_streams_from_the_first_event_to_the_last(server: ServerProcess) -> None:
    with server.api() as ann:
        events = ann.perform(Body("say 5"))

    kinds = [event.type for event in events]
    assert kinds[:3] == ["RUN_STARTED", "STATE_DELTA", "TEXT_MESSAGE_START"]
    assert kinds[-2:] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert len(text_of(events).split()) == 5


def test_a_reading_is_charged_once_and_the_books_are_clean(server: ServerProcess) -> None:
    with server.api() as ann:
        ann.perform(Body())

        assert ann.balance() == 90
    assert server.audit()["clean"]
