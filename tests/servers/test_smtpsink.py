import smtplib
import ssl
from pathlib import Path

import pytest

from tests.servers.certificate import localhost_certificate
from tests.servers.smtpsink import SmtpSink, smtp_sink

MESSAGE = b"From: a@example.cz\r\nTo: b@example.cz\r\nSubject: one\r\n\r\n.a line with a dot\r\n"


def _send(sink: SmtpSink, octets: bytes = MESSAGE) -> None:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        client.sendmail("a@example.cz", ["b@example.cz", "c@example.cz"], octets)


def test_a_message_is_kept_with_its_envelope_and_its_very_octets(smtp_receiver: SmtpSink) -> None:
    _send(smtp_receiver)
    (message,) = smtp_receiver.wait_for(1)
    assert message.reverse_path == "a@example.cz"
    assert message.recipients == ("b@example.cz", "c@example.cz")
    assert message.octets == MESSAGE
    assert message.parsed()["Subject"] == "one"
    assert not message.tls


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
    ],
)
def test_a_prepared_answer_is_given_once(
    smtp_receiver: SmtpSink, verb: str, error: type[smtplib.SMTPException]
) -> None:
    smtp_receiver.answer(*["451 4.3.0 later"] * (2 if verb == "RCPT" else 1), at=verb)
    with pytest.raises(error):
        _send(smtp_receiver)
    assert smtp_receiver.received == []
    _send(smtp_receiver)
    assert len(smtp_receiver.received) == 1


def test_waiting_for_a_message_that_does_not_come_ends(smtp_receiver: SmtpSink) -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        smtp_receiver.wait_for(1, seconds=0.05)


def test_the_log_in_is_demanded_and_goes_over_tls_only(tmp_path: Path) -> None:
    certificate = localhost_certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    with smtp_sink(certificate=certificate, login=("gateway", "word")) as sink:
        with pytest.raises(smtplib.SMTPSenderRefused):
            _send(sink)
        with smtplib.SMTP("localhost", sink.port, timeout=5) as client:
            client.starttls(context=trust)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("gateway", "wrong")
            client.login("gateway", "word")
            client.sendmail("a@example.cz", ["b@example.cz"], MESSAGE)
        (message,) = sink.wait_for(1)
    assert message.tls
    assert message.login == "gateway"
