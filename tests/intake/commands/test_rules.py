"""`intake rules`: the operator's view of the rules for categories, and the settings' defaults."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.load import SettingsError
from config.settings import CategoryRuleSettings, RulesSettings
from intake.cli import app
from intake.house_rules import standing_rules


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "intake.toml"
    file.write_text(f'[service]\ndata_dir = "{tmp_path}"\n')
    return file


def run(config: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--config", str(config), "rules", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_a_rule_is_added_tried_and_removed(config: Path) -> None:
    assert "category A – Critical, by a rule of the settings" in run(config, "try", "HAVÁRIE ústředny")
    run(config, "add", "subject", "havárie", "--category", "B", "--note", "agreed")
    assert "category B – Restrictive, by rule 1" in run(config, "try", "HAVÁRIE ústředny")
    assert "agreed" in run(config, "list")
    run(config, "remove", "1")
    run(config, "remove", "1", code=1)
    assert "rule of the settings" in run(config, "try", "havárie")


def test_a_pattern_that_means_nothing_is_refused(config: Path) -> None:
    assert "Give at least one word" in run(config, "add", "subject", "!!!", "--category", "A", code=1)


def test_a_setting_that_can_never_fit_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"rules.categories"):
        standing_rules(RulesSettings(categories=(CategoryRuleSettings(pattern="*", category="A"),)))
