"""What people see of their own log-ins, and the providers of customers. See `intake.login.signing.AccountQueries`."""

from datetime import datetime

from sqlalchemy import ColumnElement, select

from authz.mail.address import domain_key
from intake.login.signing import Factors, OidcProvider, OpenSession, Origin, Person, Step
from store.endings import owned
from store.oidc import read_provider
from store.queries.reading import Reading
from store.signing import read_factors, read_step
from store.tables import customers, login_steps, oidc_domains, oidc_providers, sessions


class AccountQueries(Reading):
    """See `intake.login.signing.AccountQueries`."""

    def sessions_of(self, person: Person, at: datetime) -> tuple[OpenSession, ...]:
        query = select(sessions).where(owned(sessions, person), sessions.c.expires_at > at)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())).all()
        return tuple(
            OpenSession(
                kept=row.token_hash,
                how=row.how,
                origin=Origin(peer=row.peer, agent=row.agent),
                created_at=row.created_at,
                seen_at=row.seen_at,
                expires_at=row.expires_at,
            )
            for row in found
        )

    def factors_of(self, person: Person) -> Factors:
        with self._engine.connect() as connection:
            return read_factors(connection, person)

    def step(self, kept: str, at: datetime) -> Step | None:
        return self._one(
            select(login_steps).where(login_steps.c.kept == kept, login_steps.c.expires_at > at), read_step
        )

    def providers(self, customer_id: int | None = None) -> tuple[OidcProvider, ...]:
        query = select(oidc_providers).order_by(oidc_providers.c.id)
        if customer_id is not None:
            query = query.where(oidc_providers.c.customer_id == customer_id)
        with self._engine.connect() as connection:
            return tuple(read_provider(connection, row) for row in connection.execute(query).all())

    def provider_at(self, slug: str) -> OidcProvider | None:
        return self._provider(oidc_providers.c.slug == slug.replace("\0", ""))

    def provider_for(self, domain: str) -> OidcProvider | None:
        key = domain_key(domain)
        if key is None:
            return None
        of_domain = select(oidc_domains.c.provider_id).where(oidc_domains.c.domain == key)
        return self._provider(oidc_providers.c.id.in_(of_domain))

    def _provider(self, which: ColumnElement[bool]) -> OidcProvider | None:
        query = select(oidc_providers).join(customers, customers.c.id == oidc_providers.c.customer_id)
        with self._engine.connect() as connection:
            found = connection.execute(query.where(which, oidc_providers.c.active, customers.c.active)).first()
            return None if found is None else read_provider(connection, found)
