"""Header text: encoded words and undeclared 8-bit octets → text. RFC 2047.

Owns how one value becomes readable. Must not split a value into its syntax first or last: its callers do, on the
undecoded value, so that an encoded comma or bracket never becomes syntax. RFC 2047 §6.2.
"""

import binascii
from typing import Final

from channels.mail.charsets import decode_charset
from channels.mail.transfer import decode_base64

_CHARSET_LIMIT: Final = 60
_SPACES: Final = " \t\r\n"


def decode_octets(value: bytes, fallback: str | None = None) -> str:
    """Make text of a raw header value: ASCII, else UTF-8 (RFC 6532), else `fallback` (the body's charset), else
    what a detector finds.
    """
    if value.isascii():
        # RFC 1468: seven bits, told by its escapes; some programs write it into a header as it is.
        return decode_charset(value, "iso-2022-jp")[0] if b"\x1b$" in value else value.decode("ascii")
    return decode_charset(value, None, fallback)[0]


def decode_words(value: str) -> str:
    """Decode the encoded words of `value`, one scan from left to right.

    Tolerant where senders are sloppy: words without white space between, inside quoted strings, with spaces inside,
    longer than 75 characters, and characters split over two words of one charset.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending: list[bytes] = []  # octets of adjacent words in one charset
    pending_charset = ""
    position = 0
    last = value.rfind("?=")  # no word ends behind it
    while 0 <= (start := value.find("=?", position)) < last:
        word = _read_word(value, start)
        if word is None:
            plain_end = start + 2
            out.append(_flush(pending, pending_charset))
            out.append(value[position:plain_end])
            position = plain_end
            continue
        charset, octets, end = word
        between = value[position:start]
        adjacent = bool(pending) and not between.strip(_SPACES)
        if not adjacent or charset != pending_charset:
            out.append(_flush(pending, pending_charset))
            if not adjacent:  # RFC 2047 §6.2: white space between two encoded words is not text
                out.append(between)
        pending.append(octets)
        pending_charset = charset
        position = end
    out.append(_flush(pending, pending_charset))
    out.append(value[position:])
    return "".join(out)


def _flush(pending: list[bytes], charset: str) -> str:
    if not pending:
        return ""
    text, _ = decode_charset(b"".join(pending), charset)
    pending.clear()
    return text


def _read_word(value: str, start: int) -> tuple[str, bytes, int] | None:
    """Read `=?charset?encoding?text?=` at `start`. Returns the charset, the octets and where it ends."""
    mark = value.find("?", start + 2, start + 2 + _CHARSET_LIMIT)
    if mark < 0 or value[mark + 2 : mark + 3] != "?":
        return None
    encoding = value[mark + 1].lower()
    charset = value[start + 2 : mark].partition("*")[0].strip().lower()  # RFC 2231 §5: the language after "*"
    if encoding not in "bq" or not charset or not charset.isascii():
        return None
    end = value.find("?=", mark + 3)
    if end < 0:
        return None
    encoded = value[mark + 3 : end].encode("utf-8", "replace")
    if encoding == "q":
        octets = binascii.a2b_qp(encoded.replace(b"\r", b"").replace(b"\n", b""), header=True)
    else:
        octets, defect = decode_base64(encoded)
        if defect == "base64-invalid":
            return None
    return charset, octets, end + 2
