"""Where the public suites lie. Tests that need them are skipped, visibly, when INTAKE_CORPUS is unset."""

import os
from pathlib import Path

import pytest


def corpus(*parts: str) -> Path | None:
    """The path of a file of the corpora, or None when they are not there."""
    root = os.environ.get("INTAKE_CORPUS")
    return Path(root, *parts) if root else None


needs_corpus = pytest.mark.skipif("INTAKE_CORPUS" not in os.environ, reason="INTAKE_CORPUS is not set")
