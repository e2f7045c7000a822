"""Silent-intake monitoring: what is wrong with a mailbox that is being read, in words for the operator.

Owns when a condition becomes trouble. Pure but for the watch, which logs each trouble once when it begins.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from channels.mail.imap import ImapPoller, MailboxStatus
from channels.mail.oauth import TokenProvider
from config.settings import MailboxSettings
from intake.mailboxes.ending_secrets import say_ending

log = structlog.get_logger(__name__)

# What changes from look to look: figures, moments, and what the server said last.
_KIND = re.compile(r"\d+|:.*$")


def find_troubles(
    status: MailboxStatus, settings: MailboxSettings, token_problem: str | None, at: datetime
) -> tuple[str, ...]:
    """What an operator should look into. at: aware UTC. token_problem: why no access token can be had."""
    troubles = []
    if status.failing_since is not None and at - status.failing_since >= timedelta(minutes=settings.failing_minutes):
        troubles.append(f"cannot be read since {status.failing_since:%Y-%m-%d %H:%M} UTC: {status.last_error}")
    heard = status.last_mail or status.started_at
    if settings.silent_hours is not None and heard is not None:
        silent = at - heard
        if silent >= timedelta(hours=settings.silent_hours):
            troubles.append(f"without a mail for {silent.total_seconds() / 3600:.0f} hours")
    if status.unsettled:
        troubles.append(f"{status.unsettled} mails lie in {settings.folder} that should have been taken in")
    if status.disagreements:
        troubles.append(
            f"{status.disagreements} mails of its folders are not in the ledger: intake mailboxes reconcile says which"
        )
    if token_problem is not None:
        troubles.append(f"no access token: {token_problem}")
    ending = say_ending(settings.oauth, at.date())
    if ending is not None:
        troubles.append(ending)
    return tuple(troubles)


@dataclass(slots=True, kw_only=True)
class MailboxWatch:
    """A mailbox this node reads. tokens: where its access tokens come from, if it has any."""

    poller: ImapPoller
    settings: MailboxSettings
    tokens: TokenProvider | None = None
    disagreements: int = 0
    _known: frozenset[str] = field(default=frozenset())
    _told: tuple[frozenset[str], date] | None = None

    @property
    def status(self) -> MailboxStatus:
        """How the poller is, and what the last comparison with the ledger found."""
        return replace(self.poller.status, disagreements=self.disagreements)

    def troubles(self, at: datetime) -> tuple[str, ...]:
        """What is wrong now. at: aware UTC."""
        problem = self.tokens.problem if self.tokens is not None else None
        return find_troubles(self.status, self.settings, problem, at)

    def is_news(self, kinds: frozenset[str], at: datetime) -> bool:
        """Whether the operator has not been told of just these troubles today."""
        return bool(kinds) and self._told != (kinds, at.date())

    def note_told(self, kinds: frozenset[str], at: datetime) -> None:
        """Keep that the operator was told."""
        self._told = kinds, at.date()

    def look(self, at: datetime) -> frozenset[str]:
        """Log what has become wrong since the last look, and when all is well again; returns what is wrong by kind."""
        troubles = self.troubles(at)
        # What differs only in a figure is no news.
        kinds = frozenset(_KIND.sub("", text) for text in troubles)
        if kinds - self._known:
            log.warning("mailbox in trouble", mailbox=self.settings.name, troubles=troubles)
        elif self._known and not kinds:
            log.info("mailbox is well again", mailbox=self.settings.name)
        self._known = kinds
        return kinds
