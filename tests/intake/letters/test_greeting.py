"""Nobody is greeted twice in one letter."""

import pytest

from intake.letters.body import write_text
from intake.letters.greeting import begins_with_greeting, is_greeting
from intake.letters.templates import LANGUAGES, fill
from intake.letters.usual_words import DEFAULTS
from intake.outgoing import OutboxKind

VALUES = {"number": "7", "subject": "Tisk", "author": "Tomáš Technik", "status": "Nový", "category": "C"}


@pytest.mark.parametrize(
    "text", ["Dobrý den,\n\ndíváme se.", "dobrý den pane Nováku, díváme se.", "Hezký den!", "Dear Jan,"]
)
def test_words_that_greet_are_known(text: str) -> None:
    assert begins_with_greeting(text)


@pytest.mark.parametrize("text", ["Díváme se.", "Dobrý nápad.", "Dohledáno.", "History of the fault", ""])
def test_words_that_do_not_greet_are_let_alone(text: str) -> None:
    assert not begins_with_greeting(text)


def test_a_paragraph_that_says_more_than_a_greeting_is_none() -> None:
    assert is_greeting("Dobrý den,")
    assert not is_greeting("Dobrý den, tady je odpověď.")


def test_our_greeting_gives_way_to_the_technicians() -> None:
    for kind in (OutboxKind.REPLY, OutboxKind.MORE_INFO):
        filled = fill(DEFAULTS[kind, "cs"], VALUES | {"text": "Dobrý den,\n\nkterý telefon to je?"})
        said = write_text(filled, "Podpora")
        assert said.count("Dobrý den") == 1
        assert said[0].isupper()
    said = write_text(fill(DEFAULTS[OutboxKind.REPLY, "cs"], VALUES | {"text": "Který telefon to je?"}), "Podpora")
    assert said.startswith("Dobrý den,")


def test_every_usual_letter_to_a_customer_begins_with_a_greeting_of_its_own() -> None:
    for language in LANGUAGES:
        for kind in (OutboxKind.REPLY, OutboxKind.IN_PROGRESS, OutboxKind.MORE_INFO, OutboxKind.CLOSED):
            assert is_greeting(DEFAULTS[kind, language].text.split("\n\n")[0])
