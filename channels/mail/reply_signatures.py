"""Knows what a signature looks like: a device's line, a closing, a company's footer.

Owns the look of signatures. Does not decide whether one is elided: that depends on where it stands (reply).
"""

import re

from channels.mail import signature_phrases as phrases

# Longer lines are prose, whatever they begin with.
MAX_LINE = 240

# One of these stands in every signature of a device that does not begin as `may_sign` knows.
SIGNS = phrases.ENDINGS
_OPENINGS = "<([*_- "
_START = 3

_LINK = re.compile(r"\[([^\[\]]{1,60})\] ?\([^()]{0,160}\)|<https?:[^<>]{0,160}>|https?:\S{1,160}")
# What Gmail makes of the picture a virus scanner puts below a mail.
_SCANNER_LINK = re.compile(
    r"<(?:https?://(?:www|s-install)\.(?:avast|avg)\.com/|#[0-9a-f]{8}-)[^<>]{0,400}>$", re.IGNORECASE
)
_DEVICE = rf"\b(?:{'|'.join(phrases.DEVICES)})\b"
_PHRASE = r"[^,;:?!]"
_APOLOGY = r"(?:[.,;!]\s*(?:please|excuse|sorry|omlouv|omluv|prosím|ospraved|entschuldig|apolog|bitte).{0,80})?"
_SENT_FROM = re.compile(
    rf"[<(\[*_-]{{0,3}} ?(?:{'|'.join(phrases.SENT_FROM)}) "
    rf"(?:(?:{_PHRASE}{{0,20}} )?(?:{'|'.join(phrases.MY)}) (?:[^\s,;:]+ ?){{1,6}}(?:, .{{0,12}}{_DEVICE}.{{0,20}})?|"
    rf"{_PHRASE}{{0,40}}{_DEVICE}{_PHRASE}{{0,40}}?(?:, an? .{{1,60}})?)"
    rf"{_APOLOGY}(?:\(.{{0,120}}\))?[.\])>*_ ]{{0,4}}$",
    re.IGNORECASE,
)
_WHOLE_LINE = re.compile(rf"(?:{'|'.join(phrases.SIGNATURE_LINES)})$", re.IGNORECASE)
_SENT_AT_END = re.compile(rf"(?:{'|'.join(phrases.SENT_AT_END)})[. ]*$", re.IGNORECASE)
_ANY_DEVICE = re.compile(_DEVICE, re.IGNORECASE)
_CLOSING = re.compile(
    rf"(?:{'|'.join(map(re.escape, phrases.CLOSINGS))})\b(?:[\s,.!]*$|[,.!] ?|\W{{0,3}}\w+ \w+$)", re.IGNORECASE
)
_FOOTER = re.compile(rf"\b(?:{'|'.join(phrases.FOOTERS)})\b", re.IGNORECASE)
_CONTACT = re.compile(r"@\w|https?://|www\.|(?:\d[ ()/.-]{0,3}){8}", re.IGNORECASE)


def may_sign(line: str) -> bool:
    """A cheap look at a (folded) line, not empty: might a device sign with it, as far as its beginning tells?"""
    start = line.lstrip(_OPENINGS)[:_START].casefold()
    return (
        start in phrases.STARTS or start == "htt" or line[0] == "[" or line.startswith("<#")
    )  # before the text, a link may stand


def is_device_signature(line: str) -> bool:
    """Does a device, a mail program or a virus scanner sign with this (folded) line?"""
    if len(line) > MAX_LINE:
        return False
    if _SCANNER_LINK.match(line):
        return True
    plain = _LINK.sub(r"\1", line).strip()
    if _SENT_FROM.match(plain) or _WHOLE_LINE.match(plain):
        return True
    return len(plain) < 100 and bool(_SENT_AT_END.search(plain) and _ANY_DEVICE.search(plain))


def is_closing(line: str) -> bool:
    """Is it "S pozdravem", "Best regards" or the like?"""
    return bool(_CLOSING.match(line[:MAX_LINE]))


def is_footer(line: str) -> bool:
    """Does it read like a legal notice or a mailing list's footer?"""
    return bool(_FOOTER.search(line[:MAX_LINE]))


def has_contact(line: str) -> bool:
    """Does it hold an address, a link or a telephone number?"""
    return bool(_CONTACT.search(line[:MAX_LINE]))
