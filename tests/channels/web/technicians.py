"""What the tests of the technicians' pages share: technicians, requests made without a page, orders to the desk."""

import itertools
import re
from typing import Any

from authz.evidence import Proof
from intake.desk import Order
from intake.people import Contact, ContractData, Role, User, UserData
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.terms import Category
from intake.tickets.model import Ticket
from intake.web_request import Circumstances, UploadedFile, WebRequest, source_key, web_inbound
from tests.channels.web.conftest import HASHED, Browser, Portal
from tests.store.world import ADMIN, AT

_COUNT = itertools.count()


def staff(portal: Portal, name: str = "Tonda", role: Role = Role.TECHNICIAN) -> tuple[Browser, User]:
    """A browser of somebody of the service desk."""
    data = UserData(login=f"{name.lower()}@desk.example", name=name, role=role)
    made = portal.world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    browser = portal.browser()
    assert browser.log_in(data.login).status_code == 303
    return browser, made


def request(
    portal: Portal,
    contact: Contact | None = None,
    *,
    subject: str = "Nezvoní telefony",
    text: str = "Od rána.",
    category: Category | None = None,
    files: tuple[UploadedFile, ...] = (),
    answers: Ticket | None = None,
) -> int:
    """A request of Jana's, or of that contact; returns the ticket's number."""
    who = contact or portal.world.jana
    asked = WebRequest(subject=subject, text=text, category=category, files=files, answers=answers)
    how = Circumstances(
        proof=Proof.SESSION,
        detail="test",
        account="portal",
        source_key=source_key(f"test {next(_COUNT)}", None),
        at=portal.clock(),
    )
    receipt = portal.run(portal.services.receiver.receive(web_inbound(asked, who, how, portal.services.signer)))
    assert receipt.ticket_number is not None, receipt
    number: int = receipt.ticket_number
    return number


def desk(portal: Portal, number: int, command: Any) -> Ticket:
    """Run a command of the desk as an admin."""
    order = Order(number=number, actor=ADMIN, at=portal.clock())
    result = portal.world.do(lambda tx: command(tx, order))
    assert isinstance(result, Ticket), result
    return result


def promise(portal: Portal) -> None:
    """The example contract for Acme."""
    acme = portal.world.acme.id
    data = ContractData(customer_id=acme, name="Smlouva", valid_from=AT, terms=written_terms(EXAMPLE_TERMS))
    portal.world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=AT))


def shown(page: Any) -> list[int]:
    """The numbers of the tickets on a page of the queue, in their order."""
    return [int(each) for each in re.findall(r'id="t(\d+)"', page.text)]
