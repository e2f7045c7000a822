"""The score on the MIME corpus does not fall, and every ruling is argued."""

import os
from pathlib import Path

import pytest

from tests.score.mime import score
from tests.score.mime_rulings import RULINGS

CORPUS = os.environ.get("INTAKE_CORPUS")
PAGE = Path(__file__).parents[2] / "docs" / "mail-parsing.md"


@pytest.mark.skipif(CORPUS is None, reason="INTAKE_CORPUS does not say where the corpus is")
def test_the_mime_corpus_is_read_as_well_as_before() -> None:
    for row in score(Path(CORPUS or "")):
        assert row.good >= row.floor, f"{row.name}: {row.missed}"
        assert row.total == 107


def test_every_ruling_is_argued() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").split("### Rulings")[1].splitlines() if "/" in line]
    argued = {name.strip() for row in rows if row.startswith("|") for name in row.split("|")[1].split(",")}
    assert argued == set(RULINGS)
