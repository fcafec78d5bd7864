"""How people sign in."""

from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from runtime.settings.values import Count, Seconds, one_of


def _sender(text: str) -> str:
    user, _, domain = parseaddr(text)[1].rpartition("@")
    if not user or not domain or not text.isprintable():
        raise ValueError("it must look like eryao <no-reply@example.com>")
    return text


class Accounts(BaseModel):
    """How people sign in."""

    mail_url: Annotated[str, one_of("console:", "file:", "smtp://", "smtps://")] = Field(
        default="",
        description="The mail server for one-time codes: `smtp://user:password@host:587`, with "
        "`?starttls=` `required` (the default with a password), `offered` (the default without) "
        "or `never`; `smtps://` for TLS from the start; `file:FOLDER` writes them there; "
        "empty prints them instead.",
    )
    mail_password: SecretStr = Field(
        default=SecretStr(""), description="The mail server's password, where it is not in the URL."
    )
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        default="eryao <no-reply@localhost>", description="Whom mails come from."
    )
    mail_seconds: Seconds = Field(
        default=10, description="How long the mail server may take for one mail."
    )
    access_token_seconds: Seconds = Field(
        default=600, description="How long an access token is good for."
    )
    refresh_repeat_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=0,
        description="How long a refresh whose answer was lost may be asked for again, unless its "
        "new tokens were used; 0 is never: a spent token that comes back ends its sign-in.",
    )
    codes_per_source: Count = Field(
        default=30,
        description="One-time codes that may be asked for in an hour from one IPv4 address, or "
        "one /64 network of IPv6; twice as many may be tried.",
    )
    codes_alarm: Count = Field(
        default=100,
        description="Wrong codes within ten minutes, over all users, from which on new ones are "
        "longer for a while.",
    )
    jwks_url: Annotated[str, one_of("https://", "http://")] = Field(
        default="",
        description="The keys (JWKS) of another issuer whose access tokens are taken too; needs "
        "the extra `apple`, which brings the cryptography.",
    )
    jwks_issuer: str = Field(default="", description="The `iss` of that issuer's tokens.")
    jwks_audience: str = Field(
        default="", description="The `aud` that makes one of that issuer's tokens meant for us."
    )
