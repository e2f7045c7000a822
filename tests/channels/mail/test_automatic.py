"""Who wrote it, and may it be answered: RFC 3834 and what mail programs do beside it, sign by sign."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.automatic import LOOP_FIELD, auto_submitted, classify
from channels.mail.inbound import Bounce
from intake.submission import HUMAN, AutomaticKind
from tests.score.bounces import read

OURS = frozenset({"helpdesk@sluzba.example"})
PERSON = {"from": ("Jan <jan@firma.example>",), "to": ("helpdesk@sluzba.example",), "subject": ("Telefony",)}


def with_fields(**fields: str) -> dict[str, tuple[str, ...]]:
    return PERSON | {name.replace("_", "-"): (value,) for name, value in fields.items()}


def test_a_person_who_writes_to_us_may_be_answered() -> None:
    assert classify(PERSON, reverse_path="jan@firma.example", own_addresses=OURS) == HUMAN


@pytest.mark.parametrize("value", ["no", "No", " NO ", "no; reason=human", "no (a person)"])
def test_auto_submitted_no_means_a_person(value: str) -> None:
    assert classify(with_fields(auto_submitted=value)) == HUMAN


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("auto-replied", AutomaticKind.AUTO_REPLY),
        ("Auto-Replied; owner-email=x@y.example", AutomaticKind.AUTO_REPLY),
        ("auto-replied (vacation)", AutomaticKind.AUTO_REPLY),
        ("auto-generated", AutomaticKind.AUTO_GENERATED),
        ("auto-notified; owner-email=x@y.example", AutomaticKind.AUTO_GENERATED),
        ("something-new", AutomaticKind.AUTO_GENERATED),
    ],
)
def test_any_other_auto_submitted_keyword_is_a_machine(value: str, kind: AutomaticKind) -> None:
    found = classify(with_fields(auto_submitted=value))
    assert (found.kind, found.may_answer) == (kind, False)


def test_of_several_auto_submitted_fields_no_does_not_hide_the_other() -> None:
    assert auto_submitted({"auto-submitted": ("no", "auto-generated")}) == "auto-generated"


@pytest.mark.parametrize(
    "fields",
    [
        {"x_autoreply": "yes"},
        {"x_autorespond": "Re: Telefony"},
        {"x_autoresponse": "1"},
        {"precedence": "auto_reply"},
        {"x_apple_action": "VACATION"},
        {"subject": "Automatická odpověď: Telefony"},
        {"subject": "Automatická odpoveď: Telefóny"},
        {"subject": "Automatic reply: Telefony", "auto_submitted": "auto-generated"},
        {"subject": "Out of Office: Telefony"},
        {"subject": "Mimo kancelář"},
        {"subject": "Mimo kancelárie: Telefóny"},
        {"subject": "Automatyczna odpowiedź: Telefony"},
        {"subject": "Absent du bureau : Telefony"},
        {"subject": "Fuera de la oficina: Telefony"},
        {"subject": "Jan Novak is out of the office"},
    ],
)
def test_out_of_office_is_an_automatic_reply(fields: dict[str, str]) -> None:
    found = classify(with_fields(**fields))
    assert (found.kind, found.may_answer) == (AutomaticKind.AUTO_REPLY, False)


@pytest.mark.parametrize(
    "subject", ["Re: Automatic reply: Telefony", "Automatická odpověď v ústředně nefunguje", "Nepřítomnost kolegy"]
)
def test_a_person_may_write_about_automatic_replies(subject: str) -> None:
    assert classify(with_fields(subject=subject)) == HUMAN


@pytest.mark.parametrize(
    "fields",
    [
        {"list_id": "<obchod.firma.example>"},
        {"list_unsubscribe": "<mailto:x@firma.example>"},
        {"list_post": "<mailto:obchod@firma.example>", "list_unsubscribe": "<https://x.example>", "precedence": "list"},
        {"precedence": "bulk"},
        {"precedence": "junk"},
        {"x_auto_response_suppress": "OOF"},
        {"x_loop": "jan@firma.example"},
        {"from": "postmaster@firma.example"},
        {"from": "owner-obchod@firma.example"},
        {"from": "obchod-request@firma.example"},
        {"reply_to": "MAILER-DAEMON@firma.example"},
        {"to": "info@jinde.example"},
    ],
)
def test_what_a_person_wrote_through_a_group_is_a_persons_but_not_answered(fields: dict[str, str]) -> None:
    found = classify(with_fields(**fields), own_addresses=OURS)
    assert (found.kind, found.may_answer) == (AutomaticKind.NONE, False)
    assert found.why


@pytest.mark.parametrize(
    "fields",
    [
        {"list_unsubscribe": "<https://x.example>", "list_unsubscribe_post": "List-Unsubscribe=One-Click"},
        {"list_unsubscribe": "<https://x.example>", "precedence": "bulk"},
        {"list_post": "NO", "list_id": "<zpravy.firma.example>"},
    ],
)
def test_a_list_that_takes_no_posts_is_a_newsletter(fields: dict[str, str]) -> None:
    assert classify(with_fields(**fields)).kind is AutomaticKind.LIST


@pytest.mark.parametrize(
    "fields",
    [
        {"content_type": 'multipart/report; boundary=x; report-type="delivery-status"'},
        {"content_type": "multipart/report; report-type=feedback-report"},
        {"x_failed_recipients": "jan@firma.example"},
        {"from": "Mail Delivery System <MAILER-DAEMON@mx.example>"},
        {"from": "MAILER-DAEMON"},
    ],
)
def test_a_delivery_report_is_told_by_its_header(fields: dict[str, str]) -> None:
    found = classify(with_fields(**fields))
    assert (found.kind, found.may_answer) == (AutomaticKind.BOUNCE, False)


def test_what_the_body_says_of_a_bounce_wins() -> None:
    bounce = Bounce(
        recipient=None, action="delayed", status=None, diagnostic=None, original_message_id=None, permanent=False
    )
    assert classify(PERSON, bounce=bounce).kind is AutomaticKind.BOUNCE


@pytest.mark.parametrize("headers", [PERSON, PERSON | {"return-path": ("<jan@firma.example>",)}])
def test_a_null_reverse_path_is_a_machine(headers: dict[str, tuple[str, ...]]) -> None:
    assert classify(headers, reverse_path="").kind is AutomaticKind.AUTO_GENERATED


def test_return_path_stands_in_for_an_unknown_reverse_path() -> None:
    assert not classify(with_fields(return_path="<>")).may_answer
    assert classify(with_fields(return_path="<>"), reverse_path="jan@firma.example") == HUMAN


def test_a_read_receipt_is_a_machines() -> None:
    headers = with_fields(content_type="multipart/report; report-type=disposition-notification")
    assert classify(headers).kind is AutomaticKind.AUTO_GENERATED


def test_our_own_mail_is_known_when_it_comes_back() -> None:
    found = classify(PERSON | {LOOP_FIELD: ("token",)})
    assert (found.kind, found.may_answer) == (AutomaticKind.AUTO_GENERATED, False)


@pytest.mark.parametrize(
    "to",
    [
        "Podpora <HelpDesk@sluzba.example>",
        "a@b.example, helpdesk+a1b2@sluzba.example",
        '"x, y" <helpdesk@sluzba.example>',
    ],
)
def test_we_are_addressed_under_any_spelling_and_token(to: str) -> None:
    assert classify(with_fields(to=to), own_addresses=OURS) == HUMAN


def test_we_are_addressed_in_cc() -> None:
    assert classify(with_fields(to="info@firma.example", cc="helpdesk@sluzba.example"), own_addresses=OURS) == HUMAN


FIELDS = st.sampled_from(
    ["from", "to", "auto-submitted", "precedence", "list-post", "content-type", "return-path", "subject", "x-loop"]
)


@given(st.dictionaries(FIELDS, st.lists(st.text(max_size=40), max_size=3).map(tuple)), st.none() | st.text(max_size=20))
def test_any_header_gets_an_answer_and_machines_get_none(headers: dict[str, tuple[str, ...]], path: str | None) -> None:
    found = classify(headers, reverse_path=path, own_addresses=OURS)
    assert found.kind is AutomaticKind.NONE or not found.may_answer


@pytest.mark.skipif("INTAKE_CORPUS" not in os.environ, reason="INTAKE_CORPUS is not set")
def test_labelled_mail_is_classified_as_labelled() -> None:
    folder = Path(os.environ["INTAKE_CORPUS"]) / "replies" / "discourse"
    labels = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    for name in labels["errors"]["BouncedEmailError"]:
        assert read(folder / f"{name}.eml")[1].kind is AutomaticKind.BOUNCE, name
    for name in labels["errors"]["AutoGeneratedEmailError"]:
        assert not read(folder / f"{name}.eml")[1].may_answer, name
    for name in labels["reply"]:
        assert read(folder / f"{name}.eml")[1].kind is AutomaticKind.NONE, name
