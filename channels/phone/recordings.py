"""A recording that a webhook announced: from where it may be fetched, and fetching it.

Owns the table of the providers' own hosts and the limits. A URL comes from a webhook; without the table, whoever can
post one could make us fetch from inside our own network and hand over the provider's credentials. Must not file.
"""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from channels.phone.application_token import Application, application_token
from intake.outgoing_http import ANYWHERE, Asked, OutgoingError, ask

# Hosts, or with a leading dot every host below a domain of the provider's own; with a path only what is below it.
HOSTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "twilio": ("api.twilio.com",),
        "telnyx": (".telnyx.com", "s3.amazonaws.com/telephony-recorder-prod/"),
        "vonage": (".nexmo.com", ".vonage.com"),
        "plivo": ("media.plivo.com", ".plivo.com"),
        "placetel": (".placetel.de",),
        "sipgate": (".sipgate.com", ".sipgate.de"),
    }
)
LARGEST_RECORDING = 20 * 2**20  # octets: more than an hour of a telephone's sound
FETCH_SECONDS = 30.0

_SOUNDS: Mapping[str, str] = MappingProxyType(
    {
        "audio/wav": "wav",
        "audio/x-wav": "wav",
        "audio/wave": "wav",
        "audio/vnd.wave": "wav",
        "audio/mpeg": "mp3",
        "audio/mp3": "mp3",
        "audio/ogg": "ogg",
        "audio/basic": "au",
    }
)
_BEGINNINGS: tuple[tuple[bytes, str], ...] = ((b"RIFF", "wav"), (b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"OggS", "ogg"))
_TYPES: Mapping[str, str] = MappingProxyType(
    {"wav": "audio/x-wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "au": "audio/basic"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """What the operator chose about one endpoint's recordings.

    hosts: further ones allowed, written as in the table, for a PBX of one's own; also whole origins such as
        `http://10.0.0.5:8080`, for one without TLS or on another port. These may be in a private network.
    username, password: of Basic authentication there; the provider's own when not given.
    application: proves itself with a token instead (Vonage). context: roots to trust.
    """

    hosts: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    application: Application | None = None
    context: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording's octets, what they are, and the ending of a file's name for them."""

    octets: bytes
    content_type: str
    ending: str


def recording_source(url: str | None, provider: str, hosts: tuple[str, ...] = ()) -> str | None:
    """The URL a recording may be fetched from, None when there is none or it leads elsewhere.

    hosts: see `RecordingRules`. Redirects must not be followed to anywhere this function has not seen.
    """
    return url if url is not None and (_is_own(url, provider) or _is_allowed(url, hosts)) else None


def fetch_recording(url: str, provider: str, rules: RecordingRules, keys: tuple[str, ...] = ()) -> Sound:
    """Fetch a recording. Blocking.

    keys: the endpoint's, which some providers take for a password. Raises OutgoingError; one that is not permanent
    may be tried again: providers announce a recording before it is there.
    """
    own = _is_own(url, provider)
    if not own and not _is_allowed(url, rules.hosts):
        raise OutgoingError("recordings are not fetched from there; see recording_hosts", permanent=True)
    asked = Asked(
        url=url,
        headers={"Accept": "audio/*", "User-Agent": "Intake", **_credentials(url, provider, rules, keys)},
        seconds=FETCH_SECONDS,
        largest=LARGEST_RECORDING,
        # A provider is in the public network; a PBX of one's own is where the operator says.
        allowed=() if own else ANYWHERE,
    )
    answer = ask(asked, rules.context)
    if answer.status != 200:
        # Not there yet, or busy; anything else will not change by itself.
        again = answer.status in {404, 408, 409, 425, 429} or answer.status >= 500
        raise OutgoingError(f"answered {answer.status}", permanent=not again)
    ending = _SOUNDS.get(answer.content_type) or _sniff(answer.body)
    if ending is None or not answer.body:
        raise OutgoingError(f"answered with {answer.content_type or 'something'} that is no sound", permanent=True)
    return Sound(octets=answer.body, content_type=_TYPES[ending], ending=ending)


def _is_own(url: str, provider: str) -> bool:
    return _is_secure(url) and any(_matches(url, each) for each in HOSTS.get(provider, ()))


def _is_allowed(url: str, hosts: tuple[str, ...]) -> bool:
    for each in hosts:
        if "://" in each:
            if _origin(url) is not None and _origin(url) == _origin(each):
                return True
        elif _is_secure(url) and _matches(url, each):
            return True
    return False


def _is_secure(url: str) -> bool:
    """Whether it is https on the usual port, names no user, and is written so that nobody reads it differently."""
    origin = _origin(url)
    return origin is not None and origin[0] == "https" and origin[2] in {None, 443}


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host in lower case and port; None for what is not plainly a web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    odd = not url.isprintable() or not url.isascii() or " " in url or "\\" in url or parts.username is not None
    return None if odd or not host or parts.scheme not in {"http", "https"} else (parts.scheme, host, port)


def _matches(url: str, allowed: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    name, slash, path = allowed.partition("/")
    below = not slash or (parts.path.startswith(f"/{path}") and ".." not in parts.path and "%" not in parts.path)
    return below and (host.endswith(name) if name.startswith(".") else host == name)


def _credentials(url: str, provider: str, rules: RecordingRules, keys: tuple[str, ...]) -> dict[str, str]:
    user, password = rules.username, rules.password
    if user is None and provider == "twilio" and keys and _is_own(url, provider):
        # /2010-04-01/Accounts/AC…/Recordings/RE…: the account is the user, its auth token the password.
        segments = urlsplit(url).path.split("/")
        user, password = (segments[3] if len(segments) > 3 else ""), keys[0]
    if user is None and rules.application is not None:
        return {"Authorization": f"Bearer {application_token(rules.application, datetime.now(UTC))}"}
    if not user or password is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _sniff(body: bytes) -> str | None:
    return next((ending for beginning, ending in _BEGINNINGS if body.startswith(beginning)), None)
