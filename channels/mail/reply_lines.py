"""Says of every line of a mail what it is: text, quotation, attribution, repeated header, banner, signature.

Owns the classes and the look of one line (and the few that belong to it). Decides nothing about what is new:
that is the pattern of classes, in reply. Work per line is bounded, so the whole is linear in the text.
"""

import re
from enum import StrEnum

from channels.mail import reply_banners, reply_signatures
from channels.mail import reply_phrases as phrases
from channels.mail.reply_banners import is_banner, is_groupwise
from channels.mail.reply_signatures import is_device_signature


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

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f]")
_UNUSUAL = re.compile("[\t\u00a0\u00ad\u2000-\u206f\ufeff：]")  # all that folding changes, and a little more

_ADDRESS = r"[^\s<>@\"(),:;\[\]]{1,64}@[^\s<>@\"(),:;\[\]]{1,120}"


def _any_of(*groups: dict[str, tuple[str, ...]]) -> str:
    words = {word for group in groups for many in group.values() for word in many}
    return "|".join(sorted(words, key=len, reverse=True))


_VERB = rf"(?:{_any_of(phrases.WROTE)})"
_LEAD = rf"(?:{_any_of(phrases.LEADS)})"
_WEEKDAY = rf"(?:{_any_of(phrases.WEEKDAYS)})"

_TIME = re.compile(r"\b[0-2]?\d[:.h][0-5]\d\b|(?:上午|下午|오전|오후|[ap]m\b)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\b\d{1,2}[./-] ?\d{1,2}[./-] ?\d\d(?!\d)")
_DAY = re.compile(r"\d")
_SENTENCE_END = re.compile(r"\b[^\W\d_A-ZÁČĎÉÍŇÓŘŠŤÚŽ]{4,}[.!?] +[A-ZÁČĎÉÍŇÓŘŠŤÚŽ]")
_STARTS_WITH_DATE = re.compile(rf"(?:{_WEEKDAY}[.,]? ?\w{{0,2}} ?)?(?:\d|\w{{2,12}}[.,]{{0,2}} \d)", re.IGNORECASE)
_STARTS_WITH_LEAD = re.compile(rf"(?:-{{2,}} ?)?{_LEAD}(?=[ ,:\d(])", re.IGNORECASE)
_VERB_AT_END = re.compile(rf"(?:^|[\s>\"'),\]\d]){_VERB}[ ,]*(?::|-{{2,}})+$", re.IGNORECASE)
_VERB_INSIDE = re.compile(rf"(?:^|[\s>\"'),\]]){_VERB}[\s:].{{0,160}}:$", re.IGNORECASE)
_VERB_THEN_DATE = re.compile(
    rf"(?:^|[\s>\"'),\]]){_VERB} (?:{_LEAD} )?(?:{_WEEKDAY}[.,]* )?.{{0,14}}?\d.{{0,40}}:$", re.IGNORECASE
)
_ADDRESS_AT_END = re.compile(rf"<(?:mailto:)?\s*{_ADDRESS}\s*>\s*(?P<colon>:?)$", re.IGNORECASE)
_BRACKETED = re.compile(rf"<(?:mailto:)?{_ADDRESS}>")
_BROKEN_OFF = re.compile(rf"> ?(?:{_VERB})? ?:$", re.IGNORECASE)  # "On … <x@y" went before
_QUOTING = re.compile(rf"(?:{'|'.join(phrases.QUOTING)}) .{{1,120}}:$", re.IGNORECASE)
_CITED = re.compile(r"in (?:article|message|news:) ?<.{1,200}>,?$", re.IGNORECASE)  # RFC 5536, usenet

_QUOTE_MARK = re.compile(r"^(?:[ \t]{0,3}>|&gt;)")
_DELIMITER = re.compile(r"^--\s?$|^— ?$|^– ?$")
_RULE = re.compile(r"^(?:[-_=*~]\s?){3,}$|^[─━═]{3,}$")
# A line that begins or ends with none of these, and holds no sign, is text.
_BEGINNINGS = frozenset(f"{reply_banners.BEGINNINGS}&—–─━═")
_ENDS = frozenset(reply_banners.ENDS)
_SIGNS = (*reply_banners.SIGNS, *reply_signatures.SIGNS)

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


def is_attribution(joined: str) -> bool:
    """Does "On … X wrote:" stand here, sure enough even where no quote mark follows?"""
    dated = _DAY.search(joined) and (_TIME.search(joined) or _YEAR.search(joined))
    if not dated or _SENTENCE_END.search(joined):
        return False
    starts = bool(_STARTS_WITH_LEAD.match(joined) or _STARTS_WITH_DATE.match(joined))
    if starts and (_VERB_AT_END.search(joined) or _VERB_INSIDE.search(joined)):
        return True
    end = _ADDRESS_AT_END.search(joined)
    if starts and end and end["colon"]:
        return True
    if "@" not in joined or joined[-1] not in ":-":
        return bool(_VERB_THEN_DATE.search(joined))
    if _VERB_AT_END.search(joined) or _VERB_THEN_DATE.search(joined):
        return True
    # Whatever the language: a date, a time and an address in angle brackets, and a colon to end with.
    return bool(_TIME.search(joined) and _YEAR.search(joined) and _BRACKETED.search(joined)) and len(joined) < 200


def is_weak_attribution(joined: str) -> bool:
    """Does something like "X wrote:" stand here, which counts only when a quote mark follows?"""
    if _VERB_AT_END.search(joined) or _QUOTING.match(joined):
        return True
    return bool(_STARTS_WITH_DATE.match(joined) and _ADDRESS_AT_END.search(joined))


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
    _find_attributions(folded, kinds)
    return kinds


def _hold_signs(folded: list[str]) -> list[bool]:
    """Of each line: does it hold a sign of a banner or a signature? Most mails hold none, and are looked at once."""
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
    if not (marked or holds_sign) or len(folded) >= MAX_LINE:
        return Line.TEXT
    if _DELIMITER.match(folded):
        return Line.DELIMITER
    if _RULE.match(folded):
        return Line.RULE
    if is_banner(folded):
        return Line.EMBEDDED
    return Line.SIGNATURE if holds_sign and is_device_signature(folded) else Line.TEXT


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
    if main >= 3:
        return True
    above = next((kinds[k] for k in range(start - 1, max(start - 4, -1), -1) if kinds[k] is not Line.EMPTY), None)
    return main == 2 and (above in {Line.RULE, Line.EMBEDDED} or bool(re.search(_ADDRESS, folded[start])))


def _find_attributions(folded: list[str], kinds: list[Line]) -> None:
    """Mark the attributions, which clients and wrapping spread over several lines."""
    for i in range(1, len(kinds)):
        if kinds[i] is Line.QUOTE and kinds[i - 1] is Line.TEXT and _BROKEN_OFF.match(folded[i]):
            kinds[i] = Line.TEXT
    quoted_next = _what_follows(folded, kinds)
    for i, line in enumerate(folded):
        if kinds[i] is not Line.TEXT:
            continue
        if line[-1] not in ":>-" and not (quoted_next[i] and len(line) < 160):
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
            return _extend_upwards(folded, kinds, k)
    if quoted and is_weak_attribution(folded[end]):
        cited = end and kinds[end - 1] is Line.TEXT and _CITED.match(folded[end - 1])
        return end - 1 if cited else end
    return None


def _extend_upwards(folded: list[str], kinds: list[Line], start: int) -> int:
    """Take in the line above when the date was wrapped: "On Mon, Aug 19, 2013 at / 2:36 AM, X wrote:"."""
    above = folded[start - 1] if start and kinds[start - 1] is Line.TEXT else ""
    if above and not _STARTS_WITH_LEAD.match(folded[start]) and above[-1] not in ".!?:" and len(above) < 100:
        begins = _STARTS_WITH_LEAD.match(above) and _DAY.search(above[:24])
        if begins and is_attribution(
            f"{above} {folded[start]}" if folded[start][-1] in ":-" else f"{above} {folded[start]}:"
        ):
            return start - 1
    return start


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
