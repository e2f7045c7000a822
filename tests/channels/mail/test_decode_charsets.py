"""Octets become text under the charset their writer meant, not always the one they are labelled with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.charsets import decode_charset, find_codec

CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy"


@pytest.mark.parametrize(
    ("label", "octets", "text"),
    [
        ("gb2312", "镕".encode("gbk"), "镕"),  # a character that only the larger set has
        ("iso-2022-jp", b"\x1b$B\x2d\x21\x2d\x6a\x1b(B", "①㈱"),  # Microsoft's rows
        ("iso-2022-jp", b"\x1b(I\x36\x45\x1b(B", "ｶﾅ"),
        ("iso-2022-jp", "a丂b".encode("iso2022_jp_1"), "a丂b"),  # the supplementary set
        ("iso-2022-jp", "㊤ á".encode("iso2022_jp_3", "ignore"), "㊤ á"),
        ("ISO-2022-JP", "日本語".encode("iso2022_jp"), "日本語"),
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("iso-8859-1", b"\x93quoted\x94", "“quoted”"),
        ("x-sjis", "①".encode("cp932"), "①"),
        ('"windows-1250"', CZECH.encode("cp1250"), CZECH),
        ("utf-16le", "žluťoučký".encode("utf-16-le"), "žluťoučký"),
    ],
)
def test_a_label_means_what_its_writers_meant(label: str, octets: bytes, text: str) -> None:
    assert decode_charset(octets, label) == (text, None)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso8859-2"])
@pytest.mark.parametrize("label", [None, "", "us-ascii", "unknown-8bit", "x-no-such-charset"])
def test_undeclared_czech_is_detected(encoding: str, label: str | None) -> None:
    text, defect = decode_charset(CZECH.encode(encoding), label)
    assert text == CZECH
    assert defect in {"charset-undeclared", "charset-unknown"}


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("iso-8859-2", "cp1250"), ("iso-8859-2", "utf-8"), ("windows-1250", "utf-8"), ("utf-8", "cp1250")],
)
def test_mislabelled_czech_is_read(label: str, encoding: str) -> None:
    assert decode_charset(CZECH.encode(encoding), label) == (CZECH, "charset-mislabelled")


def test_the_body_charset_comes_before_detection() -> None:
    assert decode_charset(b"Fr\xf6sche", None, "iso-8859-1")[0] == "Frösche"
    assert decode_charset(b"\xb9\xbb", None, "iso-8859-2")[0] == "šť"


@pytest.mark.parametrize("text", ["č", "faktura č.12.pdf", "telefon – porucha", "ceník.xls", "Müller", "naïve café"])
def test_a_few_letters_are_enough(text: str) -> None:
    octets = text.encode("cp1250" if "ï" not in text else "cp1252")
    assert decode_charset(octets, None) == (text, "charset-undeclared")


def test_a_damaged_character_does_not_change_the_charset() -> None:
    octets = CZECH.encode() + b"\xc5"
    assert decode_charset(octets, "utf-8") == (CZECH + "\ufffd", "charset-broken")


@pytest.mark.parametrize("label", ["utf-7", "UTF-7", "unicode-1-1-utf-7"])
def test_utf_7_is_refused(label: str) -> None:
    assert decode_charset(b"+ADw-script+AD4-", label) == ("+ADw-script+AD4-", "utf-7-refused")


@pytest.mark.parametrize("label", ["rot13", "zlib", "hex", "unicode_escape", "idna", "punycode", "undefined", "mbcs"])
def test_codecs_that_are_no_charsets_are_not_run(label: str) -> None:
    assert find_codec(label) is None
    assert decode_charset(b"abc", label) == ("abc", "charset-unknown")


def test_the_late_first_8bit_octet_is_seen() -> None:
    octets = b"a" * 100_000 + CZECH.encode("cp1250")
    assert decode_charset(octets, None)[0].endswith(CZECH)


@given(st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["utf-8", "gb2312", "hz"])))
def test_any_octets_under_any_label_become_text(octets: bytes, label: str | None) -> None:
    text, _ = decode_charset(octets, label)
    text.encode("utf-8")  # no lone surrogates: a database would refuse them


@given(st.binary(max_size=120))
def test_japanese_mail_never_fails(octets: bytes) -> None:
    decode_charset(b"\x1b$B" + octets, "iso-2022-jp")
