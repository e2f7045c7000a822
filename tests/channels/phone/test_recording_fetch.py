"""Recordings are fetched whole, in time, in size and from the right place, or not at all."""

import time
from unittest.mock import patch

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from channels.phone import recordings
from channels.phone.application_token import read_application
from channels.phone.recordings import RecordingRules, fetch_recording
from intake import outgoing_http
from intake.outgoing_http import ANYWHERE, Asked, OutgoingError, ask
from tests.servers.web import Heard, Page, serve

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
SOUND = Page(content_type="audio/x-wav; codecs=1", body=WAV)


def rules(url: str, **more: str) -> RecordingRules:
    return RecordingRules(hosts=(url,), **more)


def test_a_sound_is_fetched_with_its_kind() -> None:
    with serve(SOUND) as web:
        sound = fetch_recording(f"{web.url}/1.wav?x=1", "native", rules(web.url))
        assert (sound.octets, sound.content_type, sound.ending) == (WAV, "audio/x-wav", "wav")
        assert web.heard[0].path == "/1.wav?x=1"
        assert "Authorization" not in web.heard[0].headers


def test_credentials_go_where_the_operator_says() -> None:
    with serve(SOUND) as web:
        fetch_recording(f"{web.url}/1", "native", rules(web.url, username="pbx", password="word"))
        assert web.heard[0].headers["Authorization"] == "Basic cGJ4OndvcmQ="


def test_twilios_credentials_go_to_twilio_alone() -> None:
    with serve(SOUND) as web:
        fetch_recording(f"{web.url}/2010-04-01/Accounts/AC1/Recordings/RE1", "twilio", rules(web.url), ("token",))
        assert "Authorization" not in web.heard[0].headers
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
    with patch.object(recordings, "ask", side_effect=OutgoingError("no net")) as asked, pytest.raises(OutgoingError):
        fetch_recording(url, "twilio", RecordingRules(), ("token",))
    assert asked.call_args[0][0].headers["Authorization"] == "Basic QUMxOnRva2Vu"
    assert asked.call_args[0][0].allowed == ()


KEY = RSAKey.generate_key(2048)


def test_vonage_is_shown_a_token_of_the_application_and_gives_the_sound_for_nothing_else() -> None:
    def guard(heard: Heard) -> Page:
        try:
            read = jwt.decode(heard.headers.get("Authorization", "").removeprefix("Bearer "), KEY, algorithms=["RS256"])
        except (JoseError, ValueError):
            return Page(status=401)
        lasts = read.claims["exp"] - read.claims["iat"]
        good = read.claims["application_id"] == "app-1" and abs(read.claims["iat"] - time.time()) < 60 and lasts <= 900
        return SOUND if good and read.claims["jti"] else Page(status=401)

    application = read_application("app-1", KEY.as_pem(private=True))
    with serve(guard) as web:
        for _ in range(2):
            allowed = RecordingRules(hosts=(web.url,), application=application)
            assert fetch_recording(f"{web.url}/v1/files/1", "vonage", allowed).octets == WAV
        first, second = (each.headers["Authorization"] for each in web.heard)
        assert first != second, "a token is for one request"
        stranger = read_application("app-1", RSAKey.generate_key(2048).as_pem(private=True))
        for wrong in (rules(web.url), RecordingRules(hosts=(web.url,), application=stranger)):
            with pytest.raises(OutgoingError, match="401"):
                fetch_recording(f"{web.url}/v1/files/1", "vonage", wrong)


def test_an_application_needs_its_private_key() -> None:
    for pem in (KEY.as_pem(private=False), b"no key at all"):
        with pytest.raises(ValueError):
            read_application("app-1", pem)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/1.wav", "https://127.0.0.1/1.wav", "http://169.254.169.254/latest/meta-data"]
)
def test_nothing_is_fetched_from_where_nobody_allowed(url: str) -> None:
    with serve(SOUND) as web, pytest.raises(OutgoingError) as told:
        fetch_recording(url, "twilio", rules(web.url))
    assert told.value.permanent


def test_another_port_of_an_allowed_host_is_not_allowed() -> None:
    with serve(SOUND) as other, serve(SOUND) as web, pytest.raises(OutgoingError, match="recording_hosts"):
        fetch_recording(f"{other.url}/1.wav", "native", rules(web.url))


def test_a_providers_name_that_leads_into_the_private_network_is_refused() -> None:
    private = [(2, 1, 6, "", ("10.0.0.1", 443))]
    with (
        patch.object(outgoing_http.socket, "getaddrinfo", return_value=private),
        pytest.raises(OutgoingError, match="not a public") as told,
    ):
        fetch_recording("https://api.twilio.com/RE1", "twilio", RecordingRules())
    assert told.value.permanent


def test_a_redirect_is_not_followed() -> None:
    with serve(SOUND) as secret, serve(Page(status=302, headers={"Location": secret.url})) as web:
        with pytest.raises(OutgoingError, match="302") as told:
            fetch_recording(f"{web.url}/1", "native", rules(web.url))
        assert secret.heard == []
    assert told.value.permanent


@pytest.mark.parametrize(("status", "permanent"), [(404, False), (429, False), (503, False), (401, True), (410, True)])
def test_what_is_not_there_yet_is_tried_again(status: int, permanent: bool) -> None:  # noqa: FBT001
    with serve(Page(status=status)) as web, pytest.raises(OutgoingError) as told:
        fetch_recording(f"{web.url}/1", "native", rules(web.url))
    assert told.value.permanent is permanent


@pytest.mark.parametrize(
    "page", [Page(body=b"<html>log in</html>", content_type="text/html"), Page(content_type="audio/wav")]
)
def test_what_is_no_sound_is_not_kept(page: Page) -> None:
    with serve(page) as web, pytest.raises(OutgoingError, match="no sound"):
        fetch_recording(f"{web.url}/1", "native", rules(web.url))


def test_a_sound_is_known_by_its_beginning_whatever_it_is_called() -> None:
    with serve(Page(body=b"ID3\x04", content_type="application/octet-stream")) as web:
        assert fetch_recording(f"{web.url}/1", "native", rules(web.url)).ending == "mp3"


def asked(url: str, **more: float) -> Asked:
    limits = {"seconds": 5.0, "largest": 1000} | more
    return Asked(url=url, headers={}, seconds=limits["seconds"], largest=int(limits["largest"]), allowed=ANYWHERE)


def test_who_drips_is_not_waited_for() -> None:
    began = time.monotonic()
    with serve(Page(body=b"x" * 100, drip=0.2)) as web, pytest.raises(OutgoingError) as told:
        ask(asked(web.url, seconds=0.7))
    assert time.monotonic() - began < 3
    assert not told.value.permanent


def test_too_much_is_not_read() -> None:
    with serve(Page(body=b"x" * 200_000)) as web, pytest.raises(OutgoingError, match="larger") as told:
        ask(asked(web.url))
    assert told.value.permanent


def test_half_an_answer_is_none() -> None:
    with serve(Page(body=b"x" * 10, cut=5)) as web, pytest.raises(OutgoingError, match="whole answer"):
        ask(asked(web.url, seconds=1))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1:99999/", "http:///x"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(OutgoingError) as told:
        ask(asked(url))
    assert told.value.permanent


def test_a_server_that_is_not_there_may_come_back() -> None:
    with serve(SOUND) as web:
        url = web.url
    with pytest.raises(OutgoingError, match="connect") as told:
        ask(asked(url))
    assert not told.value.permanent
