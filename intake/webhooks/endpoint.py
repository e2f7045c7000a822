"""Posting to somebody's URL: what such a URL is, and one post to it. How it is connected: `intake.outgoing_http`."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from intake.outgoing_http import Asked, Network, ask

_LONGEST_URL = 2000
_MOST_READ = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. retry_after: the header as it was sent."""

    status: int
    retry_after: str | None
    text: str


def url_problem(url: str) -> str | None:
    """What is wrong with a URL as one to post to, before it is resolved."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "This is no URL."
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "Give a URL of at most 2000 printable ASCII characters."
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "Give a URL that begins with https://, with a host."
    if parts.username is not None or parts.password is not None:
        return "A URL with a user name would give it away; check the signature instead."
    return "Leave out the #fragment." if parts.fragment else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Posts JSON. allowed: networks inside ours that may be posted to, by http too. seconds: the whole deadline."""

    allowed: Sequence[Network] = ()
    seconds: float = 15.0
    context: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and read the beginning of the answer. Blocking. Raises OutgoingError."""
        asked = Asked(
            url=url,
            method="POST",
            headers=headers,
            body=body,
            seconds=self.seconds,
            largest=_MOST_READ,
            whole=False,
            allowed=self.allowed,
        )
        answer = ask(asked, self.context)
        text = answer.body.decode("utf-8", "replace")[:200]
        return Answer(status=answer.status, retry_after=answer.retry_after, text=text)
