"""Octets in a named, misnamed or unnamed charset → text.

Owns the charset names mail uses and what they mean in practice. Must not know where the octets came from, and never
raises: what cannot be decoded becomes U+FFFD and a defect.
"""

import codecs
import re
from functools import lru_cache
from typing import Final

import cchardet

from channels.mail.limits import LIMITS

# What a label means to the programs that wrote it, where that is not what it says. The web's encoding standard
# reads them the same way.
_MEANT: Final = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "chinese": "gb18030",
    "euc-cn": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "korean": "cp949",
    "euc-kr": "cp949",
    "windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurope": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "utf8mb4": "utf-8",
    "utf-8-mac": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode": "utf-16",
}

# Python names codecs that are no charsets (rot13, zlib, unicode_escape, idna …); only these may be asked for.
_CODEC: Final = re.compile(
    r"utf-(8|16|32)(-sig|-le|-be)?|iso8859-\d+|cp\d{3,4}|koi8-[rut]|kz1048|mac-[a-z0-9]+|gb18030|hz|big5(hkscs)?"
    r"|euc_(jp|jis_2004|jisx0213|kr)|johab|iso2022_(jp(_1|_2|_3|_2004|_ext)?|kr)|shift_jis(_2004|x0213)?|ptcp154|tis-620"
)
_JAPANESE_MAIL: Final = frozenset({"iso-2022-jp", "iso2022_jp", "iso-2022-jp-ms", "cp50220", "cp50221", "csiso2022jp"})
_UNNAMED: Final = frozenset(
    {"", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "unknown", "default"}
)
_UTF7: Final = frozenset({"utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-1-1-utf-7", "csunicode11utf7", "utf-7-imap"})
_C1: Final = re.compile(r"[\x80-\x9f]")
_AT_HOME: Final = "cp1250"
_SURE: Final = 0.6
_ESCAPE: Final = re.compile(rb"\x1b(\([BJIH]|\$[@B]|\$\([DOPQ]|&@\x1b\$B)")


def decode_charset(octets: bytes, label: str | None, fallback: str | None = None) -> tuple[str, str | None]:
    """Decode `octets` labelled `label` (None or "" when unlabelled).

    fallback: a charset to try for unlabelled 8-bit octets that are not UTF-8, before detection.
    Returns the text and a defect slug or None.
    """
    name = (label or "").strip("\"' \t").lower()
    if name in _UNNAMED:
        return _decode_unnamed(octets, fallback)
    if name in _UTF7:
        # Refused: text that every filter reads as harmless ASCII would turn into something else behind it.
        return octets.decode("ascii", "replace"), "utf-7-refused"
    if name in _JAPANESE_MAIL:
        return _decode_japanese_mail(octets), None
    codec = find_codec(name)
    if codec is None:
        text, _ = _decode_unnamed(octets, fallback)
        return text, "charset-unknown"
    return _decode_named(octets, codec)


@lru_cache(maxsize=256)
def find_codec(name: str) -> str | None:
    """Return Python's codec for a charset label, or None when it names no charset."""
    meant = _MEANT.get(name.lower(), name)
    for candidate in (meant, meant.removeprefix("x-").replace("cp-", "cp")):
        try:
            codec = codecs.lookup(candidate).name
        except (LookupError, ValueError):
            continue
        if _CODEC.fullmatch(codec):
            return codec
    return None


def _decode_named(octets: bytes, codec: str) -> tuple[str, str | None]:
    try:
        text = octets.decode(codec)
    except UnicodeDecodeError:
        return _decode_mislabelled(octets, codec)
    if octets.isascii():
        if codec.startswith(("utf-16", "utf-32")) and b"\0" not in octets:
            return octets.decode("ascii"), "charset-mislabelled"
    elif codec in _SINGLE_BYTE:
        if _is_utf8(octets):  # no one writes "Ã¡" on purpose
            return octets.decode("utf-8"), "charset-mislabelled"
        if codec == "iso8859-2" and _C1.search(text):
            # Central European mail written on Windows and labelled with the standard's charset: š, ť, ž are C1 there.
            return octets.decode("cp1250", "replace"), "charset-mislabelled"
    return text.removeprefix("\ufeff"), None


_SINGLE_BYTE: Final = frozenset({"cp1250", "cp1252", "iso8859-2", "iso8859-15", "iso8859-1"})


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_mislabelled(octets: bytes, codec: str) -> tuple[str, str]:
    replaced = octets.decode(codec, "replace")
    broken = replaced.count("\ufffd")
    if codec != "utf-8":
        if _is_utf8(octets):
            return octets.decode("utf-8"), "charset-mislabelled"
        return replaced, "charset-broken"
    # Truly UTF-8 with a damaged character, or another charset under UTF-8's name? In the second case hardly
    # any sequence is valid.
    valid = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", octets))
    if valid >= broken:
        return replaced, "charset-broken"
    return _detect(octets), "charset-mislabelled"


def _decode_unnamed(octets: bytes, fallback: str | None) -> tuple[str, str | None]:
    if octets.isascii():
        return octets.decode("ascii"), None
    try:
        return octets.decode("utf-8"), "charset-undeclared"
    except UnicodeDecodeError:
        pass
    name = (fallback or "").strip("\"' \t").lower()
    if name and name not in _UNNAMED and name not in _UTF7 and (codec := find_codec(name)) and codec != "utf-8":
        try:
            return octets.decode(codec), "charset-undeclared"
        except UnicodeDecodeError:
            pass
    return _detect(octets), "charset-undeclared"


def _detect(octets: bytes) -> str:
    sample = octets[: LIMITS.detection]
    if sample.isascii():  # the first 8-bit octet comes late
        first = next(index for index, octet in enumerate(octets) if octet > 0x7F)
        sample = octets[first : first + LIMITS.detection]
    found = cchardet.detect(sample)
    codec = find_codec((found.get("encoding") or "").lower())
    if codec is None or (codec == "utf-8" and (found.get("confidence") or 0) < _SURE):
        codec = _AT_HOME  # too little to tell by
    elif codec == "cp852":
        codec = "cp1252"  # no mail program writes DOS; what looks like it is Western
    return octets.decode(codec, "replace")


def _decode_japanese_mail(octets: bytes) -> str:
    """ISO-2022-JP as Microsoft writes it: NEC and IBM extension characters and half-width katakana. RFC 1468."""
    parts: list[str] = []
    position, mode = 0, b"(B"
    for escape in (*_ESCAPE.finditer(octets), None):
        run = octets[position : escape.start() if escape else len(octets)]
        parts.append(_decode_japanese_run(run, mode))
        if escape:
            position, mode = escape.end(), escape.group(1)
    return "".join(parts)


def _decode_japanese_run(run: bytes, mode: bytes) -> str:
    if mode == b"(I":
        return bytes(octet | 0x80 for octet in run).decode("cp932", "replace")
    if mode.startswith(b"$("):
        return (b"\x1b" + mode + run + b"\x1b(B").decode(
            "iso2022_jp_3" if mode != b"$(D" else "iso2022_jp_1", "replace"
        )
    if mode.startswith((b"$", b"&")):
        # EUC-JP is the same rows with the eighth bit set; Microsoft's extension rows are cp932's, so by way of that.
        return "".join(_decode_kanji_line(line) for line in re.split(rb"([\r\n]+)", run))
    return run.decode("cp932", "replace")


def _decode_kanji_line(line: bytes) -> str:
    if line[:1] in (b"\r", b"\n"):
        return line.decode("ascii")
    shifted = bytearray()
    for first, second in zip(line[::2], line[1::2], strict=False):
        first7, second7 = first & 0x7F, second & 0x7F
        if first7 < 0x21 or second7 < 0x21:
            shifted += b"?"
            continue
        lead = ((first7 - 0x21) >> 1) + (0x81 if first7 < 0x5F else 0xC1)
        trail = second7 + (0x1F if second7 < 0x60 else 0x20) if first7 & 1 else second7 + 0x7E
        shifted += bytes((lead, trail))
    return shifted.decode("cp932", "replace")
