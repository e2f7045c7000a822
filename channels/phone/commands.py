"""Decisions that go to a provider by requests of ours: for PBXs whose webhook's answer decides nothing.

Owns how a command is sent, how long it is tried – the caller is waiting – and how each provider's API is entered. What
a command says is the dialect's. A command that fails leaves the call to what the PBX does without one.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import structlog

from channels.phone.dialects.base import RestCommand
from intake.outgoing_http import ANYWHERE, Answered, Asked, OutgoingError, ask

log = structlog.get_logger(__name__)

COMMAND_SECONDS = 3.0  # of one attempt
TRIED_FOR = 8.0  # seconds, over all attempts: a Yeastar PBX waits ten
_PAUSE = 0.3
_LARGEST = 64 * 1024
TELNYX = "https://api.telnyx.com"


class ProviderApi(Protocol):
    """One provider's API, as the operator may use it. Blocking."""

    def send(self, command: RestCommand, seconds: float) -> None:
        """Send it within so many seconds. Raises OutgoingError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerApi:
    """An API entered with a key that does not change (Telnyx). base: its https address. context: roots to trust."""

    base: str
    key: str = field(repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def send(self, command: RestCommand, seconds: float) -> None:
        answer = _post(f"{self.base}{command.path}", command.body, seconds, self.context, bearer=self.key)
        _check(answer)


class YeastarApi:
    """A Yeastar P-Series PBX: a client id and secret give a token that lasts for half an hour.

    base: the PBX's address, as in a browser. Source: Yeastar P-Series developer guide, "Authentication".
    """

    def __init__(self, base: str, client_id: str, secret: str, context: ssl.SSLContext | None = None) -> None:
        self._base = base
        self._login = {"username": client_id, "password": secret}
        self._context = context
        self._token: tuple[str, float] | None = None
        self._lock = Lock()

    def send(self, command: RestCommand, seconds: float) -> None:
        for renewed in (False, True):
            token = self._enter(seconds, anew=renewed)
            answer = _post(f"{self._base}{command.path}?access_token={token}", command.body, seconds, self._context)
            if _yeastar_error(answer) not in _TOKEN_GONE or renewed:
                _check(answer)
                return

    def _enter(self, seconds: float, *, anew: bool) -> str:
        with self._lock:
            if not anew and self._token is not None and time.monotonic() < self._token[1]:
                return self._token[0]
            answer = _post(f"{self._base}/openapi/v1.0/get_token", self._login, seconds, self._context)
            _check(answer)
            said = _json(answer)
            token, lasts = said.get("access_token"), said.get("access_token_expire_time", 1800)
            if not isinstance(token, str) or not token.isalnum() or not isinstance(lasts, int):
                raise OutgoingError("the PBX gave no access token", permanent=True)
            self._token = (token, time.monotonic() + max(lasts - 60, 0))
            return token


class CommandSender:
    """Sends the commands of one endpoint beside the answers to its webhooks. failed: told of each that did not go."""

    def __init__(self, api: ProviderApi, failed: Callable[[RestCommand, str], None] | None = None) -> None:
        self._api = api
        self._failed = failed or _tell
        self._sending: set[asyncio.Task[None]] = set()

    def send_later(self, commands: Sequence[RestCommand]) -> None:
        """Begin to send them, one after the other, and come back at once."""
        if commands:
            task = asyncio.get_running_loop().create_task(self._send(tuple(commands)))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def settled(self) -> None:
        """Wait until every command begun so far has been sent or given up."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _send(self, commands: tuple[RestCommand, ...]) -> None:
        ends_at = time.monotonic() + TRIED_FOR
        for command in commands:
            try:
                await self._try(command, ends_at)
            except OutgoingError as error:
                # What follows depends on what went before: nobody is asked for a PIN in a call nobody answered.
                self._failed(command, str(error))
                return

    async def _try(self, command: RestCommand, ends_at: float) -> None:
        while True:
            left = ends_at - time.monotonic()
            try:
                await asyncio.to_thread(self._api.send, command, min(COMMAND_SECONDS, max(left, 0.1)))
            except OutgoingError as error:
                if error.permanent or time.monotonic() + _PAUSE >= ends_at:
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return


# "The token is invalid" and "has expired".
_TOKEN_GONE = frozenset({10003, 10004})


def _post(
    url: str, body: Any, seconds: float, context: ssl.SSLContext | None, *, bearer: str | None = None
) -> Answered:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "OpenAPI"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    asked = Asked(
        url=url,
        method="POST",
        headers=headers,
        body=json.dumps(dict(body)).encode(),
        seconds=seconds,
        largest=_LARGEST,
        # The operator names the address; a PBX of one's own is in a private network.
        allowed=ANYWHERE,
    )
    return ask(asked, context)


def _check(answer: Answered) -> None:
    """Raise OutgoingError unless the provider took it. A Yeastar says no with 200 and an error code."""
    if not 200 <= answer.status < 300:
        permanent = answer.status < 500 and answer.status not in {408, 429}
        raise OutgoingError(f"the provider answered {answer.status}", permanent=permanent)
    error = _yeastar_error(answer)
    if error:
        raise OutgoingError(f"the PBX answered with error {error}", permanent=True)


def _yeastar_error(answer: Answered) -> int:
    error = _json(answer).get("errcode", 0)
    return error if isinstance(error, int) else 0


def _json(answer: Answered) -> dict[str, Any]:
    try:
        read = json.loads(answer.body or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _tell(command: RestCommand, error: str) -> None:
    log.error("a decision did not reach the provider", command=command.path.rpartition("/")[2], error=error)
