"""Access tokens from a token endpoint, and with them into a real Dovecot and an SMTP server. RFC 6749, RFC 7628."""

import asyncio
import base64
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from pydantic import SecretStr

from channels.mail.imap import ImapPoller
from channels.mail.imap_options import ImapLogin
from channels.mail.oauth import TokenError, TokenOptions, TokenProvider
from channels.mail.send import Sent, Smarthost, SmarthostLogin, SmarthostOptions, SmarthostTls, TransientFailure
from config.settings import OauthSettings
from intake.mailboxes.tokens import token_provider
from tests.channels.mail.takers import Cursors, MailboxTaker
from tests.channels.mail.test_imap import message, settings
from tests.servers.dovecot import Dovecot
from tests.servers.process import free_port
from tests.servers.tokens import TokenEndpoint, token_endpoint


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    numbers = itertools.count(1)
    with token_endpoint(lambda: f"token-{next(numbers)}") as made:
        yield made


def provider(endpoint: TokenEndpoint, clock: Callable[[], float] | None = None, **more: Any) -> TokenProvider:
    usual: dict[str, Any] = {"url": endpoint.url, "client_id": "intake", "client_secret": "client secret"}
    return TokenProvider(TokenOptions(**(usual | more)), clock=clock or Clock())


def test_a_token_is_asked_for_once_and_renewed_before_it_expires(endpoint: TokenEndpoint) -> None:
    clock = Clock()
    tokens = provider(endpoint, clock, scope="imap")
    assert [tokens.token(), tokens.token()] == ["token-1", "token-1"]
    clock.now += 3600 - 61
    assert tokens.token() == "token-1"
    clock.now += 2
    assert tokens.token() == "token-2"
    assert endpoint.asked[0] == {
        "client_id": "intake",
        "client_secret": "client secret",
        "grant_type": "client_credentials",
        "scope": "imap",
    }


@pytest.mark.parametrize("lasts", [None, 30])
def test_a_token_without_a_life_time_or_with_a_short_one_is_used_for_a_while(
    endpoint: TokenEndpoint, lasts: int | None
) -> None:
    endpoint.lasts = lasts
    clock = Clock()
    tokens = provider(endpoint, clock)
    assert [tokens.token(), tokens.token()] == ["token-1", "token-1"]
    clock.now += 301
    assert tokens.token() == "token-2"


def test_a_token_that_a_server_refused_is_not_shown_again(endpoint: TokenEndpoint) -> None:
    tokens = provider(endpoint)
    tokens.token()
    tokens.forget()
    assert tokens.token() == "token-2"


def test_a_refused_client_is_told_without_its_secret(endpoint: TokenEndpoint) -> None:
    tokens = provider(endpoint, client_secret="wrong secret")
    with pytest.raises(TokenError, match="401 invalid_client unknown client") as raised:
        tokens.token()
    assert "wrong secret" not in str(raised.value)
    assert "wrong secret" not in repr(TokenOptions(url=endpoint.url, client_id="x", client_secret="wrong secret"))
    assert tokens.problem == str(raised.value)


def test_a_problem_is_over_when_a_token_was_had(endpoint: TokenEndpoint) -> None:
    tokens = provider(endpoint)
    endpoint.answer = (503, "")
    with pytest.raises(TokenError):
        tokens.token()
    endpoint.answer = None
    assert (tokens.token(), tokens.problem) == ("token-1", None)


@pytest.mark.parametrize(
    "body", ["", "[]", "no json", "{}", '{"access_token": 5}', '{"access_token": "a\\r\\nb"}',
             '{"access_token": "a", "token_type": "mac"}']
)  # fmt: skip
def test_what_is_no_bearer_token_is_none(endpoint: TokenEndpoint, body: str) -> None:
    endpoint.answer = (200, body)
    with pytest.raises(TokenError):
        provider(endpoint).token()


def test_the_secret_follows_no_redirect(endpoint: TokenEndpoint) -> None:
    endpoint.answer = (307, endpoint.url)
    with pytest.raises(TokenError, match="307"):
        provider(endpoint).token()
    assert len(endpoint.asked) == 1


def test_an_endpoint_that_is_not_there_is_a_failure_of_the_connection() -> None:
    with pytest.raises(OSError, match="cannot be asked"):
        TokenProvider(TokenOptions(url="http://127.0.0.1:1/token", client_id="x")).token()


def test_an_endpoint_elsewhere_must_be_https() -> None:
    with pytest.raises(ValueError, match="https"):
        TokenOptions(url="http://login.example/token", client_id="x")


def test_a_renewed_refresh_token_outlives_the_process(endpoint: TokenEndpoint, tmp_path: Path) -> None:
    endpoint.rotate = True
    chosen = OauthSettings(
        token_url=endpoint.url,
        client_id="intake",
        client_secret=SecretStr("client secret"),
        refresh_token=SecretStr("first"),
    )
    for _ in range(3):
        token_provider(chosen, tmp_path).token()
    assert [asked["refresh_token"] for asked in endpoint.asked] == ["first", "first+", "first++"]
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_refresh_token_in_the_settings_counts_again(endpoint: TokenEndpoint, tmp_path: Path) -> None:
    endpoint.rotate = True
    for given in ("first", "second"):
        endpoint.refresh_token = given
        chosen = OauthSettings(
            token_url=endpoint.url,
            client_id="intake",
            client_secret=SecretStr("client secret"),
            refresh_token=SecretStr(given),
        )
        assert token_provider(chosen, tmp_path).token()


@pytest.mark.e2e
@pytest.mark.parametrize("login_by", [ImapLogin.XOAUTH2, ImapLogin.OAUTHBEARER])
async def test_a_mailbox_is_read_with_tokens_and_an_expired_one_is_replaced(
    dovecot: Dovecot, login_by: ImapLogin
) -> None:
    made: list[str] = []

    def issue() -> str:
        made.append(dovecot.token("alice", seconds=-10 if not made else 300))
        return made[-1]

    with token_endpoint(issue) as endpoint:
        tokens = provider(endpoint)
        dovecot.deliver("alice", message(1))
        taker = MailboxTaker()
        mailbox = settings(dovecot, secret=tokens.token, secret_refused=tokens.forget, login_by=login_by)
        poller = ImapPoller(mailbox, taker, Cursors())
        poller.start()
        try:
            async with asyncio.timeout(15):
                while not taker.taken:
                    await asyncio.sleep(0.05)
        finally:
            await poller.stop()
    assert len(made) == 2
    assert poller.status.last_mail is not None


class _Bearer(SMTP):
    """An SMTP server that takes tokens."""

    good = "token-2"

    async def auth_XOAUTH2(self, _: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        return await self._judge(args, "user=alice\1auth=Bearer ")

    async def auth_OAUTHBEARER(self, _: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._judge(args, "n,a=alice,\1auth=Bearer ")

    async def _judge(self, args: list[str], prefix: str) -> AuthResult:
        shown = base64.b64decode(args[1]).decode()
        if shown == f"{prefix}{self.good}\1\1":
            return AuthResult(success=True, auth_data=b"alice")
        await self.challenge_auth('{"status":"invalid_token"}')
        return AuthResult(success=False, handled=False)


class _Sink:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


class _Server(Controller):
    def factory(self) -> SMTP:
        return _Bearer(self.handler, auth_require_tls=False)


@pytest.mark.parametrize("login_by", [SmarthostLogin.XOAUTH2, SmarthostLogin.OAUTHBEARER])
def test_a_smarthost_takes_a_token_and_a_refused_one_is_replaced(
    endpoint: TokenEndpoint, login_by: SmarthostLogin
) -> None:
    sink = _Sink()
    server = _Server(sink, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        tokens = provider(endpoint)
        options = SmarthostOptions(
            host="127.0.0.1",
            port=server.port,
            tls=SmarthostTls.NONE,
            login="alice",
            secret=tokens.token,
            refused=tokens.forget,
            login_by=login_by,
        )
        host = Smarthost(options)
        first = host.send("helpdesk@desk.example", "jan@firma.cz", b"Subject: a\r\n\r\nb\r\n")
        second = host.send("helpdesk@desk.example", "jan@firma.cz", b"Subject: a\r\n\r\nb\r\n")
        host.close()
    finally:
        server.stop()
    assert isinstance(first, TransientFailure)
    assert isinstance(second, Sent)
    assert len(sink.mails) == 1
