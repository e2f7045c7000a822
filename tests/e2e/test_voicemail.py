"""Voicemail that the PBX mails: the recording becomes the caller's ticket, if the mail is proved to be the PBX's."""

import re

import pytest

from tests.e2e.conftest import Make
from tests.e2e.letters import letter, sign
from tests.e2e.people import JAN_NUMBER, STRANGER

pytestmark = pytest.mark.e2e

PBX = f"pbx@{STRANGER}"


def test_a_voicemail_mailed_by_the_pbx_is_the_callers_ticket(make_gateway: Make) -> None:
    endpoint = {"name": "pbx", "dialect": "native", "token": "a-token-for-the-pbx", "voicemail_from": PBX}
    gateway = make_gateway({"phone_endpoints": [endpoint]})
    gateway.start()
    try:
        headers = {"X-Asterisk-CallerID": JAN_NUMBER, "Auto-Submitted": "auto-generated"}
        subject = "[PBX]: New message 3 in mailbox 100"
        mail = letter(PBX, subject=subject, headers=headers, files={"msg0003.wav": b"RIFF"})
        taken = gateway.send(sign(mail, STRANGER), reverse_path=f"asterisk@{STRANGER}")
        ticket = gateway.get(f"tickets/{taken.ticket}")
        assert (ticket["channel"], ticket["contact"]["name"]) == ("phone", "Jan Novák")
        assert JAN_NUMBER in ticket["subject"]
        assert [file["filename"] for file in ticket["attachments"]] == ["msg0003.wav"]
        forged = letter(PBX, subject=subject, headers=headers)
        refused = gateway.send(forged, reverse_path="somebody@plain.example")
        assert re.match(r"5\d\d", str(refused.code)), refused
    finally:
        gateway.stop()
    assert gateway.complaints() == []
