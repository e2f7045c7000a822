"""What a relay of ours found: Authentication-Results fields that can be believed. RFC 8601.

Owns their syntax and their trust: who wrote a field is known only by its authserv-id *and* its place above whatever a
stranger could have sent. Must not decide whether a result speaks for the author.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authz.mail.fields import RawMessage

MAX_VALUE = 8 * 1024  # octets of one field
MAX_RESULTS = 100  # in one field
MAX_FIELDS = 20  # looked at

_OUTSIDE = re.compile(r'[^"();]++|"(?:[^"\\]++|\\.)*+"|[();]', re.DOTALL)
_IN_COMMENT = re.compile(r"[^()\\]++|\\.|[()]", re.DOTALL)
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_AUTHSERV_ID = re.compile(rf"\s*+({_QUOTED}|[^\s=\"]++)(?:\s++\d{{1,4}})?\s*+")
_METHOD = re.compile(r"\s*+([A-Za-z][A-Za-z0-9-]*+)(?:\s*+/\s*+\d++)?\s*+=\s*+([A-Za-z][A-Za-z0-9-]*+)(?=\s|$)")
_PROPERTY = re.compile(
    rf"\s++([A-Za-z][A-Za-z0-9-]*+(?:\s*+\.\s*+[A-Za-z0-9_-]++)?)\s*+=\s*+({_QUOTED}|[^\s\"]*+)(?=\s|$)"
)
_BARE_WORD = re.compile(r"\s*+[^\s=\"]++\s*+")
_BY = re.compile(r"(?:^|\s)by\s++([^\s;]++)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One method's result. method, outcome, property names: lower-case. properties: such as "header.d"."""

    method: str
    outcome: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsField:
    """One field. authserv_id: lower-case; None in the form that has none (Office 365)."""

    authserv_id: str | None
    results: tuple[MethodResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTrust:
    """Whose results count, and where in the header.

    authserv_ids: lower-case. border_hosts: lower-case names, or "*.suffix", by which our relays' own Received fields
    say `by`; results may stand below these, which is safe only where the relay removes foreign fields with its id
    (RFC 8601 §5). Without any, results must stand above every Received field.
    without_id: fields without an authserv-id count as well (Office 365).
    """

    authserv_ids: frozenset[str] = frozenset()
    border_hosts: frozenset[str] = frozenset()
    without_id: bool = False


def read_relay_results(message: RawMessage, trust: RelayTrust) -> tuple[MethodResult, ...]:
    """Return the results that `trust` lets count, top to bottom. RFC 8601 §5, §7.1.

    Where several fields tell of the same method the topmost one is right: what came with the message stands below.
    A message without any Received field passed no relay, so nothing in it counts.
    """
    if b"received" not in message.by_name:
        return ()
    believed: list[MethodResult] = []
    seen: set[str] = set()
    examined = 0
    for item in message.fields:
        if examined == MAX_FIELDS or (item.name == b"received" and not _is_ours(item.value, trust)):
            break
        if item.name == b"authentication-results":
            examined += 1
            parsed = parse_results(item.value)
            if parsed is None or not _is_trusted(parsed, trust):
                continue
            believed.extend(result for result in parsed.results if result.method not in seen)
            seen.update(result.method for result in parsed.results)
    return tuple(believed)


def parse_results(value: bytes) -> ResultsField | None:
    """Parse the value of one field, or return None when any of it is malformed. RFC 8601 §2.2.

    Comments are dropped: a result inside one is none.
    """
    segments = _split(value)
    if not segments:
        return None
    if _METHOD.match(segments[0]):
        return _with_results(None, segments)
    match = _AUTHSERV_ID.fullmatch(segments[0])
    return None if match is None else _with_results(_unquote(match[1]).lower(), segments[1:])


def parse_sealed_results(value: bytes) -> tuple[int, ResultsField] | None:
    """Parse an ARC-Authentication-Results value: its instance, then the same as above. RFC 8617 §4.1.1."""
    instance, _, rest = value.partition(b";")
    name, _, number = (part.strip() for part in instance.partition(b"="))
    if name != b"i" or not number.isdigit() or len(number) > 3:
        return None
    return int(number), parse_results(rest) or ResultsField(authserv_id=None, results=())


def _with_results(authserv_id: str | None, segments: Sequence[str]) -> ResultsField | None:
    results = []
    for segment in segments:
        if not segment.strip() or segment.strip().lower() == "none":
            continue
        if authserv_id is None and _BARE_WORD.fullmatch(segment):
            continue  # Office 365 names the recipient's domain between the results
        result = _read_method(segment)
        if result is None:
            return None
        results.append(result)
    return ResultsField(authserv_id=authserv_id, results=tuple(results))


def _read_method(segment: str) -> MethodResult | None:
    match = _METHOD.match(segment)
    if match is None:
        return None
    method, outcome = match.groups()
    properties: dict[str, str] = {}
    at, end = match.end(), len(segment.rstrip())
    while at < end:
        match = _PROPERTY.match(segment, at)
        if match is None:
            return None
        name = "".join(match[1].split()).lower()
        if name in properties:
            return None
        properties[name] = _unquote(match[2])
        at = match.end()
    return MethodResult(method=method.lower(), outcome=outcome.lower(), properties=properties)


def _split(value: bytes) -> list[str] | None:
    """Split at semicolons, comments replaced by a space, quoted strings kept. None when unbalanced or too long."""
    if len(value) > MAX_VALUE:
        return None
    text = value.decode("utf-8", "replace").replace("\r\n", "")
    segments: list[str] = []
    current: list[str] = []
    depth = at = 0
    while at < len(text):
        match = (_IN_COMMENT if depth else _OUTSIDE).match(text, at)
        if match is None:
            return None
        piece, at = match[0], match.end()
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
            if depth < 0:
                return None
            current.append(" ")
        elif depth:
            continue
        elif piece == ";":
            segments.append("".join(current))
            current = []
        else:
            current.append(piece)
    segments.append("".join(current))
    return None if depth or len(segments) > MAX_RESULTS else segments


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _is_trusted(found: ResultsField, trust: RelayTrust) -> bool:
    if found.authserv_id is None:
        return trust.without_id
    return found.authserv_id in trust.authserv_ids


def _is_ours(received: bytes, trust: RelayTrust) -> bool:
    """Whether a Received field says it was written by one of our relays. RFC 5321 §4.4."""
    if not trust.border_hosts:
        return False
    segments = _split(received)
    match = _BY.search(segments[0]) if segments else None
    if match is None:
        return False
    host = match[1].lower().rstrip(".")
    return any(
        host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern for pattern in trust.border_hosts
    )
