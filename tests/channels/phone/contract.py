"""The webhook test list that every dialect passes: subclass `WebhookContract` and say how the dialect signs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import permutations
from typing import ClassVar

import pytest

from channels.phone.calls import Call, CallState, apply_all
from channels.phone.dialects.base import Dialect
from channels.phone.dialects.registry import DIALECTS
from channels.phone.event import CallEvent, CallEventKind
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, Refusal

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = "c2VjcmV0LW9mLXRoaXMtZW5kcG9pbnQ"
OTHER_KEY = "c29tZWJvZHktZWxzZXMtc2VjcmV0"


def hook(
    body: bytes = b"",
    *,
    content_type: str = "application/x-www-form-urlencoded",
    url: str = "https://desk.example/hooks/phone/pbx",
    method: str = "POST",
    query: dict[str, tuple[str, ...]] | None = None,
    **headers: str,
) -> HookRequest:
    """A request as the routes build it. Header names are written with underscores."""
    path = url.removeprefix("https://desk.example").partition("?")[0]
    sent = {"content-type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return HookRequest(
        endpoint="pbx",
        method=method,
        url=url,
        path=path,
        body=body,
        query=query or {},
        headers={name: (value,) for name, value in sent.items()},
        peer_ip="192.0.2.7",
    )


def read_events(dialect: Dialect, request: HookRequest, at: datetime = NOW) -> tuple[CallEvent, ...]:
    """The events of a request that must be readable."""
    events = dialect.read(request, at)
    assert not isinstance(events, Refusal), events
    return events


class WebhookContract:
    """Good, not UTF-8, forged, key missing or blank, repeated (however late), out of order."""

    dialect: ClassVar[Dialect]
    forged_fault: ClassVar[Fault] = Fault.SIGNATURE_WRONG
    # A request's body for each event of one call that is answered and ends.
    new: ClassVar[bytes]
    answered: ClassVar[bytes | None]
    ended: ClassVar[bytes | None]

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        """A genuine request with this body. timestamp: instead of the one made from `at`, when the dialect signs it."""
        raise NotImplementedError

    def secrets(self, *keys: str) -> EndpointSecrets:
        """The endpoint's secrets, holding these keys."""
        return EndpointSecrets(keys=keys)

    def fault(self, request: HookRequest, *keys: str) -> Fault | None:
        refusal = self.dialect.authenticate(request, self.secrets(*(keys or (KEY,))), NOW)
        return refusal.fault if refusal else None

    def test_a_genuine_request_is_let_in_and_read(self) -> None:
        request = self.sign(self.new)
        assert self.fault(request) is None
        (event,) = read_events(self.dialect, request)
        assert event.kind is CallEventKind.NEW
        assert event.provider == self.dialect.name
        assert event.endpoint == "pbx"
        assert event.at.utcoffset() == timedelta(0)

    def test_a_key_being_changed_is_accepted_beside_the_old_one(self) -> None:
        assert self.fault(self.sign(self.new), OTHER_KEY, KEY) is None

    def test_octets_that_are_not_utf_8_do_no_harm(self) -> None:
        for body in (self.new + b"\xff\xfe", b"\xff\xfe\x00" + self.new, b"\xff", b""):
            request = self.sign(body)
            assert self.fault(request) is None
            read = self.dialect.read(request, NOW)
            answer = (
                self.dialect.refuse(read, request)
                if isinstance(read, Refusal)
                else self.dialect.render(None, read[0] if read else None, request)
            )
            assert answer.body.decode("utf-8") is not None

    def test_a_forged_request_is_refused(self) -> None:
        assert self.fault(self.sign(self.new, key=OTHER_KEY)) is self.forged_fault

    def test_an_unsigned_request_is_refused(self) -> None:
        signed = self.sign(self.new)
        bare = {name: values for name, values in signed.headers.items() if name == "content-type"}
        assert (
            self.fault(replace(signed, headers=bare, url="https://desk.example/hooks/phone/pbx", path="/", query={}))
            is not None
        )

    def test_a_peer_outside_the_endpoints_networks_is_refused(self) -> None:
        elsewhere = replace(self.secrets(KEY), networks=(ip_network("198.51.100.0/24"),))
        refusal = self.dialect.authenticate(self.sign(self.new), elsewhere, NOW)
        assert refusal is not None
        assert refusal.fault is Fault.PEER_NOT_ALLOWED
        here = replace(elsewhere, networks=(ip_network("192.0.2.0/24"),))
        assert self.dialect.authenticate(self.sign(self.new), here, NOW) is None

    def test_a_missing_key_refuses_everybody(self) -> None:
        refusal = self.dialect.authenticate(self.sign(self.new), EndpointSecrets(), NOW)
        assert refusal is not None
        assert refusal.fault is Fault.KEY_MISSING

    @pytest.mark.parametrize("blank", ["", " ", "\t\n"])
    def test_a_blank_key_refuses_everybody(self, blank: str) -> None:
        try:
            request = self.sign(self.new, key=blank)
        except ValueError:
            request = self.sign(self.new)  # no signature can be made with such a key
        assert self.fault(request, blank) is Fault.KEY_MISSING

    def test_a_repeated_request_has_the_same_key_however_late_it_comes(self) -> None:
        first = read_events(self.dialect, self.sign(self.new), NOW)
        again = read_events(self.dialect, self.sign(self.new, at=NOW + timedelta(hours=9)), NOW + timedelta(hours=9))
        assert [event.key for event in first] == [event.key for event in again]

    def test_events_out_of_order_make_the_same_call(self) -> None:
        bodies = [body for body in (self.new, self.answered, self.ended) if body is not None]
        events = [
            replace(event, at=NOW + timedelta(seconds=number))
            for number, body in enumerate(bodies)
            for event in read_events(self.dialect, self.sign(body), NOW)
        ]
        assert len({event.key for event in events}) == len(bodies)
        calls = {_comparable(apply_all(order + order[:1])) for order in permutations(events)}
        assert len(calls) == 1
        (call,) = calls
        assert call[0] == (CallState.ENDED if self.ended else call[0])

    def test_secrets_do_not_show_in_what_is_logged(self) -> None:
        assert KEY not in repr(self.secrets(KEY))


class TimedWebhookContract(WebhookContract):
    """Further, for the dialects that sign the time: delayed, malformed timestamp."""

    def test_a_delayed_request_is_refused_beyond_the_tolerance(self) -> None:
        assert self.fault(self.sign(self.new, at=NOW - timedelta(seconds=290))) is None
        assert self.fault(self.sign(self.new, at=NOW - timedelta(seconds=301))) is Fault.TIMESTAMP_STALE
        assert self.fault(self.sign(self.new, at=NOW + timedelta(seconds=301))) is Fault.TIMESTAMP_STALE

    def test_a_malformed_timestamp_is_refused(self) -> None:
        for written in ("", "soon", "1e9", "-1", "١٧٠٠٠٠٠٠٠٠", "1" * 40, str(NOW.timestamp()) + "5"):
            assert self.fault(self.sign(self.new, timestamp=written)) is Fault.TIMESTAMP_MALFORMED


def _comparable(call: Call | None) -> tuple[object, ...]:
    assert call is not None
    return (
        call.state,
        call.began_at,
        call.answered_at,
        call.ended_at,
        call.cause,
        tuple(each.key for each in call.events),
    )


def dialect_named(name: str) -> Dialect:
    """The registered dialect."""
    return DIALECTS[name]
