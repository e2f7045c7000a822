"""A caller ID as presented, read as E.164 – or as the reason why it names nobody.

Owns the normalization of numbers: the tables below and the order in which they apply. An ambiguous number is
refused, never guessed: two readings that differ match nobody. Must not look anybody up, and never compares numbers
loosely (`phonenumbers.is_number_match` takes short and national matches for equal).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from authz.decision import Reason
from authz.identity import Channel, Claim, IdentityKind
from authz.phone.uri import InternalNumber, UnreadableUri, read_uri


class CallerKind(StrEnum):
    """What a presented caller ID turned out to be."""

    E164 = "e164"
    WITHHELD = "withheld"
    INTERNAL = "internal"
    UNPARSABLE = "unparsable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller ID after reading.

    e164: the number with its plus, only when kind is E164. shown: what was presented, printable and short.
    notes: what was done on the way or why it failed, for people and logs.
    """

    kind: CallerKind
    e164: str | None
    shown: str
    notes: tuple[str, ...] = ()


# What PBXs and providers write when they have no number to show.
WITHHELD_WORDS = frozenset(
    {
        "",
        "anonymous",
        "anonym",
        "asterisk",
        "blocked",
        "caller id unavailable",
        "unavailable",
        "unknown",
        "unbekannt",
        "withheld",
        "private",
        "restricted",
        "no number",
        "none",
        "null",
        "s",
        "<unknown>",
        "neznámé",
        "neznámé číslo",
        "skryté",
        "skryté číslo",
        "utajené",
    }
)

# "ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE" keyed on a telephone, sent with a plus by carriers.
WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRules:
    """How one endpoint writes numbers.

    region: ISO 3166 code whose national numbers may come without a country code; None: never read nationally.
    e164_without_plus: bare digits are E.164 that lost its plus; no national reading is tried.
    outside_line: prefixes the PBX puts before outside numbers, such as "0" or "90"; taken off at most once.
    internal_digits: bare numbers up to this length are extensions or short codes.
    """

    region: str | None = "CZ"
    e164_without_plus: bool = False
    outside_line: tuple[str, ...] = ()
    internal_digits: int = 6
    withheld_words: frozenset[str] = WITHHELD_WORDS
    withheld_numbers: frozenset[str] = WITHHELD_NUMBERS


CZECH = NumberRules()

LONGEST_PRESENTED = 256
SHOWN_LENGTH = 80

_CLEAN_CZECH = re.compile(r"\+420[2-9][0-9]{8}", re.ASCII)
_LOST_PLUS = re.compile(r" ([1-9][0-9]{6,14})", re.ASCII)
_EXTENSION = re.compile(
    r"(?P<number>.*[0-9)])\s*(?:,\s*)?(?:\bext(?:ension)?\b\.?|x|\blinka\b|\bklapka\b|\bkl\b\.?)\s*:?\s*(?P<extension>[0-9]{1,6})",
    re.ASCII | re.IGNORECASE,
)
_WRITTEN_NUMBER = re.compile(r"(?P<plus>\+|\(\+)?(?P<rest>[0-9 ().\-]*)", re.ASCII)
_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def read_number(presented: str | None, rules: NumberRules = CZECH) -> Caller:
    """Read a caller ID.

    presented: exactly what the PBX sent, None when it sent nothing. rules: how this endpoint writes numbers.
    Returns a Caller; never raises, whatever the string.
    """
    if presented is None:
        return Caller(kind=CallerKind.WITHHELD, e164=None, shown="", notes=("no number was presented",))
    if _CLEAN_CZECH.fullmatch(presented) and presented not in rules.withheld_numbers:
        return Caller(kind=CallerKind.E164, e164=presented, shown=presented)
    if len(presented) > LONGEST_PRESENTED:
        return _refuse(CallerKind.UNPARSABLE, presented, "longer than any number")
    return _read_remembered(presented, rules)


_PROBLEMS: dict[CallerKind, Reason] = {
    CallerKind.WITHHELD: Reason.CALLER_WITHHELD,
    CallerKind.INTERNAL: Reason.CALLER_INTERNAL,
    CallerKind.UNPARSABLE: Reason.CALLER_UNPARSABLE,
}


def claim_number(caller: Caller) -> Claim:
    """The claim a caller ID makes. RULE channel-phone."""
    problem = _PROBLEMS.get(caller.kind)
    return Claim(
        channel=Channel.PHONE,
        kind=IdentityKind.NUMBER,
        value=caller.e164,
        shown=caller.shown,
        problem=None if problem is None else problem.value,
    )


@lru_cache(maxsize=2048)
def _read_remembered(presented: str, rules: NumberRules) -> Caller:
    notes: list[str] = []
    text = presented
    lost_plus = _LOST_PLUS.fullmatch(text)
    if lost_plus:
        # A form body with an unescaped plus: the plus became a space.
        text = "+" + lost_plus.group(1)
        notes.append("a leading space was read as a plus")

    folded = unicodedata.normalize("NFKC", text)
    if folded != text:
        notes.append("compatibility characters were folded")
    text = folded.strip(" ")
    if text.casefold().strip("\"'") in rules.withheld_words:
        return _refuse(CallerKind.WITHHELD, presented, *notes)
    if not text.isascii() or not text.isprintable():
        return _refuse(CallerKind.UNPARSABLE, presented, *notes, "holds characters that are not printable ASCII")

    read = read_uri(text)
    if isinstance(read, UnreadableUri):
        return _refuse(CallerKind.UNPARSABLE, presented, *notes, read.why)
    if isinstance(read, InternalNumber):
        return _refuse(CallerKind.INTERNAL, presented, *notes, read.why)
    notes.extend(read.notes)
    if read.number.casefold() in rules.withheld_words:
        return _refuse(CallerKind.WITHHELD, presented, *notes)
    return _read_digits(read.number, presented, rules, notes)


def _read_digits(number: str, presented: str, rules: NumberRules, notes: list[str]) -> Caller:
    extension = _EXTENSION.fullmatch(number)
    if extension:
        number = extension.group("number")
        notes.append(f"extension {extension.group('extension')}")
    written = _WRITTEN_NUMBER.fullmatch(number)
    if written is None:
        return _refuse(CallerKind.UNPARSABLE, presented, *notes, "holds letters, signs or more than one number")
    digits = _NOT_DIGIT.sub("", written.group("rest"))
    if not digits:
        return _refuse(CallerKind.UNPARSABLE, presented, *notes, "holds no digits")

    if written.group("plus"):
        readings = {f"+{digits}"} if _is_possible(f"+{digits}") else set()
    elif rules.e164_without_plus:
        readings = _readings_without_plus(digits)
    else:
        readings = _readings_of_bare(digits, rules)
    fakes = {f"+{digits}"} if written.group("plus") or rules.e164_without_plus else set()
    if (readings | fakes) & rules.withheld_numbers:
        return _refuse(CallerKind.WITHHELD, presented, *notes, "the number spells that it is withheld")
    if len(readings) > 1:
        return _refuse(CallerKind.UNPARSABLE, presented, *notes, f"may be any of {', '.join(sorted(readings))}")
    if readings:
        return Caller(kind=CallerKind.E164, e164=readings.pop(), shown=_show(presented), notes=tuple(notes))
    if not written.group("plus") and len(digits) <= rules.internal_digits:
        return _refuse(CallerKind.INTERNAL, presented, *notes, "a short or internal number")
    return _refuse(CallerKind.UNPARSABLE, presented, *notes, "no such number is possible")


def _readings_without_plus(digits: str) -> set[str]:
    reading = f"+{digits.removeprefix('00')}"
    return {reading} if _is_possible(reading) else set()


def _readings_of_bare(digits: str, rules: NumberRules) -> set[str]:
    written = {digits} | {digits.removeprefix(prefix) for prefix in rules.outside_line if digits.startswith(prefix)}
    return set().union(*(_readings_of_dialled(each, rules) for each in written))


def _readings_of_dialled(digits: str, rules: NumberRules) -> set[str]:
    """International with 00 first; then national; only when that is no valid number, E.164 that lost its plus."""
    if digits.startswith("00"):
        reading = f"+{digits[2:]}"
        return {reading} if _is_valid(reading) else set()
    national = _read_nationally(digits, rules.region) if rules.region else None
    if national:
        return {national}
    reading = f"+{digits}"
    return {reading} if _is_valid(reading) else set()


def _read_nationally(digits: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_possible(e164: str) -> bool:
    """Whether it has the form and length of an E.164 number and the library changes no digit of it."""
    parsed = _parse_exactly(e164)
    return parsed is not None and phonenumbers.is_possible_number(parsed)


def _is_valid(e164: str) -> bool:
    parsed = _parse_exactly(e164)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parse_exactly(e164: str) -> phonenumbers.PhoneNumber | None:
    if not _E164.fullmatch(e164):
        return None
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    same = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == e164
    return parsed if same else None


def _refuse(kind: CallerKind, presented: str, *notes: str) -> Caller:
    return Caller(kind=kind, e164=None, shown=_show(presented), notes=notes)


def _show(presented: str) -> str:
    """Printable and short: it goes to logs, pages and the ledger."""
    printable = "".join(char if char.isprintable() else "�" for char in presented[:SHOWN_LENGTH])
    return printable if len(presented) <= SHOWN_LENGTH else f"{printable}…"
