"""Messages made to keep a parser busy are answered within a second each, on any machine that runs the tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from authz.mail.authenticate import AuthenticationPolicy, authenticate
from authz.mail.author import Author, extract_author
from authz.mail.canonical import relaxed_body, relaxed_header, simple_body
from authz.mail.results import RelayTrust
from tests.authz.mail.mails import AT, FROM_MAILBOX, MAIL, dns_with_key

JAN = Author(address="jan@firma.cz", name="Jan", key="jan@firma.cz")
POLICY = AuthenticationPolicy(
    relay=RelayTrust(authserv_ids=frozenset({"a"}), without_id=True), arc_sealers=frozenset({"firma.cz"})
)
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; c=%s; d=firma.cz; s=sel; h=from; bh=%s; b=AAAA\r\n"
HASH = b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="


@contextmanager
def within_a_second() -> Iterator[None]:
    """Quadratic work takes minutes on these sizes; the limit tells linear from that, it measures nothing."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 1


BODIES = [
    b" " * 10_000_000,
    b"\t " * 5_000_000,
    b" \r\n" * 3_000_000,
    b"\r\n" * 5_000_000,
    b"\r" * 5_000_000,
    b"a \t" * 3_000_000,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies_of_white_space(body: bytes) -> None:
    for octets in (body, b"x" + body + b"x"):
        with within_a_second():
            relaxed_body(octets)
            simple_body(octets)
    mail = SIGNATURE % (b"relaxed/relaxed", HASH) + MAIL + body
    with within_a_second():
        authenticate(mail, JAN, FROM_MAILBOX, POLICY, dns_with_key(), AT)


@pytest.mark.parametrize(
    "value",
    [
        *(b"," * 50_000, b"a@b.cz," * 50_000, b"(" * 50_000, b"()" * 50_000, b'"' * 50_000, b"\\" * 50_000),
        *(b"<" * 50_000, b"a" * 50_000, b"a." * 50_000, b" " * 50_000, b"\r\n " * 50_000, b"=?" * 50_000),
    ],
)
def test_from_fields(value: bytes) -> None:
    for size in (len(value), 4000):
        with within_a_second():
            assert extract_author(b"From: " + value[:size] + b"\r\n\r\n").author is None


@pytest.mark.parametrize(
    "head",
    [
        *(b"from:" * 100_000, b"\nfrom" * 100_000, b" from:\n" * 70_000, b"X:\n from:" * 50_000, b"\n " * 200_000),
        *(b"X: " + b" " * 500_000, b"From" + b" " * 500_000, b"x" * 500_000, b":" * 500_000, b"X: y\r\n" * 80_000),
    ],
)
def test_headers(head: bytes) -> None:
    with within_a_second():
        extract_author(head + b"\r\n\r\n")
    with within_a_second():
        authenticate(head + b"\r\nFrom: a@b.cz\r\n\r\n", JAN, FROM_MAILBOX, POLICY, dns_with_key(), AT)


@pytest.mark.parametrize(
    "name", [b"DKIM-Signature", b"Authentication-Results", b"ARC-Seal", b"ARC-Message-Signature", b"Received"]
)
@pytest.mark.parametrize("piece", [b";", b"a=b;", b" ", b"(", b'"', b"i=1;", b"a; b=c ", b"h=a:b;", b"\r\n "])
def test_fields_that_are_parsed(name: bytes, piece: bytes) -> None:
    for count, fields in ((400_000 // len(piece), 1), (15_000 // len(piece), 20)):
        octets = (name + b": " + piece * count + b"\r\n") * fields + b"Received: x\r\n" + MAIL
        with within_a_second():
            authenticate(octets, JAN, FROM_MAILBOX, POLICY, dns_with_key(), AT)


def test_a_header_field_of_white_space() -> None:
    with within_a_second():
        relaxed_header(b"X:" + b" \t" * 250_000)


def test_a_signature_that_names_one_field_many_times() -> None:
    octets = b"X: y\r\n" * 1500 + (SIGNATURE % (b"simple", HASH)).replace(b"h=from", b"h=from" + b":x" * 390) * 5 + MAIL
    with within_a_second():
        authenticate(octets, JAN, FROM_MAILBOX, POLICY, dns_with_key(), AT)
