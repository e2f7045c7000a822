"""What stands around every request, tried at the ASGI seam: the body's limit, a trace, a break in mid-answer."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.api.body_limit import BodyLimit
from intake.api.observe import Observe


def run(app: ASGIApp, chunks: Iterable[bytes], headers: list[tuple[bytes, bytes]]) -> tuple[list[Any], int]:
    """Send a request in chunks; returns the messages of the answer and how many chunks were taken."""
    parts = list(chunks)
    taken = 0
    answered: list[Any] = []

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": parts[taken - 1], "more_body": taken < len(parts)}

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return answered, taken


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body and answers with its length."""
    length = 0
    more = True
    while more:
        message = await receive()
        length += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def test_an_announced_body_that_is_too_large_is_not_read_at_all() -> None:
    answered, taken = run(BodyLimit(read_all, 10), [b"x" * 11], [(b"content-length", b"11")])
    assert (answered[0]["status"], taken) == (413, 0)
    assert json.loads(answered[1]["body"])["type"].endswith("body-too-large")


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"5")], [(b"content-length", b"x")]])
def test_a_body_is_read_up_to_the_octet_too_many(headers: list[tuple[bytes, bytes]]) -> None:
    answered, taken = run(BodyLimit(read_all, 10), [b"x" * 5, b"x" * 5], headers)
    assert (answered[0]["status"], answered[1]["body"], taken) == (200, b"10", 2)
    with pytest.raises(Exception, match="at most 10 octets"):
        run(BodyLimit(read_all, 10), [b"x" * 5, b"x" * 6, b"x"], headers)


def test_what_breaks_before_the_answer_is_told_as_a_problem() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("mellon")

    registry = CollectorRegistry()
    answered, _ = run(Observe(broken, registry), [b""], [])
    assert answered[0]["status"] == 500
    body = json.loads(answered[1]["body"])
    assert dict(answered[0]["headers"])[b"trace-id"].decode() == body["trace_id"]
    labels = {"method": "POST", "route": "none", "status": "500"}
    assert registry.get_sample_value("intake_http_requests_total", labels) == 1


def test_what_breaks_in_mid_answer_cuts_it_off() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("mellon")

    with pytest.raises(RuntimeError, match="mellon"):
        run(Observe(broken, CollectorRegistry()), [b""], [])
