"""From an address to a session and out again, with a real mail server at the other end."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

from tests.support import web
from tests.support.api import Api, Body
from tests.support.mailbox import Mailbox
from tests.support.problems import assert_problem
from tests.support.server import NewFolder, Serve, ServerProcess, at_work
from tests.support.signing_in import Visitor, new_address, wrong
from tests.support.viewer import Viewer
from tests.support.worlds import WORLDS, Worlds


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module", params=WORLDS)
def door(
    request: pytest.FixtureRequest,
    worlds: Worlds,
    mailbox: Mailbox,
    new_folder: NewFolder,
) -> Iterator[ServerProcess]:
    """A server that mails to the mailbox."""
    mailing = {"MAIL_URL": mailbox.url, "MAIL_FROM": "eryao <door@example.com>"}
    settings = mailing | worlds.settings(request.param)
    with at_work(ServerProcess(new_folder(), **settings)) as server:
        yield server
        log = "".join(server.lines)
        assert not [mail["To"] for mail in mailbox.sent if mail["To"] in log]


@pytest.fixture
def visitor(door: ServerProcess) -> Iterator[Visitor]:
    with Visitor(door) as someone:
        yield someone


# --- the way in -----------------------------------------------------------------------------------


def test_a_code_from_the_mail_leads_in_and_makes_the_user(
    door: ServerProcess, mailbox: Mailbox, visitor: Visitor
) -> None:
    email = new_address()
    asked = visitor.ask(email)
    code = mailbox.code(email)
    entered = visitor.enter(email, code, challenge=asked.json()["challenge"])

    assert asked.json().keys() == {"challenge", "expiresIn"}
    assert asked.json()["expiresIn"] == 600
    assert entered.headers["cache-control"] == "no-store"
    told = entered.json()
    assert told.keys() == {"accessToken", "refreshToken", "expiresIn", "user"}
    assert (told["expiresIn"], told["user"]["email"]) == (600, email)
    assert visitor.me(told["accessToken"]).json() == told["user"]
    with Api(door.url, told["accessToken"]) as api:
        assert api.balance() == 100


def test_signing_in_again_finds_the_same_user(
    door: ServerProcess, mailbox: Mailbox, visitor: Visitor
) -> None:
    email = new_address()
    door.beside.sign_in(email)

    first = visitor.sign_in(email, mailbox)

    assert first["user"]["id"] == door.beside.sign_in(email.upper()).id
    assert door.beside.count("ledger", user_id=first["user"]["id"]) == 1


def test_a_code_is_good_once(mailbox: Mailbox, visitor: Visitor) -> None:
    email = new_address()
    challenge = visitor.asked(email)
    code = mailbox.code(email)

    assert visitor.enter(email, code, challenge=challenge).status_code == 200
    again = visitor.enter(email, code, challenge=challenge)
    assert_problem(again, "AUTH_VERIFICATION_CODE_INVALID", 401)
    assert again.headers["www-authenticate"] == "Bearer"


def test_of_many_right_codes_at_once_one_leads_in(
    door: ServerProcess, mailbox: Mailbox, visitor: Visitor
) -> None:
    email = new_address()
    challenge = visitor.asked(email)
    code = mailbox.code(email)

    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(lambda _: visitor.enter(email, code, challenge=challenge), "x" * 12)
        )

    entered = [answer for answer in answers if answer.status_code == 200]
    assert len(entered) == 1
    user = entered[0].json()["user"]["id"]
    assert door.beside.count("refresh_families", user_id=user) == 1


def test_of_fifty_wrong_codes_at_once_five_are_judged(mailbox: Mailbox, visitor: Visitor) -> None:
    email = new_address()
    challenge = visitor.asked(email)
    code = mailbox.code(email)

    def guess(number: int) -> str:
        answer = visitor.enter(email, f"{(int(code) + number) % 10**6:06}", challenge=challenge)
        return str(answer.json()["code"])

    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(guess, range(1, 51)))

    assert codes.count("AUTH_VERIFICATION_CODE_INVALID") == 5
    assert codes.count("AUTH_TOO_MANY_REQUESTS") == 45
    late = visitor.enter(email, code, challenge=challenge)
    assert assert_problem(late, "AUTH_TOO_MANY_REQUESTS", 429)["retryAfter"] <= 60


def test_wrong_digits_are_wrong(mailbox: Mailbox, visitor: Visitor) -> None:
    email = new_address()
    challenge = visitor.asked(email)
    code = mailbox.code(email)

    refused = visitor.enter(email, wrong(code), challenge=challenge)

    assert_problem(refused, "AUTH_VERIFICATION_CODE_INVALID", 401)
    assert visitor.enter(email, f" {code[:3]} {code[3:]}", challenge=challenge).status_code == 200


def test_known_and_unknown_addresses_get_the_same_answer_in_the_same_time(
    door: ServerProcess, visitor: Visitor
) -> None:
    known = [new_address("known") for _ in range(12)]
    for email in known:
        door.beside.sign_in(email)

    def asked(email: str) -> tuple[object, float]:
        began = time.perf_counter()
        answer = visitor.ask(email)
        taken = time.perf_counter() - began
        return (answer.status_code, answer.json().keys(), answer.json()["expiresIn"]), taken

    pairs = [(asked(email), asked(new_address("unknown"))) for email in known]

    assert all(one[0] == other[0] for one, other in pairs)
    gap = median(one[1] for one, _ in pairs) - median(other[1] for _, other in pairs)
    assert abs(gap) < 0.02


@pytest.mark.parametrize(
    "email", ["nobody", "a@localhost", "a@b.c\r\nBcc: x@example.com", "\u202ea@b.com"]
)
def test_what_is_no_address_is_said_to_be_none(visitor: Visitor, email: str) -> None:
    problem = assert_problem(visitor.ask(email), "REQUEST_VALIDATION_ERROR", 422)

    assert [error["pointer"] for error in problem["errors"]] == ["/email"]


def test_asking_twice_in_a_minute_is_too_often(mailbox: Mailbox, visitor: Visitor) -> None:
    email = new_address()
    visitor.asked(email)

    refused = visitor.ask(email.upper())

    problem = assert_problem(refused, "AUTH_TOO_MANY_REQUESTS", 429)
    assert 50 < problem["retryAfter"] <= 60
    assert refused.headers["retry-after"] == str(problem["retryAfter"])
    assert len(mailbox.mails_to(email, 1)) == 1


def test_one_network_asks_for_so_many_codes_an_hour(door: ServerProcess) -> None:
    """Of IPv6 a network is a /64: a household has as many addresses as it likes."""
    statuses = []
    for number in range(31):
        with Visitor(door, f"2001:db8:77:7::{number:x}") as one_of_many:
            statuses.append(one_of_many.ask(new_address()).status_code)

    assert statuses == [202] * 30 + [429]


# --- staying in, and leaving ----------------------------------------------------------------------


def test_a_refresh_token_is_spent_for_the_next_pair(mailbox: Mailbox, visitor: Visitor) -> None:
    first = visitor.sign_in(new_address(), mailbox)
    second = visitor.refresh(first["refreshToken"]).json()

    assert second["user"] == first["user"]
    assert second["refreshToken"] != first["refreshToken"]
    assert visitor.me(second["accessToken"]).status_code == 200
    assert visitor.refresh(second["refreshToken"]).status_code == 200


def test_of_twelve_refreshes_at_once_one_gets_a_successor_and_the_sign_in_ends(
    mailbox: Mailbox, visitor: Visitor
) -> None:
    first = visitor.sign_in(new_address(), mailbox)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(visitor.refresh, [first["refreshToken"]] * 12))

    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    assert_problem(visitor.refresh(won["refreshToken"]), "AUTH_REFRESH_TOKEN_INVALID", 401)


@pytest.mark.parametrize("behind", [1, 2])
def test_a_spent_token_that_is_used_again_ends_the_sign_in_for_everybody(
    mailbox: Mailbox, visitor: Visitor, behind: int
) -> None:
    given = [visitor.sign_in(new_address(), mailbox)]
    for _ in range(behind):
        given.append(visitor.refresh(given[-1]["refreshToken"]).json())

    again = visitor.refresh(given[0]["refreshToken"])

    assert_problem(again, "AUTH_REFRESH_TOKEN_INVALID", 401)
    assert_problem(visitor.refresh(given[-1]["refreshToken"]), "AUTH_REFRESH_TOKEN_INVALID", 401)
    assert_problem(visitor.me(given[-1]["accessToken"]), "AUTH_UNAUTHORIZED", 401)


def test_a_replayed_refresh_token_ends_the_access_of_everybody_at_once(
    mailbox: Mailbox, visitor: Visitor
) -> None:
    """That the sign-in lived was known here a moment ago; the thief shall not live on that."""
    first = visitor.sign_in(new_address(), mailbox)
    second = visitor.refresh(first["refreshToken"]).json()
    third = visitor.refresh(second["refreshToken"]).json()
    assert visitor.me(third["accessToken"]).status_code == 200

    assert_problem(visitor.refresh(first["refreshToken"]), "AUTH_REFRESH_TOKEN_INVALID", 401)

    for told in (first, second, third):
        assert_problem(visitor.me(told["accessToken"]), "AUTH_UNAUTHORIZED", 401)


def test_logging_out_ends_the_sign_in_at_once(mailbox: Mailbox, visitor: Visitor) -> None:
    told = visitor.sign_in(new_address(), mailbox)
    assert visitor.me(told["accessToken"]).status_code == 200

    assert visitor.leave(told["refreshToken"]).status_code == 204

    assert_problem(visitor.me(told["accessToken"]), "AUTH_UNAUTHORIZED", 401)
    assert_problem(visitor.refresh(told["refreshToken"]), "AUTH_REFRESH_TOKEN_INVALID", 401)
    assert visitor.leave(told["refreshToken"]).status_code == 204


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_refresh_token_there_is_nothing_to_end_or_renew(
    visitor: Visitor, token: str | None
) -> None:
    assert_problem(visitor.leave(token), "AUTH_REFRESH_TOKEN_MISSING", 401)
    assert_problem(visitor.refresh(token), "AUTH_REFRESH_TOKEN_MISSING", 401)


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/refresh"])
@pytest.mark.parametrize("content", [b"", b"{}"])
def test_a_body_that_is_not_there_brings_no_refresh_token(
    visitor: Visitor, path: str, content: bytes
) -> None:
    for headers in ({}, {"Content-Type": "application/json"}):
        answer = visitor.http.post(path, content=content, headers=headers)
        assert_problem(answer, "AUTH_REFRESH_TOKEN_MISSING", 401)


def test_made_up_refresh_tokens_open_and_end_nothing(mailbox: Mailbox, visitor: Visitor) -> None:
    told = visitor.sign_in(new_address(), mailbox)
    family, counter, mark = told["refreshToken"].split(".")
    made_up = [
        "x",
        told["accessToken"],
        f"{family}.{counter}.{mark[:-1]}",
        f"{family}.1.{mark}",
        f"{family}.-1.{mark}",
        f"{family}.00.{mark}",
        f"{family}.9999999999999.{mark}",
        f"00000000-0000-7000-8000-000000000000.0.{mark}",
        "é" * 60,
    ]

    for token in made_up:
        assert_problem(visitor.refresh(token), "AUTH_REFRESH_TOKEN_INVALID", 401)
        assert_problem(visitor.leave(token), "AUTH_REFRESH_TOKEN_INVALID", 401)
    assert visitor.refresh(told["refreshToken"]).status_code == 200


# --- the mail and its server ----------------------------------------------------------------------


def test_the_mail_speaks_the_readers_language_in_text_and_html(
    mailbox: Mailbox, visitor: Visitor
) -> None:
    spoken = {"zh-TW,en;q=0.5": "驗證碼", "zh-CN": "验证码", "fr, en;q=0.3, zh;q=0.1": "Your code"}
    for wish, words in spoken.items():
        email = new_address()
        visitor.ask(email, **{"Accept-Language": wish})
        mail = mailbox.mails_to(email, 1)[0]
        for kind in ("plain", "html"):
            body = mail.get_body((kind,))
            assert body is not None
            assert words in body.get_content()
        assert mail["From"] == "eryao <door@example.com>"


def test_a_mail_server_that_is_away_is_an_answer_and_costs_no_wait(serve: Serve) -> None:
    with Mailbox() as box:
        url = box.url
    server = serve(MAIL_URL=url, MAIL_SECONDS=2)
    email = new_address()
    with Visitor(server) as visitor:
        assert_problem(visitor.ask(email), "AUTH_SERVICE_UNAVAILABLE", 503)
        assert_problem(visitor.ask(email), "AUTH_SERVICE_UNAVAILABLE", 503)


def test_a_mail_server_that_dawdles_is_given_up(serve: Serve) -> None:
    with Mailbox() as box:
        box.taking.clear()
        server = serve(MAIL_URL=box.url, MAIL_SECONDS=0.5)
        email = new_address()
        with Visitor(server) as visitor:
            began = time.monotonic()
            assert_problem(visitor.ask(email), "AUTH_SERVICE_UNAVAILABLE", 503)
            assert time.monotonic() - began < 5
            box.taking.set()
            assert visitor.ask(email).status_code == 202
            assert visitor.ask(email).status_code == 429


def test_a_mail_server_that_refuses_is_told_apart_from_a_mistyped_address(serve: Serve) -> None:
    with Mailbox() as box:
        server = serve(MAIL_URL=box.url)
        with Visitor(server) as visitor:
            box.refusal = "550 5.7.1 relaying denied"
            assert_problem(visitor.ask(new_address()), "AUTH_SERVICE_UNAVAILABLE", 503)
            box.refusal = "550 5.1.1 no such user here"
            problem = assert_problem(visitor.ask(new_address()), "REQUEST_VALIDATION_ERROR", 422)
            assert problem["errors"][0]["pointer"] == "/email"


# --- without a mail server ------------------------------------------------------------------------


def test_on_this_machine_the_mails_can_be_looked_at(shared: ServerProcess) -> None:
    email = new_address()
    with Visitor(shared) as visitor:
        visitor.asked(email)

    mails = web.get(shared.url + "/dev/mails").json()["items"]

    assert mails[0].keys() == {"to", "subject", "text", "createdAt"}
    assert mails[0]["to"] == email


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"Host": "pages.example.com"},
        {"Host": "localhost.example.com:8000"},
    ],
)
def test_whoever_is_not_at_this_machine_sees_no_mails(
    shared: ServerProcess, headers: dict[str, str]
) -> None:
    """Not through a proxy beside the server, and not by a page whose name points here."""
    answer = web.get(shared.url + "/dev/mails", headers=headers)

    assert_problem(answer, "ROUTE_NOT_FOUND", 404)


def test_a_server_that_sends_mails_shows_none(door: ServerProcess, serve: Serve) -> None:
    public = serve(PUBLIC_URL="https://api.example.com")

    for server in (door, public):
        answer = web.get(server.url + "/dev/mails")
        assert_problem(answer, "ROUTE_NOT_FOUND", 404)
        assert "/dev/mails" not in web.get(server.url + "/openapi.json").text


def test_a_stream_ends_in_good_order_with_the_token_that_opened_it(
    shared: ServerProcess, ann: Api, live: Body
) -> None:
    """The run goes on, and so does its viewer, with the next token and the cursor."""
    # A token is taken for a minute longer than it says: this one for three seconds.
    brief = Api(shared.url, shared.beside.sign_in(ann.email, seconds=-57).token)
    with brief, Viewer.of(brief, live).ended() as viewer:
        assert viewer.whole is True
        assert "RUN_FINISHED" not in viewer.kinds
        assert_problem(brief.get("/points"), "AUTH_UNAUTHORIZED", 401)
    ann.cancel(live.run)

    assert ann.follow(live, after=viewer.last_id)[-1].type == "RUN_FINISHED"
