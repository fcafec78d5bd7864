"""Where a key lives: on the one server there is, or on one of a cluster's."""

from collections.abc import Sequence
from typing import Any

from storage.errors import StorageUnavailable
from storage.redis.link import Address, Link, Reply


class Routes:
    """The addresses of a Redis, learned by asking it."""

    def __init__(self, url: str) -> None:
        try:
            # Only now: the embedded server never loads redis-py.
            from storage.redis import driver  # noqa: PLC0415
        except ImportError as missing:
            raise ValueError(
                "Redis needs its client (pip install 'eryao[scale]'); "
                "one server needs no ERYAO_REDIS_URL."
            ) from missing

        self._driver = driver.Driver(url)
        self._slot = driver.slot
        self._home = self._driver.home
        # The first and the last slot of each range, and whose it is; None where nobody has asked.
        self._ranges: list[tuple[int, int, Address]] | None = None
        self._known: set[Address] = {self._home}
        self.is_cluster = False

    @property
    def is_known(self) -> bool:
        return self._ranges is not None

    def address(self, key: str) -> Address:
        if not self._ranges:
            return self._home
        slot = self._slot(key)
        for first, last, address in self._ranges:
            if first <= slot <= last:
                return address
        return self._home

    def link(self, address: Address) -> Link:
        return self._driver.link(address)

    async def learn(self, *, seconds: float) -> None:
        """Ask who has which keys; any server that is known may answer."""
        failure = StorageUnavailable("no Redis is known")
        for address in [self._home, *sorted(self._known - {self._home})]:
            link = self.link(address)
            try:
                (reply,) = await link.ask([("CLUSTER", "SLOTS")], seconds=seconds)
            except StorageUnavailable as exc:
                failure = exc
            else:
                self._keep(reply, address)
                return
            finally:
                await link.close()
        raise failure

    def forget(self) -> None:
        """What was learned may be wrong by now."""
        if self.is_cluster:
            self._ranges = None

    def _keep(self, reply: Reply, asked: Address) -> None:
        if isinstance(reply, Exception):  # it is no cluster
            self._ranges = []
            return
        self.is_cluster = True
        self._ranges = [_range(entry, asked) for entry in reply]
        self._known |= {address for _, _, address in self._ranges}


def _range(entry: Sequence[Any], asked: Address) -> tuple[int, int, Address]:
    first, last, (host, port, *_) = entry[:3]
    return first, last, (host.decode() if host else asked[0], port)
