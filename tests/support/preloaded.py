"""What `tests.support.forks` has imported before it forks, put out of the collector's way."""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio._backends._asyncio  # noqa: F401 - or each would look for it
import appstoreserverlibrary.api_client
import appstoreserverlibrary.signed_data_verifier  # noqa: F401 - what only Apple's sales need
import uvicorn.lifespan.on  # noqa: F401 - the same

import runtime.agent.models.openai
import runtime.cli.asking.minting  # noqa: F401 - what only asking without a token needs
import storage.blobs.s3
import storage.redis.driver
import storage.sql.postgres  # noqa: F401
from runtime.app import asgi
from runtime.cli import main
from runtime.parts import build
from runtime.settings import Settings
from tests.support.commands import itself

for command in main.commands.values():
    itself(command)

# One server, thrown away: the patterns and schemas that it leaves behind are made once for all.
with TemporaryDirectory() as folder:
    eryao = build(Settings(data_dir=Path(folder), model_url="scripted:"))
    asgi(eryao)
    eryao.database.close()  # and its threads with it: a fork would hang on them
    del eryao

gc.collect()
gc.freeze()
