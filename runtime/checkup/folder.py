"""Whether the data folder can be had."""

import tempfile

from runtime.checkup.check import Check
from runtime.settings import Settings
from storage.room import upwards

NAME = "data folder"
ADVICE = "Let the server's user write there, or set ERYAO_DATA_DIR."


def folder(settings: Settings) -> Check:
    """Proved by making something there, as permissions do not tell of all that forbids it."""
    wanted = settings.data_dir
    try:
        with tempfile.TemporaryDirectory(prefix=".eryao-", dir=upwards(wanted)):
            made = wanted.exists()
    except OSError as failure:
        can = "be written to" if wanted.exists() else "be made"
        finding = f"{wanted} cannot {can}: {failure.strerror}."
        return Check(NAME, ok=False, finding=finding, advice=ADVICE)
    return Check(
        NAME, ok=True, finding=f"{wanted}{'' if made else ' will be made at the first start'}."
    )
