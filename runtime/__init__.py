"""The server. Its name is everybody's, so it makes sure of its neighbours before anything else."""

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"

_HOME = Path(__file__).parent.parent


def _refuse_strangers() -> None:
    """Another `tools` or `storage` on the path would be imported in place of ours."""
    for name in ("tools", "storage"):
        spec = find_spec(name)
        found = Path(spec.origin).parent.parent if spec and spec.origin else None
        if found != _HOME:
            raise ImportError(f"{name!r} was found at {found}, not beside {_HOME / 'runtime'}")


_refuse_strangers()
