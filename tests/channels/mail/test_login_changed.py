"""The mail about a changed log-in: what, when and what to do, in both languages, and nothing to follow or to answer."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest

from channels.mail.automatic import LOOP_FIELD
from channels.mail.compose import NULL_REVERSE_PATH
from channels.mail.letters import LetterComposer
from channels.mail.login_changed import compose_login_changed
from channels.mail.signer import MailSigner
from intake.letters.limits import AutomaticLimits
from intake.letters.values import LetterOptions
from intake.login.notices import Changed
from intake.outgoing import OutboxItem, OutboxKind

AT = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)


def row(what: str = Changed.PASSWORD, **more: str) -> OutboxItem:
    payload = {"what": what, "language": "cs", "of": "contact", "at": AT.isoformat()} | more
    return OutboxItem(
        id=5, kind=OutboxKind.LOGIN_CHANGED, ticket_id=None, recipient="eva@firma.cz", message_id="", created_at=AT,
        payload=payload,
    )  # fmt: skip


def letter(item: OutboxItem, name: str = "Helpdesk") -> EmailMessage:
    sender = Address(display_name=name, addr_spec="helpdesk@desk.example")
    octets = compose_login_changed(item, sender=sender, message_id="<5@desk.example>", zone="Europe/Prague")
    return message_from_bytes(octets, policy=default)


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("of", ["contact", "user"])
@pytest.mark.parametrize("what", list(Changed))
def test_it_says_what_and_when_and_what_to_do_without_a_link(what: Changed, of: str, language: str) -> None:
    sent = letter(row(what, language=language, of=of))
    text = " ".join(sent.get_content().split())
    assert ("1. 7. 2026 v 22:30" if language == "cs" else "1 Jul 2026, 22:30") + " (CEST, Europe/Prague)" in text
    assert ("dejte to hned vědět" if language == "cs" else "at once") in text
    assert "://" not in text
    assert "{" not in text


def test_every_change_has_its_own_words() -> None:
    for language in ("cs", "en"):
        assert len({letter(row(what, language=language)).get_content() for what in Changed}) == len(Changed)


def test_no_machine_answers_and_nothing_comes_back() -> None:
    sent = letter(row())
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert sent[LOOP_FIELD]
    signer = MailSigner([b"a secret of thirty-two octets....."], "helpdesk@desk.example")
    mail = LetterComposer(signer, LetterOptions(address="helpdesk@desk.example")).compose(row())
    assert mail.reverse_path == NULL_REVERSE_PATH
    assert (mail.recipient, mail.message_id) == ("eva@firma.cz", "<login-changed-5@desk.example>")


def test_other_mail_does_not_keep_it_back_and_our_own_address_gets_none() -> None:
    limits = AutomaticLimits(own_addresses=frozenset({"eva@firma.cz"}), burst=0, per_day=0)
    assert limits.stop(row(), lambda *_: 1000) is not None
    others = AutomaticLimits(own_addresses=frozenset(), burst=0, per_day=0)
    assert others.stop(row(), lambda *_: 1000) is None


def test_the_name_of_the_service_makes_no_field() -> None:
    sent = letter(row(), name="Helpdesk Ostrava")
    assert sent["Subject"] == "Helpdesk Ostrava: vaše přihlášení se změnilo"


def test_a_row_of_another_making_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a valid Changed"):
        letter(row("everything"))
