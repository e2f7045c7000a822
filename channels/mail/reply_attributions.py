"""Knows the look of an attribution: "On … X wrote:", in the languages and clients there are.

Owns that look. Does not decide over which lines one goes: that is reply_lines.
"""

import re

from channels.mail import reply_phrases as phrases

ADDRESS = r"[^\s<>@\"(),:;\[\]]{1,64}@[^\s<>@\"(),:;\[\]]{1,120}"


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
_ADDRESS_AT_END = re.compile(rf"<(?:mailto:)?\s*{ADDRESS}\s*>\s*(?P<colon>:?)$", re.IGNORECASE)
_BRACKETED = re.compile(rf"<(?:mailto:)?{ADDRESS}>")
_BROKEN_OFF = re.compile(rf"> ?(?:{_VERB})? ?:$", re.IGNORECASE)  # "On … <x@y" went before
_QUOTING = re.compile(rf"(?:{'|'.join(phrases.QUOTING)}) .{{1,120}}:$", re.IGNORECASE)
# How far from the end the verb begins, at most, where each of the three patterns fits.
_AT_END = 80
_INSIDE = 200
_THEN_DATE = 140
# Tuta, Mail.ru: "5. 6. 2024 10:12 od jan@firma.cz:", in the word that its language has for "by".
_DATED_BY = re.compile(
    rf"(?:{_WEEKDAY}[.,]? )?[^:]{{3,24}}[, ] ?\d?\d[:.]\d\d(?: ?[ap]\.?m\.?| [+-]\d{{4}}| [+-]\d\d:\d\d)? "
    rf"(?:{'|'.join(phrases.BY)}) (?:[^:<>@]{{1,60}} )?<?{ADDRESS}>?:$",
    re.IGNORECASE,
)
_CITED = re.compile(r"in (?:article|message|news:) ?<.{1,200}>,?$", re.IGNORECASE)  # RFC 5536, usenet


def is_attribution(joined: str) -> bool:
    """Does "On … X wrote:" stand here, sure enough even where no quote mark follows? joined: its lines, not empty."""
    if joined[-1] not in ":-" or not _DAY.search(joined):
        return False
    if "@" in joined and _STARTS_WITH_DATE.match(joined) and _DATED_BY.match(joined):
        return True
    has_verb = _has_verb(joined)
    if not has_verb and "@" not in joined:
        return False
    if not (_TIME.search(joined) or _YEAR.search(joined)) or _SENTENCE_END.search(joined):
        return False
    starts = bool(_STARTS_WITH_LEAD.match(joined) or _STARTS_WITH_DATE.match(joined))
    verb_at_end = has_verb and _search(_VERB_AT_END, joined, _AT_END)
    if starts and has_verb and (verb_at_end or _search(_VERB_INSIDE, joined, _INSIDE)):
        return True
    end = _ADDRESS_AT_END.search(joined)
    if starts and end and end["colon"]:
        return True
    if ("@" in joined and verb_at_end) or (has_verb and _search(_VERB_THEN_DATE, joined, _THEN_DATE)):
        return True
    # Whatever the language: a date, a time and an address in angle brackets, and a colon to end with.
    return len(joined) < 200 and bool(_TIME.search(joined) and _YEAR.search(joined) and _BRACKETED.search(joined))


def is_weak_attribution(joined: str) -> bool:
    """Does something like "X wrote:" stand here, which counts only when a quote mark follows?"""
    if (_has_verb(joined) and _search(_VERB_AT_END, joined, _AT_END)) or _QUOTING.match(joined):
        return True
    return bool(_STARTS_WITH_DATE.match(joined) and _ADDRESS_AT_END.search(joined))


def is_wrapped_above(above: str, below: str) -> bool:
    """Does an attribution that was taken to begin with `below` begin a line higher? (It was wrapped in its date.)"""
    if not above or _STARTS_WITH_LEAD.match(below) or above[-1] in ".!?:" or len(above) >= 100:
        return False
    if not (_STARTS_WITH_LEAD.match(above) and _DAY.search(above[:24])):
        return False
    return is_attribution(f"{above} {below}" if below[-1] in ":-" else f"{above} {below}:")


def is_broken_off(line: str) -> bool:
    """Is it the end of an attribution whose address was wrapped before the bracket, and no quotation?"""
    return line[-1] == ":" and _BROKEN_OFF.match(line) is not None


def is_citation(line: str) -> bool:
    """Is it "In article <…>," above "X writes:"?"""
    return _CITED.match(line) is not None


def _search(pattern: re.Pattern[str], joined: str, reach: int) -> bool:
    """Search the last `reach` characters; "^" still means the beginning of the whole."""
    return pattern.search(joined, max(0, len(joined) - reach)) is not None


def _has_verb(joined: str) -> bool:
    """A cheap look before the patterns are tried at every place."""
    said = joined.casefold()
    return any(sign in said for sign in phrases.WROTE_SIGNS)
