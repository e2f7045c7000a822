"""Logging in through a customer's own identity provider. OpenID Connect Core §3.1, with PKCE, state and nonce.

A provider vouches for contacts of its own customer and for nobody else: whoever it names is found by the subject it
named before, or by a verified mail address on that customer's list. Who may enter is `intake.login.entering`.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from authz.decision import Reason
from authz.identity import Channel
from authz.mail.address import address_key, domain_of
from authz.people.id_token import Identity
from authz.people.sessions import random_value
from intake.administration import EntryError
from intake.login.entering import NotSignedIn, SignedIn, SignInRules, enter
from intake.login.signing import How, OidcProvider, Origin, Person, Purpose, Step, keep_step
from intake.people import AddressData, ContactData
from intake.ports import Transaction, Writer
from intake.tickets.model import Actor, ActorKind

LOGIN_LASTS = timedelta(minutes=10)
CALLBACK = "/login/oidc/callback"

_LONGEST_CODE = 4000


class OidcError(Exception):
    """The provider did not answer, or not as it should. The message is for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What belongs together in one log-in. verifier: RFC 7636 §4.1."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """RFC 7636 §4.2, S256."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class OidcClient(Protocol):
    """Speaks with providers. Blocking; raises OidcError."""

    def begin(self, provider: OidcProvider, question: Question) -> str:
        """The address a browser is sent to."""
        ...

    def finish(
        self, provider: OidcProvider, secret: str | None, question: Question, code: str, at: datetime
    ) -> Identity:
        """Whom the provider vouches for."""
        ...

    def check(self, issuer: str) -> None:
        """Ask a provider what it is, its keys included, whatever is remembered of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where the browser goes. state: into a cookie, so that only this browser comes back with it."""

    url: str
    state: str


async def begin_oidc(
    writer: Writer, rules: SignInRules, client: OidcClient, provider: OidcProvider, at: datetime
) -> Begun:
    """Begin a log-in at a provider. at: aware UTC. Raises OidcError."""
    question = Question(
        redirect_uri=rules.public_url + CALLBACK, state=random_value(), nonce=random_value(), verifier=random_value()
    )
    url = await asyncio.to_thread(client.begin, provider, question)
    step = Step(
        kept=keep_step(Purpose.OIDC, question.state),
        purpose=Purpose.OIDC,
        person=None,
        expires_at=at + LOGIN_LASTS,
        data={"provider": provider.id, "nonce": question.nonce, "verifier": question.verifier},
    )
    await asyncio.wrap_future(writer.submit(lambda tx: tx.signing.begin_step(step, at)))
    return Begun(url=url, state=question.state)


async def finish_oidc(
    writer: Writer,
    rules: SignInRules,
    client: OidcClient,
    answer: Mapping[str, str],
    *,
    at: datetime,
    origin: Origin,
) -> SignedIn | NotSignedIn | None:
    """Finish it with what the provider sent the browser back with; None when nothing waits for that answer.

    at: aware UTC. Raises OidcError.
    """
    state, code = answer.get("state", ""), answer.get("code", "")
    begun = await asyncio.wrap_future(writer.submit(partial(_take, state=state, at=at)))
    if begun is None:
        return None
    step, provider = begun
    if answer.get("iss", provider.issuer) != provider.issuer:  # RFC 9207 §2.4
        raise OidcError("another provider answered")
    if not code or len(code) > _LONGEST_CODE:
        raise OidcError(f"the provider refused: {answer.get('error', '')[:100]}")
    question = Question(
        redirect_uri=rules.public_url + CALLBACK,
        state=state,
        nonce=step.data["nonce"],
        verifier=step.data["verifier"],
    )
    sealed = provider.sealed_secret
    secret = None if sealed is None else rules.sealer.open(sealed, secret_context(provider.slug))
    if sealed is not None and secret is None:
        raise OidcError("the client's secret was sealed with a key that is no longer known; set it again")
    identity = await asyncio.to_thread(client.finish, provider, secret, question, code, at)
    work = partial(_enter, provider_id=provider.id, identity=identity, origin=origin, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def provider_problem(client: OidcClient, provider: OidcProvider) -> str | None:
    """What keeps people from logging in there, as far as asking it shows; None when nothing does. Blocking."""
    try:
        client.check(provider.issuer)
    except OidcError as error:
        return str(error)
    return None


def secret_context(slug: str) -> str:
    """What a provider's client secret is sealed for."""
    return f"oidc/{slug}"


def _take(tx: Transaction, state: str, at: datetime) -> tuple[Step, OidcProvider] | None:
    """The log-in that waits, which is gone then: a state is answered once."""
    kept = keep_step(Purpose.OIDC, state)
    step = tx.signing.step(kept, at)
    tx.signing.end_step(kept)
    if step is None:
        return None
    try:
        provider = tx.signing.provider(int(step.data["provider"]))
    except EntryError:
        return None
    return (step, provider) if provider.active else None


def _enter(
    tx: Transaction, provider_id: int, identity: Identity, *, origin: Origin, at: datetime
) -> SignedIn | NotSignedIn:
    provider = tx.signing.provider(provider_id)
    by = Actor(kind=ActorKind.SYSTEM, name=f"log-in of {provider.name}"[:200], channel=Channel.WEB)
    person = _known(tx, provider, identity, at) if provider.active else None
    if person is None and provider.active:
        person = _created(tx, provider, identity, by, at)
    if person is None:
        tx.signing.note(
            "provider", str(provider.id), "login-refused", by=by, at=at, address=(identity.address or "")[:320] or None
        )
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    return enter(tx, tx.signing.account(person), How.OIDC, origin, at)


def _known(tx: Transaction, provider: OidcProvider, identity: Identity, at: datetime) -> Person | None:
    known = tx.signing.subject(provider.id, identity.subject)
    if known is not None:
        return known if _is_of(tx, provider, known) else None
    if identity.address is None:
        return None
    found = [each.person for each in tx.signing.accounts_at(identity.address, at) if _is_of(tx, provider, each.person)]
    # One address of several people proves nobody of them.
    if len(found) != 1 or found[0].contact_id is None:
        return None
    tx.signing.keep_subject(provider.id, identity.subject, found[0].contact_id, at)
    return found[0]


def _is_of(tx: Transaction, provider: OidcProvider, person: Person) -> bool:
    return person.contact_id is not None and tx.people.contact(person.contact_id).customer_id == provider.customer_id


def _created(tx: Transaction, provider: OidcProvider, identity: Identity, by: Actor, at: datetime) -> Person | None:
    """A new contact, where the customer wants that: only under a domain that is the provider's own."""
    address = identity.address
    if not provider.create_contacts or address is None:
        return None
    if domain_of(address) not in provider.domains or tx.signing.accounts_at(address, at):
        return None
    # Whose entry has ended was let go: that is not renewed by logging in.
    if address_key(address) is None or tx.signing.is_listed(address):
        return None
    name = " ".join("".join(each for each in identity.name if each.isprintable()).split())[:200]
    data = ContactData(customer_id=provider.customer_id, name=name or address)
    contact = tx.people.add_contact(data, by=by, at=at)
    entry = AddressData(customer_id=provider.customer_id, contact_id=contact.id, address=address)
    tx.people.add_address(entry, by=by, at=at)
    tx.signing.keep_subject(provider.id, identity.subject, contact.id, at)
    return Person(contact_id=contact.id)
