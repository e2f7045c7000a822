"""Wordings: what may stand in them, how they are filled, and that whoever writes one can read and hang nothing."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.administration import TakenEntryError
from intake.letters.body import write_page, write_text
from intake.letters.templates import KINDS, LANGUAGES, TemplateError, Wording, check_wording, fill, set_name_of
from intake.letters.usual_words import DEFAULTS
from intake.letters.values import LetterOptions
from intake.letters.wordings import preview, set_wording
from intake.outgoing import OutboxKind
from intake.queries import Window
from intake.terms import Status
from intake.tickets.categorize import CategoryRuleData, RuleKind
from store.queries import StoreQueries
from tests.intake.mail.desk import NOON, SIGNER, MailDesk, text_of
from tests.store.world import ADMIN

SUBJECT = "[#{number}] {subject}"
OPTIONS = LetterOptions(name="Podpora", public_url="https://podpora.example")


def wording(text: str, subject: str = SUBJECT) -> Wording:
    return Wording(subject=subject, text=text)


def problems(kind: OutboxKind, text: str, subject: str = SUBJECT) -> str:
    with pytest.raises(TemplateError) as caught:
        check_wording(kind, wording(text, subject))
    return str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_words_in_code_are_fit_to_be_sent(kind: OutboxKind, language: str) -> None:
    check_wording(kind, DEFAULTS[kind, language])
    made = preview(kind, language, DEFAULTS[kind, language], options=OPTIONS, signer=SIGNER, at=NOON)
    assert "123" in made.subject
    assert "{" not in made.text + made.subject
    assert f'<html lang="{language}">' in made.html


def test_a_name_nobody_knows_is_told_with_those_there_are() -> None:
    told = problems(OutboxKind.ACKNOWLEDGEMENT, "{nmber}")
    assert "{nmber}" in told
    assert "number" in told


@pytest.mark.parametrize(
    "text",
    ["{number.__class__}", "{number!r}", "{number:>9999999999}", "{0}", "{}", "{number", "number}", "{ number }"],
)
def test_what_python_could_be_made_to_do_is_no_template(text: str) -> None:
    assert "single" in problems(OutboxKind.ACKNOWLEDGEMENT, text)


def test_what_a_mail_would_be_useless_without_must_be_there() -> None:
    told = problems(OutboxKind.TO_VERIFY, "Hotovo: {accept_link}")
    assert told == "The text needs {reject_link}."
    assert "{number}" in problems(OutboxKind.ACKNOWLEDGEMENT, "x", "{subject}")
    assert "tear the conversation apart" in problems(OutboxKind.CLOSED, "{solution}", "[#{number}] Uzavřeno")
    assert "none of" in problems(OutboxKind.CLOSED, "{solution}", "[#{number}] {subject} {status}")
    assert "single line" in problems(OutboxKind.CLOSED, "{solution}", "[#{number}] {subject}\nBcc: x@y.example")
    assert "empty" in problems(OutboxKind.ACKNOWLEDGEMENT, " \n ")
    assert "20000" in problems(OutboxKind.ACKNOWLEDGEMENT, "x" * 20_001)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(TemplateError) as caught:
        check_wording(OutboxKind.TO_VERIFY, wording("{x} }", "y"))
    assert len(caught.value.problems) == 6


def test_a_paragraph_that_would_say_nothing_is_left_out() -> None:
    words = fill(
        wording("A\n\nŘešení: {solution}\n\n{text}\n\nB {number}"), {"text": " ", "number": "1", "subject": "s"}
    )
    assert write_text(words, "P") == "A\n\nB 1\n\n-- \nP\n"


def test_a_value_is_never_read_as_a_template() -> None:
    words = fill(
        wording("{text}", "[#{number}] {subject}"), {"text": "{secret}\n\n{{x}}", "number": "1", "subject": "{x}"}
    )
    assert words.subject == "[#1] {x}"
    assert "{secret}\n\n{{x}}" in write_text(words, "P")


def test_two_braces_are_a_brace() -> None:
    check_wording(OutboxKind.ACKNOWLEDGEMENT, wording("{{number}}"))
    assert write_text(fill(wording("{{number}}"), {"number": "1"}), "P").startswith("{number}")


@given(text=st.text(max_size=300), value=st.text(max_size=100))
def test_no_value_becomes_markup(text: str, value: str) -> None:
    page = write_page(fill(wording("{text} {ticket_url}\n" + text), {"text": value, "ticket_url": value}), "P", "cs")
    body = page.partition("<body")[2]
    for tag in ("<script", "<img", "onerror=<", "<b>"):
        assert tag not in body


def test_a_line_that_is_a_link_is_a_button_and_what_is_quoted_can_be_folded() -> None:
    links = {"accept_link": "https://x/1", "reject_link": "https://x/2", "text": "Ahoj\n> dříve\n> a <b>\nkonec"}
    page = write_page(fill(wording("Ano: {accept_link}\nNe: {reject_link}\n\n{text}"), links), "P", "cs")
    assert re.findall(r'href="([^"]+)"[^>]*>(\w+)<', page) == [("https://x/1", "Ano"), ("https://x/2", "Ne")]
    assert re.search(r'<blockquote type="cite"[^>]*>dříve<br>\na &lt;b&gt;</blockquote>\nkonec', page)


def test_a_link_cannot_leave_its_attribute() -> None:
    words = fill(wording("Klikni: {ticket_url}"), {"ticket_url": 'https://x/"><script>'})
    assert "<script>" not in write_page(words, "P", "cs")


@pytest.mark.parametrize("text", ["{" * 20_000, "{a" * 10_000, "\n \n" * 6_000, "{{}}" * 5_000, "{number}" * 2_500])
def test_a_hostile_template_takes_no_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(TemplateError):
        check_wording(OutboxKind.REPLY, wording(text))
    write_page(fill(wording(text), {"number": "1"}), "P", "cs")
    assert time.process_time() - began < 2


def test_a_wording_counts_from_the_next_mail_on_and_can_be_undone(desk: MailDesk) -> None:
    queries = StoreQueries(desk.world.engine)
    kind = OutboxKind.IN_PROGRESS
    own = wording("Už na tom děláme, {name}.")
    first = desk.world.do(lambda tx: set_wording(tx, kind, "cs", own, by=ADMIN, at=NOON))
    assert (first.version, first.own, first.changed_by) == (1, True, "Alena")
    desk.composer = type(desk.composer)(
        SIGNER, OPTIONS, wording=lambda kind, language, name: queries.mail_template(kind, language, name).wording
    )
    desk.move(desk.open(), Status.IN_PROGRESS)
    assert text_of(desk.last("in-progress")).startswith("Už na tom děláme, Jana Nováková.")
    undone = desk.world.do(lambda tx: set_wording(tx, kind, "cs", None, by=ADMIN, at=NOON))
    assert (undone.version, undone.own, undone.wording) == (2, False, DEFAULTS[kind, "cs"])
    assert [each.version for each in queries.mail_template_versions(kind, "cs")] == [2, 1]
    lines = queries.audit("mail-template", "in-progress/cs", Window()).items
    assert [line.action for line in lines] == ["reset", "changed"]
    assert lines[1].after == {"version": 1, "subject": own.subject, "text": own.text}


def test_nobody_overwrites_what_they_have_not_seen(desk: MailDesk) -> None:
    kind = OutboxKind.CLOSED
    own = wording("{solution}")
    desk.world.do(lambda tx: set_wording(tx, kind, "en", own, by=ADMIN, at=NOON, seen=0))
    with pytest.raises(TakenEntryError, match="version 1"):
        desk.world.do(lambda tx: set_wording(tx, kind, "en", own, by=ADMIN, at=NOON, seen=0))


def test_every_kind_is_listed_in_every_language(desk: MailDesk) -> None:
    desk.world.do(lambda tx: set_wording(tx, OutboxKind.REPLY, "en", wording("{text}"), by=ADMIN, at=NOON))
    found = StoreQueries(desk.world.engine).mail_templates()
    assert len(found) == len(KINDS) * len(LANGUAGES)
    assert [(each.kind, each.language) for each in found if each.own] == [(OutboxKind.REPLY, "en")]


def test_the_links_of_a_preview_work_for_no_ticket(desk: MailDesk) -> None:
    number = desk.open()
    ticket = desk.solve(number)
    kind = OutboxKind.TO_VERIFY
    made = preview(kind, "cs", DEFAULTS[kind, "cs"], options=OPTIONS, signer=SIGNER, at=desk.now, ticket=ticket)
    assert f"č. {number}" in made.text
    token = made.text.partition("/answer/")[2].split()[0]
    answer = SIGNER.read_answer(token)
    assert answer is not None
    assert answer.expires_at <= desk.now
    assert answer.since != ticket.since


def test_a_rule_chooses_the_set_of_wordings_for_all_letters_of_its_tickets(desk: MailDesk) -> None:
    queries = StoreQueries(desk.world.engine)
    desk.composer = type(desk.composer)(
        SIGNER, OPTIONS, wording=lambda kind, language, name: queries.mail_template(kind, language, name).wording
    )
    rule = CategoryRuleData(kind=RuleKind.MARK, pattern="VIP", template="vip")
    desk.world.do(lambda tx: tx.rules.add(rule, by=ADMIN, at=NOON))
    own = wording("Vážený zákazníku, máme číslo {number}.")
    kind = OutboxKind.ACKNOWLEDGEMENT
    desk.world.do(lambda tx: set_wording(tx, kind, "cs", own, by=ADMIN, at=NOON, name="vip"))
    number = desk.open(subject="[VIP] Nejdou telefony")
    assert text_of(desk.last("acknowledgement")).startswith(f"Vážený zákazníku, máme číslo {number}.")
    assert (desk.ticket(number).wording, desk.ticket(number).subject) == ("vip", "Nejdou telefony")
    desk.move(number, Status.IN_PROGRESS)
    assert "pracuje technik" in text_of(desk.last("in-progress"))
    desk.open(subject="Nejdou telefony")
    assert text_of(desk.last("acknowledgement")).startswith("Dobrý den")
    assert [each.name for each in queries.mail_templates() if each.name] == ["vip"]
    desk.world.do(lambda tx: set_wording(tx, kind, "cs", None, by=ADMIN, at=NOON, name="vip"))
    reset = queries.mail_template(kind, "cs", "vip")
    assert (reset.own, reset.version, reset.wording) == (False, 2, queries.mail_template(kind, "cs").wording)


@pytest.mark.parametrize("name", ["-x", "a/b", "x" * 61, "a\nb"])
def test_a_set_of_wordings_has_a_name_people_can_write(name: str) -> None:
    with pytest.raises(TemplateError):
        set_name_of(name)
