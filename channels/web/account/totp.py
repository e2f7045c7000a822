"""Setting up the authenticator app on one's own page, and what belongs to it."""

import asyncio
import io
from collections.abc import Mapping
from types import MappingProxyType

import segno
from starlette.datastructures import FormData
from starlette.responses import Response

from authz.people.totp import key_address
from channels.web.account.own import owner_problem, person_of, read, show_account, told
from channels.web.doors import AnyVisit
from channels.web.visitors import PageMissingError, Site
from intake.login import own_account, second_step
from intake.login.signing import Person

NONE: Mapping[str, str] = MappingProxyType({})


async def show_setup(visit: AnyVisit) -> Response:
    """A key as a picture and in letters."""
    return await _show_setup(visit)


async def draw(visit: AnyVisit) -> Response:
    """The picture."""
    return await draw_key(visit.site, visit.kept, person_of(visit), visit.name)


async def draw_key(site: Site, owner: str, person: Person, name: str) -> Response:
    """The picture of a key that is being set up. An SVG of its own: nothing inline, nothing from elsewhere."""
    services = site.services
    begun = await asyncio.to_thread(services.accounts.step, second_step.setup_kept(owner), services.clock())
    key = None if begun is None else second_step.read_setup_key(services.sign_in, person, begun.data)
    if key is None:
        raise PageMissingError
    drawn = io.BytesIO()
    address = key_address(key, service=services.sign_in.service, login=name)
    # Black on white in both colour schemes: many apps do not read it the other way round.
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, light="#fff", svgclass=None, lineclass=None)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


async def finish(visit: AnyVisit, form: FormData) -> Response:
    """Keep the key when the app shows a right code; show the recovery codes once."""
    problem = await owner_problem(visit, read(form, "password"))
    if problem is not None:
        return await _show_setup(visit, status=403, problems={"password": problem})
    services = visit.site.services
    made = await second_step.finish_setup(
        services.writer,
        services.sign_in,
        visit.kept,
        person_of(visit),
        code=read(form, "code"),
        at=services.clock(),
    )
    if made is None:
        return await _show_setup(visit, status=422, problems={"code": visit.t["account_code_wrong"]})
    return visit.show("account/codes.html", codes=made.codes)


async def renew_codes(visit: AnyVisit, form: FormData) -> Response:
    """New recovery codes."""
    problem = await owner_problem(visit, read(form, "password"))
    if problem is not None:
        return await show_account(visit, status=403, problems={"codes": problem})
    services = visit.site.services
    codes = await own_account.renew_recovery_codes(services.writer, person_of(visit), services.clock())
    if not codes:
        raise PageMissingError
    return visit.show("account/codes.html", codes=codes)


async def remove(visit: AnyVisit, form: FormData) -> Response:
    """Give the app up."""
    problem = await owner_problem(visit, read(form, "password"))
    if problem is not None:
        return await show_account(visit, status=403, problems={"totp": problem})
    services = visit.site.services
    removed = await own_account.remove_totp(services.writer, services.sign_in, person_of(visit), services.clock())
    return told("account_totp_removed" if removed else "account_factor_needed")


async def _show_setup(visit: AnyVisit, *, status: int = 200, problems: Mapping[str, str] = NONE) -> Response:
    services = visit.site.services
    key = await second_step.begin_setup(
        services.writer, services.sign_in, visit.kept, person_of(visit), services.clock()
    )
    factors = await asyncio.to_thread(services.accounts.factors_of, person_of(visit))
    return visit.show("account/totp.html", status=status, key=in_groups(key), factors=factors, problems=problems)


def in_groups(key: str) -> str:
    """The key as people type it."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
