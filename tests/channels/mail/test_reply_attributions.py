"""What stands above a quotation, line by line; how whole mails are split is in test_reply."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail import reply_phrases
from channels.mail.reply_attributions import is_attribution, is_broken_off, is_weak_attribution, is_wrapped_above

SURE = (
    "Dne 5. 6. 2024 v 10:12 Jan Novák napsal(a):",
    "st 5. 6. 2024 v 10:12 odesílatel Jan Novák <jan@firma.cz> napsal:",
    "On Wed, Jun 5, 2024 at 10:12 AM Jan <jan@firma.cz> wrote:",
    "On 5.6.2024 10:12, Jan Novák wrote --",
    "Am 05.06.2024 um 10:12 schrieb Jan Novák:",
    "Jan <jan@firma.cz> wrote on 5.6.2024 10:12:",
    "2024-06-05 10:12 GMT+02:00 Jan <jan@firma.cz>:",
    "Jan Novák <jan@firma.cz> ekrývu 5.6.2024 10:12 jotain:",
)
WEAK = ("Jan Novák napsal(a):", "Cituji Jan <jan@firma.cz>:", "5. 6. 2024 Jan <jan@firma.cz>")
NEITHER = (
    "Jan Novák napsal",
    "Termín je 5. 6. 2024 v 10:12:",
    "Volal jsem 5.6.2024 v 10:12. Jan napsal toto:",
    "V 10:12 to padlo s chybou:",
    "Adresy jsou jan@firma.cz:",
)


@pytest.mark.parametrize("line", SURE)
def test_an_attribution_is_sure_with_a_date_and_an_author(line: str) -> None:
    assert is_attribution(line)


@pytest.mark.parametrize("line", WEAK)
def test_without_a_date_or_a_verb_it_needs_a_quotation_below(line: str) -> None:
    assert not is_attribution(line)
    assert is_weak_attribution(line)


@pytest.mark.parametrize("line", NEITHER)
def test_prose_about_dates_and_writers_is_none(line: str) -> None:
    assert not is_attribution(line)
    assert not is_weak_attribution(line)


def test_one_that_was_wrapped_in_its_date_begins_a_line_higher() -> None:
    below = "2:36 AM, Jan Novák <jan@firma.cz> wrote:"
    assert is_wrapped_above("On Mon, Aug 19, 2013 at", below)
    assert not is_wrapped_above("Tak to zkuste znovu", below)
    assert not is_wrapped_above("", below)


def test_the_end_of_one_may_look_like_a_quotation() -> None:
    assert is_broken_off("> napsal(a):")
    assert not is_broken_off("> napsal(a)")
    assert not is_broken_off("> napsal(a) to:")


@pytest.mark.parametrize("phrase", [phrase for many in reply_phrases.WROTE.values() for phrase in many])
@given(data=st.data())
@settings(max_examples=20)
def test_every_verb_holds_a_sign(data: st.DataObject, phrase: str) -> None:
    said = data.draw(st.from_regex(phrase, fullmatch=True)).casefold()
    assert any(sign in said for sign in reply_phrases.WROTE_SIGNS)
