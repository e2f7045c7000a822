"""The service desk's own people are told about deadlines, once each, and the customer is not. RULE response-time"""

from datetime import timedelta
from functools import partial

from intake.letters.notices import StaffAddresses
from intake.timers import fire_timers
from tests.intake.mail.desk import NOON, MailDesk, text_of

STAFF = StaffAddresses(
    warnings=("petr@desk.example",), breaches=("petr@desk.example", "vedouci@desk.example"), language="cs"
)


def told(desk: MailDesk) -> list[tuple[str, str]]:
    return [(item.kind.value, item.recipient) for item in desk.items() if item.kind.value != "acknowledgement"]


def test_warnings_and_breaches_are_told_once_to_whom_they_concern(desk: MailDesk) -> None:
    desk.agree()
    ticket = desk.ticket(desk.open(subject="[A] Nejdou telefony"))
    for days in (0, 1, 60, 60):
        at = NOON + timedelta(days=days)
        desk.world.do(partial(fire_timers, ticket_id=ticket.id, at=at, staff=STAFF))
    told_of = told(desk)
    assert {recipient for kind, recipient in told_of if kind == "warning"} == {"petr@desk.example"}
    assert told_of.count(("breach", "vedouci@desk.example")) == told_of.count(("breach", "petr@desk.example")) == 2
    message = desk.last("breach")
    assert message["Subject"].startswith(f"Re: [#{ticket.number}] ")
    assert message["Auto-Submitted"] == "auto-generated"
    assert f"Lhůta požadavku č. {ticket.number} nebyla dodržena: vyřešení do " in text_of(message)
    assert f"https://podpora.example/tickets/{ticket.number}" in text_of(message)


def test_nobody_is_told_unless_they_were_named(desk: MailDesk) -> None:
    desk.agree()
    ticket = desk.ticket(desk.open())
    desk.world.do(partial(fire_timers, ticket_id=ticket.id, at=NOON + timedelta(days=60)))
    assert told(desk) == []
