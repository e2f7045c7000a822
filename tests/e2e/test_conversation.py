"""What comes after the first mail: answers find their ticket, by whatever name of it they carry, and nobody else's."""

import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.e2e.gateway import HELPDESK, Gateway
from tests.e2e.letters import in_lines, letter, sign, wait_for_acknowledgement
from tests.servers.smtpsink import Received, SmtpSink

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def supply(gateway: Gateway, smarthost: SmtpSink) -> list[tuple[int, Received]]:
    """New tickets of Jan's with their acknowledgements: made together, because sending begins once a second."""
    numbers = [gateway.send(sign(letter()), reverse_path="jan@firma.example").ticket for _ in range(12)]
    return [(number, wait_for_acknowledgement(smarthost, number)) for number in numbers]


@pytest.fixture
def opened(supply: list[tuple[int, Received]]) -> tuple[int, Received]:
    """A new ticket of Jan's, and its acknowledgement as it arrived."""
    return supply.pop()


def _answer(
    to: Received,
    text: str,
    *,
    author: str = "Jan Novák <jan@firma.example>",
    address: str | None = None,
    threaded: bool = True,
    subject: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[bytes, str]:
    """What a mail client makes of "Reply"; returns it and the address it goes to."""
    answered = to.parsed()
    recipient = address or answered["Reply-To"].addresses[0].addr_spec
    message = EmailMessage()
    message["From"], message["To"] = author, recipient
    message["Subject"] = subject or f"Re: {answered['Subject']}"
    message["Date"] = answered["Date"].datetime
    message["Message-ID"] = make_msgid(domain="client.example")
    if threaded:
        message["In-Reply-To"] = answered["Message-ID"]
        message["References"] = f"{answered['References']} {answered['Message-ID']}"
    for name, value in (headers or {}).items():
        message[name] = value
    quoted = "".join(f"> {line}\n" for line in _text(to).splitlines())
    message.set_content(f"{text}\n\nDne 22. 11. 2026 v 9:00 Podpora napsal(a):\n{quoted}", cte="quoted-printable")
    return in_lines(message.as_bytes()), recipient


def _text(message: Received) -> str:
    body = message.parsed().get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def _ask_for_more(gateway: Gateway, number: int) -> None:
    gateway.change(number, "status", status="in-progress")
    gateway.change(number, "status", status="more-info")


def _send_answer(
    gateway: Gateway, answer: tuple[bytes, str], domain: str = "firma.example", *, reverse_path: str | None = None
) -> int:
    octets, recipient = answer
    sender = f"jan@{domain}" if reverse_path is None else reverse_path
    return gateway.send(sign(octets, domain), reverse_path=sender, recipients=[recipient]).ticket


def test_a_reply_to_the_acknowledgement_lands_in_the_ticket_and_sets_it_going(
    gateway: Gateway, opened: tuple[int, Received]
) -> None:
    number, acknowledgement = opened
    _ask_for_more(gateway, number)
    assert _send_answer(gateway, _answer(acknowledgement, "Linka 250, od osmi ráno.")) == number
    ticket = gateway.get(f"tickets/{number}")
    assert ticket["status"] == "in-progress"
    said = ticket["comments"][-1]
    assert said["text"].strip() == "Linka 250, od osmi ráno."
    assert "Podpora napsal" in said["elided"]
    step = [event for event in ticket["events"] if event["kind"] == "status"][-1]
    assert (step["before"], step["after"]) == ("more-info", "in-progress")
    assert (step["actor"]["name"], step["actor"]["channel"]) == ("Jan Novák", "mail")


@pytest.mark.parametrize(
    "carries",
    [{"threaded": False}, {"address": HELPDESK}, {"address": HELPDESK, "subject": "Úplně jiný předmět"}],
    ids=["only the signed address", "only the Message-ID", "only the Message-ID, under another subject"],
)
def test_one_of_our_names_is_enough(gateway: Gateway, opened: tuple[int, Received], carries: dict[str, object]) -> None:
    number, acknowledgement = opened
    assert _send_answer(gateway, _answer(acknowledgement, "Ještě něco.", **carries)) == number  # type: ignore[arg-type]


def test_a_colleague_may_answer(gateway: Gateway, opened: tuple[int, Received]) -> None:
    number, acknowledgement = opened
    answer = _answer(acknowledgement, "Za Jana odpovídám já.", author="petra@firma.example")
    assert _send_answer(gateway, answer) == number
    assert gateway.get(f"tickets/{number}")["comments"][-1]["actor"]["name"] == "Petra Malá"


def test_another_customer_who_answers_gets_a_ticket_of_its_own(gateway: Gateway, opened: tuple[int, Received]) -> None:
    number, acknowledgement = opened
    answer = _answer(acknowledgement, "Please add me.", author="eva@modern.example")
    other = _send_answer(gateway, answer, "modern.example")
    assert other != number
    assert gateway.get(f"tickets/{other}")["customer"]["name"] == "Modern Ltd"
    assert len(gateway.get(f"tickets/{number}")["comments"]) == 1


def test_an_answer_without_proof_is_held_and_touches_nothing(gateway: Gateway, opened: tuple[int, Received]) -> None:
    number, acknowledgement = opened
    _ask_for_more(gateway, number)
    octets, _ = _answer(acknowledgement, "Zavřete to.", address=HELPDESK)
    reply = gateway.send(octets, reverse_path="m@stranger.example")
    assert "Held for review" in reply.text
    assert gateway.get(f"tickets/{number}")["status"] == "more-info"


def test_a_made_up_token_names_no_ticket(gateway: Gateway, opened: tuple[int, Received]) -> None:
    number, acknowledgement = opened
    recipient = acknowledgement.parsed()["Reply-To"].addresses[0].addr_spec
    local, _, domain = recipient.partition("@")
    forged = f"{local[:-4]}{'aaaa' if not local.endswith('aaaa') else 'bbbb'}@{domain}"
    answer = _answer(acknowledgement, "Jinam.", threaded=False, address=forged, subject="Re: Něco jiného")
    assert _send_answer(gateway, answer) != number


@pytest.mark.parametrize(
    ("headers", "reverse_path"),
    [({"Auto-Submitted": "auto-replied"}, ""), ({"X-Autoreply": "yes"}, "jan@firma.example")],
    ids=["rfc 3834", "an older one"],
)
def test_an_out_of_office_answer_changes_nothing_and_is_not_answered(
    gateway: Gateway,
    smarthost: SmtpSink,
    opened: tuple[int, Received],
    headers: dict[str, str],
    reverse_path: str,
) -> None:
    number, acknowledgement = opened
    _ask_for_more(gateway, number)
    before = gateway.get(f"tickets/{number}")
    answer = _answer(acknowledgement, "Jsem do pondělí mimo kancelář.", subject="Automatická odpověď", headers=headers)
    assert _send_answer(gateway, answer, reverse_path=reverse_path) == number
    after = gateway.get(f"tickets/{number}")
    assert (after["status"], after["since"], after["attention"]) == ("more-info", before["since"], before["attention"])
    assert [comment["automatic"] for comment in after["comments"]] == ["none", "auto-reply"]
    later = gateway.send(sign(letter()), reverse_path="jan@firma.example").ticket
    wait_for_acknowledgement(smarthost, later)
    (name,) = re.findall(rb"^Message-ID: (\S+)", answer[0], re.MULTILINE)
    assert name.decode() not in {message.parsed()["In-Reply-To"] for message in smarthost.received}


def test_an_out_of_office_answer_to_nothing_opens_no_ticket(gateway: Gateway) -> None:
    mail = sign(letter(subject="Automatická odpověď", headers={"Auto-Submitted": "auto-replied"}))
    reply = gateway.send(mail, reverse_path="")
    assert "Held for review" in reply.text
    assert gateway.get(f"quarantine/{reply.text.split()[-1]}")["reason"] == "automatic"


def test_a_technicians_comment_goes_to_the_contact_whose_answer_comes_back(
    gateway: Gateway, smarthost: SmtpSink, opened: tuple[int, Received]
) -> None:
    number, _ = opened
    seen = len(smarthost.received)
    answer = gateway.ask("POST", f"tickets/{number}/comments", json={"text": "Restartujte prosím bránu."})
    assert answer.status_code == 201, answer.text
    message = smarthost.wait_for(seen + 1)[-1]
    assert message.recipients == ("jan@firma.example",)
    assert "Restartujte" in _text(message)
    assert _send_answer(gateway, _answer(message, "Pomohlo to.")) == number


def test_one_mail_to_several_of_our_addresses_is_one_ticket(gateway: Gateway) -> None:
    mail = sign(letter(subject="Dvakrát k nám"))
    addresses = [HELPDESK, "Helpdesk@DESK.example"]
    assert gateway.send(mail, reverse_path="jan@firma.example", recipients=addresses).code == 250
    assert len(gateway.all("tickets", subject="Dvakrát k nám")) == 1
