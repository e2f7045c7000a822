"""The webhooks' HTTP routes: a light way from the request to the gateway. Owns only the translation."""

from collections.abc import Callable, Iterable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.phone.gateway import PhoneGateway
from channels.phone.hook import HookRequest

log = structlog.get_logger(__name__)

_LARGEST = 256 * 1024  # octets; no PBX tells so much about a call
_METHODS = ["GET", "HEAD", "POST"]


def phone_routes(gateway: PhoneGateway, *, public_url: str, endpoint_of_token: Callable[[str], str]) -> list[Route]:
    """The routes of all endpoints.

    `/hooks/phone/{endpoint}` for every dialect, `/hooks/phone/{endpoint}/{token}` for PBXs that only know a URL,
    and Zammad's `/api/v1/cti/{token}`. public_url: how the peer sees us, because some providers sign the whole URL.
    endpoint_of_token: which endpoint has this token, "" for none.
    """

    async def hook(request: Request) -> Response:
        endpoint = request.path_params.get("endpoint") or endpoint_of_token(request.path_params["token"])
        return await _handle(gateway, request, endpoint, public_url)

    return [
        Route("/hooks/phone/{endpoint}", hook, methods=_METHODS),
        Route("/hooks/phone/{endpoint}/{token:path}", hook, methods=_METHODS),
        Route("/api/v1/cti/{token}", hook, methods=_METHODS),
    ]


async def _handle(gateway: PhoneGateway, request: Request, endpoint: str, public_url: str) -> Response:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return JSONResponse({"error": "the request is too large"}, status_code=413)
    query = request.url.query
    asked = HookRequest(
        endpoint=endpoint,
        method=request.method,
        url=f"{public_url}{request.url.path}" + (f"?{query}" if query else ""),
        path=request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace"),
        body=bytes(body),
        query=_grouped(request.query_params.multi_items()),
        headers=_grouped(request.headers.items()),
        peer_ip=request.client.host if request.client else None,
    )
    try:
        answer = await gateway.handle(asked)
    except Exception as error:  # noqa: BLE001 - the PBX falls back to its own rule, and somebody must hear of it
        log.exception("webhook failed", endpoint=endpoint, error=str(error))
        return JSONResponse({"error": "unavailable"}, status_code=503, headers={"Retry-After": "10"})
    return Response(
        answer.body, status_code=answer.status, media_type=answer.content_type, headers=dict(answer.headers)
    )


def _grouped(items: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    grouped: dict[str, tuple[str, ...]] = {}
    for name, value in items:
        grouped[name] = (*grouped.get(name, ()), value)
    return grouped
