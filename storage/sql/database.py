"""A transaction is a plain function: `await database.run(work, …)` runs it whole, or not at all."""

from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from storage.sql import postgres_module
from storage.sql.sqlite import SqliteLanes
from storage.sql.transaction import Transaction
from storage.urls import is_sqlite, sqlite_path

CONNECTIONS = 8
P = ParamSpec("P")
T = TypeVar("T")


class Lanes(Protocol):
    """How work reaches an engine: in order where it writes, beside it where it only reads."""

    def write(self, work: Callable[[Connection], Any]) -> Awaitable[Any]: ...

    def read(self, work: Callable[[Connection], Any]) -> Awaitable[Any]: ...

    def close(self) -> None: ...


class Database:
    """Runs sync functions as transactions in threads of its own; nothing else commits.

    A function touches nothing but its transaction: where the store undoes that, for a deadlock or
    because another one of the same commit failed, it is run again from its beginning.
    A caller that is cancelled leaves, its transaction does not: it ends by itself, whole.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def run(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work` returns, once what it wrote is durable; or what it raises, nothing kept."""
        result: T = await self._lanes.write(lambda conn: work(Transaction(conn), *args, **kwargs))
        return result

    async def read(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work` finds in one snapshot; it must not write."""
        result: T = await self._lanes.read(lambda conn: work(Transaction(conn), *args, **kwargs))
        return result

    def close(self) -> None:
        """Finish what is under way and let go of the connections."""
        self._lanes.close()


def database_from(url: str, *, connections: int = CONNECTIONS) -> Database:
    """The database behind a URL, opened; its schema is storage.sql.migrate's business."""
    if is_sqlite(url):
        return Database(SqliteLanes(sqlite_path(url)))
    return Database(postgres_module().PostgresLanes(url, connections=connections))
