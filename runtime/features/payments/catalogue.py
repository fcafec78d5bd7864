"""What is on sale: one YAML file, checked when the server starts."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

OURS = Path(__file__).with_name("packages.yaml")
# The one in C where it was built: in Python ours takes as long as all else that a start makes.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogueWrong(ValueError):
    """The file of packages cannot be used; one sentence for each reason."""


class Package(BaseModel):
    """One thing that can be bought."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=True
    )

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    apple_product_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    bonus: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    starter: bool = False
    price: Annotated[str, Field(min_length=1, max_length=20)]
    enabled: bool = True


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    packages: list[Package]


class Catalogue:
    """The packages, as the app and as Apple name them."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.on_sale = [package for package in packages if package.enabled]

    def by_code(self, code: str) -> Package | None:
        return next((package for package in self.on_sale if package.code == code), None)

    def by_product(self, product_id: str) -> Package | None:
        found = (package for package in self.on_sale if package.apple_product_id == product_id)
        return next(found, None)


def catalogue_from(path: Path = OURS) -> Catalogue:
    """The catalogue in this file, or CatalogueWrong with what to mend in it."""
    try:
        packages = _File.model_validate(_read(path)).packages
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False)
        raise CatalogueWrong("\n".join(_sentence(path, error) for error in errors)) from None
    for name in ("code", "apple_product_id"):
        counted = Counter(getattr(package, name) for package in packages)
        if twice := [value for value, count in counted.items() if count > 1]:
            raise CatalogueWrong(f"{path}: {to_camel(name)} {twice[0]!r} stands twice.")
    return Catalogue(packages)


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - both are safe
    except OSError as exc:
        raise CatalogueWrong(f"{path} cannot be read: {exc.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise CatalogueWrong(f"{path} is not YAML: {' '.join(str(exc).split())}.") from None


def _sentence(path: Path, error: Any) -> str:
    if not error["loc"]:
        return f"{path}: it must begin with packages: and list them."
    return f"{path}: {'.'.join(map(str, error['loc']))}: {error['msg']}."
