"""Authentication-Results are read as RFC 8601 writes them, and believed only from our relay's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.fields import split_message
from authz.mail.results import MethodResult, RelayTrust, parse_results, parse_sealed_results, read_relay_results

OURS = RelayTrust(authserv_ids=frozenset({"mx.desk.example"}))
BELOW = RelayTrust(authserv_ids=OURS.authserv_ids, border_hosts=frozenset({"mx.desk.example", "*.in.desk.example"}))
RECEIVED_OURS = b"Received: from mail.firma.cz by mx.desk.example (Postfix) with ESMTPS id 1; Sun, 22 Nov 2026\r\n"
RECEIVED_THEIRS = b"Received: from pc by mail.firma.cz with ESMTPSA; Sun, 22 Nov 2026\r\n"
GOOD = b"Authentication-Results: mx.desk.example; dkim=pass header.d=firma.cz\r\n"
FAILED = b"Authentication-Results: mx.desk.example; dkim=fail header.d=firma.cz\r\n"
REST = b"From: jan@firma.cz\r\nSubject: x\r\n\r\ntext\r\n"


def _believed(head: bytes, trust: RelayTrust = OURS) -> list[tuple[str, str]]:
    message = split_message(head + REST)
    assert message is not None
    return [(result.method, result.outcome) for result in read_relay_results(message, trust)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a.example; none", []),
        (b"a.example 1; spf=pass smtp.mailfrom=firma.cz", [("spf", "pass", {"smtp.mailfrom": "firma.cz"})]),
        (b'"a.example"; spf=pass smtp.mailfrom="jan@firma.cz"', [("spf", "pass", {"smtp.mailfrom": "jan@firma.cz"})]),
        (b"a.example; dkim=pass header.i=@firma.cz", [("dkim", "pass", {"header.i": "@firma.cz"})]),
        (b"a.example; DKIM / 1 = PASS header.D = firma.cz", [("dkim", "pass", {"header.d": "firma.cz"})]),
        (
            b'a.example; dkim=fail reason="bad; dkim=pass" header.d=x.cz',
            [("dkim", "fail", {"reason": "bad; dkim=pass", "header.d": "x.cz"})],
        ),
        (b"a.example; dkim=none (dmarc=pass header.from=firma.cz)", [("dkim", "none", {})]),
        (b"a.example; spf=fail (a (nested) ; dmarc=pass) smtp.helo=x", [("spf", "fail", {"smtp.helo": "x"})]),
        (b"a.example; (dmarc=pass) spf=neutral", [("spf", "neutral", {})]),
        (
            b"a.example;\r\n\tdkim=pass header.d=a.cz;\r\n\tspf=none",
            [("dkim", "pass", {"header.d": "a.cz"}), ("spf", "none", {})],
        ),
        (
            b"a.example; spf=pass smtp.mailfrom=SRS0=x=cz=jan@fwd.cz",
            [("spf", "pass", {"smtp.mailfrom": "SRS0=x=cz=jan@fwd.cz"})],
        ),
    ],
)
def test_fields_are_read(value: bytes, expected: list[tuple[str, str, dict[str, str]]]) -> None:
    found = parse_results(value)
    assert found is not None
    assert found.authserv_id == "a.example"
    assert [(item.method, item.outcome, dict(item.properties)) for item in found.results] == expected


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"a.example; dkim", b"a.example; =pass", b"a.example; dkim=", b"a.example; dkim=pass header.d"),
        *(
            b"a.example (; dkim=pass",
            b"a.example; dkim=pass )",
            b'a.example; dkim=pass header.d="firma.cz',
            b"a b; dkim=pass",
        ),
        *(b"a.example; spf=pass smtp.mailfrom=any@firma.cz(a.evil.com", b"a.example; dkim=pass header.d=a header.d=b"),
        *(b"a.example; dkim=pass header.d=a\x00b; dkim==pass", b"a.example; " + b"x=y " * 9000, b"(" * 1000),
    ],
)
def test_malformed_fields_are_not_read_at_all(value: bytes) -> None:
    assert parse_results(value) is None


def test_the_form_of_office_365_is_read_only_where_it_is_expected() -> None:
    field = (
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=firma.cz; desk.example; dkim=pass"
        b" (signature was verified)\r\n header.d=firma.cz;desk.example; dmarc=pass action=none\r\n"
        b" header.from=firma.cz;compauth=pass reason=100\r\n"
    )
    head = field + RECEIVED_OURS
    assert _believed(head) == []
    trust = RelayTrust(without_id=True)
    assert _believed(head, trust) == [("spf", "pass"), ("dkim", "pass"), ("dmarc", "pass"), ("compauth", "pass")]


def test_results_above_every_received_field_are_believed() -> None:
    assert _believed(GOOD + RECEIVED_OURS + RECEIVED_THEIRS) == [("dkim", "pass")]
    assert _believed(GOOD.replace(b"mx.desk", b"MX.Desk") + RECEIVED_OURS) == [("dkim", "pass")]


@pytest.mark.parametrize(
    "head",
    [
        RECEIVED_OURS + GOOD,
        RECEIVED_OURS + RECEIVED_THEIRS + GOOD,
        RECEIVED_OURS + GOOD + RECEIVED_THEIRS,
        GOOD,
        GOOD.replace(b"mx.desk.example", b"mx.evil.example") + RECEIVED_OURS,
        GOOD.replace(b"mx.desk.example;", b"mx.desk.example.evil.example;") + RECEIVED_OURS,
        GOOD.replace(b"mx.desk.example;", b"(mx.desk.example) evil.example;") + RECEIVED_OURS,
        GOOD.replace(b"mx.desk.example; ", b"") + RECEIVED_OURS,
        b"X-" + GOOD + RECEIVED_OURS,
        b"Authentication-Results: mx.evil.example; none\r\n (mx.desk.example; dkim=pass header.d=firma.cz)\r\n"
        + RECEIVED_OURS,
    ],
)
def test_forged_results_are_not_believed_anywhere_else(head: bytes) -> None:
    assert _believed(head) == []


@pytest.mark.parametrize("forged", [GOOD, GOOD.replace(b"dkim", b"DKIM"), GOOD.replace(b"Auth", b"aUTH")])
def test_a_forged_field_below_ours_does_not_overrule_it(forged: bytes) -> None:
    for head in (
        FAILED + RECEIVED_OURS + forged + RECEIVED_THEIRS,
        FAILED + forged + RECEIVED_OURS,
        FAILED + RECEIVED_OURS + RECEIVED_THEIRS + forged,
    ):
        assert _believed(head) == [("dkim", "fail")]
    for head in (RECEIVED_OURS + FAILED + forged, RECEIVED_OURS + FAILED + RECEIVED_OURS + forged):
        assert _believed(head, BELOW) == [("dkim", "fail")]


def test_results_below_our_own_received_field_are_believed_where_the_relay_is_named() -> None:
    assert _believed(RECEIVED_OURS + GOOD + RECEIVED_THEIRS, BELOW) == [("dkim", "pass")]
    inner = RECEIVED_OURS.replace(b"by mx.desk.example", b"by n7.in.desk.example")
    assert _believed(inner + RECEIVED_OURS + GOOD, BELOW) == [("dkim", "pass")]
    assert _believed(RECEIVED_OURS + RECEIVED_THEIRS + GOOD, BELOW) == []
    disguised = RECEIVED_THEIRS.replace(b"from pc", b"from pc (by mx.desk.example)")
    assert _believed(disguised + GOOD, BELOW) == []


def test_results_split_over_several_fields_are_joined() -> None:
    spf = b"Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=firma.cz\r\n"
    assert _believed(spf + GOOD + RECEIVED_OURS) == [("spf", "pass"), ("dkim", "pass")]


def test_sealed_results_start_with_their_instance() -> None:
    found = parse_sealed_results(b" i=2; mx.list.example; dkim=pass header.d=firma.cz")
    assert found is not None
    assert found[0] == 2
    assert found[1].results == (MethodResult(method="dkim", outcome="pass", properties={"header.d": "firma.cz"}),)
    assert parse_sealed_results(b"mx.list.example; i=1; dkim=pass") is None


TEXT = st.text(alphabet='abx.@=;()" \\\r\n/1', max_size=60).map(str.encode)


@given(st.one_of(TEXT, st.binary(max_size=60)))
def test_no_field_raises(value: bytes) -> None:
    parse_results(value)
    parse_sealed_results(b"i=1;" + value)
    _believed(
        b"Authentication-Results: mx.desk.example;" + value.replace(b"\n", b"\n ") + b"\r\n" + RECEIVED_OURS, BELOW
    )
