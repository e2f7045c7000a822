"""Files as text for people: nested messages, invitations, plain texts."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.readable import read_file

INVITATION = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Porada\r\nDTSTART:20261123T090000Z\r\n"
    b"LOCATION:Zasedac\xc3\xadka\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_a_nested_message_shows_who_wrote_what_to_whom() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Jana Nováková <jana@firma.example>", "karel@firma.example"
    message["Subject"], message["Date"] = "Výpadek", "Mon, 23 Nov 2026 09:00:00 +0100"
    message.set_content("Nejde to.\n")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plán.pdf")
    assert read_file(message.as_bytes(), "message/rfc822") == (
        "From: Jana Nováková <jana@firma.example>\nTo: karel@firma.example\nDate: 2026-11-23 09:00+01:00\n"
        "Subject: Výpadek\nFiles: plán.pdf\n\nNejde to."
    )


@pytest.mark.parametrize("kind", ["text/calendar", "application/ics"])
def test_an_invitation_shows_what_when_and_where(kind: str) -> None:
    assert read_file(INVITATION, kind) == "Porada\n2026-11-23 09:00 UTC\nZasedacíka"


def test_a_text_is_shown_without_control_characters() -> None:
    assert read_file("Příloha\x1b[31m\r\nkonec".encode("cp1250"), "text/plain") == "Příloha[31m\nkonec"


@pytest.mark.parametrize("kind", ["text/html", "application/pdf", "image/svg+xml"])
def test_what_could_act_or_cannot_be_read_is_no_text(kind: str) -> None:
    assert read_file(b"<script>x</script>", kind) is None


@given(st.binary(max_size=300), st.sampled_from(["message/rfc822", "text/calendar", "text/plain"]))
def test_no_octets_make_it_fail(octets: bytes, kind: str) -> None:
    read_file(octets, kind)
