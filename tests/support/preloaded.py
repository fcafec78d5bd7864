"""What `tests.support.forks` has imported before it forks, put out of the collector's way."""

import gc

import anyio._backends._asyncio  # noqa: F401 - or each would look for it
import appstoreserverlibrary.api_client
import appstoreserverlibrary.signed_data_verifier  # noqa: F401 - what only Apple's sales need
import uvicorn.lifespan.on  # noqa: F401 - the same

import runtime.agent.models.openai  # what only a remote model needs: a second
import runtime.app
import runtime.cli
import runtime.parts  # noqa: F401
import storage.blobs.s3
import storage.redis.driver
import storage.sql.postgres  # noqa: F401

gc.collect()
gc.freeze()
