"""Around every request: a trace id, its figures, one line in the log, and the answer when something broke.

Never logs what was sent or answered.
"""

import re
import secrets
import time
import traceback
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.api.problems import Problem, problem_response

log = structlog.get_logger(__name__)

# W3C Trace Context §3.2: version 00, trace-id, parent-id, flags
_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_FRAMES = 12
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observe:
    """ASGI middleware. registry: where the figures go."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "intake_http_requests_total",
            "HTTP requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "intake_http_request_seconds",
            "Time from a request's head to the end of its answer",
            ["method", "route"],
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = _trace_id(scope)
        scope["trace_id"] = trace_id
        status = 500
        started = False
        began = time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message.get("headers", ()), (b"trace-id", trace_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            try:
                await self._app(scope, receive, send_and_note)
            except ClientDisconnect:
                # Whoever left while sending, or while being answered, reads no answer: nothing of ours broke.
                log.info("the client left")
            except Exception as error:
                # Below every handler nobody knew what to do with it, so nothing is told but where to look.
                log.error("a request broke", error=type(error).__name__, at=places(error))
                if started:
                    raise
                problem = Problem("internal", "Something broke; it is in the log with this trace id.")
                await problem_response(problem, trace_id)(scope, receive, send_and_note)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, not the path: a figure a ticket would be a figure too many.
        route = _route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        log.info("http", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


def places(error: BaseException) -> list[str]:
    """Where it broke, innermost last. The message and the values are left out: they hold what was sent."""
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]]


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path_format", None) or getattr(route, "path", None) or "none")


def _trace_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = _TRACEPARENT.fullmatch(value)
            if found:
                return found.group(1).decode()
    return secrets.token_hex(16)
