"""Banners, and that the cheap look at a text lets none of them pass, nor a device's signature."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail import reply_banners, reply_phrases, reply_signatures, signature_phrases
from channels.mail.reply_banners import is_banner
from channels.mail.reply_lines import Line, classify, fold
from channels.mail.reply_signatures import may_sign

BANNERS = (
    "-----Original Message-----",
    "---------- Původní e-mail ----------",
    "Původní zpráva:",
    "*Original Message:*",
    "________ Ursprüngliche Nachricht ________",
    "Previous Replies",
    "-- Reply ABOVE this line --",
    "Please type your reply above this line",
    "##- Please do not write below this line -##",
    "Odpověď pište prosím nad tento řádek",
    "Odpoveď napíšte prosím nad tento riadok",
    "Antwort bitte oberhalb dieser Linie eingeben",
    "Réponse au-dessus de cette ligne",
    "Odpowiedz powyżej tej linii",
    "Escriba su respuesta por encima de esta línea",
    ">>> Jan Novák <jan@firma.cz> 5.6.2024 10:12 2024 >>>",
)
PROSE = (
    "Napište mi to.",
    "The answer is above.",
    "Původní zpráva se ztratila.",
    "- the message from Peter",
    "Previous replies were better.",
    "Do not delete this line of the table.",
    "Lampa nad tímto stolem nesvítí.",
)


@pytest.mark.parametrize("line", BANNERS)
def test_a_banner_is_known(line: str) -> None:
    assert is_banner(fold(line))
    assert classify(["Dobrý den,", line, "x"])[1] is Line.EMBEDDED


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_banner(line: str) -> None:
    assert not is_banner(fold(line))
    assert classify([line]) == [Line.TEXT]


@pytest.mark.parametrize(("sign", "pattern"), reply_phrases.REPLY_ABOVE)
@given(data=st.data())
@settings(max_examples=20)
def test_the_sign_of_a_line_above_a_quotation_stands_in_all_it_fits(
    data: st.DataObject, sign: str, pattern: str
) -> None:
    line = data.draw(st.from_regex(pattern, fullmatch=True))
    assert sign in line
    assert sign == sign.casefold()


@pytest.mark.parametrize("phrase", [*signature_phrases.SENT_FROM, *signature_phrases.SIGNATURE_LINES])
@given(data=st.data())
@settings(max_examples=20)
def test_every_signature_of_a_device_is_suspected(data: st.DataObject, phrase: str) -> None:
    line = fold(data.draw(st.from_regex(phrase, fullmatch=True)))
    for written in (line, f"* {line.title()}", f"[{line}](https://x.cz)", f"<https://x.cz> {line}"):
        assert may_sign(written) or any(sign in written.casefold() for sign in reply_signatures.SIGNS)


def test_signs_are_looked_for_in_lower_case() -> None:
    signs = (*reply_banners.SIGNS, *reply_signatures.SIGNS, *signature_phrases.STARTS)
    assert [sign for sign in signs if sign != sign.casefold()] == []


UNUSUAL = "\t\xa0\xad\u2000\u2003\u200a\u200b\u200f\u2013\u2014\u2019\u202a\u202f\u2060\u2066\ufeff\uff1a"


@given(st.text(st.sampled_from(f"{UNUSUAL} aáč")) | st.text())
def test_folding_removes_what_cannot_be_seen_and_makes_signs_plain(line: str) -> None:
    plain = str.maketrans({"\uff1a": ":", "–": "-", "—": "-", "’": "'"})
    invisible = "[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\xad]"
    seen = re.sub(invisible, "", line).translate(plain)
    assert fold(line) == re.sub("[\t\xa0\u2000-\u200a\u202f]", " ", seen).strip()
