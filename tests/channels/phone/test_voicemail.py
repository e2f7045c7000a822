"""The PBX's voicemail mails."""

import pytest

from authz.phone.number import CallerKind, read_number
from channels.phone.voicemail import VoicemailNotice, read_voicemail_notice

SUBJECT = "[PBX]: New message 3 in mailbox 100"


def test_caller_and_box_are_read() -> None:
    headers = {"x-asterisk-callerid": ("+420777123456",), "x-asterisk-calleridname": ("Jan Novák",)}
    assert read_voicemail_notice(headers, SUBJECT) == VoicemailNotice(
        presented="+420777123456", caller_name="Jan Novák", box="100", message=3
    )


def test_the_subject_alone_names_no_caller() -> None:
    notice = read_voicemail_notice({}, f"Fwd: {SUBJECT}")
    assert notice is not None
    assert (notice.presented, notice.box) == (None, "100")
    assert read_number(notice.presented).kind is CallerKind.WITHHELD


def test_two_callers_are_none() -> None:
    notice = read_voicemail_notice({"x-asterisk-callerid": ("+420777123456", "+420602000001")}, "")
    assert notice is not None
    assert notice.presented is None


@pytest.mark.parametrize("subject", ["", "New message", "[PBX]: New message x in mailbox 100"])
def test_other_mail_is_no_notice(subject: str) -> None:
    assert read_voicemail_notice({}, subject) is None
