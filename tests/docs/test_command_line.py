"""``docs/command-line.md`` has every command with all of its options."""

import re
from collections.abc import Iterator

import click
import pytest

from cors_authz.cli import main
from tests.docs.pages import ROOT, blocks_of, rows_of, section_of

PAGE = ROOT / "docs/command-line.md"


def commands_of(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """All commands of a group, those of groups in it included."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")


COMMANDS = dict(commands_of(main))

OPTIONS = [
    pytest.param(name, option, id=f"{name} {option.opts[0]}")
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_with_an_example(name: str) -> None:
    section = section_of(PAGE, name)
    called = [b for b in blocks_of(PAGE) if f"cors-authz {name}" in b.text and b.text in section]
    assert called


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_told_with_its_default(name: str, option: click.Option) -> None:
    rows = [row for row in rows_of(section_of(PAGE, name)) if f"`{option.opts[0]}`" in row[0]]
    assert len(rows) == 1
    default = rows[0][1].strip("`")
    if option.required:
        assert default == "required"
    elif isinstance(option.default, str) and option.default:
        assert default == option.default
    elif isinstance(option.default, float):
        assert float(default) == option.default
    elif option.is_flag:
        assert default == ("on" if option.default is True else "off")


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_an_environment_variable(name: str, option: click.Option) -> None:
    spelt = option.opts[0].removeprefix("--").replace("-", "_").upper()
    prefix = f"CORS_AUTHZ_{name.upper().replace(' ', '_')}"
    expected = f"CORS_AUTHZ_{spelt}" if name == "serve" else f"{prefix}_{spelt}"
    context = click.Context(COMMANDS[name], info_name=name)
    context.auto_envvar_prefix = prefix
    automatic = f"{context.auto_envvar_prefix}_{(option.name or '').upper()}"
    given = option.envvar or automatic
    assert expected in ([given] if isinstance(given, str) else given)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_takes_several_paths_says_so(name: str) -> None:
    usage = COMMANDS[name].get_usage(click.Context(COMMANDS[name], info_name=name))
    takes_several = any(argument.nargs == -1 for argument in COMMANDS[name].params)
    assert ("PATHS..." in usage) == takes_several


def test_exit_codes_are_told() -> None:
    assert re.findall(r"^\| (\d) \|", PAGE.read_text(), re.MULTILINE) == ["0", "1", "2", "3"]
