"""Transfer encodings are undone, also damaged ones."""

import base64
import binascii
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.transfer import decode_base64, decode_range, decode_transfer, find_uuencoded


def uuencode(name: str, content: bytes) -> bytes:
    lines = [binascii.b2a_uu(content[start : start + 45]) for start in range(0, len(content), 45)]
    return b"begin 644 %s\n%s`\nend\n" % (name.encode(), b"".join(lines))


@given(st.binary(max_size=300))
def test_base64_comes_back(content: bytes) -> None:
    assert decode_base64(base64.encodebytes(content)) == (content, None)


@pytest.mark.parametrize(
    ("encoded", "content"),
    [
        (b"YWI", b"ab"),  # padding lost
        (b"YQ==\r\nYg==\r\n", b"ab"),  # every line padded
        (b"YWJj\x00ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", b"abcdefghijklmnopqrstuvwxyz"),  # a stray octet
        (b"ZG9uZQ==\n-- \nA footer of the list", b"done"),
        (b"YWJjZ", b"abc"),  # cut off
    ],
)
def test_damaged_base64_is_read_as_far_as_it_goes(encoded: bytes, content: bytes) -> None:
    assert decode_base64(encoded) == (content, "base64-damaged")


def test_text_that_is_no_base64_stays_as_it_is() -> None:
    text = b"... this was never encoded, whatever the header says ..."
    assert decode_base64(text) == (text, "base64-invalid")


@pytest.mark.parametrize("label", ["quoted-printable", "Quoted-Printable", '"quoted-printable"', "quoted-printable;"])
def test_quoted_printable_under_any_spelling(label: str) -> None:
    assert decode_transfer(b"=C5=BElu=\r\n=C5=A5", label) == ("žluť".encode(), None)


@pytest.mark.parametrize("encoded", [b"one= \r\ntwo", b"one=\t\ntwo", b"one= \t\ntwo"])
def test_white_space_behind_a_soft_break_is_not_text(encoded: bytes) -> None:
    assert decode_transfer(encoded, "quoted-printable")[0] == b"onetwo"


@pytest.mark.parametrize("label", ["", "7bit", "8 bit", "binary", "7-bit", "invented"])
def test_an_unknown_encoding_is_none(label: str) -> None:
    assert decode_transfer(b"=C5 as it stands", label) == (b"=C5 as it stands", None)


@given(st.binary(min_size=1, max_size=300))
def test_uuencoded_files_come_back(content: bytes) -> None:
    (found,) = find_uuencoded(b"before\n" + uuencode("a b.bin", content) + b"after\n")
    assert (found.name, found.content) == (b"a b.bin", content)


def test_uuencoding_survives_lost_trailing_spaces() -> None:
    encoded = uuencode("x", b"\0" * 10).replace(b"`", b" ")
    stripped = b"\n".join(line.rstrip(b" ") for line in encoded.split(b"\n"))
    assert find_uuencoded(stripped)[0].content == b"\0" * 10


@pytest.mark.parametrize("text", [b"begin 644 x\nno such line here, it is prose\nend\n", b"begin 644 x\n#0V%T\n"])
def test_a_block_that_is_none_is_left_as_text(text: bytes) -> None:
    assert find_uuencoded(text) == []


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "x"]))
def test_any_octets_under_any_encoding(octets: bytes, label: str) -> None:
    decode_transfer(octets, label)
    find_uuencoded(b"begin 644 x\n" + octets)


@given(
    size=st.integers(400_000, 401_000),
    line=st.sampled_from([76, 64, 75, 998]),
    damage=st.sampled_from([b"", b"*", b"=", b"\r\n\r\n"]),
    at=st.integers(0, 500_000),
)
@settings(max_examples=20, deadline=None)
def test_a_large_file_is_decoded_like_a_small_one(size: int, line: int, damage: bytes, at: int) -> None:
    encoded = base64.b64encode(random.Random(size).randbytes(size))
    encoded = b"\r\n".join(encoded[place : place + line] for place in range(0, len(encoded), line))
    encoded = encoded[:at] + damage + encoded[at:]
    assert decode_range(b"x" + encoded + b"y", 1, len(encoded) + 1, "base64") == decode_transfer(encoded, "Base64")
