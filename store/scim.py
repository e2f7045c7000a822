"""Names in customers' directories as rows. See `intake.scim.model`."""

from sqlalchemy import Connection, delete, insert
from sqlalchemy.exc import IntegrityError

from intake.administration import TakenEntryError
from intake.scim.model import DirectoryName, name_key
from store.tables import scim_users


class StoreDirectoryNames:
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, name: DirectoryName) -> None:
        values = {
            "contact_id": name.contact_id,
            "customer_id": name.customer_id,
            "user_name": name.user_name,
            "user_name_key": name_key(name.user_name),
            "external_id": name.external_id,
            "deleted": name.deleted,
        }
        self._connection.execute(delete(scim_users).where(scim_users.c.contact_id == name.contact_id))
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(scim_users).values(values))
        except IntegrityError as error:
            raise TakenEntryError(f"Another user has the userName {name.user_name}.", field="userName") from error
