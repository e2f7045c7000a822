"""The form of SCIM's answers: one resource, a page of them, a refusal. RFC 7644 §3.4, §3.9, §3.12"""

import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from scim2_models import (
    Context,
    Error,
    InvalidValueException,
    NotFoundException,
    Resource,
    ResponseParameters,
    ScimObject,
)

from intake.scim.refusals import refusal_of

T = TypeVar("T")
AnyResource = Resource[Any]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

MEDIA_TYPE = "application/scim+json"  # RFC 7644 §3.1


class ScimRoute(APIRoute):
    """Answers every refusal in SCIM's words. RFC 7644 §3.12"""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                known = Error(status=400, scim_type="invalidValue", detail=str(error)[:400])
            except Exception as error:
                refused = refusal_of(error)
                if refused is None:
                    raise
                known = refused
            headers = {"WWW-Authenticate": 'Bearer realm="intake"'} if known.status == 401 else {}
            return Response(known.model_dump_json(), known.status or 500, headers, MEDIA_TYPE)

        return answered


def show_page(
    found: Sequence[AnyResource], start: str, count: str, *, most: int, attributes: str | None, excluded: str | None
) -> Response:
    """One page of what was found. start, count, attributes, excluded: as they were asked. RFC 7644 §3.4.2.4"""
    # Less than one is one, less than none is none.
    first, length = max(_number(start), 1), min(max(_number(count), 0), most)
    page = found[first - 1 : first - 1 + length]
    shown = [_dump(each, Context.RESOURCE_QUERY_RESPONSE, attributes, excluded) for each in page]
    return show_raw(listed(shown, len(found), first))


def show_resource(
    shown: AnyResource,
    context: Context,
    *,
    status: int = 200,
    attributes: str | None = None,
    excluded: str | None = None,
) -> Response:
    """One resource, with its entity tag where it has one."""
    answer = show_raw(_dump(shown, context, attributes, excluded), status)
    if version_in(shown):
        answer.headers["ETag"] = version_in(shown)
    if status == 201 and shown.meta is not None:
        answer.headers["Location"] = str(shown.meta.location)
    return answer


def show(shown: ScimObject) -> Response:
    """What the service says of itself."""
    return show_raw(shown.model_dump())


def show_raw(content: dict[str, Any], status: int = 200) -> Response:
    """Content that is ready."""
    return Response(json.dumps(content, ensure_ascii=False), status, media_type=MEDIA_TYPE)


def listed(shown: list[dict[str, Any]], total: int, first: int) -> dict[str, Any]:
    """A list's answer. first: where it begins, from 1."""
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(shown),
        "Resources": shown,
    }


def version_in(shown: AnyResource) -> str:
    """Its entity tag, "" for one without."""
    return "" if shown.meta is None else str(shown.meta.version or "")


def one_of(found: Iterable[T], is_it: Callable[[T], bool]) -> T:
    """The one that is wanted. Raises NotFoundException."""
    for each in found:
        if is_it(each):
            return each
    raise NotFoundException(detail="There is nothing of that name.")


def _number(text: str) -> int:
    try:
        return int(text[:9])
    except ValueError as error:
        raise InvalidValueException(detail=f"{text[:40]!r} is no number.") from error


def _dump(shown: AnyResource, context: Context, attributes: str | None, excluded: str | None) -> dict[str, Any]:
    asked = {"attributes": _names(attributes), "excluded_attributes": _names(excluded)}
    kind: Any = ResponseParameters[type(shown)]  # type: ignore[misc]
    parameters = kind(**{name: value for name, value in asked.items() if value})
    return shown.model_dump(scim_ctx=context, response_parameters=parameters)


def _names(written: str | None) -> list[str]:
    return [name.strip() for name in (written or "").split(",") if name.strip()]
