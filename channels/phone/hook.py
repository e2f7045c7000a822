"""A webhook request and its answer, free of any web framework, and the ways one can be refused. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """What a PBX or provider sent to one of our endpoints.

    endpoint: the name under which the operator configured this PBX.
    url: the whole URL as the peer calls it, from the public URL setting (some providers sign it).
    path: only the path, as received, percent-encoded. query: decoded, in order of appearance per name.
    headers: names in lower case. peer_ip: textual, of the host that connected to our trusted border.
    """

    endpoint: str
    method: str
    url: str
    path: str
    body: bytes = b""
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    peer_ip: str | None = None

    def header(self, name: str) -> str | None:
        """The one value of a header (name in lower case); None when absent or sent more than once."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; "" when absent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class HookResponse:
    """What the peer gets back. body: already encoded in UTF-8, one line for PBXs that read only one."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSecrets:
    """How one endpoint proves itself. Several values of a kind are valid at once, so that they can be changed.

    keys: what the dialect's signature is checked with: a shared secret, an auth token or a public key.
    basic: user and password. bearer: tokens of an Authorization: Bearer header.
    tokens: of the URL, for PBXs that can send nothing else. All of them high-entropy strings.
    networks: when not empty, the peer must be in one of them as well; never enough by itself.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    basic: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    bearer: tuple[str, ...] = field(default=(), repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    networks: tuple[IPv4Network | IPv6Network, ...] = ()


class Fault(StrEnum):
    """Why a webhook was not taken. The slugs appear in answers, logs and metrics."""

    KEY_MISSING = "key-missing"
    PEER_NOT_ALLOWED = "peer-not-allowed"
    CREDENTIALS_MISSING = "credentials-missing"
    CREDENTIALS_WRONG = "credentials-wrong"
    SIGNATURE_MISSING = "signature-missing"
    SIGNATURE_WRONG = "signature-wrong"
    TIMESTAMP_MALFORMED = "timestamp-malformed"
    TIMESTAMP_STALE = "timestamp-stale"
    METHOD_WRONG = "method-wrong"
    BODY_UNREADABLE = "body-unreadable"
    FIELD_MISSING = "field-missing"
    FIELD_AMBIGUOUS = "field-ambiguous"
    FIELD_MALFORMED = "field-malformed"
    EVENT_UNKNOWN = "event-unknown"


# All permanent: a repeated request would fail again.
FAULT_STATUS: dict[Fault, int] = {
    Fault.KEY_MISSING: 401,
    Fault.PEER_NOT_ALLOWED: 403,
    Fault.CREDENTIALS_MISSING: 401,
    Fault.CREDENTIALS_WRONG: 401,
    Fault.SIGNATURE_MISSING: 401,
    Fault.SIGNATURE_WRONG: 401,
    Fault.TIMESTAMP_MALFORMED: 401,
    Fault.TIMESTAMP_STALE: 401,
    Fault.METHOD_WRONG: 405,
    Fault.BODY_UNREADABLE: 422,
    Fault.FIELD_MISSING: 422,
    Fault.FIELD_AMBIGUOUS: 422,
    Fault.FIELD_MALFORMED: 422,
    Fault.EVENT_UNKNOWN: 422,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A webhook that was not taken.

    detail: one sentence for the PBX's admin, without secrets and without what was expected.
    """

    fault: Fault
    detail: str

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return FAULT_STATUS[self.fault]
