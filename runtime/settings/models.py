"""Who writes the readings."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from runtime.settings.values import Options, one_of


class Models(BaseModel):
    """Who writes the readings."""

    model_url: Annotated[str, one_of("builtin:", "scripted:", "http://", "https://")] = Field(
        default="builtin:",
        min_length=1,
        description="The model: builtin: needs nothing, scripted: is for tests, and a URL is "
        "any endpoint that speaks OpenAI's chat completions.",
    )
    model: str = Field(default="", description="The model's name at that endpoint.")
    model_api_key: SecretStr = Field(
        default=SecretStr(""), description="The key for that endpoint."
    )
    model_options: Options = Field(
        default={},
        description="A JSON object that every request to that endpoint carries, such as "
        '{"temperature": 0.7}.',
    )
    fallback_model_url: Annotated[str, one_of("builtin:", "http://", "https://")] = Field(
        default="",
        description="A second model, at an endpoint or builtin:, that is asked where the first "
        "does not say a word; empty is none.",
    )
    fallback_model: str = Field(
        default="", description="The second model's name; empty is the first one's."
    )
    fallback_model_api_key: SecretStr = Field(
        default=SecretStr(""), description="The key for the second endpoint."
    )
    fallback_model_options: Options = Field(
        default={}, description="The same as for the first model, for the second one."
    )
