"""`python -m tests.docs [--write]`: say which drawn pages are stale, or rewrite them."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs.pages import PAGES
from tests.tree import ROOT


def stale(pages: Mapping[str, Callable[[], str]], root: Path) -> dict[str, str]:
    """Name → what it should say, for each page that says something else or is not there."""
    drawn = {name: draw() for name, draw in pages.items()}
    return {
        name: text
        for name, text in drawn.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text
    }


def main(arguments: list[str]) -> int:
    """Return 0 when every page is as drawn, 1 when one is stale and was not rewritten."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite the stale pages")
    write = parser.parse_args(arguments).write
    outdated = stale(PAGES, ROOT)
    for name, text in outdated.items():
        print(f"{name} {'written' if write else 'is stale; run: make docs'}")
        if write:
            (ROOT / name).write_text(text, encoding="utf-8")
    return 1 if outdated and not write else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
