"""Recordings are fetched from the provider's own hosts, whatever a webhook says."""

import pytest

from channels.phone.recordings import recording_source


def source(url: str | None, provider: str = "twilio", hosts: tuple[str, ...] = ()) -> str | None:
    return recording_source(url, provider, hosts)


@pytest.mark.parametrize(
    ("provider", "url"),
    [
        ("twilio", "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"),
        ("twilio", "https://API.twilio.com:443/RE1"),
        ("vonage", "https://api-eu-3.nexmo.com/v1/files/1"),
        ("plivo", "https://media.plivo.com/1.mp3"),
    ],
)
def test_the_providers_own_hosts_are_fetched_from(provider: str, url: str) -> None:
    assert source(url, provider) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://api.twilio.com/RE1",
        "https://api.twilio.com.evil.example/RE1",
        "https://evil.example/api.twilio.com",
        "https://api.twilio.com@127.0.0.1/",
        "https://user:pw@api.twilio.com/",
        "https://api.twilio.com:8443/RE1",
        "https://api.twilio.com:x/RE1",
        "https://127.0.0.1/RE1",
        "https://[::1]/RE1",
        "https://[::1/RE1",
        "file:///etc/passwd",
        "//api.twilio.com/RE1",
        "https://аpi.twilio.com/RE1",
        "https://api.twilio.com/RE1\r\nHost: x",
        "https://media.plivo.com/1.mp3",
    ],
)
def test_nowhere_else_is(url: str | None) -> None:
    assert source(url) is None


def test_a_pbx_of_ones_own_is_allowed_by_name() -> None:
    assert source("https://pbx.firma.example/rec/1.wav", "native") is None
    assert source("https://pbx.firma.example/rec/1.wav", "native", ("pbx.firma.example",)) is not None
    assert source("https://notpbx.firma.example/rec/1.wav", "native", ("pbx.firma.example",)) is None
    assert source("https://evilfirma.example/1", "native", (".firma.example",)) is None
