"""One table of all scores: `python -m tests.score [CORPUS]`, by default $INTAKE_CORPUS.

Every module of this package with a `score` function is a scorer.
"""

import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

import tests.score
from tests.score import Row


def collect(corpus: Path) -> list[Row]:
    """Run every scorer."""
    rows: list[Row] = []
    for found in sorted(pkgutil.iter_modules(tests.score.__path__), key=lambda found: found.name):
        if not found.name.startswith(("__", "test_")):
            module = import_module(f"tests.score.{found.name}")
            rows.extend(module.score(corpus) if hasattr(module, "score") else [])
    return rows


def main() -> int:
    corpus = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("INTAKE_CORPUS")
    if not corpus:
        print("Say where the corpus is: python -m tests.score CORPUS, or set INTAKE_CORPUS.", file=sys.stderr)
        return 2
    rows = collect(Path(corpus))
    print(f"{'corpus':40} {'right':>9}  floor  missed")
    for row in rows:
        mark = " " if row.good >= row.floor else "!"
        print(f"{row.name:40} {row.good:>4}/{row.total:<4} {mark}{row.floor:>5}  {' '.join(row.missed)[:100]}")
    return 0 if all(row.good >= row.floor for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
