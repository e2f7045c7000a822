import threading
import time

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e
MESSAGE = b"From: jan@firma.example\r\nTo: alice\r\nSubject: hi\r\n\r\nbody\r\n"


def test_delivery_by_lmtp_wakes_an_idling_client(dovecot: Dovecot) -> None:
    with dovecot.client("alice") as client:
        client.select_folder("INBOX")
        client.idle()
        delivery = threading.Timer(0.2, dovecot.deliver, ("alice", MESSAGE))
        start = time.monotonic()
        delivery.start()
        seen: list[tuple[object, ...]] = []
        while not any(b"EXISTS" in response for response in seen):
            assert time.monotonic() - start < 8
            seen += client.idle_check(timeout=3)
        client.idle_done()
        delivery.join()
    assert MESSAGE.splitlines()[2] in dovecot.folder("alice")[-1]


def test_a_message_is_moved_to_another_folder(dovecot: Dovecot) -> None:
    dovecot.deliver("bob", MESSAGE)
    with dovecot.client("bob") as client:
        client.select_folder("INBOX")
        client.create_folder("Processed")
        client.move(client.search(), "Processed")
    assert dovecot.folder("bob") == []
    assert len(dovecot.folder("bob", "Processed")) == 1


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize(
    ("user", "seconds", "secret", "welcome"),
    [
        ("alice", 300, None, True),
        ("alice", -60, None, False),
        ("alice", 300, b"another secret, of the same length or so", False),
        ("mallory", 300, None, False),
    ],
    ids=["good", "expired", "forged", "of another user"],
)
def test_only_a_good_token_logs_in(
    dovecot: Dovecot, mechanism: str, user: str, seconds: int, secret: bytes | None, welcome: bool
) -> None:
    token = dovecot.token(user, seconds=seconds, **({"secret": secret} if secret else {}))
    client = IMAPClient("localhost", dovecot.imaps_port, ssl_context=dovecot.trust(), timeout=10)
    login = client.oauth2_login if mechanism == "xoauth2" else client.oauthbearer_login
    try:
        if welcome:
            login("alice", token)
            client.select_folder("INBOX")
        else:
            with pytest.raises((LoginError, IMAPClient.Error)):
                login("alice", token)
    finally:
        client.shutdown()


def test_a_wrong_password_is_refused_at_once(dovecot: Dovecot) -> None:
    client = IMAPClient("localhost", dovecot.imap_port, ssl=False, timeout=10)
    start = time.monotonic()
    with pytest.raises(LoginError):
        client.login("alice", "wrong")
    client.shutdown()
    assert time.monotonic() - start < 3


def test_the_mail_is_still_there_after_a_restart(dovecot: Dovecot) -> None:
    dovecot.deliver("carol", MESSAGE)
    dovecot.stop()
    dovecot.start()
    assert len(dovecot.folder("carol")) == 1
