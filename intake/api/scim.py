"""SCIM 2.0 for customers' directories, under /scim/v2. RFC 7644

Owns the protocol's answers; what a change does is `intake.scim.service`. A token is one customer's and does nothing
else; users of other customers are not there.
"""

import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from scim2_models import (
    AuthenticationScheme,
    Context,
    Error,
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    ResponseParameters,
    SCIMException,
    ScimObject,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    UnauthorizedException,
    User,
)
from scim2_models import Bulk as BulkSupport
from scim2_models import ChangePassword as ChangePasswordSupport
from scim2_models import ETag as ETagSupport
from scim2_models import Filter as FilterSupport
from scim2_models import Patch as PatchSupport
from scim2_models import Sort as SortSupport

from authz.identity import Channel
from authz.people.tokens import Scope, keep_token
from intake.administration import EntryError, TakenEntryError
from intake.api.services import Services
from intake.ports import ConflictError
from intake.scim.mapping import AnyUser, UnusableUserError
from intake.scim.service import Directory
from intake.tickets.model import Actor, ActorKind

T = TypeVar("T")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

MEDIA_TYPE = "application/scim+json"  # RFC 7644 §3.1


class _ScimRoute(APIRoute):
    """Answers every refusal in SCIM's words. RFC 7644 §3.12"""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                known = _known(error)
                if known is None:
                    raise
                headers = {"WWW-Authenticate": 'Bearer realm="intake"'} if known.status == 401 else {}
                return Response(known.model_dump_json(), known.status or 500, headers, MEDIA_TYPE)

        return answered


def _known(error: Exception) -> Error | None:
    """The answer for what a route raises; None for what is a defect of ours."""
    match error:
        case SCIMException():
            return error.to_error()
        case ValidationError():
            return Error.from_validation_error(error.errors()[0])
        case RequestValidationError() | UnusableUserError():
            return Error(status=400, scim_type="invalidValue", detail=str(error)[:400])
        case TakenEntryError():
            return Error(status=409, scim_type="uniqueness", detail=error.message)
        case EntryError():
            return Error(status=400, scim_type="invalidValue", detail=error.message)
        case ConflictError():
            return Error(status=409, detail=str(error))
    return None


router = APIRouter(prefix="/scim/v2", include_in_schema=False, route_class=_ScimRoute)

_MOST = 200

# Entra and Okta send attributes we do not keep, filters that match nothing yet, and removals with a value.
_POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_CONFIG = ServiceProviderConfig(
    patch=PatchSupport(supported=True),
    bulk=BulkSupport(supported=False, max_operations=0, max_payload_size=0),
    filter=FilterSupport(supported=True, max_results=_MOST),
    change_password=ChangePasswordSupport(supported=False),
    sort=SortSupport(supported=False),
    etag=ETagSupport(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type="oauthbearertoken", name="Bearer token", description="A token of the customer with scope scim:write."
        )
    ],
)
_PROVIDER = ScimProvider(models=[User], config=_CONFIG)


def _directory(
    services: Services, request: Request, authorization: Annotated[str | None, Header()] = None
) -> Directory:
    """The customer the token is of. Raises the library's exceptions."""
    scheme, _, secret = (authorization or "").partition(" ")
    known = services.queries.find_token(keep_token(secret.strip())) if scheme.lower() == "bearer" else None
    at = services.clock()
    token = None if known is None else known.token
    if token is None or not token.active or (token.expires_at is not None and token.expires_at <= at):
        raise UnauthorizedException(detail="A valid token is needed.")
    customer = None if token.customer_id is None else services.queries.customer(token.customer_id)
    if Scope.SCIM_WRITE not in token.scopes or customer is None or not customer.active:
        raise ForbiddenException(detail="This token is not one of a customer's directory.")
    return Directory(
        queries=services.queries,
        writer=services.writer,
        clock=services.clock,
        customer_id=customer.id,
        by=Actor(kind=ActorKind.ADMIN, name=f"SCIM {token.name}"[:200], channel=Channel.WEB),
        base=str(request.base_url).rstrip("/") + router.prefix + "/Users",
    )


WantedDirectory = Annotated[Directory, Depends(_directory)]


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]
IfMatch = Annotated[str | None, Header()]


@router.get("/ServiceProviderConfig")
def read_config() -> Response:
    """What is supported. RFC 7643 §5"""
    return _show(_CONFIG)


@router.get("/ResourceTypes")
def list_resource_types() -> Response:
    """The one kind of resource there is. RFC 7643 §6"""
    types = list(_PROVIDER.resource_types)
    return _show_raw(_listed([each.model_dump() for each in types], len(types), 1))


@router.get("/ResourceTypes/{name}")
def read_resource_type(name: str) -> Response:
    """One kind of resource."""
    return _show(_one(_PROVIDER.resource_types, lambda each: each.name == name))


@router.get("/Schemas")
def list_schemas() -> Response:
    """The schema of a user. RFC 7643 §7"""
    return _show_raw(_listed([each.model_dump() for each in _PROVIDER.schemas], len(_PROVIDER.schemas), 1))


@router.get("/Schemas/{urn}")
def read_schema(urn: str) -> Response:
    """One schema."""
    return _show(_one(_PROVIDER.schemas, lambda each: str(each.id) == urn))


@router.get("/Users")
def list_users(
    *,
    directory: WantedDirectory,
    wanted: Annotated[str | None, Query(alias="filter")] = None,
    start: Annotated[str, Query(alias="startIndex")] = "1",
    count: str = str(_MOST),
    attributes: str | None = None,
    excluded: Annotated[str | None, Query(alias="excludedAttributes")] = None,
) -> Response:
    """Users, page by page. RFC 7644 §3.4.2"""
    found = directory.search(wanted)
    # Less than one is one, less than none is none. RFC 7644 §3.4.2.4
    first, most = max(_number(start), 1), min(max(_number(count), 0), _MOST)
    page = found[first - 1 : first - 1 + most]
    shown = [_dump(user, Context.RESOURCE_QUERY_RESPONSE, attributes, excluded) for user in page]
    return _show_raw(_listed(shown, len(found), first))


@router.get("/Users/{user_id}")
def read_user(
    *,
    directory: WantedDirectory,
    user_id: str,
    attributes: str | None = None,
    excluded: Annotated[str | None, Query(alias="excludedAttributes")] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One user; 304 when the caller has it as it is. RFC 7644 §3.4.1, §3.14"""
    user = directory.get(user_id)
    if if_none_match is not None and _version(user) in if_none_match:
        return Response(status_code=304, headers={"ETag": _version(user)})
    return _show_user(user, Context.RESOURCE_QUERY_RESPONSE, attributes=attributes, excluded=excluded)


@router.post("/Users")
def create_user(directory: WantedDirectory, body: Body) -> Response:
    """Add a contact. RFC 7644 §3.3"""
    user = directory.create(_read(body, Context.RESOURCE_CREATION_REQUEST))
    return _show_user(user, Context.RESOURCE_CREATION_RESPONSE, status=201)


@router.put("/Users/{user_id}")
def replace_user(*, directory: WantedDirectory, user_id: str, body: Body, if_match: IfMatch = None) -> Response:
    """Replace what is said of a contact. RFC 7644 §3.5.1"""
    _check(directory.get(user_id), if_match)
    user = directory.replace(user_id, _read(body, Context.RESOURCE_REPLACEMENT_REQUEST))
    return _show_user(user, Context.RESOURCE_REPLACEMENT_RESPONSE)


@router.patch("/Users/{user_id}")
def patch_user(*, directory: WantedDirectory, user_id: str, body: Body, if_match: IfMatch = None) -> Response:
    """Change some of what is said of a contact. RFC 7644 §3.5.2"""
    user = directory.get(user_id)
    _check(user, if_match)
    with _POLICY:
        patch = PatchOp[AnyUser].model_validate_json(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        patch.patch(user)
    return _show_user(directory.replace(user_id, user), Context.RESOURCE_PATCH_RESPONSE)


@router.delete("/Users/{user_id}")
def delete_user(*, directory: WantedDirectory, user_id: str, if_match: IfMatch = None) -> Response:
    """Deactivate a contact everywhere at once; the directory sees it no more. RFC 7644 §3.6"""
    _check(directory.get(user_id), if_match)
    directory.delete(user_id)
    return Response(status_code=204)


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(path: str) -> Response:
    """Groups, Bulk, Me: not offered."""
    raise NotFoundException(detail=f"There is nothing at {path[:80]}.")


def _read(body: bytes, context: Context) -> AnyUser:
    with _POLICY:
        return AnyUser.model_validate_json(body, scim_ctx=context)


def _check(user: AnyUser, if_match: str | None) -> None:
    if if_match is not None and if_match.strip() != "*" and _version(user) not in if_match:
        raise PreconditionFailedException(detail="The user was changed since you read it.")


def _version(user: AnyUser) -> str:
    return str(user.meta.version) if user.meta is not None else ""


def _number(text: str) -> int:
    try:
        return int(text[:9])
    except ValueError as error:
        raise InvalidValueException(detail=f"{text[:40]!r} is no number.") from error


def _one(found: Iterable[T], is_it: Callable[[T], bool]) -> T:
    for each in found:
        if is_it(each):
            return each
    raise NotFoundException(detail="There is nothing of that name.")


def _listed(shown: list[dict[str, Any]], total: int, first: int) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": first,
        "itemsPerPage": len(shown),
        "Resources": shown,
    }


def _dump(user: AnyUser, context: Context, attributes: str | None, excluded: str | None) -> dict[str, Any]:
    asked = {"attributes": _names(attributes), "excluded_attributes": _names(excluded)}
    parameters = ResponseParameters[AnyUser](**{name: value for name, value in asked.items() if value})
    return user.model_dump(scim_ctx=context, response_parameters=parameters)


def _names(written: str | None) -> list[str]:
    return [name.strip() for name in (written or "").split(",") if name.strip()]


def _show_user(
    user: AnyUser,
    context: Context,
    *,
    status: int = 200,
    attributes: str | None = None,
    excluded: str | None = None,
) -> Response:
    answer = _show_raw(_dump(user, context, attributes, excluded), status)
    answer.headers["ETag"] = _version(user)
    if status == 201 and user.meta is not None:
        answer.headers["Location"] = str(user.meta.location)
    return answer


def _show(shown: ScimObject) -> Response:
    return _show_raw(shown.model_dump())


def _show_raw(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, media_type=MEDIA_TYPE)
