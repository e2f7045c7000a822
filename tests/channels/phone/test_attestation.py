"""PASSporTs of calls: where certificates are fetched from, what is remembered, and what the decision makes of it."""

import asyncio
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authz.decision import Reason
from authz.evidence import Outcome
from authz.phone.passport import PassportCheck
from authz.phone.trust import TrustRules
from channels.phone.attestation import FETCH_SECONDS, REMEMBERED_FOR, Attestations
from channels.phone.judgement import identify, judge
from tests.authz.phone.test_passport import CALLED, CALLER, CHAIN, CLAIMS, HEADER, ROOT, token
from tests.authz.phone.times import NOW
from tests.channels.phone.calling import PBX, new
from tests.channels.phone.test_judgement import LISTED

PEM = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in CHAIN)


class Web:
    """Serves one answer and keeps what it was asked for."""

    def __init__(self, answer: bytes | Exception = PEM) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def check(web: Web, passport: str, *, hosts: frozenset[str] = frozenset({"cert.example"})) -> PassportCheck:
    attestations = Attestations((ROOT.certificate,), hosts, web)
    return asyncio.run(attestations.check(passport, caller_id=CALLER, called_number=CALLED, at=NOW))


def test_a_token_of_this_call_passes_with_the_fetched_chain() -> None:
    web = Web()
    assert (check(web, token()).outcome, web.asked) == (Outcome.PASS, ["https://cert.example/c.pem"])


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/c.pem",
        "https://cert.example:8443/c.pem",
        "https://cert.example@169.254.169.254/c.pem",
        "https://user@cert.example/c.pem",
        "http://cert.example/c.pem",
        "https://cert.example.evil.example/",
        "https://[::1/",
        "file:///etc/passwd",
    ],
)
def test_certificates_are_fetched_from_nowhere_else(url: str) -> None:
    web = Web()
    assert check(web, token(header=HEADER | {"x5u": url})).outcome is not Outcome.PASS
    assert web.asked == []


@pytest.mark.parametrize("answer", [OSError("down"), b"no certificate", TimeoutError()])
def test_certificates_that_cannot_be_had_prove_nothing_and_deny_nobody(answer: bytes | Exception) -> None:
    found = check(Web(answer), token())
    assert found.outcome is Outcome.TEMPERROR
    rules = replace(PBX, trust=TrustRules())
    event = new(presented=CALLER)
    claim, evidence = identify(event, rules, found)
    assert judge(event, claim, evidence, [LISTED], rules, NOW).decision.reason is Reason.AUTHORIZED


def test_the_caller_does_not_wait_for_a_slow_certificate() -> None:
    def slow(url: str) -> bytes:
        time.sleep(FETCH_SECONDS + 0.5)
        return PEM

    async def run() -> float:
        attestations = Attestations((ROOT.certificate,), frozenset({"cert.example"}), slow)
        began = time.monotonic()
        found = await attestations.check(token(), caller_id=CALLER, called_number=CALLED, at=NOW)
        assert found.outcome is Outcome.TEMPERROR
        return time.monotonic() - began

    assert asyncio.run(run()) < FETCH_SECONDS + 0.4


def test_certificates_are_remembered_for_an_hour() -> None:
    web = Web()
    attestations = Attestations((ROOT.certificate,), frozenset({"cert.example"}), web)
    for at, fetched in ((NOW, 1), (NOW, 1), (NOW + REMEMBERED_FOR, 2)):
        passport = token(CLAIMS | {"iat": int(at.timestamp())})
        found = asyncio.run(attestations.check(passport, caller_id=CALLER, called_number=CALLED, at=at))
        assert (found.outcome, len(web.asked)) == (Outcome.PASS, fetched)


def test_a_token_of_another_call_denies() -> None:
    found = check(Web(), token(CLAIMS | {"orig": {"tn": "420602000001"}}))
    assert found.outcome is Outcome.FAIL
    event = new(presented=CALLER)
    claim, evidence = identify(event, PBX, found)
    assert judge(event, claim, evidence, [LISTED], PBX, NOW).decision.reason is Reason.CALLER_NOT_GENUINE
