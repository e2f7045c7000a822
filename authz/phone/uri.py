"""Where the number stands in what a PBX presents: a bare string, a name-addr, a SIP or a tel URI.

Owns taking the address apart. Must not read digits: that is `authz.phone.number`. A display name is never a number.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class UriNumber:
    """The part that should hold the number, still as written."""

    number: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalNumber:
    """A number that means something only inside somebody's own network."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableUri:
    """Not one address, or not of the form."""

    why: str


# RFC 3261 §25.1 name-addr; the display name may hold anything but the brackets.
_NAME_ADDR = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"|[^"<>,;]*)\s*<(?P<uri>[^<>]*)>(?P<parameters>(?:;[^<>,]*)?)')
_SCHEME = re.compile(r"(?P<scheme>sips?|tel):(?P<rest>.*)", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_.\-]*)(?:=(?P<value>[A-Za-z0-9\-_.!~*'()\[\]/:&+$%]*))?", re.ASCII
)
# RFC 3261 §25.1 hostport, then parameters or headers.
_HOST = re.compile(r"(?P<host>[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[;?][^@<>,]*)?", re.ASCII)
_EXTENSION = re.compile(r"[0-9.\-]{1,12}", re.ASCII)
_GLOBAL_CONTEXT = re.compile(r"\+[0-9.\-]+", re.ASCII)


def read_uri(text: str) -> UriNumber | InternalNumber | UnreadableUri:
    """Find the number in a presented caller ID.

    text: printable ASCII. Returns the number as written, or why there is none; never raises.
    """
    if "<" in text or ">" in text:
        name_addr = _NAME_ADDR.fullmatch(text)
        if name_addr is None:
            return UnreadableUri(why="not one address")
        text = name_addr.group("uri").strip()

    scheme = _SCHEME.fullmatch(text)
    is_tel = scheme is not None and scheme.group("scheme").lower() == "tel"
    rest = scheme.group("rest") if scheme else text
    if scheme and "," in rest:
        return UnreadableUri(why="more than one address")
    user = rest if is_tel else _user_of(rest)
    if user is None:
        return UnreadableUri(why="not one address")
    # RFC 3261 §19.1.2: characters of the user part may be percent-encoded.
    if "%" in user:
        user = unquote(user)
        if not user.isascii() or not user.isprintable():
            return UnreadableUri(why="holds characters that are not printable ASCII")
    return _read_subscriber(user)


def _user_of(rest: str) -> str | None:
    """The user part of `user@host;parameters?headers`; without a host, the whole string; None when it is damaged."""
    user, at, after = rest.partition("@")
    if not at:
        return user
    host = _HOST.fullmatch(after)
    if host is None:
        return None
    # RFC 3323 §4.1.1.3: the host of an anonymous From, whatever stands before it.
    return "anonymous" if host["host"].lower() == "anonymous.invalid" else user


def _read_subscriber(subscriber: str) -> UriNumber | InternalNumber | UnreadableUri:
    """Split a telephone-subscriber from its parameters. RFC 3966 §3"""
    number, *parameters = subscriber.split(";")
    notes: list[str] = []
    for parameter in parameters:
        parsed = _PARAMETER.fullmatch(parameter)
        if parsed is None:
            return UnreadableUri(why="more than one number")
        name, value = parsed.group("name").lower(), parsed.group("value") or ""
        if name == "phone-context":
            # RFC 3966 §5.1.5: a local number; only a global-number context makes it dialable from anywhere.
            if not _GLOBAL_CONTEXT.fullmatch(value):
                return InternalNumber(why=f"a local number of {value or 'somewhere'}")
            number = number if number.startswith("+") else value + number
        elif name in {"ext", "isub"}:
            if not _EXTENSION.fullmatch(value):
                return UnreadableUri(why="an extension that is not digits")
            notes.append(f"extension {value}")
    return UriNumber(number=number, notes=tuple(notes))
