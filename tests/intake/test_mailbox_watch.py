"""A mailbox that fails, is silent, keeps mail back or gets no token is told of; one that is well is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr, ValidationError

from authz.decision import Reason, Verdict
from authz.identity import Channel
from channels.mail.imap import ImapPoller, MailboxStatus
from channels.mail.imap_options import ImapMailbox
from config.settings import MailboxSettings, OauthSettings
from intake.figures import Decisions, Waiting
from intake.mailboxes.watch import MailboxWatch, find_troubles
from tests.channels.mail.takers import Cursors, MailboxTaker

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MAILBOX = MailboxSettings(
    name="helpdesk", host="imap.example", login="x", password=SecretStr("x"), silent_hours=12, failing_minutes=5
)
WELL = MailboxStatus(account="helpdesk", connected=True, started_at=NOW - timedelta(days=9), last_mail=NOW)
POLLED = ImapMailbox(account="helpdesk", host="imap.example", login="x", secret=lambda: "x")


def troubles(**changes: object) -> str:
    return "; ".join(find_troubles(replace(WELL, **changes), MAILBOX, None, NOW))  # type: ignore[arg-type]


def test_a_mailbox_that_works_is_no_trouble() -> None:
    assert troubles() == ""


@pytest.mark.parametrize(("minutes", "told"), [(4, False), (5, True)])
def test_a_failing_mailbox_is_told_of_after_a_while(minutes: int, told: bool) -> None:
    text = troubles(failing_since=NOW - timedelta(minutes=minutes), failures=3, last_error="no route")
    assert ("no route" in text) is told


@pytest.mark.parametrize(("hours", "told"), [(11, False), (12, True)])
def test_silence_is_told_of(hours: int, told: bool) -> None:
    assert ("without a mail" in troubles(last_mail=NOW - timedelta(hours=hours))) is told
    assert ("without a mail" in troubles(last_mail=None, started_at=NOW - timedelta(hours=hours))) is told


def test_silence_is_no_trouble_where_nobody_said_how_long() -> None:
    quiet = MAILBOX.model_copy(update={"silent_hours": None})
    assert find_troubles(WELL, quiet, None, NOW + timedelta(days=99)) == ()


def test_mail_that_lies_there_and_missing_tokens_are_told_of() -> None:
    assert troubles(unsettled=3) == "3 mails lie in INBOX that should have been taken in"
    assert find_troubles(WELL, MAILBOX, "invalid_grant", NOW) == ("no access token: invalid_grant",)


@pytest.mark.parametrize("both", [True, False])
def test_a_mailbox_has_a_password_or_tokens(both: bool) -> None:
    secrets = {"password": "x", "oauth": OauthSettings(token_url="https://a", client_id="b")} if both else {}
    with pytest.raises(ValidationError, match="either password or oauth"):
        MailboxSettings.model_validate({"name": "a", "host": "b", "login": "c"} | secrets)


def test_decisions_and_what_waits_are_figures() -> None:
    registry = CollectorRegistry()
    decisions = Decisions(registry)
    registry.register(
        Waiting(
            held=lambda: {(Channel.MAIL, Reason.AUTHOR_UNVERIFIED): 2},
            outgoing=lambda: 5,
            mailboxes=lambda: {"helpdesk": WELL},
        )
    )
    decisions.count(Channel.MAIL, Verdict.ACCEPT, Reason.AUTHORIZED)
    shown = generate_latest(registry).decode()
    assert 'intake_decisions_total{channel="mail",reason="authorized",verdict="accept"} 1.0' in shown
    assert 'intake_quarantine_held{channel="mail",reason="author-unverified"} 2.0' in shown
    assert "intake_outbox_pending 5.0" in shown
    assert (
        registry.get_sample_value("intake_mailbox_last_mail_timestamp_seconds", {"mailbox": "helpdesk"})
        == NOW.timestamp()
    )


def test_without_the_database_the_mailboxes_are_still_shown() -> None:
    def fail() -> int:
        raise OSError("no database")

    registry = CollectorRegistry()
    registry.register(Waiting(held=dict, outgoing=fail, mailboxes=lambda: {"helpdesk": WELL}))
    assert 'intake_mailbox_failures{mailbox="helpdesk"} 0.0' in generate_latest(registry).decode()


@pytest.mark.parametrize(("days", "told"), [(31, ""), (30, "in 30 days"), (0, "in 0 days"), (-2, "ended on")])
def test_a_secret_that_ends_soon_is_told_of_before_it_does(days: int, told: str) -> None:
    oauth = OauthSettings(
        token_url="https://login.example/t", client_id="x", secret_expires=NOW.date() + timedelta(days)
    )
    mailbox = MailboxSettings(name="m365", host="imap.example", login="x", oauth=oauth)
    found = find_troubles(WELL, mailbox, None, NOW)
    assert bool(found) is bool(told)
    assert told in "".join(found)


def test_what_the_ledger_does_not_know_is_told_of() -> None:
    assert "2 mails of its folders are not in the ledger" in troubles(disagreements=2)


def test_the_operator_is_told_once_a_day_and_of_every_new_trouble() -> None:
    watch = MailboxWatch(poller=ImapPoller(POLLED, MailboxTaker(), Cursors()), settings=MAILBOX)
    silent, both = frozenset({"silent"}), frozenset({"silent", "failing"})
    assert watch.is_news(silent, NOW)
    assert watch.is_news(silent, NOW), "it could not be told"
    watch.note_told(silent, NOW)
    assert not watch.is_news(silent, NOW + timedelta(hours=3))
    assert watch.is_news(both, NOW + timedelta(hours=3))
    assert watch.is_news(silent, NOW + timedelta(days=1))
    assert not watch.is_news(frozenset(), NOW + timedelta(days=1))
