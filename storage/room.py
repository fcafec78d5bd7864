"""What the disks still take under the folders that a process keeps things in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
# For the runs under way to come to their ends, and for SQLite to fold its log back into the file:
# the log is cut at 64 MiB, and the file may grow by as much.
RESERVE_BYTES = 128 * MIB


@dataclass(frozen=True, slots=True)
class Room:
    """Nothing new is begun on a disk that might not take its end."""

    folders: tuple[Path, ...]

    def free(self) -> int:
        """Bytes on the fullest of the disks; none on one that cannot be looked at."""
        return min(map(_free, self.folders), default=0)

    def takes(self, size: int = 0) -> bool:
        """Whether the reserve is still whole with so many bytes more."""
        return not self.folders or self.free() - size >= RESERVE_BYTES


def upwards(path: Path) -> Path:
    """The innermost of a path's folders that is there."""
    absolute = path.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.exists())


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(upwards(folder)).free
    except OSError:
        return 0
