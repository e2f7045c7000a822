"""Says of every line of a mail what it is: text, quotation, attribution, repeated header, banner, signature.

Owns the classes and the look of one line (and the few that belong to it). Decides nothing about what is new:
that is the pattern of classes, in reply. Work per line is bounded, so the whole is linear in the text.
"""

import re
from enum import StrEnum

from channels.mail import reply_banners, reply_signatures
from channels.mail import reply_phrases as phrases
from channels.mail.reply_attributions import (
    ADDRESS,
    is_attribution,
    is_broken_off,
    is_citation,
    is_weak_attribution,
    is_wrapped_above,
)
from channels.mail.reply_banners import is_banner, is_groupwise
from channels.mail.reply_signatures import is_device_signature, may_sign


class Line(StrEnum):
    """What one line is. One letter each, so that a mail's lines make a string to match patterns on."""

    EMPTY = "e"
    TEXT = "t"
    QUOTE = "q"
    ATTRIBUTION = "a"
    EMBEDDED = "b"  # a banner or the first field of a repeated header: from here on it is another's mail
    RULE = "r"  # a line of dashes and the like
    DELIMITER = "d"  # "-- ", RFC 3676 §4.3
    SIGNATURE = "s"


# A text is cut into this many lines and one rest, and longer lines are only looked at for their quote mark: what
# an author writes is not found that deep, a log file may be.
MAX_LINES = 5000
MAX_LINE = 400
MAX_ATTRIBUTION = 320
MAX_ATTRIBUTION_LINES = 5
_FEWEST_FIELDS = 3
_MOST_FIELDS = 8

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f]")
_UNUSUAL = re.compile("[\t\u00a0\u00ad\u2000-\u206f\ufeff：]")  # all that folding changes, and a little more

_QUOTE_MARK = re.compile(r"^(?:[ \t]{0,3}>|&gt;)")
_DELIMITER = re.compile(r"^--\s?$|^— ?$|^– ?$")
_RULE = re.compile(r"^(?:[-_=*~]\s?){3,}$|^[─━═]{3,}$")
# A line that begins or ends with none of these, holds no sign and does not begin as devices sign is text.
_BEGINNINGS = frozenset(f"{reply_banners.BEGINNINGS}&—–─━═")
_ENDS = frozenset(reply_banners.ENDS)
_SIGNS = (*reply_banners.SIGNS, *reply_signatures.SIGNS)

_ALL_ROLES = frozenset({"from", "to", "date", "subject"})
# RFC 3261: telephones say From and To as well, and their traces are what people send us.
_PROTOCOL = re.compile(r"\bsips?:[^\s@]*@|;tag=|^(?:via|cseq|call-id|max-forwards):", re.IGNORECASE)
_FIELD_ROLES: dict[str, dict[str, str]] = {}
for _language, _roles in phrases.HEADER_FIELDS.items():
    for _role, _names in _roles.items():
        for _name in _names:
            _FIELD_ROLES.setdefault(_name, {})[_language] = _role
_FIELD = re.compile(r"^[*_|]{0,2}(?P<name>[^\W\d_][^:<>@\n*]{0,24}?)[*_]{0,2} ?:[*_]{0,2}(?: |$|(?=[\w<\"]))")


def fold(line: str) -> str:
    """The line as it is matched: without invisible signs, with plain spaces, dashes and colons."""
    if line.isascii():
        return line.replace("\t", " ").strip()
    if _UNUSUAL.search(line):
        line = _INVISIBLE.sub("", line).replace("：", ":").replace("–", "-").replace("—", "-").replace("’", "'")
        line = _SPACES.sub(" ", line)
    return line.strip()


def field_roles(folded: str) -> dict[str, str] | None:
    """The roles, by language, that the line may play in a repeated header ("Od: …" → {"cs": "from", …})."""
    named = _FIELD.match(folded) if ":" in folded else None
    return _FIELD_ROLES.get(named["name"].strip().lower()) if named else None


def classify(lines: list[str], marks: list[Line | None] | None = None) -> list[Line]:
    """What each line is.

    marks: what the HTML part says of the same lines, where it says anything; it wins over the look of a line,
        except that a banner stays a banner.
    """
    folded = [fold(line) if len(line) <= MAX_LINE else line[:MAX_LINE] for line in lines]
    kinds = [_look(*line) for line in zip(lines, folded, _hold_signs(folded), strict=True)]
    if marks is not None:
        kinds = [_overlay(kind, mark) for kind, mark in zip(kinds, marks, strict=False)]
    _find_headers(folded, kinds)
    _find_quoted_headers(folded, kinds)
    _find_attributions(folded, kinds)
    return kinds


def _hold_signs(folded: list[str]) -> list[bool]:
    """Of each line: does it hold a sign of a banner or a signature? Most texts hold none, and are searched once."""
    said = "\n".join(folded).casefold()
    present = [sign for sign in _SIGNS if sign in said]
    if not present:
        return [False] * len(folded)
    return [any(sign in line for sign in present) for line in map(str.casefold, folded)]


def _look(raw: str, folded: str, holds_sign: bool) -> Line:
    """The class of one line by itself."""
    if not folded:
        return Line.EMPTY
    marked = folded[0] in _BEGINNINGS or folded[-1] in _ENDS
    if marked and _QUOTE_MARK.match(raw):
        return Line.EMBEDDED if is_groupwise(folded) else Line.QUOTE
    may_be_signature = holds_sign or may_sign(folded)
    if not (marked or may_be_signature) or len(folded) >= MAX_LINE:
        return Line.TEXT
    if _DELIMITER.match(folded):
        return Line.DELIMITER
    if _RULE.match(folded):
        return Line.RULE
    if (marked or holds_sign) and is_banner(folded):
        return Line.EMBEDDED
    return Line.SIGNATURE if may_be_signature and is_device_signature(folded) else Line.TEXT


def _overlay(kind: Line, mark: Line | None) -> Line:
    if mark is None or kind in {Line.EMPTY, Line.EMBEDDED}:
        return kind
    return mark


def _find_headers(folded: list[str], kinds: list[Line]) -> None:
    """Mark the repeated header blocks: enough different fields of one language, a sender among them."""
    i = 0
    while i < len(folded):
        if kinds[i] is not Line.TEXT or not (roles := field_roles(folded[i])):
            i += 1
            continue
        seen: dict[str, set[str]] = {}
        end, gap, j = i, 0, i
        while j < len(folded) and gap <= 1:
            roles = field_roles(folded[j]) if kinds[j] is Line.TEXT else None
            if roles:
                for language, role in roles.items():
                    seen.setdefault(language, set()).add(role)
                end, gap = j, 0
            elif kinds[j] in {Line.TEXT, Line.EMPTY}:
                gap += 1
            else:
                break
            j += 1
        if _is_header(seen, folded, i, end, kinds):
            kinds[i : end + 1] = [Line.EMBEDDED] * (end + 1 - i)
        i = end + 1


def _is_header(seen: dict[str, set[str]], folded: list[str], start: int, end: int, kinds: list[Line]) -> bool:
    main = max((len(roles - {"other"}) for roles in seen.values() if "from" in roles), default=0)
    if any(_PROTOCOL.search(line) for line in folded[max(0, start - 2) : end + 1]):
        return False
    # Programs whose own words are in another language than the mail mix the two.
    mixed = set().union(*seen.values()) - {"other"}
    if main >= 3 or mixed >= _ALL_ROLES:
        return True
    above = next((kinds[k] for k in range(start - 1, max(start - 4, -1), -1) if kinds[k] is not Line.EMPTY), None)
    return main == 2 and (above in {Line.RULE, Line.EMBEDDED} or bool(re.search(ADDRESS, folded[start])))


def _find_quoted_headers(folded: list[str], kinds: list[Line]) -> None:
    """Centrum.cz and Orange quote the repeated header alone, and leave the mail below it without a mark."""
    start = next((i for i, kind in enumerate(kinds) if kind is Line.QUOTE), None)
    if start is None or Line.TEXT not in kinds[:start]:
        return
    end = start
    while end < len(kinds) and kinds[end] is Line.QUOTE:
        end += 1
    bare = [line.lstrip("> ") for line in folded[start:end]]
    said = [line for line in bare if line]
    following = next((kind for kind in kinds[end:] if kind is not Line.EMPTY), None)
    if not (_FEWEST_FIELDS <= len(said) <= _MOST_FIELDS and following is Line.TEXT):
        return
    roles = [field_roles(line) for line in said]
    named = sum(1 for each in roles if each)
    if named >= len(said) - 1 and any(each and "from" in each.values() for each in roles):
        kinds[start:end] = [Line.EMBEDDED] * (end - start)


def _find_attributions(folded: list[str], kinds: list[Line]) -> None:
    """Mark the attributions, which clients and wrapping spread over several lines."""
    for i in range(1, len(kinds)):
        if kinds[i] is Line.QUOTE and kinds[i - 1] is Line.TEXT and is_broken_off(folded[i]):
            kinds[i] = Line.TEXT
    quoted_next = _what_follows(folded, kinds)
    for i, line in enumerate(folded):
        if kinds[i] is not Line.TEXT:
            continue
        if line[-1] not in ":-" and not (quoted_next[i] and (len(line) < 160 or line[-1] == ">")):
            continue
        start = _attribution_start(folded, kinds, i, quoted=quoted_next[i])
        if start is not None:
            kinds[start : i + 1] = [
                Line.ATTRIBUTION if kinds[k] is not Line.EMPTY else Line.EMPTY for k in range(start, i + 1)
            ]
            _mark_pipes(folded, kinds, i + 1)


def _attribution_start(folded: list[str], kinds: list[Line], end: int, *, quoted: bool) -> int | None:
    """The first line of the attribution that ends on line `end`, or None."""
    joined = ""
    for k in range(end, max(end - MAX_ATTRIBUTION_LINES - 1, -1), -1):
        if kinds[k] is Line.EMPTY:
            if not folded[k + 1].startswith("<"):
                break
            continue
        if kinds[k] is not Line.TEXT:
            break
        joined = f"{folded[k]} {joined}".strip()
        if len(joined) > MAX_ATTRIBUTION:
            break
        if is_attribution(joined if not quoted or joined[-1] in ":-" else f"{joined}:"):
            above = folded[k - 1] if k and kinds[k - 1] is Line.TEXT else ""
            return k - 1 if is_wrapped_above(above, folded[k]) else k
    if quoted and is_weak_attribution(folded[end]):
        cited = end and kinds[end - 1] is Line.TEXT and is_citation(folded[end - 1])
        return end - 1 if cited else end
    return None


def _what_follows(folded: list[str], kinds: list[Line]) -> list[bool]:
    """Of each line: is the next line that is not empty a quotation?"""
    follows = [False] * len(kinds)
    if Line.QUOTE not in kinds and not any(line.startswith("|") for line in folded):
        return follows
    quoted = False
    for i in range(len(kinds) - 1, -1, -1):
        follows[i] = quoted
        if kinds[i] is not Line.EMPTY:
            quoted = kinds[i] is Line.QUOTE or folded[i].startswith("|")
    return follows


def _mark_pipes(folded: list[str], kinds: list[Line], start: int) -> None:
    """Some clients quote with "|", which is a quotation only below an attribution (a table looks the same)."""
    k = start
    while k < len(kinds) and (kinds[k] is Line.EMPTY or folded[k].startswith("|")):
        if kinds[k] is not Line.EMPTY:
            kinds[k] = Line.QUOTE
        k += 1
