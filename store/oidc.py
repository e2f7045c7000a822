"""Customers' own log-ins as rows. See `intake.login.signing.Signing`."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from authz.mail.address import domain_key
from intake.administration import InvalidEntryError, TakenEntryError
from intake.login.signing import OidcProvider, OidcProviderData, Person
from intake.tickets.model import Actor
from store.entries import Entries, Values
from store.people_rows import clean_text
from store.tables import customers, oidc_domains, oidc_providers, oidc_subjects

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", re.ASCII)
# A provider on this very host may be spoken to without TLS, for trying things out.
_ISSUER = re.compile(r"(?:https://|http://(?:127\.0\.0\.1|localhost)[:/])[!-~]+", re.ASCII)


class StoreOidc(Entries):
    """Providers, and whom their subjects were found to be."""

    def add_provider(
        self, data: OidcProviderData, sealed_secret: str | None, *, by: Actor, at: datetime
    ) -> OidcProvider:
        self._row(customers, "customer", data.customer_id)
        if not _SLUG.fullmatch(data.slug):
            raise InvalidEntryError("Write the slug with a-z, 0-9 and -, at most 60 characters.", field="slug")
        fixed = {"customer_id": data.customer_id, "slug": data.slug, "created_at": at}
        values = _values(data) | fixed | {"sealed_secret": sealed_secret}
        added = self._add(oidc_providers, "provider", values, by=by, at=at)
        self._keep_domains(added.id, data.domains)
        return read_provider(self._connection, added)

    def change_provider(
        self, provider_id: int, data: OidcProviderData, sealed_secret: str | None, *, by: Actor, at: datetime
    ) -> OidcProvider:
        before = self._row(oidc_providers, "provider", provider_id)
        if (data.customer_id, data.slug) != (before.customer_id, before.slug):
            raise InvalidEntryError("A provider keeps its customer and its slug; add another one.", field="slug")
        values = _values(data)
        if sealed_secret is not None:
            values["sealed_secret"] = sealed_secret
        after = self._change(oidc_providers, "provider", before, values, by=by, at=at)
        self._keep_domains(provider_id, data.domains)
        if after.issuer != before.issuer:
            # A subject means somebody only at the issuer that named it.
            self._connection.execute(delete(oidc_subjects).where(oidc_subjects.c.provider_id == provider_id))
        return read_provider(self._connection, after)

    def provider(self, provider_id: int) -> OidcProvider:
        return read_provider(self._connection, self._row(oidc_providers, "provider", provider_id))

    def remove_provider(self, provider_id: int, *, by: Actor, at: datetime) -> None:
        for table in (oidc_domains, oidc_subjects):
            self._connection.execute(delete(table).where(table.c.provider_id == provider_id))
        self._remove(oidc_providers, "provider", provider_id, by=by, at=at)

    def subject(self, provider_id: int, subject: str) -> Person | None:
        wanted = (oidc_subjects.c.provider_id == provider_id, oidc_subjects.c.subject == subject)
        found = self._connection.execute(select(oidc_subjects.c.contact_id).where(*wanted)).scalar()
        return None if found is None else Person(contact_id=found)

    def keep_subject(self, provider_id: int, subject: str, contact_id: int, at: datetime) -> None:
        values = {"provider_id": provider_id, "subject": subject, "contact_id": contact_id, "created_at": at}
        self._connection.execute(insert(oidc_subjects), values)

    def _keep_domains(self, provider_id: int, domains: tuple[str, ...]) -> None:
        keys = {domain: domain_key(domain.strip()) for domain in domains}
        bad = [domain for domain, key in keys.items() if key is None or "." not in key]
        if bad:
            raise InvalidEntryError(f"Not a mail domain: {', '.join(bad)[:200]}.", field="domains")
        known = sorted({key for key in keys.values() if key is not None})
        self._connection.execute(delete(oidc_domains).where(oidc_domains.c.provider_id == provider_id))
        if not known:
            return
        try:
            rows = [{"domain": domain, "provider_id": provider_id} for domain in known]
            self._connection.execute(insert(oidc_domains), rows)
        except IntegrityError as error:
            raise TakenEntryError("Another provider has one of these domains.", field="domains") from error


def _values(data: OidcProviderData) -> Values:
    issuer = data.issuer.strip()
    if not _ISSUER.fullmatch(issuer):
        raise InvalidEntryError("The issuer is an address that begins with https://.", field="issuer")
    return {
        "name": clean_text("name", data.name, 100),
        "issuer": issuer,
        "client_id": clean_text("client_id", data.client_id, 200),
        "create_contacts": data.create_contacts,
        "active": data.active,
    }


def read_provider(connection: Connection, row: Row[Any]) -> OidcProvider:
    """A row with its domains."""
    query = select(oidc_domains.c.domain).where(oidc_domains.c.provider_id == row.id).order_by(oidc_domains.c.domain)
    return OidcProvider(
        id=row.id,
        customer_id=row.customer_id,
        slug=row.slug,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        domains=tuple(connection.execute(query).scalars()),
        create_contacts=bool(row.create_contacts),
        active=bool(row.active),
        created_at=row.created_at,
        sealed_secret=row.sealed_secret,
    )
