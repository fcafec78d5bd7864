"""Who is let in: our own tokens and those of another issuer, and nothing that looks like them."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import anyio
import jwt
import pytest

from runtime.errors import Code, Problem
from runtime.features.auth.gate import Gate
from runtime.features.auth.issuer import ForeignIssuer, KeySet, issuer_from
from runtime.features.auth.tokens import TokenPair
from runtime.parts import Eryao, build
from runtime.settings import Settings
from runtime.web.identity import User
from storage.sql.transaction import Transaction
from tests.support.clock import StillClock
from tests.support.issuer import AUDIENCE, ISSUER, OtherIssuer


async def signed_in(eryao: Eryao, email: str = "ann@example.com") -> tuple[User, TokenPair]:
    def enter(tx: Transaction) -> tuple[User, TokenPair]:
        user = eryao.sign_in.accounts.enter(tx, email)
        return user, eryao.sign_in.tokens.pair(tx, user)

    return await eryao.database.run(enter)


async def refusal(gate: Gate, token: str) -> Code | None:
    try:
        await gate.authenticate(token)
    except Problem as problem:
        return problem.code
    return None


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


# --- our own --------------------------------------------------------------------------------------


async def test_an_access_token_speaks_for_its_user_until_it_ends(
    eryao: Eryao, clock: StillClock
) -> None:
    user, pair = await signed_in(eryao)
    who = await eryao.sign_in.gate.authenticate(pair.access_token)
    clock.move(600 + 59)
    late = await refusal(eryao.sign_in.gate, pair.access_token)
    clock.move(2)

    assert (who.id, who.email) == (user.id, "ann@example.com")
    assert late is None
    assert await refusal(eryao.sign_in.gate, pair.access_token) is Code.AUTH_UNAUTHORIZED


async def test_no_forged_token_is_let_in(eryao: Eryao) -> None:
    """Each differs from a good one in what a careless reader would not look at."""
    _, pair = await signed_in(eryao)
    good = pair.access_token
    header, claims = jwt.get_unverified_header(good), _claims(good)
    key = "a guessed key, which is as long as it ought to be"
    head, body, signature = good.split(".")
    forged = [
        pair.refresh_token,
        *("", ".", "..", "x.y.z", "é", good[:-2], good + "x", f"{head}.{body}."),
        f"{_part({**header, 'alg': 'none'})}.{body}.",
        f"{_part({**header, 'alg': 'None'})}.{body}.{signature}",
        f"{_part({**header, 'alg': 'HS512'})}.{body}.{signature}",
        f"{_part({**header, 'kid': 'other'})}.{body}.{signature}",
        f"{_part({**header, 'kid': ['x']})}.{body}.{signature}",
        f"{_part({**header, 'typ': 'JWT'})}.{body}.{signature}",
        f"{head}.{_part({**claims, 'sub': 'somebody else'})}.{signature}",
        f"{head}.{_part({**claims, 'exp': claims['exp'] + 9})}.{signature}",
        jwt.encode(claims, key, "HS256", headers=header),
        jwt.encode(claims, key, "HS256", headers={**header, "jwk": {"kty": "oct", "k": key}}),
        jwt.encode(claims, key, "HS256", headers={**header, "jku": "https://x.example/jwks"}),
        _part([1] * 2_000) + ".e30.x",
    ]

    refusals = {token: await refusal(eryao.sign_in.gate, token) for token in forged}

    assert set(refusals.values()) == {Code.AUTH_UNAUTHORIZED}
    assert await refusal(eryao.sign_in.gate, good) is None


async def test_a_sign_in_ended_elsewhere_is_over_within_thirty_seconds(
    eryao: Eryao, clock: StillClock
) -> None:
    _, pair = await signed_in(eryao)
    await eryao.sign_in.gate.authenticate(pair.access_token)
    await eryao.database.run(eryao.sign_in.tokens.end, pair.refresh_token)
    trusted = await refusal(eryao.sign_in.gate, pair.access_token)
    clock.move(31)

    assert trusted is None
    assert await refusal(eryao.sign_in.gate, pair.access_token) is Code.AUTH_UNAUTHORIZED


@pytest.fixture
def patient(settings: Settings, clock: StillClock) -> Iterator[Eryao]:
    """One where the answer to a refresh may be asked for again for an hour."""
    parts = build(settings.model_copy(update={"refresh_repeat_seconds": 3_600.0}), clock=clock)
    yield parts
    parts.database.close()


async def test_a_stolen_refresh_token_ends_the_sign_in_once_its_owner_went_on(
    patient: Eryao,
) -> None:
    """The owner has the next pair and shows it: who brings the spent token now is somebody else."""
    eryao = patient
    _, first = await signed_in(eryao)
    renewed = await eryao.database.run(eryao.sign_in.tokens.renew, first.refresh_token)
    assert renewed is not None
    await eryao.sign_in.gate.authenticate(renewed[1].access_token)

    stolen = await eryao.database.run(eryao.sign_in.tokens.renew, first.refresh_token)

    assert stolen is None
    assert await eryao.database.run(eryao.sign_in.tokens.renew, renewed[1].refresh_token) is None


async def test_an_answer_that_was_lost_is_told_again_for_as_long_as_the_settings_say(
    patient: Eryao, clock: StillClock
) -> None:
    eryao = patient
    _, first = await signed_in(eryao)
    lost = await eryao.database.run(eryao.sign_in.tokens.renew, first.refresh_token)
    clock.move(3_599)

    again = await eryao.database.run(eryao.sign_in.tokens.renew, first.refresh_token)
    clock.move(1)

    assert lost is not None
    assert again is not None
    assert again[1].refresh_token == lost[1].refresh_token
    assert await eryao.database.run(eryao.sign_in.tokens.renew, first.refresh_token) is None


# --- another issuer's -----------------------------------------------------------------------------


@pytest.fixture
def other() -> OtherIssuer:
    issuer = OtherIssuer()
    issuer.add("one")
    return issuer


@pytest.fixture
async def gate(eryao: Eryao, clock: StillClock, other: OtherIssuer) -> Gate:
    """A gate that takes the other issuer's tokens too."""
    issuer = ForeignIssuer(
        issuer=ISSUER,
        audience=AUDIENCE,
        keys=KeySet("https://id.example.com/jwks", fetch=other.fetch, clock=clock),
        accounts=eryao.sign_in.accounts,
        database=eryao.database,
        clock=clock,
    )
    return Gate(
        access=eryao.sign_in.gate._access, issuer=issuer, database=eryao.database, clock=clock
    )


def now(clock: StillClock) -> float:
    return clock.now().timestamp()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_another_issuers_user_is_made_on_first_sight(
    eryao: Eryao, gate: Gate, other: OtherIssuer, clock: StillClock, algorithm: str
) -> None:
    other.add("two", algorithm)
    first = await gate.authenticate(other.token("two", now(clock)))
    again = await gate.authenticate(other.token("two", now(clock), exp=int(now(clock)) + 700))
    balance = await eryao.database.read(lambda tx: eryao.wallet.balance(tx, first.id))

    assert first.id == again.id
    assert first.email == ""
    assert balance == 100


async def test_who_deletes_their_account_and_comes_back_is_given_nothing_anew(
    eryao: Eryao, gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    first = await gate.authenticate(other.token("one", now(clock)))
    await eryao.profile.erasure.erase(first.id)

    again = await gate.authenticate(other.token("one", now(clock), exp=int(now(clock)) + 700))

    assert again.id != first.id
    assert await eryao.database.read(eryao.wallet.balance, again.id) == 0


async def test_many_first_sights_at_once_make_one_user(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    found: set[str] = set()

    async def enter(number: int) -> None:
        token = other.token("one", now(clock), exp=int(now(clock)) + 600 + number)
        found.add((await gate.authenticate(token)).id)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(enter, number)

    assert len(found) == 1
    assert other.asked == 1


async def test_a_name_of_another_issuer_is_nobodys_address(
    eryao: Eryao, gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    """What that issuer takes for an address may be somebody else's here."""
    ours, _ = await signed_in(eryao)

    claims = {"sub": "ann@example.com", "email": "ann@example.com", "email_verified": True}
    theirs = await gate.authenticate(other.token("one", now(clock), **claims))

    assert theirs.id != ours.id


async def test_another_issuers_bad_tokens_are_refused(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    moment = int(now(clock))
    stranger = OtherIssuer()
    stranger.add("one")
    changes: list[dict[str, Any]] = [
        *({"iss": "https://evil.example"}, {"iss": None}, {"aud": "else"}, {"aud": None}),
        *({"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 300}, {"sub": "a\0b"}),
        *(
            {"exp": None},
            {"exp": moment - 61},
            {"exp": "soon"},
            {"exp": True},
            {"nbf": moment + 99},
        ),
    ]
    bad = [other.token("one", moment, **change) for change in changes]
    bad.append(stranger.token("one", moment))
    claims = _claims(other.token("one", moment))
    bad.append(f"{_part({'alg': 'none', 'kid': 'one'})}.{_part(claims)}.")
    bad.append(jwt.encode(claims, "x" * 40, "HS256", headers={"kid": "one"}))
    refusals = [await refusal(gate, token) for token in bad]

    assert refusals == [Code.AUTH_UNAUTHORIZED] * len(bad)


async def test_a_shared_secret_among_the_keys_is_no_key(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    secret = "c" * 43
    other.extra = [{"kty": "oct", "kid": "shared", "k": secret, "alg": "HS256"}, {"kid": 1}, 7]  # type: ignore[list-item]
    claims = _claims(other.token("one", now(clock)))

    token = jwt.encode(claims, base64.urlsafe_b64decode(secret + "="), "HS256", {"kid": "shared"})

    assert await refusal(gate, token) is Code.AUTH_UNAUTHORIZED


async def test_an_unknown_key_is_asked_for_once_a_minute(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    other.add("late")
    late = other.keys.pop("late")
    await gate.authenticate(other.token("one", now(clock)))
    other.keys["late"] = late
    token = other.token("late", now(clock))
    before = [await refusal(gate, token) for _ in range(5)]
    asked = other.asked
    clock.move(61)

    assert before == [Code.AUTH_UNAUTHORIZED] * 5
    assert asked == 1
    assert await refusal(gate, token) is None
    assert other.asked == 2


async def test_keys_stay_while_their_issuer_is_away(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    await gate.authenticate(other.token("one", now(clock)))
    other.away = True
    clock.move(4_000)

    assert await refusal(gate, other.token("one", now(clock))) is None
    assert other.asked == 2


async def test_without_any_key_the_issuer_is_said_to_be_away(
    gate: Gate, other: OtherIssuer, clock: StillClock
) -> None:
    other.away = True
    token = other.token("one", now(clock))
    away = await refusal(gate, token)
    other.away = False
    clock.move(61)

    assert away is Code.AUTH_SERVICE_UNAVAILABLE
    assert await refusal(gate, token) is None


async def test_half_a_setting_is_said_to_be_half(eryao: Eryao) -> None:
    settings = Settings(jwks_url="https://id.example.com/jwks")

    with pytest.raises(ValueError, match="ERYAO_JWKS_ISSUER"):
        issuer_from(
            settings, accounts=eryao.sign_in.accounts, database=eryao.database, clock=eryao.clock
        )
