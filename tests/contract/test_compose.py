"""The compose file says what the server knows; no engine is there to run it."""

import re
from pathlib import Path
from typing import Any

import yaml

from runtime.cli import main
from runtime.settings import Settings, variable
from storage.blobs.s3 import Bucket

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docs" / "compose.yaml"
DOCKERFILE = ROOT / "docs" / "Dockerfile"
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = {name: told for name, told in SERVICES.items() if told["image"] == "eryao"}
_GIVEN = re.compile(r"\$\{\w+(?::-|:\?)?([^}]*)\}")


def test_it_sets_only_what_is_a_setting_with_a_value_that_can_be_one() -> None:
    named = set(re.findall(r"\bERYAO_[A-Z_]+\b", COMPOSE.read_text() + DOCKERFILE.read_text()))

    assert named <= {variable(field) for field in Settings.model_fields}
    for told in OURS.values():
        values = {
            name.removeprefix("ERYAO_").lower(): _GIVEN.sub(r"\1", text)
            for name, text in told.get("environment", {}).items()
        }
        Settings.model_validate(values)
        Bucket.from_url(values["blob_url"], access_key="key", secret_key="secret")


def test_its_commands_are_commands() -> None:
    commands = {name: told["command"][0] for name, told in OURS.items() if "command" in told}

    assert set(commands.values()) == {"migrate", "serve", "worker"}
    assert set(commands.values()) <= set(main.commands)


def test_each_of_ours_waits_for_the_schema_and_has_time_to_finish() -> None:
    grace = Settings.model_fields["grace_seconds"].default
    for name in ("server-1", "server-2", "worker-1", "worker-2"):
        told = OURS[name]
        assert told["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert int(told["stop_grace_period"].removesuffix("s")) > grace


def test_all_that_is_mounted_and_copied_is_there() -> None:
    whole = yaml.safe_load(COMPOSE.read_text())
    mounted = {
        volume.split(":")[0] for told in SERVICES.values() for volume in told.get("volumes", ())
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)

    assert mounted == set(whole["volumes"])
    assert all((ROOT / path).exists() for paths in copied for path in paths.split())
