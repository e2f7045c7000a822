"""What a contact is told when a ticket moves: in their language, in one thread, and only what is meant for them."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from authz.identity import Channel
from intake.desk import NewFile, Order, Remark, comment, recategorize
from intake.outgoing import OutboxItem
from intake.people import AddressData, ContactData
from intake.ports import PreparedBlob
from intake.submission import Automatic, AutomaticKind
from intake.terms import Category, Evaluation, Status
from intake.tickets.correlate import base_subject
from intake.tickets.model import Actor, ActorKind
from tests.intake.mail.desk import PETR, SIGNER, MailDesk, text_of
from tests.store.world import ADMIN, AT

FLAGS = frozenset({Evaluation.FAULT_ELSEWHERE, Evaluation.CONSULTATION})


def kinds(desk: MailDesk) -> list[str]:
    return [item.kind.value for item in desk.items()]


def test_each_step_is_told_once_and_with_what_it_is_about(desk: MailDesk) -> None:
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    desk.move(number, Status.MORE_INFO, words="Která linka nezvoní?")
    assert "Která linka nezvoní?" in text_of(desk.last("more-info"))
    desk.receive("Linka 250.", references=(SIGNER.message_id(desk.ticket(number).id, 0),))
    assert desk.ticket(number).status is Status.IN_PROGRESS
    desk.solve(number)
    desk.move(number, Status.CLOSED, evaluation=FLAGS, accepted_by="Jana")
    assert kinds(desk) == ["acknowledgement", "in-progress", "more-info", "to-verify", "closed"]
    told = text_of(desk.last("closed"))
    assert "Řešení: Vyměněna karta." in told
    assert "Vyhodnocení: konzultace, závada jinde" in told
    assert "Kategorie: C – Ostatní" in text_of(desk.last("in-progress"))


def test_the_question_may_also_have_been_asked_before(desk: MailDesk) -> None:
    number = desk.open()
    desk.world.do(lambda tx: comment(tx, Order(number=number, actor=PETR, at=desk.now), Remark(text="Jaký telefon?")))
    note = Remark(text="Asi Yealink.", internal=True)
    desk.world.do(lambda tx: comment(tx, Order(number=number, actor=PETR, at=desk.now), note))
    desk.move(number, Status.MORE_INFO)
    told = text_of(desk.last("more-info"))
    assert "Jaký telefon?" in told
    assert "Yealink" not in told


def test_what_the_customer_said_is_not_taken_for_the_question(desk: MailDesk) -> None:
    number = desk.open(text="Moje vlastní slova.")
    desk.move(number, Status.MORE_INFO)
    assert "Moje vlastní slova." not in text_of(desk.last("more-info"))


def test_the_links_of_a_solution_say_what_they_do(desk: MailDesk) -> None:
    number = desk.open()
    solved = desk.solve(number)
    message = desk.last("to-verify")
    for word in ("accept", "reject"):
        tokens = re.findall(r"https://podpora\.example/answer/(\S+)", text_of(message))
        answers = [SIGNER.read_answer(token) for token in tokens]
        (answer,) = [each for each in answers if each is not None and each.word == word]
        assert (answer.number, answer.since) == (number, solved.since)
    page = text_of(message, "html")
    assert re.search(r'href="https://podpora\.example/answer/[\w-]+"[^>]*>Přijmout řešení</a>', page)
    assert "30. 11. 2026" in text_of(message)  # five open days


def test_a_contact_is_written_to_in_their_language(desk: MailDesk) -> None:
    jana = desk.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, language="en")
    desk.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    message = desk.last("in-progress")
    assert message["Content-Language"] == "en"
    assert "a technician is working on your request" in text_of(message)


def test_notices_are_automatic_and_a_technicians_reply_is_not(desk: MailDesk) -> None:
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    desk.world.do(lambda tx: comment(tx, Order(number=number, actor=PETR, at=desk.now), Remark(text="Hotovo.")))
    notice, reply = desk.last("in-progress"), desk.last("reply")
    assert (notice["Auto-Submitted"], notice["Precedence"]) == ("auto-generated", "bulk")
    assert notice["X-Auto-Response-Suppress"] == "All"
    assert (reply["Auto-Submitted"], reply["Precedence"]) == (None, None)


def test_only_the_answer_to_a_mail_has_no_way_back(desk: MailDesk) -> None:
    """RFC 3834 §3.3"""
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    paths = {item.kind.value: desk.mail(item)[0].reverse_path for item in desk.items()}
    assert paths["acknowledgement"] == ""
    assert paths["in-progress"] == SIGNER.reply_address(desk.ticket(number).id)


def test_all_mails_of_a_ticket_are_one_thread(desk: MailDesk) -> None:
    number = desk.open(subject="Re: Nezvoní telefony", message_id="<first@acme.example>")
    desk.move(number, Status.MORE_INFO, words="Která?")
    desk.receive("Linka 250.", message_id="<second@acme.example>", references=("<first@acme.example>",))
    desk.world.do(lambda tx: comment(tx, Order(number=number, actor=PETR, at=desk.now), Remark(text="Hotovo.")))
    messages = [desk.mail(item)[1] for item in desk.items()]
    assert {message["Subject"] for message in messages} == {
        f"[#{number}] Nezvoní telefony",
        f"Re: [#{number}] Nezvoní telefony",
    }
    assert {base_subject(message["Subject"]) for message in messages} == {"nezvoní telefony"}
    assert messages[1]["In-Reply-To"] == "<first@acme.example>"
    assert messages[-1]["In-Reply-To"] == "<second@acme.example>"
    assert all("<first@acme.example>" in message["References"] for message in messages)
    assert len({message["Message-ID"] for message in messages}) == len(messages)


def test_a_long_subject_is_cut_the_same_everywhere(desk: MailDesk) -> None:
    number = desk.open(subject="Nezvoní telefony " * 15)
    desk.move(number, Status.IN_PROGRESS)
    first, later = (desk.mail(item)[1]["Subject"] for item in desk.items())
    assert later == f"Re: {first}"


def test_mails_of_a_ticket_that_did_not_come_by_mail_share_an_id(desk: MailDesk) -> None:
    number = desk.open(message_id=None)
    desk.move(number, Status.IN_PROGRESS)
    desk.solve(number)
    root = SIGNER.message_id(desk.ticket(number).id, 0)
    assert [desk.mail(item)[1]["References"] for item in desk.items()] == [root] * 3


def test_a_message_id_made_when_sending_leads_back_to_its_row(desk: MailDesk) -> None:
    number = desk.open()
    desk.move(number, Status.IN_PROGRESS)
    (item,) = desk.items("in-progress")
    message_id = desk.mail(item)[1]["Message-ID"]
    assert SIGNER.mail_named(message_id) == (desk.ticket(number).id, item.id)
    assert SIGNER.mail_named(message_id.replace(str(item.id), str(item.id + 1))) is None


def test_a_reply_brings_its_files(desk: MailDesk) -> None:
    number = desk.open()
    octets = b"%PDF-1.7 \x00\xff"
    file = NewFile(filename="návod.pdf", content_type="application/pdf", blob=PreparedBlob.of(octets))
    order = Order(number=number, actor=PETR, at=desk.now)
    desk.world.do(lambda tx: comment(tx, order, Remark(text="Viz příloha.", files=(file,))))
    desk.composer = type(desk.composer)(
        SIGNER,
        desk.composer._options,  # noqa: SLF001
        read_blob={file.blob.digest: octets}.__getitem__,
    )
    (item,) = desk.items("reply")
    message = desk.mail(item)[1]
    (sent,) = message.iter_attachments()
    assert (sent.get_filename(), sent.get_content_type(), sent.get_content()) == (
        "návod.pdf",
        "application/pdf",
        octets,
    )
    assert desk.mail(item)[0].octets == desk.mail(item)[0].octets


def test_a_file_that_is_too_large_or_gone_is_named(desk: MailDesk) -> None:
    number = desk.open()
    file = NewFile(filename="film.mp4", content_type="video/mp4", blob=PreparedBlob.of(b"x"))
    order = Order(number=number, actor=PETR, at=desk.now)
    desk.world.do(lambda tx: comment(tx, order, Remark(text="Viz příloha.", files=(file,))))
    message = desk.last("reply")
    assert not list(message.iter_attachments())
    assert f"https://podpora.example/tickets/{number}: film.mp4" in text_of(message)


@pytest.mark.parametrize("kind", [AutomaticKind.LIST, AutomaticKind.AUTO_GENERATED, AutomaticKind.NONE])
def test_a_ticket_whose_request_may_not_be_answered_is_quiet(desk: MailDesk, kind: AutomaticKind) -> None:
    number = desk.open(automatic=Automatic(kind=kind, may_answer=False, why="Precedence: bulk"))
    desk.move(number, Status.IN_PROGRESS)
    desk.solve(number)
    assert desk.items() == []


def test_a_contact_who_may_not_be_written_to_is_not(desk: MailDesk) -> None:
    number = desk.open()
    jana = desk.world.jana
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    desk.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    desk.move(number, Status.IN_PROGRESS)
    assert kinds(desk) == ["acknowledgement"]


def test_a_contact_with_several_addresses_is_written_to_where_they_wrote_from(desk: MailDesk) -> None:
    jana = desk.world.jana
    data = AddressData(customer_id=jana.customer_id, contact_id=jana.id, address="jana@home.example")
    entry = desk.world.do(lambda tx: tx.people.add_address(data, by=ADMIN, at=AT))
    number = desk.open(author="jana@home.example")
    desk.move(number, Status.IN_PROGRESS)
    assert desk.items("in-progress")[0].recipient == "jana@home.example"
    desk.world.do(lambda tx: tx.people.remove_address(entry.id, by=ADMIN, at=AT))
    desk.solve(number)
    assert desk.items("to-verify")[0].recipient == "jana@acme.example"


def test_what_the_contact_did_is_not_told_back(desk: MailDesk) -> None:
    number = desk.open()
    desk.solve(number)
    before = kinds(desk)
    contact = Actor(kind=ActorKind.CONTACT, name="Jana", channel=Channel.WEB, id=desk.world.jana.id)
    desk.move(number, Status.IN_PROGRESS, by=contact)
    assert kinds(desk) == before


def test_a_closed_ticket_that_opens_again_is_told(desk: MailDesk) -> None:
    number = desk.open()
    desk.move(number, Status.CLOSED, solution="Hotovo.", evaluation=FLAGS)
    desk.receive("Pořád to nejde.", references=(SIGNER.message_id(desk.ticket(number).id, 0),))
    assert kinds(desk) == ["acknowledgement", "closed", "reopened"]


def test_words_with_a_step_nobody_is_told_about_go_out_as_a_reply(desk: MailDesk) -> None:
    number = desk.open()
    desk.move(number, Status.POSTPONED)
    desk.move(number, Status.IN_PROGRESS, words="Díl už dorazil.")
    assert "Díl už dorazil." in text_of(desk.last("reply"))


def test_a_ticket_that_waits_and_one_in_another_category_are_told_with_their_deadlines(desk: MailDesk) -> None:
    # RULE status-postponed, category-a
    desk.agree()
    number = desk.open()
    told = text_of(desk.last("acknowledgement"))
    assert re.search(r"Začneme na něm pracovat nejpozději \d+\. \d+\. \d{4} \d\d:\d\d\.", told)
    assert re.search(r"Vyřešen má být nejpozději \d+\. \d+\. \d{4} \d\d:\d\d\.", told)
    assert f"přihlášení na https://podpora.example/tickets/{number}" in told
    order = Order(number=number, actor=PETR, at=desk.now)
    desk.world.do(lambda tx: recategorize(tx, order, Category.A))
    moved = text_of(desk.last("category"))
    assert "Dosavadní kategorie: C – Ostatní\r\nNová kategorie: A – Kritická" in moved
    assert "Vyřešen má být nejpozději" in moved
    desk.move(number, Status.POSTPONED, words="Čekáme na výrobce.")
    assert "Čekáme na výrobce." in text_of(desk.last("postponed"))
    assert kinds(desk) == ["acknowledgement", "category", "postponed"]


def test_without_a_contract_no_deadline_is_promised(desk: MailDesk) -> None:
    desk.open()
    assert "nejpozději" not in text_of(desk.last("acknowledgement"))


def test_the_same_row_makes_the_same_octets(desk: MailDesk) -> None:
    desk.solve(desk.open())
    compose = partial(desk.composer.compose)
    items: list[OutboxItem] = desk.items()
    assert [compose(item).octets for item in items] == [compose(item).octets for item in items]
    desk.now += timedelta(days=1)


def test_colleagues_who_take_part_are_told_in_their_language_without_the_contacts_link(desk: MailDesk) -> None:
    # RULE channel-mail, status-to-verify
    acme = desk.world.acme.id
    data = ContactData(customer_id=acme, name="Eva", language="en")
    eva = desk.world.do(lambda tx: tx.people.add_contact(data, by=ADMIN, at=AT))
    listed = AddressData(customer_id=acme, contact_id=eva.id, address="eva@acme.example")
    desk.world.do(lambda tx: tx.people.add_address(listed, by=ADMIN, at=AT))
    number = desk.open(copied=("eva@acme.example", "cizi@jinde.example", "karel@globex.example"))
    assert [item.recipient for item in desk.items()] == ["jana@acme.example"], "an answer goes to who wrote"
    desk.solve(number)
    mails = {item.recipient: desk.mail(item)[1] for item in desk.items("to-verify")}
    assert set(mails) == {"jana@acme.example", "eva@acme.example"}
    assert "/answer/" in mails["jana@acme.example"].as_string()
    copied = mails["eva@acme.example"]
    assert "/answer/" not in copied.as_string()
    assert text_of(copied).startswith("Hello,")
    assert mails["jana@acme.example"]["References"] == copied["References"]
    order = Order(number=number, actor=PETR, at=desk.now)
    desk.world.do(lambda tx: comment(tx, order, Remark(text="Ještě drobnost.")))
    assert {item.recipient for item in desk.items("reply")} == set(mails)
    gone = replace(data, active=False)
    desk.world.do(lambda tx: tx.people.change_contact(eva.id, gone, by=ADMIN, at=AT))
    desk.move(number, Status.CLOSED, accepted_by="Jana")
    assert [item.recipient for item in desk.items("closed")] == ["jana@acme.example"]
