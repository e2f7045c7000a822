import smtplib
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import postfix, smtp_discard, smtp_source
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e
MESSAGE = "From: a@example.cz\r\nTo: b@example.cz\r\nSubject: relayed\r\nMessage-ID: <1@example.cz>\r\n\r\ntext\r\n"


def _send(address: tuple[str, int]) -> None:
    with smtplib.SMTP(*address, timeout=10) as client:
        client.sendmail("a@example.cz", ["b@example.cz"], MESSAGE)


def test_postfix_relays_to_the_next_hop(smtp_receiver: SmtpSink) -> None:
    with postfix((smtp_receiver.host, smtp_receiver.port)) as relay:
        _send((relay.host, relay.port))
        (message,) = smtp_receiver.wait_for(1)
        relay.wait_until_empty()
        assert relay.statuses() == [("sent", "250 2.0.0 kept")]
    assert message.recipients == ("b@example.cz",)
    assert message.parsed()["Message-ID"] == "<1@example.cz>"
    assert "relay.example" in message.parsed()["Received"]


def test_postfix_keeps_what_the_next_hop_defers_and_bounces_what_it_refuses(smtp_receiver: SmtpSink) -> None:
    with postfix((smtp_receiver.host, smtp_receiver.port)) as relay:
        smtp_receiver.answer("451 4.3.0 later")
        _send((relay.host, relay.port))
        assert len(smtp_receiver.wait_for(1)) == 1
        smtp_receiver.answer("550 5.7.1 never")
        _send((relay.host, relay.port))
        bounce = smtp_receiver.wait_for(2)[1]
        relay.wait_until_empty()
        assert [status for status, _ in relay.statuses()] == ["deferred", "sent", "bounced", "sent"]
    assert bounce.reverse_path == ""
    assert bounce.parsed().get_content_type() == "multipart/report"


def test_postfix_delivers_by_lmtp(dovecot: Dovecot) -> None:
    with postfix((dovecot.host, dovecot.lmtp_port), lmtp=True) as relay:
        with smtplib.SMTP(relay.host, relay.port, timeout=10) as client:
            client.sendmail("a@example.cz", ["alice@localhost.example"], MESSAGE)
        relay.wait_until_empty()
        assert relay.statuses()[0][0] == "sent", relay.log()
    assert b"Subject: relayed" in dovecot.folder("alice")[0]


def test_the_load_programs_work_together(tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_text(MESSAGE.replace("\r\n", "\n"))
    with smtp_discard() as (host, port):
        smtp_source(host, port, recipient="b@example.cz", message=message, count=20, sessions=4)
        smtp_source(host, port, recipient="b@example.cz", length=5_000, count=5, reconnect=True)


def test_a_load_on_the_durable_queue_is_thrown_away_after_queueing() -> None:
    with postfix(None) as relay:
        smtp_source(relay.host, relay.port, recipient="b@example.cz", length=5_000, count=20, sessions=5)
        relay.wait_until_empty()
        assert [status for status, _ in relay.statuses()] == ["sent"] * 20
