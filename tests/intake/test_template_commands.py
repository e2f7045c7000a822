"""`intake templates`: show gives what set takes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake.cli import app

CONFIG = '[service]\ndata_dir = "{folder}"\npublic_url = "https://podpora.example"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "intake.toml"
    path.write_text(CONFIG.format(folder=tmp_path / "var"), encoding="utf-8")
    return path


def run(config: Path, *arguments: str, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--config", str(config), "templates", *arguments], input=given)
    return result.exit_code, result.output


def test_a_wording_is_shown_changed_tried_and_reset(config: Path) -> None:
    code, shown = run(config, "show", "closed", "cs")
    assert code == 0
    changed = shown.replace("jsme uzavřeli", "je hotový")
    assert run(config, "set", "closed", "cs", "-", given=changed) == (0, "closed cs: version 1\n")
    assert run(config, "show", "closed", "cs")[1] == changed
    code, made = run(config, "preview", "closed", "cs")
    assert (code, "požadavek č. 123 je hotový" in made) == (0, True)
    assert "<div" in run(config, "preview", "closed", "cs", "--html")[1]
    assert "version 2" in run(config, "reset", "closed", "cs")[1]
    assert run(config, "show", "closed", "cs")[1] == shown
    assert "to-verify" in run(config, "list")[1]
    assert run(config, "set", "closed", "cs", "-", "--name", "vip", given=changed)[0] == 0
    assert run(config, "show", "closed", "cs", "--name", "vip")[1] == changed
    assert run(config, "show", "closed", "cs")[1] == shown
    assert "vip" in run(config, "list")[1]


def test_a_wording_that_cannot_be_used_is_told_why(config: Path) -> None:
    code, told = run(config, "set", "closed", "cs", "-", given="Hotovo\n\n{x}\n")
    assert code == 1
    assert "{number}" in told
    assert "{x}" in told
    assert run(config, "show", "nonsense", "cs")[0] == 1
