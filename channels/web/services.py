"""What the pages are given by the composition root. Data only."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

from authz.phone.pin import PinKeys
from intake.explain import Explainer
from intake.letters.values import LetterOptions
from intake.login.entering import SignInRules
from intake.login.oidc import OidcClient
from intake.login.signing import AccountQueries
from intake.portal_queries import PortalQueries
from intake.ports import Blobs, Rereader, Signer, Writer
from intake.quarantine import Quarantine
from intake.queries import Queries
from intake.receive import Receiver
from intake.tickets.categorize import CategoryRule


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLine:
    """How one part of the service is. part: database, listener, mailbox, phone, smarthost or queue."""

    part: str
    name: str
    about: str = ""
    troubles: tuple[str, ...] = ()


def _nothing_known() -> tuple[HealthLine, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    """Every part the pages work with.

    accounts: what people see of their own log-ins. sign_in: what holds for every log-in. oidc: speaks with
    customers' own providers. portal: what only the
    customers' pages ask for. clock: aware UTC now. site_name: the service desk's name. secure: the site is reached
    by https, so cookies are sent over it only. zone: IANA name of the zone times are shown in. max_body_octets: the
    largest form taken. public_url: where people reach the site, without a final slash. mail_addresses,
    phone_numbers: where customers write and call. workplace_addresses: the two our remote access comes from, or
    none. RULE access-standard
    closing: set when the service stops, so that answers without an end come to one.
    health: how every part of the service is; it may block. standing: the operator's rules for categories.
    letters: how the service desk writes, for previews.
    pins: what callers' PINs and codes are kept under.
    """

    writer: Writer
    queries: Queries
    portal: PortalQueries
    accounts: AccountQueries
    sign_in: SignInRules
    oidc: OidcClient
    blobs: Blobs
    rereader: Rereader
    receiver: Receiver
    signer: Signer
    quarantine: Quarantine
    explainer: Explainer
    clock: Callable[[], datetime]
    site_name: str = "Helpdesk"
    secure: bool = False
    zone: str = "Europe/Prague"
    max_body_octets: int = 35 * 2**20
    public_url: str = "http://localhost"
    mail_addresses: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    workplace_addresses: tuple[str, ...] = ()
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    health: Callable[[], Sequence[HealthLine]] = _nothing_known
    standing: tuple[CategoryRule, ...] = ()
    letters: LetterOptions = field(default_factory=LetterOptions)
    pins: PinKeys = field(default_factory=lambda: PinKeys((token_bytes(32),)))
