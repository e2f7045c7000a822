"""Our signature checks beside the vendors' own libraries: the same inputs, good and forged, and the same verdict.

Where the two differ, a test says how and why.
"""

import base64
import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3, validate_v3_signature
from telnyx import Telnyx
from twilio.request_validator import RequestValidator
from vonage_jwt import VonageVerifyJwtError, verify_signature

from channels.phone.hook import EndpointSecrets, HookRequest
from tests.channels.phone.contract import KEY, NOW, OTHER_KEY, dialect_named, hook
from tests.channels.phone.test_telnyx import TestTelnyx as Telnyxes
from tests.channels.phone.test_telnyx import public_key
from tests.channels.phone.test_vonage import claims_for, posted, token

SECRETS = EndpointSecrets(keys=(KEY,))
THEIR_TELNYX = Telnyx(api_key="none")

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
forms = st.dictionaries(words, words, max_size=6)
ascii_words = st.text(st.sampled_from("abzAZ019 +&=%/~-_.é"[:-1]), min_size=1, max_size=8)
queries = st.dictionaries(ascii_words, ascii_words, max_size=3).map(urlencode)
hosts = st.sampled_from(["desk.example", "desk.example:443", "desk.example:8443"])
# What becomes of a request on its way: nothing, or somebody changes it.
ways = st.sampled_from(["as it was", "another key", "another field", "another path", "another signature"])


@st.composite
def urls(draw: st.DrawFn) -> str:
    query = draw(queries)
    return f"https://{draw(hosts)}/hooks/phone/pbx" + (f"?{query}" if query else "")


def is_taken(name: str, request: HookRequest, secrets: EndpointSecrets = SECRETS) -> bool:
    return dialect_named(name).authenticate(request, secrets, NOW) is None


@given(url=urls(), form=forms, way=ways, algorithm=st.sampled_from([None, "HMAC_SHA1", "HMAC_SHA256", "HMAC_MD5"]))
def test_twilio(url: str, form: dict[str, str], way: str, algorithm: str | None) -> None:
    signer = RequestValidator(OTHER_KEY if way == "another key" else KEY)
    signature = signer.compute_signature(url, form, algorithm if algorithm != "HMAC_MD5" else None)
    if way == "another signature":
        signature = base64.b64encode(b"x" * 20).decode()
    if way == "another field":
        form = form | {"From": "+420777123456"}
    if way == "another path":
        url = url.replace("/pbx", "/pbx2")
    more = {} if algorithm is None else {"x_twilio_webhooks_signature_settings": f"key=1,algorithm={algorithm}"}
    request = hook(urlencode(form).encode(), url=url, x_twilio_signature=signature, **more)
    theirs = RequestValidator(KEY).validate(url, form, signature, algorithm)
    assert is_taken("twilio", request) is theirs
    if way == "as it was" and algorithm != "HMAC_MD5":
        assert theirs


@pytest.mark.parametrize("signed", ["https://desk.example/x", "https://desk.example:443/x"])
@pytest.mark.parametrize(
    "called", ["https://desk.example/x", "https://desk.example:443/x", "https://desk.example:8443/x"]
)
def test_twilio_signs_with_or_without_the_port(signed: str, called: str) -> None:
    signature = RequestValidator(KEY).compute_signature(signed, {})
    theirs = RequestValidator(KEY).validate(called, {}, signature)
    assert is_taken("twilio", hook(url=called, x_twilio_signature=signature)) is theirs


@given(body=words, changed=st.booleans())
def test_twilio_of_json(body: str, changed: bool) -> None:
    url = f"https://desk.example/hooks/phone/pbx?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = RequestValidator(KEY).compute_signature(url, {})
    sent = body + "x" if changed else body
    query = {"bodySHA256": (url.rpartition("=")[2],)}
    request = hook(sent.encode(), content_type="application/json", url=url, query=query, x_twilio_signature=signature)
    theirs = RequestValidator(KEY).validate(url, sent, signature)
    assert is_taken("twilio", request) is theirs is not changed


@given(url=urls(), form=forms, way=ways, nonce=st.text("0123456789", min_size=1, max_size=20))
def test_plivo(url: str, form: dict[str, str], way: str, nonce: str) -> None:
    base = construct_post_url(url, dict(form)).decode()
    signature = get_signature_v3(OTHER_KEY if way == "another key" else KEY, base, nonce).decode()
    if way == "another signature":
        signature = base64.b64encode(b"x" * 32).decode()
    if way == "another field":
        form = form | {"From": "420777123456"}
    if way == "another path":
        url = url.replace("/pbx", "/pbx2")
    for presented in (signature, f"c29tZXRoaW5n,{signature}"):
        request = hook(
            urlencode(form).encode(), url=url, x_plivo_signature_v3=presented, x_plivo_signature_v3_nonce=nonce
        )
        theirs = validate_v3_signature("POST", url, nonce, KEY, presented, dict(form))
        assert is_taken("plivo", request) is theirs
        if way == "as it was":
            assert theirs


def test_plivos_library_cannot_read_a_query_that_is_not_ascii_and_we_can() -> None:
    """It takes the URL for octets and fails at what is percent-encoded beyond ASCII; our URLs hold ASCII only."""
    url = "https://desk.example/hooks/phone/pbx?x=%C4%8D"
    with pytest.raises(UnicodeError):
        validate_v3_signature("POST", url, "1", KEY, "c29tZXRoaW5n", {"a": "b"})
    assert not is_taken("plivo", hook(b"a=b", url=url, x_plivo_signature_v3="eA==", x_plivo_signature_v3_nonce="1"))


def telnyx_takes(request: HookRequest, key: str) -> bool:
    with time_machine.travel(NOW, tick=False):
        try:
            headers = {name: values[0] for name, values in request.headers.items()}
            THEIR_TELNYX.webhooks.unwrap(request.body.decode(), headers=headers, key=public_key(key))
        except ValueError:
            return False
    return True


@settings(deadline=None)  # the library loads half of itself with its first webhook
@given(
    text=words,
    way=ways,
    late=st.sampled_from([0, 1, 299, 300, 301, 3000, -299, -301]),
    stamp=st.sampled_from([None, None, None, "", "x", "1e9", "99999999999999"]),
)
def test_telnyx(text: str, way: str, late: int, stamp: str | None) -> None:
    body = json.dumps({"data": {"event_type": "call.hangup", "payload": {"x": text}}}).encode()
    key = OTHER_KEY if way == "another key" else KEY
    request = Telnyxes().sign(body, key=key, at=NOW - timedelta(seconds=late), timestamp=stamp)
    if way == "another field":
        request = hook(
            body + b" ",
            content_type="application/json",
            telnyx_timestamp=request.headers["telnyx-timestamp"][0],
            telnyx_signature_ed25519=request.headers["telnyx-signature-ed25519"][0],
        )
    secrets = EndpointSecrets(keys=(public_key(KEY),))
    theirs = telnyx_takes(request, KEY)
    assert is_taken("telnyx", request, secrets) is theirs
    if way not in {"another key", "another field"} and stamp is None and abs(late) <= 300:
        assert theirs


@pytest.mark.parametrize("written", [" {} ", "+{}", "٢{}"])
def test_telnyxs_library_takes_any_way_to_write_an_integer_and_we_take_plain_digits(written: str) -> None:
    """It reads the stamp with int(). A stamp is always plain digits, so whatever is not was not written by Telnyx."""
    stamp = written.format(int(NOW.timestamp()))
    request = Telnyxes().sign(b'{"data":{}}', timestamp=stamp)
    assert not is_taken("telnyx", request, EndpointSecrets(keys=(public_key(KEY),)))


VONAGE_KEY = KEY * 2  # the library wants a long one
VONAGE = EndpointSecrets(keys=(VONAGE_KEY,))


def vonage_takes(presented: str) -> bool:
    try:
        return bool(verify_signature(presented, VONAGE_KEY))
    except VonageVerifyJwtError:
        return False


@given(
    text=words,
    key=st.sampled_from([VONAGE_KEY, VONAGE_KEY, OTHER_KEY * 2]),
    algorithm=st.sampled_from(["HS256", "HS256", "none", "HS512"]),
    damage=st.sampled_from([None, None, "cut", "more", "dots"]),
)
def test_vonage(text: str, key: str, algorithm: str, damage: str | None) -> None:
    body = json.dumps({"uuid": text}).encode()
    presented = token(claims_for(body), key, header={"alg": algorithm, "typ": "JWT"})
    presented = {"cut": presented[:-3], "more": presented + "AAAA", "dots": presented + ".x"}.get(
        damage or "", presented
    )
    with time_machine.travel(NOW, tick=False):
        theirs = vonage_takes(presented)
    assert is_taken("vonage", posted(body, presented), VONAGE) is theirs
    if key == VONAGE_KEY and algorithm == "HS256" and damage is None:
        assert theirs


def test_vonages_library_checks_neither_the_body_nor_the_age_and_we_do() -> None:
    """It answers only whether the token is Vonage's; comparing `payload_hash` and `iat` is left to who calls it."""
    body = b'{"uuid":"u1"}'
    stale = token(claims_for(body, iat=int((NOW - timedelta(hours=1)).timestamp())), VONAGE_KEY)
    with time_machine.travel(NOW, tick=False):
        assert vonage_takes(stale)
        assert vonage_takes(token(claims_for(body), VONAGE_KEY))
    assert not is_taken("vonage", posted(body, stale), VONAGE)
    assert not is_taken("vonage", posted(b'{"uuid":"u2"}', token(claims_for(body), VONAGE_KEY)), VONAGE)


def test_the_urls_of_these_tests_are_written_as_the_routes_build_them() -> None:
    assert urlsplit(hook().url).path == hook().path
