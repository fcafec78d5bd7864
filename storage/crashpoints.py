"""Named places where a test may kill this process, to prove that a restart repairs what it left.

Off, a point costs one comparison. `ERYAO_CRASH_POINT=name` kills at the first passage,
`name:3` at the third; kill -9, so that nothing of ours gets to tidy up. `ERYAO_FREEZE_POINT` stops
it there instead (SIGSTOP), until someone lets it go on as if nothing had been.
"""

import os
import signal

_dies = "ERYAO_CRASH_POINT" in os.environ
_wanted, _, _nth = os.environ.get(
    "ERYAO_CRASH_POINT" if _dies else "ERYAO_FREEZE_POINT", ""
).partition(":")
_left = int(_nth or 1)

POINTS: set[str] = set()


def register(*names: str) -> None:
    """Declare the points of a module, so that the crash matrix finds every one of them."""
    POINTS.update(names)


def crashpoint(name: str) -> None:
    """Die or freeze here if the environment says so."""
    global _left  # noqa: PLW0603 - a countdown for the whole process is the point of it
    if name != _wanted:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL if _dies else signal.SIGSTOP)
