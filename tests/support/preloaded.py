"""What `tests.support.forks` has imported before it forks, put out of the collector's way."""

import gc

import anyio._backends._asyncio  # noqa: F401 - or each would look for it

import runtime.app
import runtime.cli
import runtime.parts  # noqa: F401
import storage.sql.postgres  # noqa: F401
from storage.redis import client  # noqa: F401

gc.collect()
gc.freeze()
