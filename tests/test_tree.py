"""What must hold for the tree as a whole, whatever is in it."""

import importlib
import re
from pathlib import Path

import pytest

from tests.tree import PACKAGES, ROOT, name_of, tracked

# Spelt so that this file does not find itself.
FORBIDDEN = {
    "a package registry's host": r"py[p]i[.]org|pythonhosted[.]org|npm[j]s[.]|deb[.]debian[.]org|registry[.]yarn",
    "a path of somebody's machine": r"/ho[m]e/[a-z]|/ro[o]t/|/wor[k]/[a-z]|/Us[e]rs/[A-Za-z]",
    "something left over": r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b|^<<<<<[<]<|^>>>>>[>]>",
}
# Mail as it was really sent, and texts that are not ours.
NOT_OURS = ("tests/data/", "LICENSE")
LONGEST = 500


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_a_package_is_the_one_of_this_tree(package: str) -> None:
    file = importlib.import_module(package).__file__
    assert file is not None
    assert Path(file).resolve() == (ROOT / package / "__init__.py").resolve()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_in_the_tree_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = []
    for path in tracked():
        if name_of(path).startswith(NOT_OURS):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{name_of(path)}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}" for hit in pattern.finditer(text)
        ]
    assert found == []


def test_a_source_file_is_one_idea_and_no_longer_than_that() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in tracked(*(f"{p}/*.py" for p in PACKAGES))}
    # A migration is drawn from the tables: one statement after another.
    too_long = {name for name, length in lengths.items() if length > LONGEST}
    assert {name for name in too_long if not name.startswith("store/migrations/versions/")} == set()


def test_every_source_file_says_what_it_owns() -> None:
    silent = [
        name_of(path)
        for path in tracked(*(f"{p}/*.py" for p in PACKAGES))
        if path.read_text().strip() and not path.read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_every_test_is_in_a_package_so_that_equal_names_do_not_meet() -> None:
    homeless = {name_of(path.parent) for path in tracked("tests/*.py") if not (path.parent / "__init__.py").exists()}
    assert homeless == set()
