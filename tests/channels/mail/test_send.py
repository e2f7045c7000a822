"""Handing mail to a smarthost: what it answers becomes sent, later, or never; clear text never happens by accident."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.mail.send import (
    PermanentFailure,
    Sent,
    Smarthost,
    SmarthostOptions,
    Smarthosts,
    SmarthostTls,
    TransientFailure,
)
from tests.servers.certificate import Certificate, localhost_certificate
from tests.servers.process import free_port
from tests.servers.smtpsink import SmtpSink, smtp_sink

MESSAGE = b"From: helpdesk@example.org\r\nTo: jan@firma.example\r\nSubject: hi\r\n\r\nbody\r\n.\r\n..two\r\n"


def smarthost(port: int, **changes: Any) -> Smarthost:
    defaults: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": SmarthostTls.NONE, "timeout_seconds": 5}
    return Smarthost(SmarthostOptions(**{**defaults, **changes}))


def send(host: Smarthost | Smarthosts, octets: bytes = MESSAGE, **envelope: str) -> Any:
    try:
        return host.send(envelope.get("reverse_path", ""), envelope.get("recipient", "jan@firma.example"), octets)
    finally:
        host.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return localhost_certificate(tmp_path)


@pytest.fixture
def secure(certificate: Certificate) -> Iterator[SmtpSink]:
    with smtp_sink(certificate=certificate, login=("helpdesk", "secret")) as sink:
        yield sink


def trust(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.certificate))


def test_a_mail_arrives_as_it_was_composed(smtp_receiver: SmtpSink) -> None:
    result = send(smarthost(smtp_receiver.port))
    assert result == Sent(code=250, text="2.0.0 kept", host=f"127.0.0.1:{smtp_receiver.port}")
    (received,) = smtp_receiver.received
    assert received.octets == MESSAGE
    assert received.reverse_path == ""
    assert received.recipients == ("jan@firma.example",)


def test_the_reverse_path_is_given(smtp_receiver: SmtpSink) -> None:
    send(smarthost(smtp_receiver.port), reverse_path="bounces+1@example.org")
    assert smtp_receiver.received[0].reverse_path == "bounces+1@example.org"


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ("450 4.2.1 later", TransientFailure, 450),
        ("451 4.3.0 later", TransientFailure, 451),
        ("550 5.1.1 never", PermanentFailure, 550),
        ("554 5.7.1 never", PermanentFailure, 554),
    ],
)
def test_a_refusal_says_whether_trying_again_may_help(
    smtp_receiver: SmtpSink, at: str, reply: str, kind: type, code: int
) -> None:
    smtp_receiver.answer(reply, at=at)
    host = smarthost(smtp_receiver.port)
    refused = host.send("", "jan@firma.example", MESSAGE)
    assert isinstance(refused, kind)
    assert (refused.code, refused.text) == (code, reply[4:])  # type: ignore[attr-defined]
    # The connection is good for the next mail.
    assert isinstance(send(host), Sent)


def test_one_connection_carries_many_mails(smtp_receiver: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    connects: list[tuple[Any, ...]] = []
    original = smtplib.SMTP.connect
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda *given, **k: connects.append(given) or original(*given, **k))
    host = smarthost(smtp_receiver.port)
    for _ in range(5):
        assert isinstance(host.send("", "jan@firma.example", MESSAGE), Sent)
    host.close()
    assert len(connects) == 1
    assert len(smtp_receiver.received) == 5


def test_a_connection_the_server_has_closed_is_made_anew(smtp_receiver: SmtpSink) -> None:
    host = smarthost(smtp_receiver.port)
    host.send("", "jan@firma.example", MESSAGE)
    assert host._connection is not None
    assert host._connection.sock is not None
    host._connection.sock.shutdown(socket.SHUT_RDWR)
    assert isinstance(host.send("", "jan@firma.example", MESSAGE), TransientFailure)
    assert isinstance(send(host), Sent)


def test_nobody_listening_is_transient() -> None:
    result = send(smarthost(free_port()))
    assert isinstance(result, TransientFailure)
    assert "ConnectionRefusedError" in result.text
    assert not result.uncertain


def test_starttls_and_log_in_by_the_certificate_that_is_trusted(secure: SmtpSink, certificate: Certificate) -> None:
    host = smarthost(
        secure.port,
        host="localhost",
        tls=SmarthostTls.STARTTLS,
        trust=trust(certificate),
        login="helpdesk",
        secret=lambda: "secret",
    )
    assert isinstance(send(host), Sent)
    (received,) = secure.received
    assert received.tls
    assert received.login == "helpdesk"


def test_a_certificate_nobody_vouches_for_stops_the_mail(secure: SmtpSink) -> None:
    result = send(smarthost(secure.port, host="localhost", tls=SmarthostTls.STARTTLS))
    assert isinstance(result, TransientFailure)
    assert "CERTIFICATE_VERIFY_FAILED" in result.text


def test_a_certificate_for_another_name_stops_the_mail(secure: SmtpSink, certificate: Certificate) -> None:
    context = trust(certificate)
    result = send(smarthost(secure.port, host="127.0.0.2", tls=SmarthostTls.STARTTLS, trust=context))
    assert isinstance(result, TransientFailure)


def test_a_host_without_starttls_gets_no_clear_text(smtp_receiver: SmtpSink) -> None:
    result = send(smarthost(smtp_receiver.port, tls=SmarthostTls.STARTTLS))
    assert isinstance(result, TransientFailure)
    assert "STARTTLS" in result.text
    assert smtp_receiver.received == []


def test_a_wrong_password_is_our_fault_and_not_the_messages(secure: SmtpSink, certificate: Certificate) -> None:
    host = smarthost(
        secure.port,
        host="localhost",
        tls=SmarthostTls.STARTTLS,
        trust=trust(certificate),
        login="helpdesk",
        secret=lambda: "wrong",
    )
    result = send(host)
    assert isinstance(result, TransientFailure)
    assert result.code == 535


def test_an_address_outside_ascii_is_announced(smtp_receiver: SmtpSink) -> None:
    assert isinstance(send(smarthost(smtp_receiver.port), recipient="novák@firma.example"), Sent)
    (received,) = smtp_receiver.received
    assert "SMTPUTF8" in received.options
    assert received.recipients == ("novák@firma.example",)


def test_an_injected_line_is_never_sent(smtp_receiver: SmtpSink) -> None:
    result = send(smarthost(smtp_receiver.port), recipient="jan@firma.example>\r\nRCPT TO:<evil@bad.example")
    assert isinstance(result, PermanentFailure)
    assert smtp_receiver.received == []


def test_the_next_smarthost_takes_over() -> None:
    with smtp_sink() as first, smtp_sink() as second:
        both = Smarthosts([smarthost(free_port()), smarthost(first.port), smarthost(second.port)])
        first.answer("451 4.3.0 later")
        assert isinstance(send(both), Sent)
        assert len(second.received) == 1


def test_a_permanent_refusal_is_not_shopped_around() -> None:
    with smtp_sink() as first, smtp_sink() as second:
        first.answer("550 5.1.1 never")
        assert isinstance(send(Smarthosts([smarthost(first.port), smarthost(second.port)])), PermanentFailure)
        assert second.received == []


def test_a_message_the_first_host_may_have_is_not_given_to_the_next(smtp_receiver: SmtpSink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def lose_the_last_reply() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"220 x\r\n")
                lines = peer.makefile("rb")
                for reply in (b"250 x", b"250 OK", b"250 OK", b"354 go"):
                    lines.readline()
                    peer.sendall(reply + b"\r\n")
                while lines.readline() != b".\r\n":
                    pass

        thread = threading.Thread(target=lose_the_last_reply)
        thread.start()
        both = Smarthosts([smarthost(listener.getsockname()[1]), smarthost(smtp_receiver.port)])
        result = send(both, MESSAGE.replace(b"\r\n.\r\n", b"\r\n"))
        thread.join()
    assert isinstance(result, TransientFailure)
    assert result.uncertain
    assert smtp_receiver.received == []


def test_without_a_smarthost_there_is_nothing_to_send_by() -> None:
    with pytest.raises(ValueError, match="no smarthost"):
        Smarthosts([])


def test_a_host_that_does_not_answer_is_asked_last_for_a_while() -> None:
    now = [1000.0]
    port = free_port()
    with smtp_sink() as second:
        both = Smarthosts([smarthost(port), smarthost(second.port)], clock=lambda: now[0])
        assert isinstance(both.send("", "jan@firma.example", MESSAGE), Sent)
        assert both._in_order() == [1, 0]  # noqa: SLF001
        second.answer("451 4.3.0 later", at="MAIL")
        result = both.send("", "jan@firma.example", MESSAGE)
        # Busy is an answer: only then is the silent one asked again.
        assert (isinstance(result, TransientFailure), result.host) == (True, f"127.0.0.1:{port}")
        now[0] += 61
        assert both._in_order() == [0, 1]  # noqa: SLF001
        both.close()
