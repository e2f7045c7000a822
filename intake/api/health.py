"""What machines ask the process: is it alive, can it take work, what are its figures."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from intake.api.services import ReadinessCheck, Services

router = APIRouter(tags=["health"])


@router.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> str:
    """Alive: the event loop answers. Says nothing about the database, so that a restart is not the cure for it."""
    return "alive"


@router.get("/readyz", responses={503: {"description": "Some check failed; the body says which"}})
def readyz(services: Services) -> JSONResponse:
    """Can take work: every part it needs is there."""
    found = {name: _result(check) for name, check in services.readiness.items()}
    ready = all(text is None for text in found.values())
    content = {"ready": ready, "checks": {name: text or "ok" for name, text in found.items()}}
    return JSONResponse(content, 200 if ready else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response)
def metrics(services: Services) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(services.registry), media_type=CONTENT_TYPE_LATEST)


def _result(check: ReadinessCheck) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - a check that breaks is an answer: not ready
        return f"{type(error).__name__}: {error}"
