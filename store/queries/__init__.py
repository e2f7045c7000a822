"""What people ask the database for. See `intake.queries`."""

from store.queries.accounts import AccountQueries
from store.queries.calls import CallQueries
from store.queries.console import ConsoleQueries
from store.queries.inputs import InputQueries
from store.queries.links import LinkQueries
from store.queries.mail import MailQueries
from store.queries.people import PeopleQueries
from store.queries.portal import PortalQueries
from store.queries.promises import PromiseQueries
from store.queries.rules import RuleQueries
from store.queries.scim import DirectoryQueries
from store.queries.search import SearchQueries
from store.queries.tickets import TicketQueries
from store.webhook_queue import WebhookQueries

__all__ = ["StoreQueries"]


class StoreQueries(
    TicketQueries,
    InputQueries,
    CallQueries,
    PeopleQueries,
    PromiseQueries,
    MailQueries,
    SearchQueries,
    LinkQueries,
    PortalQueries,
    ConsoleQueries,
    RuleQueries,
    AccountQueries,
    WebhookQueries,
    DirectoryQueries,
):
    """See `intake.queries.Queries` and `intake.portal_queries.PortalQueries`. Safe to use from several threads."""
