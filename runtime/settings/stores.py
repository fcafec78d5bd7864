"""What it is built on."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from runtime.settings.values import Count, Seconds, SecretCommas, one_of


class Stores(BaseModel):
    """What it is built on."""

    data_dir: Path = Field(
        default=Path("data"),
        description="The folder for whatever is kept without an outside service.",
    )
    database_url: Annotated[str, one_of("sqlite:///", "postgresql://")] = Field(
        default="", description="The database; empty is an SQLite file in the data folder."
    )
    database_connections: Count = Field(
        default=8, description="Connections that one process keeps to a Postgres database."
    )
    redis_url: Annotated[str, one_of("redis://", "rediss://", "unix://")] = Field(
        default="", description="Redis, needed once several servers share the work; empty is none."
    )
    blob_url: Annotated[str, one_of("file://", "s3://")] = Field(
        default="",
        description="The store for files: file:// and a folder, or a bucket, "
        "s3://name?endpoint=URL&region=NAME (and public=URL where clients reach it under another "
        "address); empty is the data folder.",
    )
    blob_access_key: SecretStr = Field(
        default=SecretStr(""), description="The name of the key for the bucket."
    )
    blob_secret_key: SecretStr = Field(
        default=SecretStr(""), description="The key for the bucket; it also signs its URLs."
    )
    blob_seconds: Seconds = Field(
        default=20, description="The longest that the store of files may take for one file."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key that signs tokens and URLs, the same on every server; empty makes "
        "one, once, in the data folder.",
    )
    previous_secret_keys: SecretCommas = Field(
        default=(),
        description="Keys from before the last change of the secret key, separated by commas: "
        "sign-ins that they made go on.",
    )
