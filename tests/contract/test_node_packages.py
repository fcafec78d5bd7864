"""What Node runs here is what was looked at: exact versions, proved by hashes, from anywhere."""

import json
from typing import Any

from tests.support.node import LOCK, PACKAGES

LOCKED: dict[str, Any] = json.loads(LOCK.read_text())["packages"]


def test_every_package_is_locked_by_its_hash_and_bound_to_no_address() -> None:
    for name, package in LOCKED.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_the_official_client_is_the_version_we_speak_of() -> None:
    wanted = json.loads((PACKAGES / "package.json").read_text())["dependencies"]

    assert wanted["@ag-ui/client"] == wanted["@ag-ui/core"] == "1.0.0"
    for name, version in wanted.items():
        assert LOCKED[f"node_modules/{name}"]["version"] == version


def test_no_registry_is_named() -> None:
    settings = (PACKAGES / ".npmrc").read_text().splitlines()

    assert "omit-lockfile-registry-resolved=true" in settings
    assert not [line for line in settings if "//" in line]
