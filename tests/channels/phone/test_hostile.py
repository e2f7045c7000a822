"""Whatever a peer posts, no dialect raises, and every answer is short and whole."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.decision import Reason
from channels.phone.dialects.base import Dialect
from channels.phone.dialects.fields import Fields, read_fields
from channels.phone.dialects.registry import DIALECTS
from channels.phone.event import Action, CallDecision, CallEventKind
from channels.phone.hook import EndpointSecrets, HookRequest, HookResponse, Refusal
from tests.channels.phone.contract import KEY, NOW, hook

NAMES = [
    *(
        "event",
        "from",
        "to",
        "direction",
        "callId",
        "call_id",
        "user",
        "user[]",
        "type",
        "status",
        "dtmf",
        "data",
        "at",
    ),
    *("CallSid", "CallStatus", "Digits", "RecordingSid", "CallUUID", "conversation_uuid", "session_id", "cdr", "msg"),
    *("number", "call_type", "start", "end", "members", "inbound", "event_type", "data", "payload"),
]
words = st.sampled_from(
    [
        "newCall",
        "answer",
        "new",
        "ended",
        "in",
        "out",
        "ringing",
        "completed",
        "Inbound",
        "30011",
        "NewCdr",
        "1",
        "{}",
        "[",
    ]
)
values = st.one_of(words, st.text(max_size=20), st.integers(), st.none(), st.booleans())
nested = st.recursive(
    values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)
objects = st.dictionaries(st.sampled_from(NAMES), nested, max_size=8)
bodies = st.one_of(
    st.binary(max_size=200),
    objects.map(lambda value: json.dumps(value).encode()),
    st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=12)), max_size=8).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    ),
)
content_types = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/xml",
        "",
    ]
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "authorization",
            "webhook-signature",
            "webhook-timestamp",
            "x-signature",
            "x-twilio-signature",
            "telnyx-timestamp",
        ]
    ),
    st.lists(st.text(max_size=30), min_size=1, max_size=2).map(tuple),
    max_size=3,
)
queries = st.dictionaries(
    st.sampled_from([*NAMES, "token", "bodySHA256"]), st.lists(st.text(max_size=10), min_size=1, max_size=2).map(tuple)
)
REJECT = CallDecision(action=Action.REJECT, reason=Reason.CALLER_UNKNOWN, public_text="no\r\nX: 1")
ALLOW = CallDecision(
    action=Action.ALLOW,
    reason=Reason.AUTHORIZED,
    caller_id="+420777123456",
    customer="A\r\nSet-Cookie: x\0<b>&\"'",
    forward_to="+42021115160\n0",
    contacts=("x\ny",),
)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@given(
    body=bodies,
    content_type=content_types,
    extra=headers,
    query=queries,
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
)
def test_no_dialect_raises_or_lets_a_stranger_in(
    dialect: Dialect,
    body: bytes,
    content_type: str,
    extra: Mapping[str, tuple[str, ...]],
    query: Mapping[str, tuple[str, ...]],
    method: str,
) -> None:
    request = HookRequest(
        endpoint="pbx",
        method=method,
        url="https://desk.example/hooks/phone/pbx",
        path="/hooks/phone/pbx",
        body=body,
        query=query,
        headers={"content-type": (content_type,), **extra},
    )
    secrets = EndpointSecrets(keys=(KEY,), basic=(("u", KEY),), bearer=(KEY,), tokens=(KEY,))
    assert dialect.authenticate(request, secrets, NOW) is not None
    read = dialect.read(request, NOW)
    if isinstance(read, Refusal):
        check_answer(dialect.refuse(read, request))
        return
    for event in read:
        assert event.call_id
        assert event.key
        assert event.at.tzinfo is not None
        for decision in (ALLOW, REJECT) if event.kind is CallEventKind.NEW else (None,):
            check_answer(dialect.render(decision, event, request))


def check_answer(answer: HookResponse) -> None:
    answer.body.decode("utf-8")
    assert b"\n" not in answer.body
    assert b"\r" not in answer.body
    assert b"\0" not in answer.body
    assert len(answer.body) < 4000
    assert all("\n" not in value for _, value in answer.headers)


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=6))
def test_multipart_and_form_hold_the_same_fields(pairs: list[tuple[str, str]]) -> None:
    clean = [(f"n{number}", "".join(c for c in value if c.isprintable())) for number, (_, value) in enumerate(pairs)]
    parts = "".join(
        f'--b0undary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in clean
    )
    read = read_fields(
        hook((parts + "--b0undary--\r\n").encode(), content_type="multipart/form-data; boundary=b0undary")
    )
    assert isinstance(read, Fields)
    assert read.values == {name: (value,) for name, value in clean}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_registered_by_its_own_name(name: str) -> None:
    assert DIALECTS[name].name == name
