"""An answer by link of somebody who is no contact of their own: what the lists say at that moment counts."""

from datetime import timedelta
from functools import partial

from authz.mail.answer_token import AnswerToken, name_address
from intake.letters.one_click import Standing, give_answer
from intake.people import AddressData
from intake.terms import Status
from tests.intake.mail.desk import MailDesk
from tests.store.world import ADMIN, AT


def answer(desk: MailDesk, number: int) -> Standing | None:
    token = AnswerToken(
        number=number,
        since=desk.ticket(number).since,
        word="accept",
        expires_at=desk.now + timedelta(days=1),
        sent_to=name_address("nova@globex.example"),
    )
    answered = desk.world.do(partial(give_answer, answer=token, words="", at=desk.now))
    return None if answered is None else answered.standing


def test_an_address_of_the_companys_domain_answers_while_it_is_listed(desk: MailDesk) -> None:
    data = AddressData(customer_id=desk.world.globex.id, contact_id=None, address="*@globex.example")
    entry = desk.world.do(lambda tx: tx.people.add_address(data, by=ADMIN, at=AT))
    first, second = (desk.open(author="nova@globex.example") for _ in range(2))
    for number in (first, second):
        desk.solve(number)
    assert desk.ticket(first).contact_id is None
    assert {item.recipient for item in desk.items()} == {"nova@globex.example"}
    assert answer(desk, first) is Standing.DONE
    assert desk.ticket(first).status is Status.CLOSED
    desk.world.do(lambda tx: tx.people.remove_address(entry.id, by=ADMIN, at=AT))
    assert answer(desk, second) is None
    assert desk.ticket(second).status is Status.TO_VERIFY


def test_a_ticket_that_is_not_there_has_no_answer(desk: MailDesk) -> None:
    tomorrow = desk.now + timedelta(days=1)
    token = AnswerToken(number=999, since=desk.now, word="accept", expires_at=tomorrow, sent_to=b"12345678")
    assert desk.world.do(partial(give_answer, answer=token, words="", at=desk.now)) is None
