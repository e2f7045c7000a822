"""Endpoints from the settings: what the operator wrote is what applies, and what cannot work is said."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authz.phone.number import CallerKind, read_number
from channels.phone.event import RejectAs
from channels.phone.gateway import Endpoint
from config.load import SettingsError
from config.settings import PhoneEndpointSettings
from intake.phone.joining import build_endpoints
from tests.authz.phone.test_passport import ROOT
from tests.channels.phone.contract import NOW, hook


def built(**settings: Any) -> Endpoint:
    """The endpoint of these settings, with a token unless they bring a secret."""
    given: dict[str, Any] = {"name": "pbx", "token": "word"} | settings
    return build_endpoints((PhoneEndpointSettings(**given),))["pbx"]


def complaint(*endpoints: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        build_endpoints(tuple(PhoneEndpointSettings(**each) for each in endpoints))
    return str(caught.value)


def test_an_endpoint_that_cannot_work_is_named_with_what_to_do() -> None:
    word = {"token": "word"}
    unknown = complaint({"name": "pbx", "dialect": "morse", **word})
    assert "pbx: there is no dialect morse" in unknown
    assert "asterisk" in unknown
    assert "same name" in complaint({"name": "pbx", **word}, {"name": "pbx", **word})
    assert "allow_from" in complaint({"name": "pbx", "allow_from": ["192.0.2.1/24"], **word})
    assert "region" in complaint({"name": "pbx", "region": "Czechia", **word})
    assert "username" in complaint({"name": "pbx", "password": "word"})
    assert "voicemail_from" in complaint({"name": "pbx", "voicemail_from": "nobody", **word})
    twice = {"voicemail_from": "pbx@firma.example", **word}
    assert "another for each" in complaint({"name": "a", **twice}, {"name": "b", **twice})
    for nothing in ({}, {"token": " "}, {"username": "pbx"}):
        assert "without secret" in complaint({"name": "pbx", **nothing})


def test_trust_is_given_only_where_the_operator_gives_it() -> None:
    cautious = built().rules.trust
    assert (cautious.asserted, cautious.presented, cautious.verstat, cautious.match_private) == (
        False,
        True,
        False,
        False,
    )
    trusting = built(trust_asserted=True, trust_presented=False, trust_verstat=True, match_private=True).rules.trust
    assert (trusting.asserted, trusting.presented, trusting.verstat, trusting.match_private) == (
        True,
        False,
        True,
        True,
    )


def test_roots_of_attestations_are_read_at_start_up(tmp_path: Path) -> None:
    word = {"name": "pbx", "token": "word", "attestation_hosts": ["cert.example"]}
    assert "no-such.pem" in complaint({**word, "attestation_roots": tmp_path / "no-such.pem"})
    roots = tmp_path / "roots.pem"
    roots.write_bytes(b"nothing")
    assert "PEM" in complaint({**word, "attestation_roots": roots})
    roots.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    assert "attestation_hosts" in complaint({"name": "pbx", "token": "word", "attestation_roots": roots})
    assert built(attestation_roots=roots, attestation_hosts=["cert.example"]).attestations is not None
    assert built().attestations is None


def test_refusals_sound_and_allowed_calls_go_as_the_operator_says() -> None:
    rules = built(reject_as="busy", forward_to="sip:desk@pbx.example").rules
    assert (rules.reject_as, rules.forward_to) == (RejectAs.BUSY, "sip:desk@pbx.example")


def test_old_and_new_secrets_are_valid_at_once() -> None:
    endpoint = built(token="new", more_tokens=["old"], username="pbx", password="new-word", more_passwords=["old-word"])

    def refused(authorization: str) -> bool:
        request = hook(b"", authorization=authorization)
        return endpoint.dialect.authenticate(request, endpoint.secrets, NOW) is not None

    assert not refused("Bearer new")
    assert not refused("Bearer old")
    assert refused("Bearer older")
    for password, wrong in (("new-word", False), ("old-word", False), ("word", True)):
        basic = base64.b64encode(f"pbx:{password}".encode()).decode()
        assert refused(f"Basic {basic}") is wrong
    assert built(secret="a", more_secrets=["b"]).secrets.keys == ("a", "b")


def test_what_the_operator_says_of_numbers_comes_on_top_of_the_dialect() -> None:
    numbers = built(withheld=["Skrytý volající", "+420000000000"], strip_prefix="0").rules.numbers
    for presented in ("skrytý volající", "+420000000000", "anonymous"):
        assert read_number(presented, numbers).kind is CallerKind.WITHHELD
    assert read_number("0777123456", numbers).e164 == "+420777123456"
    bare = built(e164_without_plus=True).rules.numbers
    assert read_number("421902123456", bare).e164 == "+421902123456"
    assert read_number("777123456", built(region="DE").rules.numbers).e164 != "+420777123456"


def test_an_application_is_vonages_and_has_a_key(tmp_path: Path) -> None:
    key = tmp_path / "application.pem"
    key.write_text("no key")
    for given, told in (
        ({"dialect": "twilio", "application_id": "app-1"}, "knows no application"),
        ({"dialect": "vonage", "application_id": "app-1"}, "both"),
        ({"dialect": "vonage", "application_id": "app-1", "application_key": key}, "no private RSA key"),
        ({"dialect": "vonage", "application_id": "app-1", "application_key": tmp_path / "none"}, "No such file"),
    ):
        with pytest.raises(SettingsError, match=told):
            build_endpoints((PhoneEndpointSettings(name="pbx", secret="s" * 32, **given),))  # type: ignore[arg-type]
