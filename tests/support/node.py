"""Node, with exactly the packages of the lock file."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[1]
LOCK = PACKAGES / "package-lock.json"
MODULES = PACKAGES / "node_modules"
STAMP = MODULES / ".installed"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
INSTALL_SECONDS = 100


def installed_node() -> str:
    """Node, once its packages are there; without it a test is skipped, in CI it fails."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        reason = "this needs node and npm"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come here at once
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if not STAMP.exists() or STAMP.read_text() != wanted:
            subprocess.run([npm, *INSTALL], cwd=PACKAGES, check=True, timeout=INSTALL_SECONDS)
            STAMP.write_text(wanted)
    return found
