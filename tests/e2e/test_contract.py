"""The API against its own document, on a running gateway: no failure of ours, no answer that is not documented."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Database
from tests.e2e.gateway import Gateway
from tests.tree import ROOT

# Streams do not end, and a revoked token ends the test.
_LEFT_OUT = "live|stream|tokens/"
_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
_SECONDS = 30


@pytest.mark.slow
@pytest.mark.e2e
def test_every_operation_answers_as_documented(gateway: Gateway, database: Database, tmp_path: Path) -> None:
    gateway.ask("POST", "webhooks", json={"url": "https://hooks.example/", "active": False})
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{gateway.url}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {database.seeded.token}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--max-time", str(_SECONDS)),
            *("--checks", _CHECKS, "--continue-on-failure", "--warnings", "off"),
            *("--exclude-path-regex", _LEFT_OUT, "--seed", "1", "--generation-database", "none"),
        ],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.e2e.contract_hooks"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert gateway.ask("GET", "/readyz").status_code == 200
    assert "Traceback" not in gateway.output()
