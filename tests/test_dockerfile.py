"""The image and the compose file, as far as a test can follow them without Docker."""

import http.server
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from config.load import load_settings
from tests.dockerfile import Step, build, sent_to_the_builder, stages
from tests.tree import PACKAGES, ROOT, name_of, tracked

BUILD, FINAL = stages((ROOT / "Dockerfile").read_text())
IGNORE = (ROOT / ".dockerignore").read_text()


def only(steps: list[Step], name: str) -> Step:
    (step,) = (step for step in steps if step.name == name)
    return step


def environment_of(steps: list[Step]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in only(steps, "ENV").words)


def test_both_stages_stand_on_the_same_fixed_version() -> None:
    images = {stage[0].words[0] for stage in (BUILD, FINAL)}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", images.pop())


def test_it_runs_as_a_user_without_rights_in_a_folder_that_is_kept() -> None:
    names = [step.name for step in FINAL]
    assert only(FINAL, "USER").text == "intake"
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert only(FINAL, "VOLUME").text == environment_of(FINAL)["INTAKE_SERVICE__DATA_DIR"]


def test_the_settings_of_the_image_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(FINAL).items():
        if name.startswith("INTAKE_"):
            monkeypatch.setenv(name, value)
    settings = load_settings()
    assert only(FINAL, "EXPOSE").words == [str(settings.http.port), str(settings.smtp.port)]
    assert settings.http.host == settings.smtp.host == "0.0.0.0"


@pytest.fixture
def status_server() -> Iterator[tuple[int, list[int]]]:
    """An HTTP server that answers /healthz with the status it is told; yields its port and a list to tell it with."""
    status = [200]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            self.send_response(status[-1] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], status
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_asks_healthz(status_server: tuple[int, list[int]], status: int, healthy: bool) -> None:
    port, answers = status_server
    answers.append(status)
    command = Step(name="CMD", text=only(FINAL, "HEALTHCHECK").text.partition("CMD ")[2]).words
    here = [sys.executable, *(word.replace(":8080/", f":{port}/") for word in command[1:])]
    assert (subprocess.run(here, capture_output=True, check=False).returncode == 0) is healthy


def test_no_more_goes_to_the_builder_than_it_copies() -> None:
    sent = sent_to_the_builder([name_of(path) for path in tracked()], IGNORE)
    copied = [word for step in BUILD if step.name == "COPY" for word in step.words[:-1]]
    assert set(PACKAGES) <= set(copied)
    for file in sent:
        assert any(file == origin or file.startswith(f"{origin}/") for origin in copied), file
    for origin in copied:
        assert any(file == origin or file.startswith(f"{origin}/") for file in sent), origin


@pytest.mark.slow
def test_the_install_steps_give_a_gateway_that_is_complete(tmp_path: Path) -> None:
    context, source, venv = tmp_path / "context", tmp_path / "src", tmp_path / "venv"
    files = sent_to_the_builder([name_of(path) for path in tracked()], IGNORE)
    for file in files:
        (context / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, context / file)
    source.mkdir()
    build(BUILD, context=context, source=source, moved={"/opt/intake": str(venv)}, python=sys.executable)

    (site,) = venv.glob("lib/python*/site-packages")
    packaged = [file for file in files if file.startswith(tuple(f"{package}/" for package in PACKAGES))]
    assert [file for file in packaged if not (site / file).is_file()] == []

    modules = sorted(
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in packaged
        if file.endswith(".py") and "/versions/" not in file and not file.endswith("migrations/env.py")
    )
    done = subprocess.run(
        [venv / "bin" / "python", "-W", "error::ImportWarning", "-c", "\n".join(f"import {name}" for name in modules)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (venv / "bin" / only(FINAL, "ENTRYPOINT").words[0]).is_file()


class TestCompose:
    COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())

    def test_the_secrets_are_files_that_git_and_the_builder_never_see(self) -> None:
        files = [secret["file"] for secret in self.COMPOSE["secrets"].values()]
        assert sent_to_the_builder(files, IGNORE) == []
        ignored = subprocess.run(
            ["git", "-C", str(ROOT), "check-ignore", *files], capture_output=True, text=True, check=False
        )
        assert ignored.stdout.split() == files

    def test_every_named_secret_and_volume_exists(self) -> None:
        for service in self.COMPOSE["services"].values():
            assert set(service["secrets"]) <= set(self.COMPOSE["secrets"])
            assert {volume.split(":")[0] for volume in service["volumes"]} <= set(self.COMPOSE["volumes"])

    def test_the_gateway_reads_its_settings_from_it(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        contents = {
            "database_url": "postgresql+psycopg://intake:word@database/intake",
            "secret_key": "0123456789abcdef" * 4,
        }
        for name, text in contents.items():
            (tmp_path / name).write_text(text + "\n")
        for name, value in self.COMPOSE["services"]["gateway"]["environment"].items():
            monkeypatch.setenv(name, value.replace("/run/secrets", str(tmp_path)))
        settings = load_settings()
        assert settings.database_url == contents["database_url"]
        assert settings.service.secret_key is not None
        assert settings.service.secret_key.get_secret_value() == contents["secret_key"]

    def test_the_database_image_has_a_fixed_version(self) -> None:
        assert re.fullmatch(r"postgres:15\.\d+-bookworm", self.COMPOSE["services"]["database"]["image"])
