"""How people sign in."""

from typing import Annotated

from pydantic import BaseModel, Field

from runtime.settings.values import Seconds, one_of


class Accounts(BaseModel):
    """How people sign in."""

    mail_url: Annotated[str, one_of("console:", "file:", "smtp://", "smtps://")] = Field(
        default="",
        description="The mail server for one-time codes; empty prints the mails instead.",
    )
    access_token_seconds: Seconds = Field(
        default=600, description="How long an access token is good for."
    )
