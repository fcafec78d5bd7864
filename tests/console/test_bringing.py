"""What people bring to a question besides typing it: files, their voice, a tap on a suggestion."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from runtime.media.types import LARGEST_FILE
from tests.console.conftest import ELSEWHERE, Visiting
from tests.console.visit import Visit
from tests.support.media import pdf, picture
from tests.support.server import Serve, ServerProcess
from tests.support.speech_endpoint import SpeechEndpoint

PALM = ("palm.jpg", "image/jpeg", picture())
LETTER = ("letter.pdf", "application/pdf", pdf())
FIELD = "What do you want to know?"
# Whether the picture is really there, and not the sign of one that could not be shown.
IS_SEEN = "(image) => image.decode().then(() => image.naturalWidth > 1, () => false)"
LET_GO = """(form, [name, size]) => {
  const what = new DataTransfer();
  what.items.add(new File([new Uint8Array(size)], name));
  const event = {bubbles: true, cancelable: true};
  form.dispatchEvent(new DragEvent('drop', {...event, dataTransfer: what}));
}"""
PASTE = """(field) => {
  const what = new DataTransfer();
  what.items.add(new File(['\\xff\\xd8\\xff no picture'], 'pasted.png', {type: 'image/png'}));
  const event = {bubbles: true, cancelable: true};
  field.dispatchEvent(new ClipboardEvent('paste', {...event, clipboardData: what}));
}"""


def chips(visit: Visit, state: str) -> Locator:
    return visit.page.locator(f'.files li[data-state="{state}"]')


def asked(visit: Visit, place: int) -> Any:
    """What the server keeps of the user's message."""
    messages = visit.api.session(visit.thread)["messages"]
    return [message for message in messages if message["role"] == "user"][place]["content"]


def names(content: Any) -> list[tuple[str, str]]:
    return [(part["type"], part["metadata"]["eryao"]["name"]) for part in content[1:]]


def test_files_go_with_the_question_and_are_seen_again(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    visit.add(PALM, LETTER)
    expect(chips(visit, "there")).to_have_count(2)
    assert chips(visit, "there").first.locator("img").evaluate(IS_SEEN)
    assert "JPG · " in chips(visit, "there").first.inner_text()

    visit.page.get_by_label(FIELD).fill("say 3")
    visit.throw().read().ended()

    assert names(asked(visit, 0)) == [("image", "palm.jpg"), ("document", "letter.pdf")]
    for _ in range(2):  # as it was just asked, and as the server tells it again
        sent = visit.page.locator(".files.sent li")
        expect(sent).to_have_count(2)
        assert sent.first.locator("img").evaluate(IS_SEEN)
        expect(sent.last).to_contain_text("letter.pdf")
        visit.page.reload()


def test_a_file_taken_back_does_not_go_with_the_follow_up(visiting: Visiting) -> None:
    visit = visiting().cast("say 2")
    visit.ended()
    visit.add(PALM, LETTER)
    expect(chips(visit, "there")).to_have_count(2)

    visit.page.get_by_role("button", name="Remove letter.pdf").click()
    visit.page.get_by_label("Ask one thing more").fill("say 4")
    visit.page.get_by_role("button", name="Ask", exact=True).click()

    expect(visit.page.locator(".said")).to_contain_text("say 4")
    visit.ended()
    assert names(asked(visit, 1)) == [("image", "palm.jpg")]


def test_what_cannot_be_taken_is_said_at_the_file(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.method))
    form = visit.page.locator("form.cast")
    form.evaluate(LET_GO, ["notes.exe", 1])
    visit.page.get_by_label(FIELD).evaluate(PASTE)
    form.evaluate(LET_GO, ["huge.pdf", LARGEST_FILE + 1])
    visit.add(("none.png", "", b""))

    wrong = chips(visit, "wrong")
    expect(wrong).to_have_count(4)
    said = [(item.get_attribute("data-code"), item.inner_text()) for item in wrong.all()]
    assert [code for code, _ in said] == [
        "AGENT_ATTACHMENT_UNSUPPORTED_TYPE",
        "AGENT_ATTACHMENT_UNSUPPORTED_TYPE",  # the server's word: by its name it is a picture
        "AGENT_ATTACHMENT_TOO_LARGE",
        "AGENT_ATTACHMENT_EMPTY",
    ]
    assert "JPG, PNG and WebP" in said[0][1]
    assert "10 MB at most" in said[2][1]
    visit.add(*[PALM] * 5)  # what was refused takes no room; the fifth of these has none
    assert "four files" in visit.problem("AGENT_ATTACHMENTS_TOO_MANY")
    expect(chips(visit, "there")).to_have_count(4)

    visit.page.get_by_label(FIELD).fill("say 3")
    visit.throw().read()
    assert "remove it" in visit.problem("FILES_WRONG")
    assert sent.count("POST") == 1 + 4  # what is wrong at first sight is not brought there first
    assert visit.api.get("/agent/sessions").json()["items"] == []


def test_a_store_that_is_full_says_how_to_make_room(
    visiting: Visiting, strict: ServerProcess
) -> None:
    visit = visiting(strict).go("cast")
    visit.add(PALM)
    expect(chips(visit, "there")).to_have_count(1)

    visit.add(LETTER)
    expect(chips(visit, "wrong")).to_contain_text("used up (1 of 1)")
    visit.page.get_by_role("button", name="Send letter.pdf again").click()
    expect(chips(visit, "wrong")).to_contain_text("many files in a minute")

    # What is shown from another place is not loaded from there, only led to.
    visit.page.get_by_role("button", name="Remove letter.pdf").click()
    visit.cast().ended()
    link = visit.page.locator(".files.sent a")
    expect(link).to_have_attribute("href", re.compile(f"^{ELSEWHERE}/"))
    expect(link.locator("img")).to_have_count(0)


def test_an_upload_that_failed_is_sent_again_or_taken_back_and_the_question_stays(
    visiting: Visiting,
) -> None:
    visit = visiting().go("cast")
    field = visit.page.get_by_label(FIELD)
    field.fill("say 3")
    visit.throw()
    answers = iter(["abort", "abort"])

    def unreliable(route: Route) -> None:
        route.abort() if next(answers, None) else route.continue_()

    visit.page.route("**/agent/attachments", unreliable)

    visit.add(PALM)
    expect(chips(visit, "wrong")).to_contain_text("The connection broke")
    visit.read()
    assert "send it again, or remove it" in visit.problem("FILES_WRONG")
    expect(field).to_have_value("say 3")
    visit.add(LETTER)
    expect(chips(visit, "wrong")).to_have_count(2)

    visit.page.get_by_role("button", name="Send palm.jpg again").click()
    expect(chips(visit, "there")).to_contain_text("palm.jpg")
    visit.page.get_by_role("button", name="Remove letter.pdf").click()
    expect(chips(visit, "wrong")).to_have_count(0)
    expect(field).to_have_value("say 3")
    visit.read().ended()

    assert names(asked(visit, 0)) == [("image", "palm.jpg")]
    assert asked(visit, 0)[0]["text"] == "say 3"
    # What a browser says of a connection that broke is no complaint of ours.
    visit.complaints = [text for text in visit.complaints if "net::ERR_" not in text]


# --- voice ---------------------------------------------------------------------------------------


@pytest.fixture
def endpoint() -> Iterator[SpeechEndpoint]:
    with SpeechEndpoint() as endpoint:
        yield endpoint


def speak(visit: Visit, *, holding: bool = False) -> None:
    """Until there is a second of the hum; pressed twice, or held."""
    done = visit.page.get_by_role("button", name="Done 0:01")
    visit.page.get_by_role("button", name="Speak").hover()
    visit.page.mouse.down()
    if not holding:
        visit.page.mouse.up()
    expect(done).to_be_visible()
    visit.page.mouse.up() if holding else done.press("Enter")


def test_a_voice_becomes_words_to_look_over(
    visiting: Visiting, serve: Serve, endpoint: SpeechEndpoint
) -> None:
    visit = visiting(serve(ASR_URL=endpoint.url)).go("cast")
    field = visit.page.get_by_label(FIELD)
    field.fill("Will I have")

    speak(visit)

    expect(field).to_have_value("Will I have good fortune")
    expect(field).to_be_focused()
    body = endpoint.heard[0].body
    start = body.index(b"RIFF")
    assert body[start + 8 : start + 12] == b"WAVE"
    channels, rate = body[start + 22], int.from_bytes(body[start + 24 : start + 28], "little")
    assert (channels, rate) == (1, 16_000)
    length = int.from_bytes(body[start + 40 : start + 44], "little")
    assert 0.7 < length / 32_000 < 2.5
    assert any(body[start + 44 : start + 44 + length])

    endpoint.answers(500, b"")
    speak(visit, holding=True)
    assert "type instead" in visit.problem("AGENT_ASR_UNAVAILABLE")
    expect(field).to_have_value("Will I have good fortune")


def test_nobody_is_asked_to_speak_where_no_voice_becomes_words(
    visiting: Visiting, builtin: ServerProcess
) -> None:
    """Even where a recording is heard: that is a file to add, and no question."""
    visit = visiting(builtin)
    with visit.page.expect_response("**/agent/capabilities") as told:
        visit.go("cast")
    assert told.value.json()["multimodal"]["input"]["audio"] is True

    expect(visit.page.get_by_role("button", name="Add files")).to_be_visible()
    expect(visit.page.get_by_role("button", name="Speak")).to_have_count(0)


# --- suggestions ---------------------------------------------------------------------------------


def test_a_suggestion_is_asked_by_one_tap(visiting: Visiting) -> None:
    visit = visiting().cast('say 3; suggest ["say 4", "Who can help?"]')
    offers = visit.page.get_by_role("group", name="You could ask").get_by_role("button")
    expect(offers).to_have_text(["say 4", "Who can help?"])
    visit.page.reload()
    expect(offers).to_have_count(2)

    offers.first.click()

    expect(visit.page.locator(".said")).to_contain_text("say 4")
    visit.ended()
    expect(offers).to_have_count(0)
    assert asked(visit, 1) == "say 4"


def test_refused_files_take_no_room(visiting: Visiting) -> None:
    visit = visiting().go("cast")
    refused = [(f"{n}.exe", "application/x-msdownload", b"MZ") for n in range(4)]

    visit.add(*refused).add(("me.png", "image/png", b"no picture"))

    expect(visit.page.locator(".files .wrong")).to_have_count(5)
    expect(visit.page.get_by_role("button", name="Add files")).to_be_enabled()
    expect(visit.page.locator(".files img")).to_have_count(0)  # none that would not show
