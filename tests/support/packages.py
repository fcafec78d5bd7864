"""Packages for Node, exactly those of the lock file in a folder of tests."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
INSTALL_SECONDS = 100


def need(*programs: str, why: str) -> str:
    """The first of these programs that is installed; the test is skipped, or failed in CI."""
    found = next((path for path in map(shutil.which, programs) if path), None)
    if found is None:
        reason = f"{why} needs {' or '.join(programs)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def installed(folder: Path, why: str) -> str:
    """Node, with the folder's packages beside it."""
    node, npm = need("node", why=why), need("npm", why=why)
    stamp = folder / "node_modules" / ".installed"
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come here at once
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            subprocess.run([npm, *INSTALL], cwd=folder, check=True, timeout=INSTALL_SECONDS)
            stamp.write_text(wanted)
    return node
