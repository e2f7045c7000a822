"""`intake check` proves the rules, the kinds of files and the virus scanner."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake.cli import app
from tests.servers.clamd import clamd


def check(folder: Path, settings: str) -> tuple[int, str]:
    file = folder / "intake.toml"
    file.write_text(f'[service]\ndata_dir = "{folder / "var"}"\n[dns]\nnameservers = ["127.0.0.1:9"]\n{settings}')
    done = CliRunner().invoke(app, ["--config", str(file), "check"])
    return done.exit_code, done.output


def test_without_a_scanner_it_says_so(tmp_path: Path) -> None:
    _, told = check(tmp_path, "")
    assert "virus scanner: none configured" in told
    assert "withheld: executable" in told


def test_a_scanner_that_does_not_answer_fails(tmp_path: Path) -> None:
    code, told = check(tmp_path, f'[clamav]\nsocket = "{tmp_path}/none.sock"\nwhen_down = "accept"\n')
    assert code == 1
    assert "FAILED  virus scanner: clamav:" in told
    assert "unsafe  clamav.when_down" in told


def test_a_kind_there_is_not_fails(tmp_path: Path) -> None:
    _, told = check(tmp_path, '[attachments]\nhold = ["exe"]\n')
    assert "FAILED  category rules, kinds of files: attachments.hold: 'exe'" in told


@pytest.mark.e2e
def test_a_scanner_that_answers_is_fine(tmp_path: Path) -> None:
    with clamd() as daemon:
        _, told = check(tmp_path, f'[clamav]\nsocket = "{daemon.socket}"\n')
    assert "ok      virus scanner: answers" in told
