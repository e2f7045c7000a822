"""Nouns agree with their numbers."""

import pytest

from intake.letters.counting import agree


@pytest.mark.parametrize(
    ("many", "one", "few"),
    [
        ("dní", "den", "dny"),
        ("hodin", "hodina", "hodiny"),
        ("minut", "minuta", "minuty"),
        ("požadavků", "požadavek", "požadavky"),
        ("tiketů", "tiket", "tikety"),
        ("znaků", "znak", "znaky"),
        ("souborů", "soubor", "soubory"),
    ],
)
def test_czech_nouns_have_three_forms(many: str, one: str, few: str) -> None:
    forms = {0: many, 1: one, 2: few, 4: few, 5: many, 11: many, 21: many, 22: many, 100: many}
    assert {number: agree(f"Nejvýše {number} {many}.", "cs") for number in forms} == {
        number: f"Nejvýše {number} {form}." for number, form in forms.items()
    }


def test_a_preposition_asks_for_another_case() -> None:
    assert [agree(f"po {number} dnech", "cs") for number in (1, 2, 7)] == ["po 1 dni", "po 2 dnech", "po 7 dnech"]


def test_english_nouns_have_two_forms_and_fractions_are_let_alone() -> None:
    assert agree("after 1 days, not 2 days", "en") == "after 1 day, not 2 days"
    assert agree("21,1 dní", "cs") == "21,1 dní"
