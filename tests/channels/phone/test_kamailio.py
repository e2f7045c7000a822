"""Kamailio: SIP headers as they are."""

from datetime import datetime

import pytest

from authz.phone.number import CallerKind, read_number
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal
from tests.channels.phone.contract import KEY, NOW, WebhookContract, dialect_named, hook, read_events

KAMAILIO = dialect_named("kamailio")


class TestKamailio(WebhookContract):
    dialect = KAMAILIO
    forged_fault = Fault.CREDENTIALS_WRONG
    new = b"event=new&call_id=a%40b&from=sip%3A%2B420777123456%40trunk.example&to=helpdesk"
    answered = b"event=answered&call_id=a%40b&agent=helpdesk"
    ended = b"event=ended&call_id=a%40b&cause=normal"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return hook(body, authorization=f"Bearer {key}")

    def secrets(self, *keys: str) -> EndpointSecrets:
        return EndpointSecrets(bearer=keys)


@pytest.mark.parametrize(
    ("privacy", "private"),
    [("id", True), ("none", False), ("critical; id", True), ("USER", True), ("session", False), ("", False)],
)
def test_the_privacy_header_is_read_word_by_word(privacy: str, private: bool) -> None:
    (event,) = read_events(KAMAILIO, hook(f"event=new&call_id=1&privacy={privacy}".encode()))
    assert event.privacy is private


def test_the_token_of_an_identity_header_stands_before_its_parameters() -> None:
    body = b"event=new&call_id=1&identity=aaa.bbb.ccc%3Binfo%3D%3Chttps%3A%2F%2Fcert.example%2Fc.pem%3E%3Bppt%3Dshaken"
    (event,) = read_events(KAMAILIO, hook(body))
    assert event.passport == "aaa.bbb.ccc"


def test_two_identity_headers_are_ambiguous() -> None:
    refusal = KAMAILIO.read(hook(b"event=new&call_id=1&identity=a&identity=b"), NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.fault is Fault.FIELD_AMBIGUOUS


def test_the_uris_go_to_the_number_reader_whole() -> None:
    body = b"event=new&call_id=1&from=sip%3A220%40pbx.example&asserted=tel%3A%2B420777123456"
    (event,) = read_events(KAMAILIO, hook(body))
    assert read_number(event.presented).kind is CallerKind.INTERNAL
    assert read_number(event.asserted).e164 == "+420777123456"
