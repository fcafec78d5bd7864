"""A storage backend as docs/extending.md shows it: throttles in a folder that processes share."""

import json
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

from anyio import to_thread

from storage.errors import StorageUnavailable


class FileThrottles:
    """See Throttles."""

    def __init__(self, folder: Path, *, time: Callable[[], float]) -> None:
        self._folder = folder
        self._time = time

    async def take(self, key: str, *, limit: int, seconds: float, uses: int = 1) -> float:
        try:
            return await to_thread.run_sync(self._take, key, limit, seconds, uses)
        except OSError as failure:
            raise StorageUnavailable(str(failure)) from failure

    def _take(self, key: str, limit: int, seconds: float, uses: int) -> float:
        path = self._folder / sha256(key.encode()).hexdigest()
        with path.open("a+", encoding="utf-8") as file:
            flock(file, LOCK_EX)  # one at a time decides, in whichever process
            file.seek(0)
            now = self._time()
            ends = [end for end in json.loads(file.read() or "[]") if end > now]
            if limit < uses:
                return seconds
            if len(ends) + uses > limit:
                return float(ends[uses - limit - 1] - now)
            file.truncate(0)
            file.write(json.dumps(ends + [now + seconds] * uses))
        return 0.0
