"""What a cluster does that one server does not: keys live apart, and move."""

from collections.abc import AsyncIterator
from uuid import uuid4

import anyio
import pytest

from storage.events.base import EventLog
from storage.events.redis import RedisEventLog
from storage.redis.client import Redis
from tests.storage.event_log_backends import WINDOW, carried
from tests.support.redis import CLUSTER, RedisCluster, shared_server

RUNS = 32
PATIENCE_SECONDS = 15.0


@pytest.fixture
def cluster() -> RedisCluster:
    server = shared_server(CLUSTER)
    assert isinstance(server, RedisCluster)
    server.flush()
    return server


@pytest.fixture
async def here(cluster: RedisCluster) -> AsyncIterator[EventLog]:
    async for log in _log(cluster):
        yield log


@pytest.fixture
async def there(cluster: RedisCluster) -> AsyncIterator[EventLog]:
    async for log in _log(cluster):
        yield log


async def _log(cluster: RedisCluster) -> AsyncIterator[EventLog]:
    client = Redis(cluster.url)
    try:
        async with carried(RedisEventLog(client, window=WINDOW)) as under_way:
            yield under_way.log
    finally:
        await client.close()


async def test_logs_lie_on_every_node_and_are_followed_from_another_process(
    cluster: RedisCluster, here: EventLog, there: EventLog
) -> None:
    runs = [str(uuid4()) for _ in range(RUNS)]
    seen: dict[str, bytes] = {}

    async def view(run_id: str) -> None:
        tail = there.follow(run_id)
        seen[run_id] = await tail.next() or b""
        tail.close()

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            for run_id in runs:
                tasks.start_soon(view, run_id)
            for run_id in runs:
                writer = await here.open(run_id, attempt=1)
                writer.append(_frame(run_id))
                await writer.durable()

    assert seen == {run_id: _frame(run_id) for run_id in runs}
    assert all(node.names() for node in cluster.nodes)


async def test_a_log_goes_on_where_its_slots_have_moved_to(
    cluster: RedisCluster, here: EventLog, there: EventLog
) -> None:
    """Both processes have learned the old place, and are told of the new one when they ask."""
    run_id = str(uuid4())
    tail = there.follow(run_id)
    writer = await here.open(run_id, attempt=1)
    writer.append(_frame("before"))
    assert await tail.next() == _frame("before")

    cluster.move(next(key for key in cluster.names() if run_id in key))

    writer.append(_frame("after"))
    with anyio.fail_after(PATIENCE_SECONDS):
        assert await tail.next() == _frame("after")
    tail.close()


def _frame(word: str) -> bytes:
    return f"data: {word}\n\n".encode()
