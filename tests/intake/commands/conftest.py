"""The command line beside the small world: both work on the same database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake.cli import app
from tests.store.world import World, world

Run = Callable[..., str]


@pytest.fixture
def desk(database_url: str) -> Iterator[World]:
    """The people whom the commands are about."""
    with world(database_url) as found:
        yield found


@pytest.fixture
def config(database_url: str, desk: World, tmp_path: Path) -> Path:
    """The settings file of that database."""
    assert desk.acme.id
    file = tmp_path / "intake.toml"
    file.write_text(f'[service]\ndata_dir = "{tmp_path}"\n[database]\nurl = "{database_url}"\n')
    return file


@pytest.fixture
def run(config: Path) -> Run:
    """Run a command and return what it prints. code: the exit status it must have."""

    def run_command(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["--config", str(config), *arguments])
        said = done.output + (str(done.exception) if done.exception else "")
        assert done.exit_code == code, said
        return said

    return run_command
