"""All tools by name: ours, then those that installed packages add."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from tools.base import Tool
from tools.builtin.calendar_days import look_up_calendar
from tools.builtin.cast_hexagram import cast_hexagram
from tools.builtin.chart import derive_chart
from tools.builtin.draw_chart import draw_chart
from tools.builtin.recall_readings import recall_readings
from tools.builtin.save_reading import save_reading
from tools.builtin.set_reminder import set_reminder
from tools.builtin.share_reading import share_reading
from tools.builtin.texts import look_up_text
from tools.builtin.update_profile import update_profile

BUILTIN = (
    look_up_text,
    look_up_calendar,
    derive_chart,
    cast_hexagram,
    draw_chart,
    recall_readings,
    save_reading,
    set_reminder,
    share_reading,
    update_profile,
)
GROUP = "eryao.tools"
# What every model's interface takes for a name.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class Tools(Mapping[str, Tool]):
    """An immutable register; a name is taken once."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if not NAME.fullmatch(tool.name):
                raise ValueError(f"{tool.name!r} cannot be a tool's name")
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name}")
            self._tools[tool.name] = tool

    def __getitem__(self, name: str) -> Tool:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)


def load() -> Tools:
    """The built-in tools and the entry points of group `eryao.tools`, each a Tool."""
    return Tools([*BUILTIN, *_plugged_in(tuple(sys.path))])


@cache
def _plugged_in(_path: tuple[str, ...]) -> tuple[Tool, ...]:
    """Looked for once: to go through all that is installed takes longer than to build a server."""
    return tuple(map(_tool, entry_points(group=GROUP)))


def _tool(point: EntryPoint) -> Tool:
    found = point.load()
    if not isinstance(found, Tool):
        raise TypeError(f"the entry point {point.name} of {GROUP} is not a Tool")
    return found
