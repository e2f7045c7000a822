"""The webhooks' HTTP routes: a light way from the request to the gateway. Owns only the translation.

Written on ASGI itself: a PBX waits, and the wrappers of a framework would cost as much as the decision.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from channels.phone.dialects.base import answer_json
from channels.phone.gateway import PhoneGateway
from channels.phone.hook import HookRequest, HookResponse

log = structlog.get_logger(__name__)

_LARGEST = 256 * 1024  # octets; no PBX tells so much about a call
_METHODS = ["GET", "HEAD", "POST"]
_MOST_FIELDS = 200


def phone_routes(gateway: PhoneGateway, *, public_url: str, endpoint_of_token: Callable[[str], str]) -> list[Route]:
    """The routes of all endpoints.

    `/hooks/phone/{endpoint}` for every dialect, `/hooks/phone/{endpoint}/{token}` for PBXs that only know a URL,
    and Zammad's `/api/v1/cti/{token}`. public_url: how the peer sees us, because some providers sign the whole URL.
    endpoint_of_token: which endpoint has this token, "" for none.
    """
    hook = _Hook(gateway, public_url, endpoint_of_token)
    return [
        Route("/hooks/phone/{endpoint}", hook, methods=_METHODS),
        Route("/hooks/phone/{endpoint}/{token:path}", hook, methods=_METHODS),
        Route("/api/v1/cti/{token}", hook, methods=_METHODS),
    ]


class _Hook:
    """The application behind the routes."""

    def __init__(self, gateway: PhoneGateway, public_url: str, endpoint_of_token: Callable[[str], str]) -> None:
        self._gateway = gateway
        self._public_url = public_url
        self._endpoint_of_token = endpoint_of_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one webhook."""
        body = await _read(receive)
        if body is None:
            return
        answer = await self._answer(scope, body)
        headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(answer.body)).encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, body: bytes) -> HookResponse:
        if len(body) > _LARGEST:
            return answer_json({"error": "the request is too large"}, status=413)
        given = scope["path_params"]
        endpoint = given.get("endpoint") or self._endpoint_of_token(given["token"])
        try:
            return await self._gateway.handle(_read_request(scope, body, endpoint, self._public_url))
        except Exception as error:  # noqa: BLE001 - the PBX falls back to its own rule, and somebody must hear of it
            log.exception("webhook failed", endpoint=endpoint, error=str(error))
            failed = answer_json({"error": "unavailable"}, status=503)
            return HookResponse(
                status=503, content_type=failed.content_type, body=failed.body, headers=(("Retry-After", "10"),)
            )


async def _read(receive: Receive) -> bytes | None:
    """The body, as much of it as tells whether it is too large; None when the peer has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > _LARGEST or not message.get("more_body", False):
            return body


def _read_request(scope: Scope, body: bytes, endpoint: str, public_url: str) -> HookRequest:
    headers: dict[str, tuple[str, ...]] = {}
    for octets, value in scope["headers"]:
        name = octets.decode("latin-1")
        headers[name] = (*headers.get(name, ()), value.decode("latin-1"))
    query = scope["query_string"].decode("latin-1")
    client = scope.get("client")
    return HookRequest(
        endpoint=endpoint,
        method=scope["method"],
        url=f"{public_url}{scope['path']}" + (f"?{query}" if query else ""),
        path=scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace"),
        body=body,
        query=_read_query(query) if query else {},
        headers=headers,
        peer_ip=client[0] if client else None,
    )


def _read_query(query: str) -> dict[str, tuple[str, ...]]:
    """The fields of the URL; too many are none, as none of ours has so many."""
    fields: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return fields
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields
