"""The API as one application: routers, refusals, figures, and what it says about itself."""

import re
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.convertors import Convertor, register_url_convertor

from intake.api import (
    calls,
    category_rules,
    clocks,
    console,
    contact_files,
    customers,
    deliveries,
    explain,
    health,
    list_changes,
    mail_templates,
    open_hours,
    phone_proofs,
    quarantine,
    recognition,
    records,
    remote_access,
    scim,
    sign_in,
    statements,
    ticket_commands,
    ticket_comments,
    ticket_files,
    ticket_links,
    ticket_participants,
    tickets,
    tokens,
    webhooks,
)
from intake.api.body_limit import BodyLimit
from intake.api.observe import Observe
from intake.api.problems import PROBLEMS, Problem, ProblemBody, documented
from intake.api.refusals import install_refusals
from intake.api.services import ApiServices

_DESCRIPTION = """Everything the service desk's programs need: tickets, the people and lists, the quarantine, and what
happened to every input.

Send `Authorization: Bearer intk_…`. Refusals are RFC 9457 problems; their types are stable and resolve to what to do.
Lists are read page by page with `cursor`. A ticket's ETag is its version: send it as `If-Match` with every change of
its state. A POST with an `Idempotency-Key` can be repeated and does its work once."""


class _Anything(Convertor[str]):
    """Every rest of a path. Starlette's own stops at a line feed, which somebody may well send."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())

_PARAMETER = re.compile(r"\{[^}]+\}")

_about = APIRouter(prefix="/api/v1", tags=["problems"])


@_about.get("/problems/{slug}", responses=documented("not-found"))
async def read_problem(slug: str) -> dict[str, str | int]:
    """What a problem type means and what to do about it."""
    kind = PROBLEMS.get(slug)
    if kind is None:
        raise Problem("not-found", f"There is no problem type {slug!r}.")
    return {"type": slug, "status": kind.status, "title": kind.title, "advice": kind.advice}


async def _nothing_here(request: Request) -> None:
    """Answer for what no route takes, before any page added to the application can."""
    document = request.app.openapi()
    for template, operations in document["paths"].items():
        if re.fullmatch(_PARAMETER.sub("[^/]+", template), request.url.path):
            allowed = ", ".join(sorted(method.upper() for method in operations))
            raise Problem("method-not-allowed", f"Offered here: {allowed}.", headers={"Allow": allowed})
    raise Problem("not-found", "The API has nothing at this path; /api/v1/openapi.json lists what it has.")


def create_api(services: ApiServices) -> FastAPI:
    """Make the application. Further parts (webhooks, pages) may be added to it; what is under /api stays the API's."""
    app = FastAPI(
        title="Intake",
        version=services.version,
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.add_middleware(BodyLimit, max_octets=services.max_body_octets)
    app.add_middleware(Observe, registry=services.registry)
    install_refusals(app, services.temporary_errors)
    app.include_router(health.router)
    for part in (
        tickets,
        ticket_commands,
        ticket_comments,
        ticket_files,
        ticket_participants,
        ticket_links,
        customers,
        contact_files,
        recognition,
        category_rules,
        list_changes,
        quarantine,
        records,
        calls,
        phone_proofs,
        explain,
        clocks,
        console,
        statements,
        open_hours,
        remote_access,
        tokens,
        sign_in,
        webhooks,
        scim,
        deliveries,
        mail_templates,
    ):
        app.include_router(part.router)
    app.include_router(_about)
    app.add_api_route(
        "/api/{path:anything}",
        _nothing_here,
        methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
    )
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Put the schema the documented refusals refer to into the OpenAPI document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas |= schema.pop("$defs", {}) | {"ProblemBody": schema}
            for operations in document["paths"].values():
                for operation in operations.values():
                    _describe_body(operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_body(operation: dict[str, Any]) -> None:
    """Whatever takes a body may find it unreadable or too large."""
    if "requestBody" in operation:
        answers = documented("malformed", "body-too-large")
        operation["responses"] |= {str(status): answers[status] for status in (400, 413)}
