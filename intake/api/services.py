"""What the API is given by the composition root. Data only."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from authz.people.sealing import Sealer
from authz.phone.pin import PinKeys
from intake.explain import Explainer, ExplainNumber
from intake.letters.asked import DEFAULT_LIMITS, AskedLimits
from intake.letters.values import LetterOptions
from intake.login.oidc import OidcClient
from intake.portal_queries import PortalQueries
from intake.ports import Blobs, Rereader, Signer, Writer
from intake.quarantine import Quarantine
from intake.queries import Queries
from intake.receive import Receiver
from intake.tickets.categorize import CategoryRule

# Returns None when all is well, else what is wrong, for the operator. May block; may raise, which is wrong too.
ReadinessCheck = Callable[[], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    """Every part the API works with.

    portal: what is asked for about one customer. clock: aware UTC now.
    readiness: what must be well for this process to take work, by name.
    registry: where the API's own metrics go and what `/metrics` shows. max_body_octets: the largest request taken.
    workplace_addresses: the two our remote access comes from, or none. RULE access-standard
    standing: the operator's rules for categories.
    temporary_errors: what the store raises when coming again later may help.
    pins: what PINs and codes of callers are kept under; without it they are worth nothing elsewhere.
    letters: how the service desk writes, for previews.
    sealer: of secrets we must read again. asked: how much may be sent to somebody because somebody else asks for it.
    oidc: speaks with customers' own providers.
    explain_number: dry runs of calls; None where no PBX is joined.
    public_url: where people reach the site, without a final slash.
    closing: set when the service stops, so that answers without an end come to one.
    """

    writer: Writer
    queries: Queries
    portal: PortalQueries
    blobs: Blobs
    rereader: Rereader
    receiver: Receiver
    quarantine: Quarantine
    signer: Signer
    explainer: Explainer
    clock: Callable[[], datetime]
    oidc: OidcClient
    readiness: Mapping[str, ReadinessCheck] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    max_body_octets: int = 35 * 2**20
    explain_number: ExplainNumber | None = None
    temporary_errors: tuple[type[Exception], ...] = ()
    version: str = "0"
    workplace_addresses: tuple[str, ...] = ()
    standing: tuple[CategoryRule, ...] = ()
    pins: PinKeys = field(default_factory=lambda: PinKeys((token_bytes(32),)))
    letters: LetterOptions = field(default_factory=LetterOptions)
    asked: AskedLimits = DEFAULT_LIMITS
    sealer: Sealer = field(default_factory=lambda: Sealer((token_bytes(32),)))
    public_url: str = "http://localhost"
    closing: asyncio.Event = field(default_factory=asyncio.Event)


def _services(request: Request) -> ApiServices:
    services: ApiServices = request.app.state.services
    return services


Services = Annotated[ApiServices, Depends(_services)]
