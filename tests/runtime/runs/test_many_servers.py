"""Fifty at once for what is scarce, at several servers on one Postgres: what one decides stands."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import anyio
import pytest

from runtime.app import running
from runtime.clock import micros
from runtime.errors import Code
from runtime.parts import Eryao
from runtime.runs.approvals import Decided, Decision
from runtime.runs.coordinator import Admitted
from runtime.settings import Settings
from storage.sql.drawings import DrawingRow
from storage.sql.notifications import NotificationRow
from storage.sql.runs import RunRow
from storage.sql.transaction import Transaction
from tests.support.api import Body
from tests.support.fleet import Fleet, ask_for, fleet

RACERS = 50
SAVE = 'say 2; call save_reading {"title":"Race"}; say 3'


@pytest.fixture
async def many(settings: Settings, postgres_url: str) -> AsyncIterator[Fleet]:
    async with fleet(settings, postgres_url) as servers:
        yield servers
        assert (await servers.audit()).clean, (await servers.audit()).lines()


@pytest.fixture
async def worked(many: Fleet) -> AsyncIterator[Fleet]:
    """The same, and the first one works."""
    async with at_work(many.first):
        yield many


@asynccontextmanager
async def at_work(eryao: Eryao) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(eryao.events.run)
        tasks.start_soon(eryao.worker.run)
        yield
        tasks.cancel_scope.cancel()


async def start(user_id: str, body: Body, eryao: Eryao) -> Admitted:
    return await eryao.runs.coordinator.start(user_id, ask_for(eryao, body))


def counted(outcomes: list[Any]) -> Counter[Any]:
    return Counter(o if isinstance(o, Code) else type(o) for o in outcomes)


# --- admission ---------------------------------------------------------------------------------


async def test_one_body_sent_fifty_times_is_one_run_and_one_charge(many: Fleet) -> None:
    user, body = await many.enter(), Body()

    outcomes = await many.race(*[partial(start, user, body)] * RACERS)

    assert counted(outcomes) == {Admitted: RACERS}
    assert {(o.run.id, o.run.log_tag, o.balance) for o in outcomes} == {
        (body.run, outcomes[0].run.log_tag, 90)
    }
    assert await many.balance(user) == 90


async def test_of_fifty_first_messages_one_opens_the_session(many: Fleet) -> None:
    user, thread = await many.enter(), str(uuid4())
    bodies = [Body(thread=thread) for _ in range(RACERS)]

    outcomes = await many.race(*(partial(start, user, body) for body in bodies))

    assert counted(outcomes) == {Admitted: 1, Code.AGENT_SESSION_BUSY: RACERS - 1}
    assert len(await many.runs_of(thread)) == 1
    assert await many.balance(user) == 90


async def test_of_fifty_strangers_one_opens_the_session(many: Fleet) -> None:
    users = [await many.enter(f"user-{n}@example.com") for n in range(10)]
    thread = str(uuid4())

    outcomes = await many.race(*(partial(start, user, Body(thread=thread)) for user in users * 5))

    assert counted(outcomes)[Admitted] == 1
    assert set(counted(outcomes)) <= {Admitted, Code.AGENT_FORBIDDEN, Code.AGENT_SESSION_BUSY}
    assert sum([await many.balance(user) for user in users]) == 990


async def test_one_run_id_in_fifty_sessions_is_one_run_and_one_session(many: Fleet) -> None:
    user, run = await many.enter(), str(uuid4())
    bodies = [Body(run=run) for _ in range(RACERS)]

    outcomes = await many.race(*(partial(start, user, body) for body in bodies))

    assert counted(outcomes) == {Admitted: 1, Code.AGENT_PAYLOAD_INVALID: RACERS - 1}
    page = await many.first.database.read(
        lambda tx: tx.sessions.page(user, before=2**62, before_id="", limit=99)
    )
    assert len(page) == 1
    assert await many.balance(user) == 90


async def test_one_run_id_of_two_users_tells_neither_of_the_other(many: Fleet) -> None:
    users = [await many.enter(f"user-{n}@example.com") for n in range(2)]
    run = str(uuid4())

    outcomes = await many.race(*(partial(start, user, Body(run=run)) for user in users * 10))

    assert counted(outcomes)[Admitted] == 1
    assert sum([await many.balance(user) for user in users]) == 190


async def test_of_fifty_runs_as_many_start_as_the_points_pay(many: Fleet) -> None:
    user = await many.enter(points=79)

    outcomes = await many.race(*(partial(start, user, Body()) for _ in range(RACERS)))

    assert counted(outcomes) == {Admitted: 7, Code.POINTS_INSUFFICIENT_BALANCE: RACERS - 7}
    assert sorted(o.balance for o in outcomes if isinstance(o, Admitted)) == list(range(9, 79, 10))
    assert await many.balance(user) == 9


async def test_of_fifty_follow_ups_one_gets_the_last_place(worked: Fleet) -> None:
    user, first = await worked.enter(), Body("say 1")
    await start(user, first, worked.first)
    await worked.until(first.run, "succeeded")

    outcomes = await worked.race(
        *(partial(start, user, first.follow_up("say 1")) for _ in range(RACERS))
    )

    assert counted(outcomes)[Admitted] == 1
    assert set(counted(outcomes)) <= {
        Admitted,
        Code.AGENT_SESSION_BUSY,
        Code.AGENT_SESSION_RUN_LIMIT_EXCEEDED,
    }
    runs = await worked.runs_of(first.thread)
    assert len(runs) == 2
    await worked.until(runs[1].id, "succeeded")
    assert await worked.balance(user) == 85


# --- decisions and cancellations ----------------------------------------------------------------


async def waiting_run(worked: Fleet, user: str) -> tuple[Body, str]:
    body = Body(SAVE)
    await start(user, body, worked.first)
    await worked.until(body.run, "interrupted")
    (call,) = await worked.first.database.read(lambda tx: tx.tool_calls.of_run(body.run))
    return body, call.id


async def test_of_fifty_decisions_one_stands_and_one_run_goes_on(worked: Fleet) -> None:
    user = await worked.enter()
    body, call = await waiting_run(worked, user)

    async def decide(word: str, eryao: Eryao) -> Decided:
        decision = Decision.model_validate({"decision": word})
        return await eryao.runs.approvals.decide(user, body.run, call, decision)

    words = ["approve", "reject"] * (RACERS // 2)
    outcomes = await worked.race(*(partial(decide, word) for word in words))

    won = {w for w, o in zip(words, outcomes, strict=True) if isinstance(o, Decided)}
    assert len(won) == 1
    assert counted(outcomes) == {Decided: 25, Code.AGENT_APPROVAL_DECIDED: 25}
    went_on = {o.continuation.id for o in outcomes if isinstance(o, Decided) and o.continuation}
    assert len(went_on) == 1
    _, going_on = await worked.runs_of(body.thread)
    await worked.until(going_on.id, "succeeded")
    saved = await worked.first.database.read(lambda tx: tx.readings.like(user, "", 9))
    assert len(saved) == (won == {"approve"})


async def test_fifty_that_call_a_waiting_run_off_get_the_points_back_once(worked: Fleet) -> None:
    user, body = await worked.enter(), Body('call save_reading {"title":"Race"}; say 3')
    await start(user, body, worked.first)
    await worked.until(body.run, "interrupted")

    async def cancel(eryao: Eryao) -> RunRow:
        return await eryao.runs.withdrawal.cancel(user, body.run)

    outcomes = await worked.race(*[cancel] * RACERS)

    assert {run.status for run in outcomes} == {"cancelled"}
    assert await worked.balance(user) == 100


async def test_a_cancellation_that_meets_the_beginning_of_a_wait_is_not_lost(
    worked: Fleet,
) -> None:
    """Called off while the run ends in a question: whichever was first, it is over afterwards."""
    user = await worked.enter(points=1_000)
    bodies = [Body(f'say 1 pace {n % 7}; call save_reading {{"title":"R"}}') for n in range(12)]
    for body in bodies:
        await start(user, body, worked.first)

    async def cancel(body: Body, eryao: Eryao) -> RunRow:
        await anyio.sleep(0.01)
        return await eryao.runs.withdrawal.cancel(user, body.run)

    await worked.race(*(partial(cancel, body) for body in bodies))

    for body in bodies:
        run = await worked.until(body.run, "cancelled", "interrupted", "succeeded")
        if run.status == "interrupted":
            assert run.cancel_requested, "heard by its worker, which had no time to heed it"


async def test_a_time_that_is_over_is_over_once_however_many_sweep(
    settings: Settings, postgres_url: str
) -> None:
    hasty = settings.model_copy(update={"approval_seconds": 0.001})
    async with fleet(hasty, postgres_url) as servers, at_work(servers.first):
        user = await servers.enter(points=1_000)
        asked = [await waiting_run(servers, user) for _ in range(4)]

        await servers.race(*[sweep] * 9)

        for body, _ in asked:
            _, going_on = await servers.runs_of(body.thread)
            await servers.until(going_on.id, "succeeded")
        assert (await servers.audit()).clean


async def sweep(eryao: Eryao) -> None:
    await eryao.sweeper.sweep(trim=True)


# --- points and users --------------------------------------------------------------------------


async def test_of_fifty_that_come_in_with_one_address_one_is_made(many: Fleet) -> None:
    async def enter(eryao: Eryao) -> str:
        user = await eryao.database.run(eryao.sign_in.accounts.enter, "new@example.com")
        return user.id

    outcomes = await many.race(*[enter] * RACERS)

    assert len(set(outcomes)) == 1
    assert await many.balance(outcomes[0]) == 100


async def test_a_correction_leaves_the_balance_that_it_says_whoever_books_beside_it(
    many: Fleet,
) -> None:
    user = await many.enter()

    async def book(number: int, eryao: Eryao) -> None:
        def work(tx: Transaction) -> None:
            if number % 2:
                eryao.wallet.correct(tx, user, 50, None)
            else:
                eryao.wallet.grant(tx, user, 7, None)

        await eryao.database.run(work)

    await many.race(*(partial(book, number) for number in range(RACERS)))

    entries = await many.first.database.read(
        lambda tx: tx.points.page(user, before=2**62, limit=99)
    )
    assert {entry.balance_after for entry in entries if entry.kind == "correction"} == {50}
    times = [entry.created_at for entry in entries]
    assert times == sorted(set(times), reverse=True)


# --- what tools leave behind -------------------------------------------------------------------


async def test_reminders_are_told_once_and_each_user_in_order(many: Fleet) -> None:
    users = [await many.enter(f"user-{n}@example.com") for n in range(3)]
    now = many.first.clock.now()
    reminders = many.first.ports.reminders
    assert reminders is not None
    for number in range(60):
        await reminders.set(
            str(uuid4()),
            user_id=users[number % 3],
            session_id="s",
            at=now - timedelta(seconds=60 - number),
            text=str(number),
            locale="en",
        )

    await many.race(*[sweep] * 9)

    for number, user in enumerate(users):
        page = await many.first.database.read(_notifications, user)
        assert sorted(int(row.body) for row in page) == list(range(number, 60, 3))


def _notifications(tx: Transaction, user_id: str) -> list[NotificationRow]:
    return tx.notifications.page(user_id, before=2**62, limit=99)


async def test_the_last_place_in_a_users_folder_is_given_once(many: Fleet) -> None:
    user = await many.enter()
    most = many.first.settings.drawings_per_user

    async def keep(eryao: Eryao) -> bool:
        name = str(uuid4())
        row = DrawingRow(id=name, user_id=user, session_id="s", path=name, created_at=1)
        return await eryao.database.run(lambda tx: tx.drawings.add(row, most=most))

    outcomes = await many.race(*[keep] * (most + 10))

    assert sum(outcomes) == most


async def test_two_attempts_at_one_call_share_under_one_link(worked: Fleet) -> None:
    user, body = await worked.enter(), Body("say 2")
    await start(user, body, worked.first)
    await worked.until(body.run, "succeeded")

    async def share(eryao: Eryao) -> str:
        shared = await eryao.shares.share(
            "call-1", user_id=user, session_id=body.thread, days=7, include_question=False
        )
        return shared.url

    assert len(set(await worked.race(*[share] * 10))) == 1


# --- the queue ---------------------------------------------------------------------------------


async def test_each_run_is_claimed_by_one_of_many_workers(many: Fleet) -> None:
    user = await many.enter(points=1_000)
    bodies = [Body() for _ in range(40)]
    await many.race(*(partial(start, user, body) for body in bodies))

    async def claim(number: int, eryao: Eryao) -> list[str]:
        runs = await eryao.database.run(
            lambda tx: tx.runs.claim(f"w{number}", most=7, now=0, lease=60_000_000)
        )
        assert len(runs) <= 7
        return [run.id for run in runs]

    outcomes = await many.race(*(partial(claim, number) for number in range(20)))

    claimed = [run_id for outcome in outcomes for run_id in outcome]
    assert len(claimed) == len(set(claimed))
    rest = await claim(99, many.first)
    assert len(claimed) + len(rest) >= 40 - 7


async def test_a_server_that_starts_leaves_the_runs_of_others_alone(worked: Fleet) -> None:
    """On a file it takes all back, as nobody else can be alive."""
    user, body = await worked.enter(), Body("say 200 pace 20")
    await start(user, body, worked.first)
    await worked.until(body.run, "running")

    async with running(worked.servers[1]):
        run = await worked.until(body.run, "running", "succeeded", "failed")

    assert (run.status, run.attempt) == ("running", 1)
    assert run.lease_until > micros(worked.first.clock.now())
    await worked.first.runs.withdrawal.cancel(user, body.run)
    await worked.until(body.run, "cancelled")
