"""The register of tools: ours, and those that installed packages add."""

import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from tools.approval import Approval
from tools.base import Tool, ToolContext
from tools.registry import BUILTIN, Tools, load

GREETER = '''
from pydantic import BaseModel

from tools.base import ToolContext, tool


class Greeting(BaseModel):
    name: str


@tool()
async def {name}(ctx: ToolContext, args: Greeting) -> str:
    """Greet someone."""
    return f"Hello {{args.name}}"


not_a_tool = "hello"
'''


class Nothing(BaseModel):
    """No arguments at all."""


async def _repeat(ctx: ToolContext, args: Nothing) -> str:
    return f"{ctx.call_id} {args}"


def named(name: str) -> Tool:
    """Return a tool of a name."""
    return Tool(name, "", Nothing, _repeat)


def install(
    site: Path, monkeypatch: pytest.MonkeyPatch, *, name: str = "greet", points_to: str = ""
) -> None:
    """Put a distribution on the path that adds one tool."""
    (site / "greeter_plugin.py").write_text(GREETER.format(name=name), encoding="utf-8")
    about = site / "greeter_plugin-1.0.dist-info"
    about.mkdir()
    about.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\nName: greeter-plugin\nVersion: 1.0\n", encoding="utf-8"
    )
    about.joinpath("entry_points.txt").write_text(
        f"[eryao.tools]\ngreeting = greeter_plugin:{points_to or name}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "greeter_plugin", raising=False)


def test_a_tool_is_found_by_its_name() -> None:
    one, other = named("one"), named("other")

    tools = Tools([one, other])

    assert dict(tools) == {"one": one, "other": other}
    assert len(tools) == 2
    assert "third" not in tools


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two tools are called one"):
        Tools([named("one"), named("other"), named("one")])


def test_the_built_in_tools_are_those_of_the_contract() -> None:
    assert [tool.name for tool in BUILTIN] == [
        "look_up_text",
        "look_up_calendar",
        "derive_chart",
        "cast_hexagram",
        "draw_chart",
        "recall_readings",
        "save_reading",
        "set_reminder",
        "share_reading",
        "update_profile",
    ]
    assert set(BUILTIN) <= set(load().values())


@pytest.mark.parametrize("tool", BUILTIN, ids=lambda tool: tool.name)
def test_every_built_in_tool_tells_a_model_what_it_is_for(tool: Tool) -> None:
    assert tool.name.isascii()
    assert len(tool.name) <= 64
    assert len(tool.description) > 20
    assert (tool.question is None) is (tool.approval is Approval.NEVER)


async def test_an_installed_package_adds_its_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)

    tools = load()

    assert list(tools)[: len(BUILTIN)] == [tool.name for tool in BUILTIN]
    assert tools["greet"].description == "Greet someone."
    assert set(tools["greet"].schema()["properties"]) == {"name"}


def test_a_package_cannot_take_the_name_of_a_built_in_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be asked in place of ours, and perhaps without the user's yes."""
    install(tmp_path, monkeypatch, name="save_reading")

    with pytest.raises(ValueError, match="two tools are called save_reading"):
        load()


def test_an_entry_point_that_is_no_tool_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, points_to="not_a_tool")

    with pytest.raises(TypeError, match=r"greeting of .* is not a Tool"):
        load()


@pytest.mark.parametrize(
    "name", ["", "two words", "1st", "-x", "读", "a.b", "a" * 65, "look_up\n", "<b>"]
)
def test_a_name_that_no_model_could_call_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a tool's name"):
        Tools([named(name)])
