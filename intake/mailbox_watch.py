"""Silent-intake monitoring: what is wrong with a mailbox that is being read, in words for the operator.

Owns when a condition becomes trouble. Pure but for the watch, which logs each trouble once when it begins.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from channels.mail.imap import ImapPoller, MailboxStatus
from channels.mail.oauth import TokenProvider
from config.settings import MailboxSettings

log = structlog.get_logger(__name__)


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
    if token_problem is not None:
        troubles.append(f"no access token: {token_problem}")
    return tuple(troubles)


@dataclass(slots=True, kw_only=True)
class MailboxWatch:
    """A mailbox this node reads. tokens: where its access tokens come from, if it has any."""

    poller: ImapPoller
    settings: MailboxSettings
    tokens: TokenProvider | None = None
    _known: frozenset[str] = field(default=frozenset())

    def troubles(self, at: datetime) -> tuple[str, ...]:
        """What is wrong now. at: aware UTC."""
        problem = self.tokens.problem if self.tokens is not None else None
        return find_troubles(self.poller.status, self.settings, problem, at)

    def look(self, at: datetime) -> None:
        """Log what has become wrong since the last look, and when all is well again."""
        troubles = self.troubles(at)
        # What differs only in a figure is no news.
        kinds = frozenset(" ".join(text.split()[:2]) for text in troubles)
        if kinds - self._known:
            log.warning("mailbox in trouble", mailbox=self.settings.name, troubles=troubles)
        elif self._known and not kinds:
            log.info("mailbox is well again", mailbox=self.settings.name)
        self._known = kinds
