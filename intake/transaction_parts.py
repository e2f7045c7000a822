"""The parts of a unit of work, as one Protocol: what each subject's own module asks of the store.

Owns only the names by which a transaction gives them out; what each can do is said where it is defined.
"""

from typing import Protocol

from intake.administration import PeopleAdmin
from intake.answers import Answers
from intake.category_rules import RuleBook
from intake.console import ConsoleAdmin
from intake.contact_lists.list_changes import ListChanges
from intake.conversation.links import TicketLinks
from intake.conversation.participants import Participants
from intake.drafts import Drafts
from intake.letters.asked import AskedLetters
from intake.letters.correspondence import Correspondence
from intake.letters.templates import Wordings
from intake.login.signing import Signing
from intake.phone.calls import CallLog
from intake.phone.proofs import PhoneProofs
from intake.scim.model import DirectoryNames
from intake.search import SearchIndex
from intake.service import ServiceAdmin
from intake.timer_log import TimerLog
from intake.webhooks.model import WebhookAdmin


class TransactionParts(Protocol):
    """What `intake.ports.Transaction` gives out by subject. All of it is in the same transaction."""

    @property
    def answers(self) -> Answers:
        """The answers given to requests that may be repeated."""
        ...

    @property
    def asked(self) -> AskedLetters:
        """Letters that were asked for to an address, counted."""
        ...

    @property
    def calls(self) -> CallLog:
        """The calls and their events."""
        ...

    @property
    def console(self) -> ConsoleAdmin:
        """What technicians keep for their work."""
        ...

    @property
    def correspondence(self) -> Correspondence:
        """Our own mail and what became of it."""
        ...

    @property
    def directory_names(self) -> DirectoryNames:
        """What customers' directories call their contacts."""
        ...

    @property
    def drafts(self) -> Drafts:
        """What contacts have typed on the site and not sent yet."""
        ...

    @property
    def links(self) -> TicketLinks:
        """How tickets belong together."""
        ...

    @property
    def list_changes(self) -> ListChanges:
        """Changes of the lists that customers' own admins ask for."""
        ...

    @property
    def participants(self) -> Participants:
        """Who takes part in tickets beside their contacts."""
        ...

    @property
    def people(self) -> PeopleAdmin:
        """The commands that change the people and the lists."""
        ...

    @property
    def phone_proofs(self) -> PhoneProofs:
        """What callers prove themselves by besides their number."""
        ...

    @property
    def rules(self) -> RuleBook:
        """The rules for categories."""
        ...

    @property
    def search(self) -> SearchIndex:
        """The full-text index of the tickets."""
        ...

    @property
    def service(self) -> ServiceAdmin:
        """Work, access, maintenance and closed months."""
        ...

    @property
    def signing(self) -> Signing:
        """Sessions, second factors, half-done log-ins."""
        ...

    @property
    def timers(self) -> TimerLog:
        """Which timers have fired."""
        ...

    @property
    def webhooks(self) -> WebhookAdmin:
        """Who is told of events by webhooks."""
        ...

    @property
    def wordings(self) -> Wordings:
        """How our mail is worded."""
        ...
