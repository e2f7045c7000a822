"""Whatever is raised below a route becomes a problem: one handler for each kind of exception."""

import math

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from intake.administration import EntryError, InvalidEntryError, TakenEntryError, TooOftenError, UnknownEntryError
from intake.api.problems import Problem, problem_response
from intake.ports import ConflictError

log = structlog.get_logger(__name__)

_ENTRY_SLUGS: dict[type[EntryError], str] = {
    InvalidEntryError: "invalid",
    TakenEntryError: "entry-taken",
    TooOftenError: "too-often",
    UnknownEntryError: "not-found",
}
_HTTP_SLUGS = {
    400: "malformed",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    422: "invalid",
    503: "temporary",
}


def install_refusals(app: FastAPI, temporary_errors: tuple[type[Exception], ...]) -> None:
    """Answer every exception as a problem. temporary_errors: those after which coming again may help."""
    for kind in temporary_errors:
        app.add_exception_handler(kind, _on_temporary_error)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(EntryError, _on_entry_error)
    app.add_exception_handler(ConflictError, _on_conflict)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _answer(request: Request, problem: Problem) -> JSONResponse:
    return problem_response(problem, request.scope.get("trace_id"))


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Problem):
        raise error
    return _answer(request, error)


async def _on_entry_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, EntryError):
        raise error
    slug = _ENTRY_SLUGS[type(error)]
    headers = {}
    if isinstance(error, TooOftenError) and error.until is not None:
        left = error.until - request.app.state.services.clock()
        headers["Retry-After"] = str(max(1, math.ceil(left.total_seconds())))
    if error.field is None:
        return _answer(request, Problem(slug, error.message, headers=headers))
    errors = [{"field": f"body.{error.field}", "message": error.message}]
    return _answer(request, Problem(slug, error.message, headers=headers, errors=errors))


async def _on_conflict(request: Request, error: Exception) -> JSONResponse:
    return _answer(request, Problem("conflict", str(error)))


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return _answer(request, Problem("malformed", "The body is not well-formed JSON."))
    # The values themselves are left out: they may be secrets.
    errors = [
        {"field": ".".join(str(part) for part in each["loc"]), "message": each["msg"].removeprefix("Value error, ")}
        for each in found
    ]
    return _answer(request, Problem("invalid", f"{len(errors)} of the values sent cannot be taken.", errors=errors))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    slug = _HTTP_SLUGS.get(error.status_code, "internal" if error.status_code >= 500 else "malformed")
    return _answer(request, Problem(slug, str(error.detail), headers=error.headers))


async def _on_temporary_error(request: Request, error: Exception) -> JSONResponse:
    log.warning("a request must come again", error=type(error).__name__)
    text = "The store cannot take work right now; nothing was stored."
    return _answer(request, Problem("temporary", text, headers={"Retry-After": "5"}))
