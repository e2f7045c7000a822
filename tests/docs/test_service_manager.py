"""The service manager's page is tried: its files are written, its commands run, one after another."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.people import CustomerData
from intake.terms import Category
from tests.intake.commands.conftest import Run, config, desk, run
from tests.intake.promises.world import open_ticket
from tests.store.world import ADMIN, World

__all__ = ["config", "desk", "run"]

PAGE = (Path(__file__).parents[2] / "docs" / "service-manager.md").read_text(encoding="utf-8")
FILE = re.compile(r"```toml (\S+)\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_the_examples_work_in_the_order_they_are_told(
    desk: World, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = CustomerData(name="Lípa s.r.o.")
    desk.do(lambda tx: tx.people.change_customer(desk.acme.id, named, by=ADMIN, at=datetime.now(UTC)))
    june = datetime(2026, 6, 9, 9, tzinfo=UTC)
    numbers = [open_ticket(desk, june, Category.CHANGE if n == 18 else Category.B).number for n in range(1, 19)]
    assert numbers[-1] == 18
    for name, text in FILE.findall(PAGE):
        Path(name).write_text(text, encoding="utf-8")
    said = {}
    for line in "".join(COMMANDS.findall(PAGE)).splitlines():
        command = shlex.split(line, comments=True)
        assert command[0] == "intake", line
        said[" ".join(command[1:])] = run(*command[1:])
    assert len(said) > 15
    assert "closed, 20900.00" in said["close-month 2026-06"]
    assert '"amendment"' in said["statement 1 2026-06 --amend An hour was forgotten"]
