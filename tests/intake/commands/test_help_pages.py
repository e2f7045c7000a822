"""Help: every command stands in a panel and has an example that can be typed."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from intake.cli import app
from intake.commands.help_pages import EXAMPLES, PANELS

TREE: Any = typer.main.get_command(app)


def leaves(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield " ".join(names), command
    for name, child in children.items():
        yield from leaves(child, (*names, name))


def test_the_tables_name_every_command_once() -> None:
    assert set(EXAMPLES) == {name for name, _ in leaves(TREE)}
    placed = [name for names in PANELS.values() for name in names]
    assert sorted(placed) == sorted(TREE.commands)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_can_be_typed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, words = TREE, shlex.split(EXAMPLES[name])
    monkeypatch.chdir(tmp_path)
    for word in words:
        if "." in word and "/" not in word and " " not in word:
            (tmp_path / word).touch()
    context = command.make_context("intake", words[:0], resilient_parsing=True)
    for word in name.split():
        command, words = command.commands[word], words[1:]
    with command.make_context(name, [*words, *_secrets(command)], parent=context, resilient_parsing=False) as made:
        assert made.command is command


def test_help_names_the_users_and_no_kind_of_value_for_what_is_only_given_or_not() -> None:
    shown = CliRunner().invoke(app, ["--help"], terminal_width=120).output
    assert [panel in shown for panel in PANELS] == [True] * len(PANELS)
    assert "bool" not in shown + CliRunner().invoke(app, ["statement", "--help"]).output.lower()
    assert "Example: intake statement 1 2026-10" in CliRunner().invoke(app, ["statement", "--help"]).output


def _secrets(command: Any) -> list[str]:
    """A password that would be asked for is given, so that nothing has to be typed."""
    return [word for each in command.params if getattr(each, "prompt", None) for word in (each.opts[0], "x" * 12)]
