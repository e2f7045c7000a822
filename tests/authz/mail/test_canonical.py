"""The linear canonicalizations give what the sentences of RFC 6376 §3.4 say, taken literally and slowly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.canonical import relaxed_body, relaxed_header, simple_body, simple_header

LINES = st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\r", b" \t ", b"b c"]), max_size=30).map(
    b"".join
)


def _literal_end(body: bytes) -> bytes:
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body


def _literal_relaxed(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    end = _literal_end(b"\r\n".join(lines))
    return end + b"\r\n" if end else b""


@given(LINES)
def test_bodies_are_what_the_standard_says(body: bytes) -> None:
    assert relaxed_body(body) == _literal_relaxed(body)
    assert simple_body(body) == _literal_end(body) + b"\r\n"


@pytest.mark.parametrize(
    ("body", "relaxed", "simple"),
    [
        (b"", b"", b"\r\n"),
        (b"\r\n\r\n", b"", b"\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n", b" C \r\nD \t E\r\n"),
        (b"no end", b"no end\r\n", b"no end\r\n"),
    ],
)
def test_examples_of_the_standard(body: bytes, relaxed: bytes, simple: bytes) -> None:
    """RFC 6376 §3.4.5"""
    assert relaxed_body(body) == relaxed
    assert simple_body(body) == simple


def test_headers_are_what_the_standard_says() -> None:
    """RFC 6376 §3.4.5"""
    assert relaxed_header(b"A: X") == b"a:X\r\n"
    assert relaxed_header(b"B : Y\t\r\n\tZ  ") == b"b:Y Z\r\n"
    assert simple_header(b"B : Y\t\r\n\tZ  ") == b"B : Y\t\r\n\tZ  \r\n"
