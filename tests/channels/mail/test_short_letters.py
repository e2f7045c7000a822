"""The mails about no ticket: their words in both languages, their marks, and nothing of a stranger's in a header."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest

from channels.mail.automatic import LOOP_FIELD
from channels.mail.short_letters import SHORT_LETTERS, compose_short_letter
from intake.outgoing import OutboxItem, OutboxKind

AT = datetime(2026, 11, 22, 7, tzinfo=UTC)
PAYLOADS: dict[OutboxKind, dict[str, object]] = {
    OutboxKind.CUSTOMER_DIGEST: {
        "waiting": 2,
        "lines": [
            {
                "since": "22.11. 07:00",
                "identity": "jan@firma.cz",
                "subject": "Fronta\nBcc: x",
                "reason": "author-unverified",
            }
        ],
    },
    OutboxKind.UNKNOWN_AUTHOR: {"subject": "Telefony {0}", "address": "eva@jinde.cz", "in_reply_to": "<1@jinde.cz>"},
    OutboxKind.ADDRESS_CODE: {
        "customer": "Firma",
        "name": "Jana",
        "code": "AB12 CD34",
        "url": "https://desk.example/confirm/1/x",
        "days": 7,
    },
    OutboxKind.CHANGE_WAITS: {"name": "Jana", "what": "eva@firma.cz", "url": "https://desk.example/customer/changes/1"},
    OutboxKind.ALERT: {"name": "m365", "url": "https://desk.example", "lines": [{"text": "cannot be read"}]},
}


def letter(kind: OutboxKind, **changed: object) -> EmailMessage:
    item = OutboxItem(
        id=5, kind=kind, ticket_id=None, recipient="eva@firma.cz", message_id="", created_at=AT,
        payload=PAYLOADS[kind] | changed,
    )  # fmt: skip
    sender = Address(display_name="Helpdesk", addr_spec="helpdesk@desk.example")
    octets = compose_short_letter(item, sender=sender, message_id="<5@desk.example>")
    return message_from_bytes(octets, policy=default)


def test_every_kind_has_a_payload_here() -> None:
    assert set(PAYLOADS) == SHORT_LETTERS


@pytest.mark.parametrize("kind", sorted(SHORT_LETTERS))
@pytest.mark.parametrize("language", ["cs", "en"])
def test_a_machine_sees_that_a_machine_wrote_it(kind: OutboxKind, language: str) -> None:
    sent = letter(kind, language=language)
    assert sent["Auto-Submitted"].startswith("auto-")
    assert (sent["Precedence"], sent["X-Auto-Response-Suppress"]) == ("bulk", "All")
    assert sent[LOOP_FIELD]
    assert "{" not in sent.get_content().replace("{0}", "")
    assert sent["To"] == "eva@firma.cz"


def test_a_digest_says_the_reason_in_words() -> None:
    text = letter(OutboxKind.CUSTOMER_DIGEST, language="cs").get_content()
    assert "doména neprokázala, že zprávu odeslala" in text
    assert "22.11. 07:00  jan@firma.cz" in text
    assert "\nBcc" not in text
    assert "the domain did not prove" in letter(OutboxKind.CUSTOMER_DIGEST, language="en").get_content()


def test_a_notice_answers_the_mail_in_both_languages() -> None:
    sent = letter(OutboxKind.UNKNOWN_AUTHOR)
    assert (sent["In-Reply-To"], sent["Auto-Submitted"]) == ("<1@jinde.cz>", "auto-replied")
    text = " ".join(sent.get_content().split())
    assert "„Telefony {0}“ přišla z adresy eva@jinde.cz" in text
    assert "not on the list of authorized people" in text


def test_strangers_words_cannot_make_a_field() -> None:
    sent = letter(OutboxKind.ALERT, name="m365\r\nBcc: a@b.cz")
    assert sent["Bcc"] is None
    assert "m365 Bcc: a@b.cz" in sent["Subject"]
