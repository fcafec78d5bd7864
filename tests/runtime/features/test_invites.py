"""Invites where a sign-in brings the code along, and in the words of their owner."""

from runtime.features.invites.invites import MOST_GUESSES, Outcome
from runtime.parts import Eryao
from runtime.web.identity import User
from storage.sql.transaction import Transaction
from tests.support.clock import StillClock

HOUR = 3_600


async def enter(eryao: Eryao, name: str) -> User:
    return await eryao.database.run(eryao.sign_in.accounts.enter, f"{name}@example.org")


async def balance(eryao: Eryao, user: User) -> int:
    return await eryao.database.read(eryao.wallet.balance, user.id)


async def test_a_sign_in_uses_the_code_that_it_brings(eryao: Eryao, clock: StillClock) -> None:
    inviter = await enter(eryao, "ann")
    code = (await eryao.invites.make(inviter.id))[0].code
    clock.move(1)

    def sign_up(tx: Transaction) -> User:
        user = eryao.sign_in.accounts.enter(tx, "ben@example.org")
        eryao.sign_in.codes._invites.redeem(tx, user.id, code)
        return user

    user = await eryao.database.run(sign_up)

    assert await balance(eryao, user) == await balance(eryao, inviter) == 120


async def test_a_code_that_promises_nothing_keeps_nobody_out(eryao: Eryao) -> None:
    user = await enter(eryao, "ben")
    for _ in range(MOST_GUESSES + 5):
        await eryao.database.run(eryao.invites.redeem, user.id, "what is this?")

    assert await balance(eryao, user) == 100


async def test_guesses_are_forgiven_after_an_hour(eryao: Eryao, clock: StillClock) -> None:
    inviter = await enter(eryao, "ann")
    code = (await eryao.invites.make(inviter.id))[0].code
    clock.move(1)
    user = await enter(eryao, "ben")
    for _ in range(MOST_GUESSES):
        assert (await eryao.invites.use(user.id, "0" * 8)).outcome is Outcome.UNKNOWN
    clock.move(HOUR - 1)
    waiting = await eryao.invites.use(user.id, code)
    assert (waiting.outcome, waiting.retry_after) == (Outcome.GUESSING, 1)

    clock.move(1)

    assert (await eryao.invites.use(user.id, code)).outcome is Outcome.DONE


async def test_an_account_that_is_not_new_is_not_invited(eryao: Eryao, clock: StillClock) -> None:
    inviter = await enter(eryao, "ann")
    code = (await eryao.invites.make(inviter.id))[0].code
    clock.move(1)
    users = [await enter(eryao, name) for name in ("ben", "cho")]
    clock.move(eryao.settings.invite_days * 86_400)

    assert (await eryao.invites.use(users[0].id, code)).outcome is Outcome.DONE
    clock.move(0.001)
    assert (await eryao.invites.use(users[1].id, code)).outcome is Outcome.NOT_NEW


async def test_the_owner_is_told_in_their_language(eryao: Eryao, clock: StillClock) -> None:
    inviter = await enter(eryao, "ann")
    await eryao.profile.service.change(inviter.id, {"locale": "zh-Hans"})
    code = (await eryao.invites.make(inviter.id))[0].code
    clock.move(1)
    user = await enter(eryao, "ben")

    await eryao.invites.use(user.id, code)

    page = await eryao.database.read(
        lambda tx: tx.notifications.page(inviter.id, before=2**62, limit=9)
    )
    assert [row.title for row in page] == ["邀请码被使用了"]


async def test_accounts_that_go_leave_no_room_behind(eryao: Eryao, clock: StillClock) -> None:
    """Else who owns a domain signs up, is paid for, deletes and begins again."""
    inviter = await enter(eryao, "ann")
    code = (await eryao.invites.make(inviter.id))[0].code
    most = eryao.settings.invites_per_day
    for number in range(most + 1):
        clock.move(1)
        user = await enter(eryao, f"guest-{number}")
        assert (await eryao.invites.use(user.id, code)).outcome is Outcome.DONE
        await eryao.profile.erasure.erase(user.id)

    assert await balance(eryao, inviter) == 100 + most * eryao.settings.invite_points
