"""What `tests.support.forks` has imported before it forks, put out of the collector's way."""

import gc

import anyio._backends._asyncio  # noqa: F401 - or each would look for it

import runtime.cli.asking.minting  # noqa: F401
import storage.sql.postgres  # noqa: F401
from runtime.cli import main
from storage.redis import client  # noqa: F401
from tests.support.commands import itself

for command in main.commands.values():
    itself(command)

gc.collect()
gc.freeze()
