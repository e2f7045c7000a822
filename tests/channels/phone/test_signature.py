"""The checks several dialects share: networks, Basic, bearer, URL tokens, Standard Webhooks keys."""

import base64
import hashlib
import hmac
from dataclasses import replace
from ipaddress import ip_network

import pytest

from channels.phone.hook import EndpointSecrets, Fault, HookRequest
from channels.phone.signature import check_any, check_basic, check_network, matches, read_basic, standard_key
from tests.channels.phone.contract import KEY, NOW, hook

ALL = EndpointSecrets(keys=(KEY,), basic=(("pbx", "pa:ss"),), bearer=("tok",), tokens=("url",))


def fault(request: HookRequest, secrets: EndpointSecrets = ALL) -> Fault | None:
    refusal = check_any(request, secrets, NOW)
    return refusal.fault if refusal else None


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (basic("pbx", "pa:ss"), None),
        (basic("pbx", "no"), Fault.CREDENTIALS_WRONG),
        (basic("pbx:pa", "ss"), None),  # the same octets: RFC 7617 forbids a colon in the user
        ("Basic !!!", Fault.CREDENTIALS_MISSING),
        ("Basic " + base64.b64encode(b"nocolon").decode(), Fault.CREDENTIALS_MISSING),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), Fault.CREDENTIALS_MISSING),
        ("Bearer tok", None),
        ("bearer tok", None),
        ("Bearer ", Fault.CREDENTIALS_MISSING),
        ("Bearer tok2", Fault.CREDENTIALS_WRONG),
        ("Digest x", Fault.CREDENTIALS_MISSING),
    ],
)
def test_authorization_headers(header: str, expected: Fault | None) -> None:
    assert fault(hook(authorization=header)) is expected


def test_a_wrong_header_is_not_made_good_by_the_urls_token() -> None:
    request = hook(authorization="Bearer no", query={"token": ("url",)})
    assert fault(request) is Fault.CREDENTIALS_WRONG
    assert fault(replace(request, headers={})) is None


def test_a_wrong_signature_is_not_made_good_by_a_header() -> None:
    request = hook(authorization="Bearer tok", webhook_signature="v1,x", webhook_timestamp=str(int(NOW.timestamp())))
    assert fault(request) is Fault.SIGNATURE_WRONG


def test_a_repeated_header_or_token_is_none() -> None:
    request = hook(query={"token": ("url", "url")})
    assert fault(request) is Fault.CREDENTIALS_WRONG
    twice = replace(hook(), headers={"authorization": ("Bearer tok", "Bearer tok")})
    assert fault(twice) is Fault.CREDENTIALS_MISSING


@pytest.mark.parametrize(
    ("secrets", "expected"),
    [
        (EndpointSecrets(), Fault.KEY_MISSING),
        (EndpointSecrets(tokens=("", " ")), Fault.KEY_MISSING),
        (EndpointSecrets(keys=(KEY,)), Fault.SIGNATURE_MISSING),
        (EndpointSecrets(bearer=("t",)), Fault.CREDENTIALS_MISSING),
        (EndpointSecrets(tokens=("t",)), Fault.CREDENTIALS_MISSING),
        (EndpointSecrets(networks=(ip_network("192.0.2.0/24"),)), Fault.KEY_MISSING),
    ],
)
def test_a_request_that_shows_nothing_is_told_what_is_missing(secrets: EndpointSecrets, expected: Fault) -> None:
    assert fault(hook(), secrets) is expected


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("192.0.3.7", False),
        ("2001:db9::1", False),
        ("", False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_a_network_list_keeps_everybody_else_out(peer: str | None, *, allowed: bool) -> None:
    secrets = EndpointSecrets(networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    refusal = check_network(replace(hook(), peer_ip=peer), secrets)
    assert (refusal is None) is allowed


def test_blank_secrets_match_nothing() -> None:
    assert not matches("", ("", " "))
    assert check_basic(hook(authorization=basic("pbx", "")), [("pbx", "")]) is not None
    assert check_basic(hook(authorization=basic("", "x")), [("", "x")]) is not None


def test_secrets_that_are_not_ascii_are_compared_as_utf_8() -> None:
    assert matches("žluťoučký", ("žluťoučký",))
    assert not matches("\udcff", ("žluťoučký",))


def test_a_standard_key_is_base64_behind_its_prefix_and_plain_otherwise() -> None:
    assert standard_key("whsec_c2VjcmV0") == b"secret"
    assert standard_key("whsec_!") == b"whsec_!"
    assert standard_key("c2VjcmV0") == b"c2VjcmV0"


def test_the_standard_webhooks_vector_form() -> None:
    key = "whsec_" + base64.b64encode(b"0123456789abcdef0123").decode()
    stamp, body = str(int(NOW.timestamp())), b'{"a":1}'
    octets = hmac.new(b"0123456789abcdef0123", f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    request = hook(
        body,
        webhook_id="msg_1",
        webhook_timestamp=stamp,
        webhook_signature=f"v2,x v1,{base64.b64encode(octets).decode()}",
    )
    assert fault(request, EndpointSecrets(keys=(key,))) is None


@pytest.mark.parametrize("signature", ["", "v1", "v1,", ",", "v2,abc", "v1;abc"])
def test_a_signature_of_another_form_is_wrong(signature: str) -> None:
    request = hook(webhook_timestamp=str(int(NOW.timestamp())), webhook_signature=signature)
    assert fault(request) is Fault.SIGNATURE_WRONG


def test_basic_credentials_are_read_back_for_a_providers_callback() -> None:
    assert read_basic(hook(authorization=basic("a", "b:c"))) == ("a", "b:c")
    assert read_basic(hook()) is None
