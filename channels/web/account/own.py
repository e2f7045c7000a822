"""A visitor's own page: password, second factors, sessions, language. For contacts and the service desk's people."""

import asyncio
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.doors import AnyVisit
from channels.web.refusals import say_refusal
from channels.web.texts import LANGUAGES
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError
from intake.login import own_account
from intake.login.signing import Person

_LONGEST = 1000
_NOTICES = frozenset(
    {
        "account_password_changed",
        "account_session_ended",
        "account_sessions_ended",
        "account_language_kept",
        "account_totp_removed",
        "account_passkey_added",
        "account_passkey_removed",
        "account_factor_needed",
    }
)


def person_of(visit: AnyVisit) -> Person:
    """Who the visitor is, as logging in knows them."""
    if isinstance(visit, ContactVisit):
        return Person(contact_id=visit.contact.id)
    return Person(user_id=visit.user.id)


async def show(visit: AnyVisit) -> Response:
    """The page."""
    return await show_account(visit)


async def show_account(visit: AnyVisit, *, status: int = 200, **more: Any) -> Response:
    """The page with what is wrong in one of its forms. more: `problems`, by name of the form."""
    services, person = visit.site.services, person_of(visit)
    at = services.clock()
    sessions, factors = await asyncio.gather(
        asyncio.to_thread(services.accounts.sessions_of, person, at),
        asyncio.to_thread(services.accounts.factors_of, person),
    )
    notice = visit.request.query_params.get("notice", "")
    values: dict[str, Any] = {
        "sessions": sessions,
        "factors": factors,
        "login": _login(visit),
        "chosen": visit.contact.language if isinstance(visit, ContactVisit) else visit.user.language,
        "notice": visit.t[notice] if notice in _NOTICES else "",
        "problems": {},
    }
    return visit.show("account/own.html", status=status, **(values | more))


async def change_password(visit: AnyVisit, form: FormData) -> Response:
    """Take a new password; the other sessions end."""
    old, new, again = (read(form, name) for name in ("old", "new", "again"))
    problem = await owner_problem(visit, old)
    if problem is not None:
        return await show_account(visit, status=403, problems={"old": problem})
    if new != again:
        return await show_account(visit, status=422, problems={"again": visit.t["account_not_same"]})
    services = visit.site.services
    try:
        await own_account.change_password(services.writer, person_of(visit), new, kept=visit.kept, at=services.clock())
    except EntryError as error:
        return await show_account(visit, status=422, problems={"new": say_refusal(error, visit.language)})
    return told("account_password_changed")


async def end_session(visit: AnyVisit, form: FormData) -> Response:
    """End one session of one's own."""
    services = visit.site.services
    ended = await own_account.end_session(services.writer, person_of(visit), read(form, "session"), services.clock())
    if not ended:
        raise PageMissingError
    return told("account_session_ended")


async def end_others(visit: AnyVisit, form: FormData) -> Response:
    """End all sessions but this one."""
    services = visit.site.services
    await own_account.end_other_sessions(services.writer, person_of(visit), visit.kept, services.clock())
    return told("account_sessions_ended")


async def choose_language(visit: AnyVisit, form: FormData) -> Response:
    """Remember the language, for mail and for other browsers too."""
    language = read(form, "language")
    if language not in LANGUAGES:
        raise PageMissingError
    services = visit.site.services
    await own_account.choose_language(services.writer, person_of(visit), language, services.clock())
    response = told("account_language_kept")
    visit.site.cookies.choose_language(response, language)
    return response


async def owner_problem(visit: AnyVisit, password: str) -> str | None:
    """Why the visitor is not taken for the owner of the log-in, or None."""
    services, person = visit.site.services, person_of(visit)
    at = services.clock()
    sessions = await asyncio.to_thread(services.accounts.sessions_of, person, at)
    began_at = next((each.created_at for each in sessions if each.kept == visit.kept), at - own_account.FRESH)
    owner = await own_account.prove_owner(services.writer, person, password, began_at=began_at, at=at)
    if owner.right:
        return None
    if owner.stale:
        return visit.t["account_log_in_anew"]
    if owner.wait_until is not None:
        until = visit.site.pages.when(owner.wait_until, visit.language)
        return visit.t["login_locked"].format(until=until)
    return visit.t["account_password_wrong"]


def read(form: FormData, name: str) -> str:
    """A field, not longer than anything that is looked at."""
    value = form.get(name, "")
    return value[:_LONGEST] if isinstance(value, str) else ""


def told(notice: str) -> Response:
    """Back to the page, which says what was done."""
    return RedirectResponse(f"/account?notice={notice}", 303)


def _login(visit: AnyVisit) -> str:
    return (visit.contact.login if isinstance(visit, ContactVisit) else visit.user.login) or ""
