"""SCIM 2.0 for customers' directories, under /scim/v2. RFC 7644

Owns the protocol's answers; what a change does is `intake.scim.service`. A token is one customer's and does nothing
else; users of other customers are not there.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from scim2_models import (
    AuthenticationScheme,
    Context,
    Error,
    ForbiddenException,
    Group,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
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
from intake.api.scim_answers import (
    MEDIA_TYPE,
    ScimRoute,
    listed,
    one_of,
    show,
    show_page,
    show_raw,
    show_resource,
    version_in,
)
from intake.api.services import Services
from intake.scim.groups import Bases
from intake.scim.mapping import AnyUser
from intake.scim.service import Directory
from intake.tickets.model import Actor, ActorKind

router = APIRouter(prefix="/scim/v2", include_in_schema=False, route_class=ScimRoute)

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
_PROVIDER = ScimProvider(models=[User, Group], config=_CONFIG)


def _directory(services: Services, authorization: Annotated[str | None, Header()] = None) -> Directory:
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
    base = services.public_url + router.prefix
    return Directory(
        queries=services.queries,
        writer=services.writer,
        clock=services.clock,
        customer_id=customer.id,
        by=Actor(kind=ActorKind.ADMIN, name=f"SCIM {token.name}"[:200], channel=Channel.WEB),
        bases=Bases(users=f"{base}/Users", groups=f"{base}/Groups"),
    )


WantedDirectory = Annotated[Directory, Depends(_directory)]


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]
IfMatch = Annotated[str | None, Header()]


@router.get("/ServiceProviderConfig")
def read_config() -> Response:
    """What is supported. RFC 7643 §5"""
    return show(_CONFIG)


@router.get("/ResourceTypes")
def list_resource_types() -> Response:
    """The kinds of resource there are. RFC 7643 §6"""
    types = list(_PROVIDER.resource_types)
    return show_raw(listed([each.model_dump() for each in types], len(types), 1))


@router.get("/ResourceTypes/{name}")
def read_resource_type(name: str) -> Response:
    """One kind of resource."""
    return show(one_of(_PROVIDER.resource_types, lambda each: each.name == name))


@router.get("/Schemas")
def list_schemas() -> Response:
    """The schemas of a user and of a group. RFC 7643 §7"""
    return show_raw(listed([each.model_dump() for each in _PROVIDER.schemas], len(_PROVIDER.schemas), 1))


@router.get("/Schemas/{urn}")
def read_schema(urn: str) -> Response:
    """One schema."""
    return show(one_of(_PROVIDER.schemas, lambda each: str(each.id) == urn))


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
    return show_page(found, start, count, most=_MOST, attributes=attributes, excluded=excluded)


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
    if if_none_match is not None and version_in(user) in if_none_match:
        return Response(status_code=304, headers={"ETag": version_in(user)})
    return show_resource(user, Context.RESOURCE_QUERY_RESPONSE, attributes=attributes, excluded=excluded)


@router.post("/Users")
def create_user(directory: WantedDirectory, body: Body) -> Response:
    """Add a contact. RFC 7644 §3.3"""
    user = directory.create(_read(body, Context.RESOURCE_CREATION_REQUEST))
    return show_resource(user, Context.RESOURCE_CREATION_RESPONSE, status=201)


@router.put("/Users/{user_id}")
def replace_user(*, directory: WantedDirectory, user_id: str, body: Body, if_match: IfMatch = None) -> Response:
    """Replace what is said of a contact. RFC 7644 §3.5.1"""
    _check(directory.get(user_id), if_match)
    user = directory.replace(user_id, _read(body, Context.RESOURCE_REPLACEMENT_REQUEST))
    return show_resource(user, Context.RESOURCE_REPLACEMENT_RESPONSE)


@router.patch("/Users/{user_id}")
def patch_user(*, directory: WantedDirectory, user_id: str, body: Body, if_match: IfMatch = None) -> Response:
    """Change some of what is said of a contact. RFC 7644 §3.5.2"""
    user = directory.get(user_id)
    _check(user, if_match)
    with _POLICY:
        patch = PatchOp[AnyUser].model_validate_json(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        patch.patch(user)
    return show_resource(directory.replace(user_id, user), Context.RESOURCE_PATCH_RESPONSE)


@router.delete("/Users/{user_id}")
def delete_user(*, directory: WantedDirectory, user_id: str, if_match: IfMatch = None) -> Response:
    """Deactivate a contact everywhere at once; the directory sees it no more. RFC 7644 §3.6"""
    _check(directory.get(user_id), if_match)
    directory.delete(user_id)
    return Response(status_code=204)


@router.get("/Groups")
def list_groups(
    *,
    directory: WantedDirectory,
    wanted: Annotated[str | None, Query(alias="filter")] = None,
    start: Annotated[str, Query(alias="startIndex")] = "1",
    count: str = str(_MOST),
    attributes: str | None = None,
    excluded: Annotated[str | None, Query(alias="excludedAttributes")] = None,
) -> Response:
    """The roles a contact can have, with who has them. RFC 7643 §4.2"""
    return show_page(directory.groups(wanted), start, count, most=_MOST, attributes=attributes, excluded=excluded)


@router.get("/Groups/{group_id}")
def read_group(
    *,
    directory: WantedDirectory,
    group_id: str,
    attributes: str | None = None,
    excluded: Annotated[str | None, Query(alias="excludedAttributes")] = None,
) -> Response:
    """One role, with who has it."""
    group = one_of(directory.groups(None), lambda each: each.id == group_id)
    return show_resource(group, Context.RESOURCE_QUERY_RESPONSE, attributes=attributes, excluded=excluded)


@router.api_route("/Groups", methods=["POST"])
@router.api_route("/Groups/{group_id}", methods=["PUT", "PATCH", "DELETE"])
def write_group(directory: WantedDirectory) -> Response:
    """Roles are given by the service desk and the customer's own admins. RFC 7644 §3.12"""
    refusal = Error(status=501, detail="Groups are only read here; roles are given on the site.")
    return Response(refusal.model_dump_json(), 501, media_type=MEDIA_TYPE)


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(path: str) -> Response:
    """Bulk, Me: not offered."""
    raise NotFoundException(detail=f"There is nothing at {path[:80]}.")


def _read(body: bytes, context: Context) -> AnyUser:
    with _POLICY:
        return AnyUser.model_validate_json(body, scim_ctx=context)


def _check(user: AnyUser, if_match: str | None) -> None:
    if if_match is not None and if_match.strip() != "*" and version_in(user) not in if_match:
        raise PreconditionFailedException(detail="The user was changed since you read it.")
