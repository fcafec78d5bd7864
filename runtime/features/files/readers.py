"""How many may read files at once: each holds a socket, an open file and a piece in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.errors import Code, Problem

# Most files are sent within a second; who reads slowly is not waited for.
RETRY_SECONDS = 2


class Readers:
    """At most so many in this process, and so many of one user's files, whoever reads them.

    A signed URL may be passed on to anybody: it can use up its owner's share, and nobody else's.
    """

    def __init__(self, *, most: int, per_owner: int) -> None:
        self._most = most
        self._per_owner = per_owner
        self._by_owner: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._by_owner.total()

    @contextmanager
    def one_of(self, owner_id: str) -> Iterator[None]:
        """A place for as long as the file is sent."""
        self._check(owner_id)
        self._by_owner[owner_id] += 1
        try:
            yield
        finally:
            self._leave(owner_id)

    def _check(self, owner_id: str) -> None:
        if self._by_owner[owner_id] >= self._per_owner:
            raise _too_many(f"{self._per_owner} of this user's files are being read, the most.")
        if len(self) >= self._most:
            raise _too_many(f"{self._most} files are being read, which is the most.")

    def _leave(self, owner_id: str) -> None:
        self._by_owner[owner_id] -= 1
        # Whoever has ever had a reader would be remembered else.
        if not self._by_owner[owner_id]:
            del self._by_owner[owner_id]


def _too_many(detail: str) -> Problem:
    return Problem(Code.FILE_TOO_MANY_READERS, detail, retryAfter=RETRY_SECONDS)
