"""One From field with one address, or nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.author import extract_author

REST = b"To: helpdesk@desk.example\r\nSubject: x\r\n\r\nFrom: text@of.mail\r\n"


def _read(value: bytes) -> tuple[str | None, str, str | None]:
    result = extract_author(b"From: " + value + b"\r\n" + REST)
    author = result.author
    return (author.address if author else None, author.name if author else "", result.problem)


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b"jan@firma.cz", "jan@firma.cz", ""),
        (b"<Jan@Firma.cz>", "Jan@Firma.cz", ""),
        (b"Jan Novak <jan@firma.cz>", "jan@firma.cz", "Jan Novak"),
        (b'"Novak, Jan" <jan@firma.cz>', "jan@firma.cz", "Novak, Jan"),
        (b'"Jan \\"J\\" Novak" <jan@firma.cz>', "jan@firma.cz", 'Jan "J" Novak'),
        (b"Jan\r\n Novak\r\n\t<jan@firma.cz>", "jan@firma.cz", "Jan Novak"),
        (b"jan@firma.cz (Jan Novak)", "jan@firma.cz", "Jan Novak"),
        (b"Jan (IT) Novak <jan@firma.cz>", "jan@firma.cz", "Jan IT Novak"),
        (b"Firma s.r.o. <jan@firma.cz>", "jan@firma.cz", "Firma s.r.o."),
        (b"=?utf-8?q?Jan_Nov=C3=A1k?= <jan@firma.cz>", "jan@firma.cz", "Jan Novák"),
        (b"=?utf-8?b?SmFuIE5v?= =?utf-8?b?dsOhaw==?= <jan@firma.cz>", "jan@firma.cz", "Jan Novák"),
        (b"=?x-unknown?q?Jan?= <jan@firma.cz>", "jan@firma.cz", "=?x-unknown?q?Jan?="),
        ("Jan Novák <jan@firma.cz>".encode(), "jan@firma.cz", "Jan Novák"),
        ("Jan Novák <jan@firma.cz>".encode("cp1250"), "jan@firma.cz", "Jan Novák"),
        ("jiří@háčky.cz".encode(), "jiří@háčky.cz", ""),
        (b"jan@firma.cz <Jan@firma.cz>", "jan@firma.cz", ""),
        (b'"ceo@legit.cz" <evil@bad.cz>', "evil@bad.cz", "ceo@legit.cz"),
        (b"=?utf-8?q?ceo=40legit=2Ecz?= <evil@bad.cz>", "evil@bad.cz", "ceo@legit.cz"),
    ],
)
def test_usual_spellings_name_one_author(value: bytes, address: str, name: str) -> None:
    found = _read(value)
    assert (found[0], found[2]) == (address, None)
    if b"jan@firma.cz <Jan" not in value:
        assert found[1] == name


@pytest.mark.parametrize(
    "value",
    [
        b"ceo@legit.cz <evil@bad.cz>",
        b"<ceo@legit.cz> <evil@bad.cz>",
        b"<evil@bad.cz> ceo@legit.cz",
        b"<evil@bad.cz>ceo@legit.cz",
        b"ceo@legit.cz, evil@bad.cz",
        b"ceo@legit.cz,",
        b"<ceo@legit.cz>\\,<evil@bad.cz>",
        b"<@bad.cz:ceo@legit.cz>",
        b"undisclosed: ceo@legit.cz;",
        b"ceo@legit.cz (evil@bad.cz)",
        b"(evil@bad.cz) ceo@legit.cz",
        b"ceo(x)@legit.cz",
        b"ceo@(x)legit.cz",
        b"ceo@[192.0.2.1]",
        b'"ceo"@legit.cz',
        b'"ceo@legit.cz"@bad.cz',
        b"ceo@legit.cz@bad.cz",
        b"ceo @legit.cz",
        b"< ceo@legit.cz>",
        b"=?utf-8?q?ceo?=@legit.cz",
        b"=?utf-8?B?PGFkbWluQGxlZ2l0aW1hdGUuY29tPg==?=,<evil@bad.cz>",
        b'"Jan <ceo@legit.cz>',
        b"Jan <ceo@legit.cz",
        b"ceo@legit.cz\x0b<evil@bad.cz>",
        b"ceo@legit.cz\r\n \r\n <evil@bad.cz>",
        b"ceo@legit.cz\x00",
        b"ceo@legit.cz\r, evil@bad.cz",
        b"ceo@-legit.cz",
        b"a@b.cz" + b" " * 5000,
    ],
)
def test_ambiguous_values_are_refused_not_guessed(value: bytes) -> None:
    assert _read(value)[::2] == (None, "author-ambiguous")


@pytest.mark.parametrize(
    "value", [b"", b"<>", b" ", b"Jan Novak", b"MAILER-DAEMON", b"undisclosed:;", b"=?utf-8?q?a?="]
)
def test_a_field_without_an_address_names_nobody(value: bytes) -> None:
    assert _read(value)[::2] == (None, "author-missing")


ONE = b"From: first@attack.com\r\n"


@pytest.mark.parametrize(
    "second",
    [
        b"From: ceo@legit.cz\r\n",
        b"from: ceo@legit.cz\r\n",
        b"FROM:ceo@legit.cz\r\n",
        b"From : ceo@legit.cz\r\n",
        b"From\t: ceo@legit.cz\r\n",
        b"From\r\n : ceo@legit.cz\r\n",
        b"From\r\n\t: ceo@legit.cz\r\n",
        b" From: ceo@legit.cz\r\n",
        b"\tFrom: ceo@legit.cz\r\n",
        b"\x0bFrom: ceo@legit.cz\r\n",
        b"\xef\xbb\xbfFrom: ceo@legit.cz\r\n",
        b"\xc2\xa0From: ceo@legit.cz\r\n",
        b"From\xc2\xa0: ceo@legit.cz\r\n",
        b"From\x00: ceo@legit.cz\r\n",
        b"\x00From: ceo@legit.cz\r\n",
        b"Subject: x\rFrom: ceo@legit.cz\r\n",
        b"Subject: x\nFrom: ceo@legit.cz\r\n",
        b"Subject: x\x0bFrom: ceo@legit.cz\r\n",
        b"Subject: x\x0cFrom: ceo@legit.cz\r\n",
        b"Subject: x\x1cFrom: ceo@legit.cz\r\n",
        b"Subject: x\x85From: ceo@legit.cz\r\n",
        b"Subject: x\r\r\nFrom: ceo@legit.cz\r\n",
        b"broken line\r\nFrom: ceo@legit.cz\r\n",
    ],
)
def test_two_from_fields_in_any_spelling_and_order_are_refused(second: bytes) -> None:
    for head in (ONE + second, second + ONE, ONE + b"X: y\r\n" + second):
        assert extract_author(head + REST).problem == "author-ambiguous", head
        assert extract_author(head.replace(b"\r\n", b"\n") + b"\n").problem == "author-ambiguous", head


@pytest.mark.parametrize(
    "only", [b" From: a@b.cz\r\n", b"From : a@b.cz\r\n", b"From\r\n : a@b.cz\r\n", b"\x0bFrom: a@b.cz\r\n"]
)
def test_a_single_from_field_spelled_oddly_is_refused(only: bytes) -> None:
    assert extract_author(only + REST).problem == "author-ambiguous"


@pytest.mark.parametrize(
    "harmless",
    [
        b"DKIM-Signature: v=1; h=Date:\r\n\tFrom:To:Subject; b=\r\n",
        b"Subject: From: somebody@else.cz\r\n",
        b"Resent-From: somebody@else.cz\r\n",
        b"X-From: somebody@else.cz\r\n",
        b"Sender: ceo@legit.cz\r\n",
        b"Reply-To: ceo@legit.cz\r\n",
        b"From-Somebody: ceo@legit.cz\r\n",
    ],
)
def test_other_fields_are_neither_author_nor_doubt(harmless: bytes) -> None:
    for head in (harmless + ONE, ONE + harmless):
        author = extract_author(head + REST).author
        assert author is not None
        assert author.key == "first@attack.com"


@pytest.mark.parametrize("doubtful", [b"Subject: a\x00b\r\n", b"Subject: a\rb\r\n", b" indented\r\n", b"\tFrom\r\n"])
def test_a_header_that_parsers_split_differently_names_nobody(doubtful: bytes) -> None:
    assert extract_author(doubtful + ONE + REST).problem == "author-ambiguous"


@pytest.mark.parametrize("value", [b"Jan\r\n \r\n <jan@firma.cz>", b"jan@firma.cz\r\n ", b"\r\n \r\n jan@firma.cz"])
def test_a_fold_around_an_empty_line_is_refused(value: bytes) -> None:
    assert _read(value)[::2] == (None, "author-ambiguous")


def test_what_stands_below_the_first_empty_line_is_text() -> None:
    assert extract_author(b"Subject: x\r\n\r\nFrom: jan@firma.cz\r\n").problem == "author-missing"
    assert extract_author(b"\r\nFrom: jan@firma.cz\r\n").problem == "author-missing"
    assert extract_author(b"Subject: x\n\nFrom: jan@firma.cz\n").problem == "author-missing"


def test_a_message_may_end_with_its_header() -> None:
    for end in (b"", b"\r\n", b"\n"):
        author = extract_author(b"From: jan@firma.cz" + end).author
        assert author is not None
        assert author.key == "jan@firma.cz"


def test_a_header_beyond_the_cap_names_nobody() -> None:
    assert extract_author(b"X: " + b"a" * 600_000 + b"\r\nFrom: jan@firma.cz\r\n\r\n").problem == "author-ambiguous"


PIECES = st.sampled_from(
    [
        *(b"From", b"from", b":", b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"<", b">", b"@", b",", b";", b'"', b"\\"),
        *(
            b"jan@firma.cz",
            b"ceo@legit.cz",
            b"(",
            b")",
            b"=?utf-8?q?x?=",
            b"=?",
            b"?=",
            b"\xc5\x99",
            b"\x85",
            b"[",
            b".",
        ),
    ]
)
SOUP = st.lists(st.one_of(PIECES, st.binary(max_size=4)), max_size=40).map(b"".join)


@given(SOUP)
def test_any_octets_have_an_author_or_a_problem(octets: bytes) -> None:
    for candidate in (octets, b"From: " + octets, b"From: jan@firma.cz\r\n" + octets):
        result = extract_author(candidate)
        assert (result.author is None) != (result.problem is None)
        assert result.problem in {None, "author-ambiguous", "author-missing"}


@given(SOUP)
def test_nothing_in_front_of_a_from_field_changes_whom_it_names(octets: bytes) -> None:
    result = extract_author(b"X: " + octets + b"\r\nFrom: jan@firma.cz\r\n\r\n")
    if result.author is not None and b"\n\n" not in octets and b"\n\r\n" not in octets:
        assert result.author.key == "jan@firma.cz"
