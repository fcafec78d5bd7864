"""What is sold, and how Apple's word on it is checked."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from runtime.settings.values import Commas, address


class Payments(BaseModel):
    """What is sold, and how Apple's word on it is checked."""

    payments_packages: str = Field(
        default="", description="A YAML file of packages; empty is the one that comes along."
    )
    apple_root_certificates: str = Field(
        default="",
        description="A file of Apple's root certificates (PEM or DER), or a folder of such files; "
        "empty turns payments off.",
    )
    apple_bundle_id: str = Field(default="", description="The app's bundle identifier.")
    apple_app_id: Annotated[int, Field(ge=0)] = Field(
        default=0, description="The app's number in the App Store; needed for Production."
    )
    apple_environment: Literal["Production", "Sandbox"] = Field(
        default="Production", description="Whose purchases count here: Production or Sandbox."
    )
    apple_reviewers: Commas = Field(
        default=(),
        description="Addresses, separated by commas, whose Sandbox purchases count on a Production "
        "server too: Apple's reviewers buy like that.",
    )
    apple_offline_hours: Annotated[float, Field(gt=0, le=720)] = Field(
        default=24,
        description="How old Apple's signature on a new purchase may be before their server is "
        "asked about it.",
    )
    apple_api_key_file: str = Field(
        default="",
        description="The key (.p8) for Apple's server API, which then is asked about every new "
        "purchase; empty asks nobody.",
    )
    apple_api_key_id: str = Field(default="", description="That key's identifier.")
    apple_api_issuer_id: str = Field(default="", description="That key's issuer.")
    apple_api_url: Annotated[str, AfterValidator(address)] = Field(
        default="", description="Where Apple's server API answers; empty is Apple's own address."
    )
