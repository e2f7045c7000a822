"""Who is who in customers' directories. See `intake.scim.model.DirectoryQueries`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, union

from authz.mail.address import address_key
from intake.scim.model import DirectoryName, name_key
from store.queries.reading import Reading
from store.tables import addresses, scim_users


class DirectoryQueries(Reading):
    """See `intake.scim.model.DirectoryQueries`."""

    def directory_names(self, customer_id: int) -> Mapping[int, DirectoryName]:
        with self._engine.connect() as connection:
            found = connection.execute(select(scim_users).where(scim_users.c.customer_id == customer_id)).all()
        return {row.contact_id: _name(row) for row in found}

    def directory_name(self, contact_id: int) -> DirectoryName | None:
        return self._one(select(scim_users).where(scim_users.c.contact_id == contact_id), _name)

    def contacts_named(self, customer_id: int, user_name: str) -> Sequence[int]:
        named = select(scim_users.c.contact_id).where(
            scim_users.c.customer_id == customer_id, scim_users.c.user_name_key == name_key(user_name)
        )
        addressed = select(addresses.c.contact_id).where(
            addresses.c.customer_id == customer_id,
            addresses.c.address_key == (address_key(user_name) or ""),
            addresses.c.contact_id.is_not(None),
        )
        with self._engine.connect() as connection:
            return sorted(connection.execute(union(named, addressed)).scalars())


def _name(row: Row[Any]) -> DirectoryName:
    return DirectoryName(
        contact_id=row.contact_id,
        customer_id=row.customer_id,
        user_name=row.user_name,
        external_id=row.external_id,
        deleted=bool(row.deleted),
    )
