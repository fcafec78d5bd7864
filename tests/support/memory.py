"""A plugin for whole runs: their folders lie in memory, where there is room.

A thousand databases wait for a disk that nobody pulls out: no test is about a power cut.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
GB = 10**9
MOST = 4 * GB
# What the servers and browsers of the tests need themselves.
LEFT = 4 * GB


def pytest_configure(config: pytest.Config) -> None:
    # Whoever chose a place has it; those who work for this process find this one's there.
    if "TMPDIR" in os.environ or not is_roomy():
        return
    remove_what_the_dead_left()
    folder = MEMORY / f"eryao-tests.{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)  # not all servers run as who runs this
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def is_roomy() -> bool:
    if not os.access(MEMORY, os.W_OK):
        return False
    free = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    room = shutil.disk_usage(MEMORY).free
    return free is not None and int(free[1]) * 1024 > MOST + LEFT and room > MOST


def remove_what_the_dead_left() -> None:
    """Whoever is killed removes nothing."""
    for folder in MEMORY.glob("eryao-tests.*"):
        if not Path("/proc", folder.suffix.removeprefix(".")).exists():
            shutil.rmtree(folder, ignore_errors=True)
