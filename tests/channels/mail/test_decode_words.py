"""Encoded words in header text, also the sloppy ones. RFC 2047."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.words import decode_octets, decode_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?UTF-8?B?xb5sdcWl?=", "žluť"),
        ("=?iso-8859-2?Q?P=F8=EDli=B9?= =?iso-8859-2?Q?_=BElu=BB?= a dál", "Příliš žluť a dál"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A1?=", "á"),  # a character split over two words
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),  # no white space between
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?utf-8*cs?Q?jazyk?=", "jazyk"),
        ("Re: =?utf-8?Q??= empty", "Re:  empty"),
        ("=?utf-8?Q?a?=\t=?iso-8859-2?Q?=B9?=", "aš"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),  # no such encoding
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
        ("=?utf-8?Q?never closed", "=?utf-8?Q?never closed"),
        ("2 =? 3", "2 =? 3"),
    ],
)
def test_words(value: str, text: str) -> None:
    assert decode_words(value) == text


def test_undeclared_octets_are_utf8_then_the_body_charset() -> None:
    assert decode_octets("žluť".encode()) == "žluť"
    assert decode_octets("žluť".encode("cp1250"), "windows-1250") == "žluť"


@given(st.text(alphabet="=?utf-8QBqb_ \t\r\nA1+/", max_size=200))
def test_any_text_decodes(value: str) -> None:
    decode_words(value)


@given(st.text(max_size=50))
def test_plain_text_stays(value: str) -> None:
    if "=?" not in value:
        assert decode_words(value) == value


def test_japanese_mail_in_seven_bits_is_read_without_an_encoded_word() -> None:
    assert decode_octets(b"\x1b$B%F%9%H\x1b(B 1") == "テスト 1"
