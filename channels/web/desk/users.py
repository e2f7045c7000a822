"""The service desk's own people."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from authz.people.passwords import hash_password, password_problem
from channels.web.entered import Entered, after_of, carry_out, path_id
from channels.web.parts import (
    Cell,
    Field,
    Form,
    Link,
    Listing,
    Section,
    ask,
    done,
    more_of,
    options_of,
    show,
    yes_or_no,
)
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, InvalidEntryError
from intake.login.admin import reset_second_factors
from intake.login.admin import set_password as give_password
from intake.login.links import invite
from intake.login.signing import Person
from intake.people import Role, User, UserData
from intake.ports import Transaction
from intake.queries import Window

_PAGE = 100
_NOBODY = UserData(login="", name="")


async def list_users(visit: StaffVisit) -> Response:
    """Everybody who works for the service desk."""
    page = await asyncio.to_thread(visit.site.services.queries.users, Window(limit=_PAGE, after=after_of(visit)))
    rows = tuple(
        (
            Cell(text=each.name, href=f"/desk/users/{each.id}", under=each.login),
            Cell(text=visit.t[f"desk_role_{each.role}"]),
            yes_or_no(visit, each.active),
        )
        for each in page.items
    )
    listing = Listing(columns=("desk_name", "desk_role", "desk_active"), rows=rows, more=more_of(visit, page))
    links = (
        Link(href="/desk/users/new", text="desk_add_user"),
        Link(href="/desk/tokens", text="desk_tokens"),
        Link(href="/desk/webhooks", text="desk_webhooks"),
    )
    return show(visit, visit.t["desk_users"], Section(title="", listing=listing), links=links)


async def new_user(visit: StaffVisit) -> Response:
    """The form of a new user."""
    return ask(visit, visit.t["desk_add_user"], _user_form(visit, "/desk/users/new", _NOBODY, with_password=True))


async def add_user(visit: StaffVisit, form: FormData) -> Response:
    """Add a user with a first password."""
    asked = _user_form(visit, "/desk/users/new", _NOBODY, with_password=True)
    try:
        hashed = await _hashed(form)
        data = _read_user(visit, form)
    except InvalidEntryError as error:
        return ask(visit, visit.t["desk_add_user"], asked.refused(visit, error, form))
    at = visit.site.services.clock()
    added = await carry_out(visit, lambda tx: tx.people.add_user(data, password_hash=hashed, by=visit.actor, at=at))
    if isinstance(added, EntryError):
        return ask(visit, visit.t["desk_add_user"], asked.refused(visit, added, form))
    return done("/desk/users", "added")


async def show_user(visit: StaffVisit) -> Response:
    """One user."""
    user = await _find(visit)
    return _user_page(visit, user, _user_form(visit, f"/desk/users/{user.id}", user), _password_form(user))


async def change_user(visit: StaffVisit, form: FormData) -> Response:
    """Change a user; a deactivation ends the user's sessions."""
    user, at = await _find(visit), visit.site.services.clock()
    asked = _user_form(visit, f"/desk/users/{user.id}", user)

    def work(tx: Transaction) -> User:
        data = _read_user(visit, form)
        if user.id == visit.user.id and (not data.active or data.role is not visit.user.role):
            raise InvalidEntryError("Somebody else must take your own rights away.", field="role")
        return tx.people.change_user(user.id, data, by=visit.actor, at=at)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return _user_page(visit, user, asked.refused(visit, changed, form), _password_form(user), status=422)
    return done("/desk/users")


async def set_password(visit: StaffVisit, form: FormData) -> Response:
    """Give a user a new password; the user's sessions end."""
    user, at = await _find(visit), visit.site.services.clock()
    asked = _user_form(visit, f"/desk/users/{user.id}", user)
    try:
        hashed = await _hashed(form, login=user.login)
    except InvalidEntryError as error:
        return _user_page(visit, user, asked, _password_form(user).refused(visit, error, FormData()), status=422)
    person = Person(user_id=user.id)
    await carry_out(visit, lambda tx: give_password(tx, person, hashed, by=visit.actor, at=at))
    return done("/desk/users")


async def invite_user(visit: StaffVisit, form: FormData) -> Response:
    """Mail a user a link to choose a password."""
    user, services = await _find(visit), visit.site.services
    asked = _user_form(visit, f"/desk/users/{user.id}", user)
    try:
        await invite(services.writer, services.sign_in, Person(user_id=user.id), by=visit.actor, at=services.clock())
    except EntryError as error:
        return _user_page(visit, user, asked.refused(visit, error, FormData(form)), _password_form(user), status=422)
    return done(f"/desk/users/{user.id}", "desk_invited")


async def reset_factors(visit: StaffVisit, form: FormData) -> Response:
    """Forget a user's codes and passkeys, when the phone is lost; the sessions end."""
    user, at = await _find(visit), visit.site.services.clock()
    await carry_out(visit, lambda tx: reset_second_factors(tx, Person(user_id=user.id), by=visit.actor, at=at))
    return done(f"/desk/users/{user.id}")


async def _find(visit: StaffVisit) -> User:
    user_id = path_id(visit)
    found = await carry_out(visit, lambda tx: tx.people.user(user_id))
    if isinstance(found, EntryError):
        raise PageMissingError
    return found


def _user_page(visit: StaffVisit, user: User, form: Form, password: Form, *, status: int = 200) -> Response:
    t = visit.t
    reset = Form(action=f"/desk/users/{user.id}/second-factors", fields=(), submit="desk_reset_factors")
    link = Form(action=f"/desk/users/{user.id}/invite", fields=(), submit="desk_invite")
    sections = (
        Section(title=t["desk_data"], form=form),
        Section(title=t["desk_new_password"], form=password),
        Section(title="", form=link),
        Section(title="", form=reset),
    )
    links = (Link(href=f"/desk/audit?entity=user&entity_id={user.id}", text="desk_audit"),)
    return show(visit, user.name, *sections, links=links, status=status)


def _user_form(visit: StaffVisit, action: str, user: UserData, *, with_password: bool = False) -> Form:
    t = visit.t
    roles = options_of([str(each) for each in Role], [t[f"desk_role_{each}"] for each in Role])
    languages = options_of(("cs", "en"), (t["language_cs"], t["language_en"]))
    fields = (
        Field(name="name", label="desk_name", value=user.name, required=True),
        Field(name="login", label="login", value=user.login, required=True),
        Field(name="role", label="desk_role", kind="choose", value=user.role, options=roles),
        Field(name="language", label="language", kind="choose", value=user.language, options=languages),
        *([Field(name="password", label="password", kind="password", required=True)] if with_password else []),
        Field(name="active", label="desk_active", kind="check", value=user.active),
    )
    return Form(action=action, fields=fields)


def _password_form(user: User) -> Form:
    fields = (Field(name="password", label="password", kind="password", required=True),)
    return Form(action=f"/desk/users/{user.id}/password", fields=fields)


def _read_user(visit: StaffVisit, form: FormData) -> UserData:
    entered = Entered(form, visit.site.services.zone)
    return UserData(
        login=entered.line("login"),
        name=entered.line("name"),
        role=entered.choice("role", Role),
        language=entered.line("language"),
        active=entered.checked("active"),
    )


async def _hashed(form: FormData, login: str | None = None) -> str:
    password = str(form.get("password", ""))
    problem = password_problem(password, str(form.get("login", "")) if login is None else login)
    if problem is not None:
        raise InvalidEntryError(problem, field="password")
    return await asyncio.to_thread(hash_password, password)
