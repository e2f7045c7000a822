"""The largest request that is read. A longer one is refused before its body, or at the octet too many."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.api.problems import Problem, problem_response


class BodyLimit:
    """ASGI middleware. max_octets: of a request's body."""

    def __init__(self, app: ASGIApp, max_octets: int) -> None:
        self._app = app
        self._max_octets = max_octets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced(scope) > self._max_octets:
            answer = problem_response(Problem("body-too-large", self._text()), scope.get("trace_id"))
            await answer(scope, receive, send)
            return
        read = 0

        async def receive_some() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_octets:
                raise HTTPException(413, self._text())
            return message

        await self._app(scope, receive_some, send)

    def _text(self) -> str:
        return f"A request may have at most {self._max_octets} octets."


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
