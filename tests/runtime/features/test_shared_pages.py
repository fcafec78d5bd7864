"""Links to shared readings: when they end, and that a repeated call gives the same one."""

import json
from dataclasses import replace

import pytest
from pydantic import SecretStr

from runtime.parts import Eryao, build
from storage.sql.messages import MessageRow
from storage.sql.runs import RunRow
from storage.sql.sessions import SessionRow
from storage.sql.transaction import Transaction
from tests.support.api import CAST
from tests.support.clock import StillClock
from tools.base import ToolFailed
from tools.liuyao.derive import derive
from tools.liuyao.payload import LATEST, parse_cast

DAY = 86_400
SESSION = "0b6e3f52-3e6c-4a54-9e0c-6d5d6e1f7a10"


def with_reading(tx: Transaction, eryao: Eryao, *, said: str = "A reading.") -> str:
    user = eryao.sign_in.accounts.enter(tx, "ann@example.org")
    cast = parse_cast(CAST, now=LATEST)
    told, chart = json.dumps(cast.to_json()), json.dumps(derive(cast))
    tx.sessions.add(SessionRow(SESSION, user.id, "title", told, chart, 1, 1))
    run = RunRow(
        id="r1",
        session_id=SESSION,
        user_id=user.id,
        kind="divination",
        digest=b"",
        input="{}",
        parent_run_id=None,
        root_run_id="r1",
        price=0,
        log_tag="tag",
        created_at=1,
    )
    tx.runs.add(run)
    body = json.dumps({"id": "m1", "role": "assistant", "content": said})
    tx.messages.add(MessageRow(SESSION, "m1", "r1", "assistant", body, 1))
    return user.id


async def share(eryao: Eryao, user_id: str, call_id: str = "c1", days: int = 2) -> str:
    shared = await eryao.shares.share(
        call_id, user_id=user_id, session_id=SESSION, days=days, include_question=False
    )
    return shared.url


async def is_open(eryao: Eryao, url: str) -> bool | None:
    row = await eryao.shares.found(url.rpartition("/")[2])
    return None if row is None else eryao.shares.is_open(row)


async def test_a_page_ends_with_its_days_and_is_forgotten_later(
    eryao: Eryao, clock: StillClock
) -> None:
    user_id = await eryao.database.run(with_reading, eryao)
    url = await share(eryao, user_id)

    assert await is_open(eryao, url) is True
    clock.move(2 * DAY - 1)
    assert await is_open(eryao, url) is True
    clock.move(1)
    assert await is_open(eryao, url) is False
    clock.move(30 * DAY)
    await eryao.shares.sweep()
    assert await is_open(eryao, url) is False
    clock.move(1)
    await eryao.shares.sweep()
    assert await is_open(eryao, url) is None


async def test_a_repeated_call_gives_the_same_link_and_another_call_another(eryao: Eryao) -> None:
    user_id = await eryao.database.run(with_reading, eryao)

    first, again = await share(eryao, user_id), await share(eryao, user_id, days=9)
    other = await share(eryao, user_id, "c2")

    assert first == again
    assert first != other


async def test_with_another_key_the_store_alone_gives_no_link_away(
    eryao: Eryao, clock: StillClock
) -> None:
    user_id = await eryao.database.run(with_reading, eryao)
    url = await share(eryao, user_id)
    key = "another key for tests, of more than 32 bytes"
    settings = eryao.settings.model_copy(update={"secret_key": SecretStr(key)})

    stranger = build(settings, clock=clock, database=eryao.database)

    row = await stranger.shares.found(url.rpartition("/")[2])
    assert row is not None, "the hash is of the link itself"
    assert stranger.shares.url(row) != url
    assert stranger.shares.url(replace(row, salt=b"")) != url


async def test_without_a_reading_there_is_nothing_to_share(eryao: Eryao) -> None:
    user_id = await eryao.database.run(lambda tx: with_reading(tx, eryao, said=""))

    with pytest.raises(ToolFailed, match="no reading yet"):
        await share(eryao, user_id)
