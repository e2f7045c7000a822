"""DKIM canonicalization of header fields and bodies, in time linear in their size. RFC 6376 §3.4.

Owns the two algorithms. Input has CRLF line ends, as `authz.mail.fields.split_message` gives them.
"""

import re
from collections.abc import Callable

_WSP_RUN = re.compile(rb"[ \t]+")


def simple_header(raw: bytes) -> bytes:
    """Return the field unchanged, with its CRLF. RFC 6376 §3.4.1."""
    return raw + b"\r\n"


def relaxed_header(raw: bytes) -> bytes:
    """Return the field unfolded, its name lower-case, white space collapsed, with its CRLF. RFC 6376 §3.4.2."""
    name, _, value = raw.partition(b":")
    value = _WSP_RUN.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.rstrip(b" \t").lower() + b":" + value + b"\r\n"


def simple_body(body: bytes) -> bytes:
    """Return the body with exactly one line end after its last line. RFC 6376 §3.4.3."""
    return _without_empty_end(body) + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return the body with white space collapsed and dropped at line ends. RFC 6376 §3.4.4."""
    body = body.replace(b"\t", b" ")
    # Each pass halves every run of spaces: the number of passes is logarithmic, and a regular expression that
    # looks for white space before a line end would take quadratic time on a run that has none.
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n")
    if body.endswith(b" "):
        body = body[:-1]
    body = _without_empty_end(body)
    return body + b"\r\n" if body else b""


HEADER_FORMS: dict[bytes, Callable[[bytes], bytes]] = {b"simple": simple_header, b"relaxed": relaxed_header}
BODY_FORMS: dict[bytes, Callable[[bytes], bytes]] = {b"simple": simple_body, b"relaxed": relaxed_body}


def _without_empty_end(body: bytes) -> bytes:
    """Drop the line end of the last line and all empty lines after it."""
    tail = len(body.rstrip(b"\r\n"))
    end = body[tail:]
    if end.count(b"\r\n") * 2 == len(end):
        return body[:tail]
    # A bare CR is content, not a line end: what follows the last one is empty lines.
    if end.endswith(b"\r"):
        return body
    return body[: tail + end.rfind(b"\r\r") + 1]
