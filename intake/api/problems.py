"""Every way the API says no: one table of stable types, and the RFC 9457 answers made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/v1/problems/"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A line of the table. advice: what whoever gets this should do."""

    status: int
    title: str
    advice: str


# The slugs are public and stable.
PROBLEMS: Mapping[str, ProblemType] = {
    "malformed": ProblemType(400, "The request cannot be read", "Send well-formed JSON or multipart form data."),
    "unauthenticated": ProblemType(
        401, "A valid token is needed", "Send Authorization: Bearer with a token that is active and not expired."
    ),
    "scope-missing": ProblemType(403, "The token may not do this", "Use a token with the scope named in the detail."),
    "not-authorized": ProblemType(
        403, "The contact is not authorized", "The reason says why; the service desk keeps the list of contacts."
    ),
    "request-refused": ProblemType(
        403, "The request was refused", "The reason says why; nothing was stored but a line in the ledger."
    ),
    "file-withheld": ProblemType(
        403, "The file is withheld", "Who decides about the quarantine may give it out; its octets are kept."
    ),
    "not-found": ProblemType(404, "There is nothing here", "Check the number; what you may not see is not found."),
    "method-not-allowed": ProblemType(405, "This method is not offered here", "The Allow header lists those that are."),
    "step-refused": ProblemType(
        409, "The ticket cannot take this step", "The detail names what is legal now and what each step needs."
    ),
    "entry-taken": ProblemType(409, "The value belongs to another entry", "Change or end the other entry first."),
    "conflict": ProblemType(
        409, "Somebody else did the same at the same time", "Read again, then repeat the request if still wanted."
    ),
    "quarantine-decision": ProblemType(
        409, "The held request cannot be decided so", "The detail says what is missing or who decided already."
    ),
    "statement-refused": ProblemType(
        409, "There is no such statement, or it cannot be closed so", "The detail says what to do instead."
    ),
    "version-outdated": ProblemType(
        412, "The ticket was changed since you read it", "Read it again and repeat with its new ETag."
    ),
    "body-too-large": ProblemType(413, "The request is too large", "Send smaller or fewer attachments."),
    "invalid": ProblemType(422, "Some values cannot be taken", "Each of the errors names a field and what is wrong."),
    "idempotency-key-reused": ProblemType(
        422, "The Idempotency-Key was used for another request", "Use a new key for a new request."
    ),
    "precondition-required": ProblemType(
        428, "The ticket's version is needed", "Send If-Match with the ETag of the ticket as you read it."
    ),
    "too-often": ProblemType(
        429, "Enough was sent there for now", "Repeat the request after the seconds in Retry-After."
    ),
    "internal": ProblemType(500, "Something broke", "Nothing was stored. Tell the operator the trace id."),
    "temporary": ProblemType(503, "Not possible right now", "Repeat the request after the seconds in Retry-After."),
}


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An answer that says no. Raise it anywhere below a route.

    slug: a key of `PROBLEMS`. more: further members of the answer. RFC 9457 §3.2
    """

    def __init__(self, slug: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    @property
    def status(self) -> int:
        """The HTTP status."""
        return PROBLEMS[self.slug].status


class FieldError(BaseModel):
    """One value that cannot be taken."""

    field: str = Field(description="where it is: body.text, query.limit …")
    message: str = Field(description="what is wrong with it")


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="stable; resolves to what it means and what to do")
    title: str
    status: int
    detail: str = Field(description="what went wrong this time")
    trace_id: str | None = Field(None, description="names this request in the logs")
    reason: str | None = Field(None, description="the stable reason of a refusal")
    errors: list[FieldError] | None = Field(None, description="of type invalid: each value that cannot be taken")


def problem_response(problem: Problem, trace_id: str | None = None) -> JSONResponse:
    """The answer for a problem. RFC 9457 §3"""
    kind = PROBLEMS[problem.slug]
    content = {
        "type": TYPE_BASE + problem.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        **({"trace_id": trace_id} if trace_id else {}),
        **problem.more,
    }
    return JSONResponse(content, kind.status, headers=problem.headers, media_type=MEDIA_TYPE)


def documented(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these problems, with an example each, beside those every route can give."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for slug in dict.fromkeys(("unauthenticated", "scope-missing", "not-authorized", "invalid", "temporary", *slugs)):
        kind = PROBLEMS[slug]
        example = {"type": TYPE_BASE + slug, "title": kind.title, "status": kind.status, "detail": kind.advice}
        answer = by_status.setdefault(
            kind.status,
            {
                "description": kind.title,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}, "examples": {}}},
            },
        )
        answer["content"][MEDIA_TYPE]["examples"][slug] = {"value": example}
    return by_status
