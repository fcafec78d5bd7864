"""Where it listens, what it takes from the network, how it goes down."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from runtime.settings.values import Commas, LogLevel, Origins, Seconds, address, upper


class Serving(BaseModel):
    """Where it listens, what it takes from the network, how it goes down."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="The port; 0 takes any free one.")
    worker_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Where `eryao worker` answers /healthz, /readyz and /metrics, on the same "
        "address; 0 takes any free port, and unset it opens none.",
    )
    forwarded_allow_ips: Commas = Field(
        default=("127.0.0.1",),
        description="Proxies whose X-Forwarded headers are believed, separated by commas; "
        "* believes everybody and is only safe where nobody else can connect.",
    )
    allowed_origins: Origins = Field(
        default=(), description="Browser origins that may call the API, separated by commas."
    )

    public_url: Annotated[str, AfterValidator(address)] = Field(
        default="", description="How people reach this server, for links: https://api.example.com."
    )
    console: bool = Field(default=True, description="Whether the console is served at /.")
    header_seconds: Seconds = Field(
        default=10, description="How long a client may take to send a request's headers."
    )
    body_seconds: Seconds = Field(
        default=30, description="How long a body may take, besides a second for each 100 kB of it."
    )
    body_limit_kb: int = Field(
        default=1_024, ge=1, le=1_048_576, description="The largest body in KiB, uploads aside."
    )
    grace_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=25,
        description="How long running runs get to finish once the server is told to stop.",
    )
    log_level: Annotated[LogLevel, BeforeValidator(upper)] = Field(
        default=LogLevel.INFO,
        description="DEBUG, INFO, WARNING or ERROR; DEBUG also writes the texts of exceptions, "
        "which may quote what users sent.",
    )
