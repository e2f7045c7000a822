"""What the pages for people say is true: links lead somewhere, commands and paths exist, the settings load."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from config.load import load_settings
from intake.api.app import create_api
from intake.app import build
from intake.cli import app
from intake.http_server import api_services

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
OUTSIDE_THE_SCHEMA = ("/api/v1/openapi.json", "/api/v1/cti/{token}")
SECRET_FILE = re.compile(r'_file = "[^"]*"')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def commands() -> set[str]:
    """Every command with its groups, such as "quarantine release"."""
    found = set()

    def walk(command: object, names: tuple[str, ...]) -> None:
        found.add(" ".join(names))
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*names, name))

    walk(typer.main.get_command(app), ())
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    known = commands()
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"(?:^|`)(?:/opt/intake/bin/)?intake((?: --config \S+)?(?: [a-z-]+)+)", text, re.MULTILINE):
        words = re.sub(r" --config \S+", "", line).split()
        assert any(" ".join(words[:count]) in known for count in range(len(words), 0, -1)), f"intake{line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_api_paths_exist(page: Path, api_paths: list[re.Pattern[str]]) -> None:
    for path in re.findall(r"/api/v1/[A-Za-z0-9{}/.-]+", page.read_text(encoding="utf-8")):
        plain = path.rstrip("/.").removesuffix("/…")
        assert any(pattern.fullmatch(plain) for pattern in api_paths), path


@pytest.fixture(scope="module")
def api_paths(tmp_path_factory: pytest.TempPathFactory) -> list[re.Pattern[str]]:
    folder = tmp_path_factory.mktemp("service")
    application = build(load_settings(service={"data_dir": folder}))
    try:
        paths = [*create_api(api_services(application)).openapi()["paths"], *OUTSIDE_THE_SCHEMA]
    finally:
        application.close()
    return [re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))) for path in paths]


def test_the_operators_settings_load(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    secret = tmp_path / "secret"
    secret.write_text("postgresql://intake@localhost/intake")
    settings = tmp_path / "intake.toml"
    settings.write_text(SECRET_FILE.sub(f'_file = "{secret}"', block))
    assert tomllib.loads(settings.read_text())["smtp"]["port"] == 25
    loaded = load_settings(settings)
    assert loaded.mail.addresses == ("helpdesk@firma.cz",)
    assert loaded.phone_endpoints[0].token is not None
