"""One-time codes by the clock: what guessing, waiting, strangers and a lost mail come to."""

from collections import Counter
from contextlib import suppress

import anyio
import pytest
from pydantic import SecretStr

from runtime.errors import Code, Problem
from runtime.features.auth.codes import Entered
from runtime.mail.base import Mail, MailNotSent
from runtime.mail.console import ConsoleMailer
from runtime.parts import Eryao, build
from runtime.settings import Settings
from runtime.web.networks import network
from storage.sql.transaction import Transaction
from tests.support.clock import StillClock
from tests.support.signing_in import wrong

ANN = "ann@example.com"
BOB = "bob@example.com"
HERE = "203.0.113.7"


def newest_code(eryao: Eryao) -> str:
    mailer = eryao.mailer
    assert isinstance(mailer, ConsoleMailer)
    return mailer.kept[0].mail.subject.split()[0]


async def asked(eryao: Eryao, email: str = ANN, source: str = HERE) -> tuple[str, str]:
    """A challenge and its code."""
    told = await eryao.sign_in.codes.ask(email, source=source, locale="en")
    return told.challenge, newest_code(eryao)


async def enter(
    eryao: Eryao,
    code: str,
    challenge: str | None,
    *,
    email: str = ANN,
    source: str = HERE,
    invite: str | None = None,
) -> Entered | Code:
    try:
        return await eryao.sign_in.codes.enter(
            email, code, challenge=challenge, invite=invite, source=source
        )
    except Problem as problem:
        return problem.code


INVALID = Code.AUTH_VERIFICATION_CODE_INVALID
TOO_MANY = Code.AUTH_TOO_MANY_REQUESTS


# --- guessing -------------------------------------------------------------------------------------


async def test_two_thousand_guesses_from_everywhere_get_nowhere(eryao: Eryao) -> None:
    """Each from another network, so that nothing but the code's own tries is in their way."""
    challenge, code = await asked(eryao)
    guesses = [f"{(int(code) + number) % 10**6:06}" for number in range(1, 2_001)]
    guesses[1_000] = code
    outcomes: Counter[Code] = Counter()

    async def guess(number: int) -> None:
        source = f"2001:db8:{number:x}::1"
        outcome = await enter(eryao, guesses[number], challenge, source=source)
        assert isinstance(outcome, Code)
        outcomes[outcome] += 1

    for batch in range(0, 2_000, 500):
        async with anyio.create_task_group() as tasks:
            for number in range(batch, batch + 500):
                tasks.start_soon(guess, number)

    assert outcomes == {INVALID: 5, TOO_MANY: 1_995}


async def test_one_network_has_so_many_guesses_an_hour(eryao: Eryao, clock: StillClock) -> None:
    outcomes = [await enter(eryao, "000000", "no such challenge") for _ in range(61)]
    clock.move(3_601)

    assert outcomes == [INVALID] * 60 + [TOO_MANY]
    assert await enter(eryao, "000000", "no such challenge") is INVALID


async def test_a_try_is_counted_before_it_is_judged(eryao: Eryao) -> None:
    """Even if the server dies while it compares, the guess was one of five."""
    challenge, _code = await asked(eryao)
    seen: list[int] = []
    fits = eryao.sign_in.codes._fits

    async def tries_left() -> int:
        def look(tx: Transaction) -> int:
            row = tx.codes.open(challenge, ANN, 0)
            assert row is not None
            return row.tries_left

        return await eryao.database.read(look)

    for _ in range(3):
        row = await eryao.sign_in.codes._judgeable(ANN, challenge)
        assert not fits(row, "")
        seen.append(await tries_left())

    assert seen == [4, 3, 2]


async def test_an_alarm_makes_codes_longer_while_it_rings(
    settings: Settings, clock: StillClock
) -> None:
    eryao = build(settings.model_copy(update={"codes_alarm": 3}), clock=clock)
    try:
        lengths = []
        for number in range(5):
            challenge, code = await asked(eryao, f"user-{number}@example.com", f"10.0.0.{number}")
            lengths.append(len(code))
            email = f"user-{number}@example.com"
            assert await enter(eryao, wrong(code), challenge, email=email) is INVALID
        ringing = eryao.sign_in.alarm.is_ringing
        clock.move(601)
        _, calm = await asked(eryao, "later@example.com")
    finally:
        eryao.database.close()

    assert lengths == [6, 6, 6, 6, 8]
    assert ringing
    assert not eryao.sign_in.alarm.is_ringing
    assert len(calm) == 6


# --- strangers ------------------------------------------------------------------------------------


async def test_a_stranger_who_asks_for_my_address_spends_no_try_of_mine(
    eryao: Eryao, clock: StillClock
) -> None:
    mine, my_code = await asked(eryao)
    clock.move(61)
    theirs, _their_code = await asked(eryao, source="198.51.100.9")
    for _ in range(7):
        await enter(eryao, wrong(my_code), theirs, source="198.51.100.9")
        await enter(eryao, wrong(my_code), None, source="198.51.100.9")

    assert isinstance(await enter(eryao, my_code, mine), Entered)


async def test_my_code_does_not_fit_a_strangers_challenge(eryao: Eryao, clock: StillClock) -> None:
    """Whoever lures me into reading out a code needs the challenge that it belongs to."""
    _mine, my_code = await asked(eryao)
    clock.move(61)
    theirs, _ = await asked(eryao, source="198.51.100.9")

    assert await enter(eryao, my_code, theirs) is INVALID


async def test_a_code_leads_to_no_other_address(eryao: Eryao) -> None:
    challenge, code = await asked(eryao)

    assert await enter(eryao, code, challenge, email=BOB) is INVALID
    assert isinstance(await enter(eryao, code, challenge), Entered)


async def test_without_a_challenge_the_newest_code_counts_and_three_tries(
    eryao: Eryao, clock: StillClock
) -> None:
    challenge, older = await asked(eryao)
    clock.move(61)
    _, newer = await asked(eryao)

    if older != newer:
        assert await enter(eryao, older, None) is INVALID
    entered = await enter(eryao, newer, None)
    clock.move(61)
    _, third = await asked(eryao)
    outcomes = [await enter(eryao, wrong(third), None) for _ in range(4)]

    assert isinstance(entered, Entered)
    assert outcomes == [INVALID, INVALID, INVALID, TOO_MANY]
    assert isinstance(await enter(eryao, older, challenge), Entered)


# --- time, and mails that were not sent -----------------------------------------------------------


async def test_a_code_is_good_for_ten_minutes(eryao: Eryao, clock: StillClock) -> None:
    challenge, code = await asked(eryao)
    clock.move(599)
    late, late_code = await asked(eryao)
    clock.move(2)

    assert await enter(eryao, code, challenge) is INVALID
    assert isinstance(await enter(eryao, late_code, late), Entered)


async def test_an_address_gets_five_codes_an_hour_and_ten_a_day(
    eryao: Eryao, clock: StillClock
) -> None:
    sent: list[int] = []
    for number in range(3 * 59):
        clock.move(61)
        with suppress(Problem):
            await eryao.sign_in.codes.ask(ANN, source=f"10.1.0.{number}", locale="en")
            sent.append(number)

    assert len([number for number in sent if number < 59]) == 5
    assert len(sent) == 10


class Sulking:
    """A mailer that does not send while `away`."""

    def __init__(self, mailer: ConsoleMailer) -> None:
        self._mailer = mailer
        self.away = False

    async def send(self, mail: Mail) -> None:
        if self.away:
            raise MailNotSent("away")
        await self._mailer.send(mail)


async def test_a_mail_that_was_not_sent_is_owed_once(eryao: Eryao, clock: StillClock) -> None:
    """However often it fails, the next try is free; once it is through, waiting is due again."""
    kept = eryao.mailer
    assert isinstance(kept, ConsoleMailer)
    mailer = Sulking(kept)
    eryao.sign_in.codes._mailer = mailer
    mailer.away = True
    for _ in range(3):
        with pytest.raises(Problem) as failed:
            await asked(eryao)
        assert failed.value.code is Code.AUTH_SERVICE_UNAVAILABLE
    mailer.away = False

    challenge, code = await asked(eryao)
    with pytest.raises(Problem) as refused:
        await asked(eryao)

    assert refused.value.code is TOO_MANY
    assert isinstance(await enter(eryao, code, challenge), Entered)


async def test_codes_of_no_use_are_forgotten(eryao: Eryao, clock: StillClock) -> None:
    challenge, _ = await asked(eryao)
    clock.move(599)
    await eryao.sign_in.codes.sweep()
    kept = await eryao.database.read(lambda tx: tx.codes.open(challenge, ANN, 0))
    clock.move(3_602)
    await eryao.sign_in.codes.sweep()

    assert kept is not None
    assert await eryao.database.read(lambda tx: tx.codes.open(challenge, ANN, 0)) is None


async def test_codes_and_sign_ins_outlive_a_change_of_the_secret_key(
    settings: Settings, clock: StillClock
) -> None:
    before = build(settings, clock=clock)
    challenge, code = await asked(before)
    theirs, their_code = await asked(before, BOB)
    first = await enter(before, their_code, theirs, email=BOB)
    before.database.close()
    changed = {"secret_key": SecretStr("new"), "previous_secret_keys": (settings.secret_key,)}
    after = build(settings.model_copy(update=changed), clock=clock)
    try:
        assert isinstance(first, Entered)
        assert isinstance(await enter(after, code, challenge), Entered)
        assert (await after.sign_in.gate.authenticate(first.pair.access_token)).id == first.user.id
        assert await after.database.run(after.sign_in.tokens.renew, first.pair.refresh_token)
    finally:
        after.database.close()


class Remembering:
    """Invitations that note what they were handed."""

    def __init__(self) -> None:
        self.redeemed: list[tuple[str, str]] = []

    def redeem(self, tx: Transaction, user_id: str, code: str) -> None:
        self.redeemed.append((user_id, code))


async def test_an_invite_code_is_handed_on_within_the_sign_in(eryao: Eryao) -> None:
    invites = Remembering()
    eryao.sign_in.codes._invites = invites
    challenge, code = await asked(eryao)
    await enter(eryao, wrong(code), challenge, invite="FRIEND")

    entered = await enter(eryao, code, challenge, invite="FRIEND")

    assert isinstance(entered, Entered)
    assert invites.redeemed == [(entered.user.id, "FRIEND")]


@pytest.mark.parametrize(
    ("source", "stands_for"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_whom_an_address_stands_for(source: str, stands_for: str) -> None:
    assert network(source) == stands_for
