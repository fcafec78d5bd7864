"""What the disks still take under the folders that a process keeps things in."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
# For the runs under way to come to their ends, and for SQLite to fold its log back into the file:
# the log is cut at 64 MiB, and the file may grow by as much.
RESERVE_BYTES = 128 * MIB
# On a small disk no more than this part of it.
RESERVE_PART = 10


@dataclass(frozen=True, slots=True)
class Disk:
    """How many bytes are free, and how many of them are for what was begun."""

    free: int
    reserve: int


@dataclass(frozen=True, slots=True)
class Room:
    """Nothing new is begun on a disk that might not take its end."""

    folders: tuple[Path, ...]

    def tightest(self) -> Disk | None:
        """The disk that is nearest to its reserve; none where nothing is kept on this machine."""
        disks = map(_disk, self.folders)
        return min(disks, key=lambda disk: disk.free - disk.reserve, default=None)

    def takes(self, size: int = 0) -> bool:
        """Whether the reserve is still whole with so many bytes more."""
        disk = self.tightest()
        return disk is None or disk.free - size >= disk.reserve


def upwards(path: Path) -> Path:
    """The innermost of a path's folders that is there."""
    absolute = path.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.exists())


def _usage(folder: Path) -> Any:
    with suppress(FileNotFoundError):  # it is made at the first start
        return shutil.disk_usage(folder)
    return shutil.disk_usage(upwards(folder))


def _disk(folder: Path) -> Disk:
    try:
        usage = _usage(folder)
    except OSError:
        return Disk(0, RESERVE_BYTES)
    return Disk(usage.free, min(RESERVE_BYTES, usage.total // RESERVE_PART))
