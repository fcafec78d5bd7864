"""A disk as small as a test wants it, and a server on it: a tmpfs in a namespace of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.server import ServerProcess

ROOMY = 1024 * 1024 * 1024
# Ends with its input, and the disk with it.
HOLD = """
mount -t tmpfs -o size={size} none '{folder}' && echo held || exit 1
while read size; do
    mount -o remount,size="$size" '{folder}' 2>/dev/null && echo done || echo not
done
"""
# How to make a namespace and how to enter it: as anybody where anybody may, else as root.
WAYS = (
    ("unshare --user --map-root-user --mount", "nsenter --preserve-credentials --user --mount"),
    ("unshare --mount", "nsenter --mount"),
)


class SmallDisk:
    """It is full when the kernel says so; nobody else's disk is touched."""

    def __init__(self, holder: "subprocess.Popen[str]", folder: Path, enter: str) -> None:
        self._holder = holder
        self.folder = folder
        # The same from without, for whoever resolves no links.
        self.seen = Path(f"/proc/{holder.pid}/root{folder}")
        self.inside = (*enter.split(), f"--target={holder.pid}")

    def leave(self, free: int) -> None:
        """So many bytes are free from now on, whatever is there."""
        deadline = time.monotonic() + 10
        while not self._remount(free):
            assert time.monotonic() < deadline, "who writes took more than there was"

    def _remount(self, free: int) -> bool:
        disk = os.statvfs(self.seen)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        assert self._holder.stdin is not None
        assert self._holder.stdout is not None
        print(used + free, file=self._holder.stdin, flush=True)
        return self._holder.stdout.readline() == "done\n"


class ServerOnDisk(ServerProcess):
    """Where the disk is, all that is done beside it is done by commands."""

    def __init__(self, disk: SmallDisk, migrated: Path, **settings: object) -> None:
        super().__init__(disk.folder / "data", **settings)
        self.inside = disk.inside
        shutil.copytree(migrated, disk.seen / "data")

    def api(self, email: str = "ann@example.com") -> Api:
        return Api(self.url, self.command("token", "--email", email).stdout.strip(), email)

    def audit(self) -> Any:
        return self.json("audit")


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounted on this folder; a skip where no way leads to one."""
    folder.mkdir()
    said = []
    for make, enter in WAYS:
        with subprocess.Popen(
            [*make.split(), "sh", "-c", HOLD.format(size=ROOMY, folder=folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stderr is not None
            if holder.stdout.readline() == "held\n":
                yield SmallDisk(holder, folder, enter)
                return
            said.append(holder.stderr.read().strip())
    pytest.skip(f"no disk can be mounted here: {'; '.join(said)}")
