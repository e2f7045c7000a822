"""Cisco CURRI: XACML read without ever following an entity, answers with an escaped obligation."""

from datetime import datetime

import pytest

from authz.decision import Reason
from channels.phone.dialects.cisco import read_xacml
from channels.phone.event import Action, CallDecision
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

CISCO = dialect_named("cisco")


def xacml(
    calling: str = "777123456", transformed: str = "", prolog: str = '<?xml version="1.0" encoding="UTF-8"?>'
) -> bytes:
    def attribute(name: str, value: str) -> str:
        return f'<Attribute AttributeId="urn:Cisco:uc:1.0:{name}"><AttributeValue>{value}</AttributeValue></Attribute>'

    inside = attribute("callingnumber", calling) + attribute("callednumber", "211151600")
    if transformed:
        inside += attribute("transformedcgpn", transformed)
    namespace = "urn:oasis:names:tc:xacml:2.0:context:schema:os"
    return f'{prolog}<Request xmlns="{namespace}"><Subject>{inside}</Subject></Request>'.encode()


class TestCisco(WebhookContract):
    dialect = CISCO
    forged_fault = Fault.CREDENTIALS_WRONG
    new = xacml()
    answered = None
    ended = None

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        url = f"https://desk.example/hooks/phone/pbx?token={key}"
        return hook(body, url=url, query={"token": (key,)}, content_type="text/xml; charset=ISO-8859-1")

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(tokens=keys)


def test_the_globalized_number_is_preferred() -> None:
    (plain,) = read_events(CISCO, hook(xacml()))
    (global_,) = read_events(CISCO, hook(xacml(transformed="+420777123456")))
    (national,) = read_events(CISCO, hook(xacml(transformed="90777123456")))
    assert [each.presented for each in (plain, global_, national)] == ["777123456", "+420777123456", "777123456"]
    assert plain.called_number == "211151600"


def test_a_prefixed_namespace_and_any_letter_case_are_read() -> None:
    body = (
        b'<x:request xmlns:x="u"><x:attribute attributeid="urn:cisco:UC:1.0:callingNumber">'
        b"<x:attributevalue> 777123456 </x:attributevalue></x:attribute></x:request>"
    )
    (event,) = read_events(CISCO, hook(body))
    assert event.presented == "777123456"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">',
        "<!DOCTYPE r>",
    ],
)
def test_a_document_type_is_refused_before_anything_in_it_is_read(prolog: str) -> None:
    refusal = CISCO.read(hook(xacml(calling="777123456", prolog=prolog)), NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.fault is Fault.BODY_UNREADABLE


@pytest.mark.parametrize(
    "body",
    [b"", b"<", b"<a>&x;</a>", b"<a/>", b'<?xml version="1.0" encoding="nonsense"?><a/>', b"<a>" * 20_000, b"\0<a/>"],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    assert isinstance(CISCO.read(hook(body), NOW), Refusal)


def test_two_different_calling_numbers_are_none() -> None:
    body = xacml().replace(
        b"<Subject>", b"<Subject>" + xacml("602000001").partition(b"<Subject>")[2].partition(b"</Subject>")[0]
    )
    attributes = read_xacml(body)
    assert not isinstance(attributes, Refusal)
    assert "urn:cisco:uc:1.0:callingnumber" not in attributes
    assert isinstance(CISCO.read(hook(body), NOW), Refusal)


def test_a_keep_alive_is_answered_and_is_no_event() -> None:
    request = hook(method="HEAD")
    assert read_events(CISCO, request) == ()
    answer = CISCO.render(None, None, request)
    assert (answer.status, answer.body) == (200, b"")


def test_the_obligation_is_escaped_and_agrees_with_the_decision() -> None:
    (event,) = read_events(CISCO, hook(xacml()))
    allow = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED)
    divert = CallDecision(action=Action.ALLOW, reason=Reason.AUTHORIZED, forward_to="600")
    reject = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN)
    ask = CallDecision(action=Action.ASK_PIN, reason=Reason.AUTHORIZED)
    texts = [CISCO.render(each, event, hook()).body.decode() for each in (allow, divert, reject, ask)]
    assert "<Decision>Permit</Decision>" in texts[0]
    assert '&lt;cixml ver="1.0"&gt;&lt;continue&gt;&lt;/continue&gt;&lt;/cixml&gt;' in texts[0]
    assert "&lt;destination&gt;600&lt;/destination&gt;" in texts[1]
    assert all("<Decision>Deny</Decision>" in text and "&lt;reject&gt;" in text for text in texts[2:])


def test_an_event_without_a_decision_is_denied() -> None:
    (event,) = read_events(CISCO, hook(xacml()))
    assert b"<Decision>Deny</Decision>" in CISCO.render(None, event, hook()).body
