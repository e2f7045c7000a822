"""The parts of a unit of work, each in a module of its own: the people, the calls, the wordings, and so on.

Owns which class stands for which part of `intake.transaction_parts.TransactionParts`; must not do any of their work.
"""

from sqlalchemy import Connection

from store.answers import StoreAnswers
from store.asked import StoreAsked
from store.calls import StoreCalls
from store.category_rules import StoreRules
from store.console import StoreConsole
from store.correspondence import StoreCorrespondence
from store.drafts import StoreDrafts
from store.ids import IdSource
from store.links import StoreLinks
from store.list_changes import StoreListChanges
from store.participants import StoreParticipants
from store.people import StorePeople, StoreSigning
from store.phone_proofs import StorePhoneProofs
from store.scim import StoreDirectoryNames
from store.search.queue import StoreSearch
from store.service import StoreService
from store.timers import StoreTimers
from store.webhooks import Announcer, StoreWebhooks
from store.wordings import StoreWordings


class Parts:
    """Made anew at each use: they keep nothing but the connection. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection, ids: IdSource) -> None:
        self._connection = connection
        self._announcer = Announcer(connection, ids)

    @property
    def answers(self) -> StoreAnswers:
        return StoreAnswers(self._connection)

    @property
    def asked(self) -> StoreAsked:
        return StoreAsked(self._connection)

    @property
    def calls(self) -> StoreCalls:
        return StoreCalls(self._connection, self._announcer)

    @property
    def console(self) -> StoreConsole:
        return StoreConsole(self._connection)

    @property
    def correspondence(self) -> StoreCorrespondence:
        return StoreCorrespondence(self._connection)

    @property
    def directory_names(self) -> StoreDirectoryNames:
        return StoreDirectoryNames(self._connection)

    @property
    def drafts(self) -> StoreDrafts:
        return StoreDrafts(self._connection)

    @property
    def links(self) -> StoreLinks:
        return StoreLinks(self._connection)

    @property
    def list_changes(self) -> StoreListChanges:
        return StoreListChanges(self._connection)

    @property
    def participants(self) -> StoreParticipants:
        return StoreParticipants(self._connection)

    @property
    def people(self) -> StorePeople:
        return StorePeople(self._connection)

    @property
    def phone_proofs(self) -> StorePhoneProofs:
        return StorePhoneProofs(self._connection)

    @property
    def rules(self) -> StoreRules:
        return StoreRules(self._connection)

    @property
    def search(self) -> StoreSearch:
        return StoreSearch(self._connection)

    @property
    def service(self) -> StoreService:
        return StoreService(self._connection)

    @property
    def signing(self) -> StoreSigning:
        return StoreSigning(self._connection)

    @property
    def timers(self) -> StoreTimers:
        return StoreTimers(self._connection)

    @property
    def webhooks(self) -> StoreWebhooks:
        return StoreWebhooks(self._connection)

    @property
    def wordings(self) -> StoreWordings:
        return StoreWordings(self._connection)
