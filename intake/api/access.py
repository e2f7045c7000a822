"""Who calls: from a bearer token to a caller, with the lists asked at every request. RFC 6750

A contact's token passes the same decision as the contact's mail and calls, so that a deactivation binds at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.people.tokens import ADMIN_SCOPES, CONTACT_SCOPES, Scope, keep_token
from authz.policy import WEB_RULES, decide
from intake.api.lists import LARGEST_ID
from intake.api.problems import Problem
from intake.api.services import Services
from intake.people import ApiToken, Contact
from intake.queries import KnownToken
from intake.tickets.model import Actor, ActorKind

_BEARER = HTTPBearer(auto_error=False, description="An API token: intk_…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes this request. contact: set for a contact's token; everybody else works for the service desk."""

    token: ApiToken
    actor: Actor
    scopes: frozenset[Scope]
    contact: Contact | None

    @property
    def customer_id(self) -> int | None:
        """The only customer this caller may know of; None for the service desk."""
        return None if self.contact is None else self.contact.customer_id

    @property
    def name(self) -> str:
        """Stable, for keys: tokens are never numbered anew."""
        return f"token {self.token.id}"


def _caller(
    services: Services, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    if credentials is None:
        raise _unauthenticated("no bearer token was sent", "")
    known = services.queries.find_token(keep_token(credentials.credentials))
    at = services.clock()
    if known is None or not known.token.active:
        raise _unauthenticated("the token is unknown or revoked", ', error="invalid_token"')
    if known.token.expires_at is not None and known.token.expires_at <= at:
        raise _unauthenticated("the token has expired", ', error="invalid_token"')
    if known.contact is None:
        return _service_desk(known.token)
    claim = Claim(channel=Channel.WEB, kind=IdentityKind.CONTACT, value=str(known.contact.id), shown=known.contact.name)
    decision = decide(claim, _evidence(known), known.listings, WEB_RULES, at)
    if decision.verdict is not Verdict.ACCEPT:
        raise Problem("not-authorized", decision.public_text, reason=decision.reason)
    return Caller(
        token=known.token,
        actor=Actor(kind=ActorKind.CONTACT, name=known.contact.name, channel=Channel.WEB, id=known.contact.id),
        scopes=known.token.scopes & CONTACT_SCOPES,
        contact=known.contact,
    )


def _service_desk(token: ApiToken) -> Caller:
    kind = ActorKind.ADMIN if token.scopes & ADMIN_SCOPES else ActorKind.TECHNICIAN
    actor = Actor(kind=kind, name=token.name, channel=Channel.WEB)
    return Caller(token=token, actor=actor, scopes=token.scopes, contact=None)


def _evidence(known: KnownToken) -> Evidence:
    detail = f"API token {known.token.id}"
    return Evidence((Check(proof=Proof.TOKEN, outcome=Outcome.PASS, binds=True, detail=detail),))


def _unauthenticated(detail: str, error: str) -> Problem:
    # RFC 6750 §3
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": f'Bearer realm="intake"{error}'})


def _allowed(scope: Scope) -> Callable[[Caller], Caller]:
    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if scope not in caller.scopes:
            challenge = f'Bearer realm="intake", error="insufficient_scope", scope="{scope}"'
            raise Problem("scope-missing", f"This needs the scope {scope}.", headers={"WWW-Authenticate": challenge})
        return caller

    return check


def _of_own_customer(
    caller: Annotated[Caller, Depends(_allowed(Scope.SERVICE_READ))],
    customer_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
) -> Caller:
    """Of a customer named in the path: a contact is not told whether another customer exists."""
    if caller.customer_id not in {None, customer_id}:
        raise Problem("not-found", f"There is no customer {customer_id}.")
    return caller


TicketReader = Annotated[Caller, Depends(_allowed(Scope.TICKETS_READ))]
TicketWriter = Annotated[Caller, Depends(_allowed(Scope.TICKETS_WRITE))]
PeopleReader = Annotated[Caller, Depends(_allowed(Scope.PEOPLE_READ))]
PeopleWriter = Annotated[Caller, Depends(_allowed(Scope.PEOPLE_WRITE))]
QuarantineReader = Annotated[Caller, Depends(_allowed(Scope.QUARANTINE_READ))]
QuarantineDecider = Annotated[Caller, Depends(_allowed(Scope.QUARANTINE_DECIDE))]
AnyServiceReader = Annotated[Caller, Depends(_allowed(Scope.SERVICE_READ))]
LedgerReader = Annotated[Caller, Depends(_allowed(Scope.LEDGER_READ))]
AuditReader = Annotated[Caller, Depends(_allowed(Scope.AUDIT_READ))]
ServiceReader = Annotated[Caller, Depends(_of_own_customer)]
ServiceWriter = Annotated[Caller, Depends(_allowed(Scope.SERVICE_WRITE))]
TemplateReader = Annotated[Caller, Depends(_allowed(Scope.TEMPLATES_READ))]
TemplateWriter = Annotated[Caller, Depends(_allowed(Scope.TEMPLATES_WRITE))]
WebhookKeeper = Annotated[Caller, Depends(_allowed(Scope.WEBHOOKS_WRITE))]
TokenKeeper = Annotated[Caller, Depends(_allowed(Scope.TOKENS_WRITE))]
