"""`intake users`: the people of the service desk, and log-ins of contacts."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from authz.people.passwords import hash_password, password_problem
from intake.administration import EntryError, UnknownEntryError
from intake.app import now, sign_in_rules
from intake.commands.common import fail, opened, operator, show_table
from intake.login.admin import end_all_sessions, give_login, reset_second_factors
from intake.login.admin import set_password as give_password
from intake.login.links import invite_person
from intake.login.signing import Person
from intake.people import Role, UserData
from intake.ports import Transaction
from intake.queries import Window

commands = typer.Typer(help="Technicians and admins, and contacts' log-ins.", no_args_is_help=True)

Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="The password.")]
Login = Annotated[str, typer.Argument(help="What the person logs in with.")]


class Language(StrEnum):
    """What the service desk speaks."""

    CS = "cs"
    EN = "en"


@commands.command("add")
def add(
    context: typer.Context,
    login: Annotated[str, typer.Argument(help="What the person logs in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    password: Password,
    *,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.TECHNICIAN,
    language: Annotated[Language, typer.Option(help="Of pages and mail.")] = Language.CS,
) -> None:
    """Add somebody who works for the service desk."""
    _refuse_weak(password, login)
    data = UserData(login=login, name=name, role=role, language=language)
    kept = hash_password(password)
    with opened(context) as app:
        try:
            user = app.writer.submit(
                lambda tx: tx.people.add_user(data, password_hash=kept, by=operator(), at=now())
            ).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"added {user.login} as user {user.id}")


@commands.command("list")
def list_users(context: typer.Context) -> None:
    """Show the users."""
    with opened(context) as app:
        page = app.queries.users(Window(limit=200))
        factors = [app.queries.factors_of(Person(user_id=each.id)).second for each in page.items]
    lines = [
        (each.id, each.login, each.name, each.role, each.language, each.active, second)
        for each, second in zip(page.items, factors, strict=True)
    ]
    show_table("Users", ("number", "log-in", "name", "role", "language", "active", "second factor"), lines)


@commands.command("change")
def change(
    context: typer.Context,
    login: Login,
    *,
    role: Annotated[Role | None, typer.Option(help="What the person may do from now on.")] = None,
    language: Annotated[Language | None, typer.Option(help="Of pages and mail.")] = None,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Who is inactive is out at once.")] = None,
) -> None:
    """Change a user; what is not given stays."""

    def work(tx: Transaction) -> None:
        user = tx.people.user(_user_of(tx, login))
        data = UserData(
            login=user.login,
            name=user.name if name is None else name,
            role=user.role if role is None else role,
            active=user.active if active is None else active,
            language=user.language if language is None else language,
        )
        tx.people.change_user(user.id, data, by=operator(), at=now())

    _do(context, work)
    typer.echo(f"changed {login}")


@commands.command("password")
def set_password(context: typer.Context, login: Login, password: Password) -> None:
    """Give a user or a contact a new password; their sessions end."""
    _refuse_weak(password, login)
    kept = hash_password(password)

    def work(tx: Transaction) -> None:
        give_password(tx, _person_of(tx, login), kept, by=operator(), at=now())

    _do(context, work)
    typer.echo(f"{login} has a new password")


@commands.command("reset-second-factor")
def reset_second_factor(context: typer.Context, login: Login) -> None:
    """Forget the codes and passkeys of a user or a contact, for a lost phone; their sessions end."""
    reset: list[bool] = []
    _do(context, lambda tx: reset.append(reset_second_factors(tx, _person_of(tx, login), by=operator(), at=now())))
    typer.echo(f"{login} sets a second factor up anew" if reset[-1] else f"{login} had no second factor")


@commands.command("log-out")
def log_out(context: typer.Context, login: Login) -> None:
    """End all sessions of a user or a contact, and links on their way."""
    ended: list[int] = []
    _do(context, lambda tx: ended.append(end_all_sessions(tx, _person_of(tx, login), by=operator(), at=now())))
    typer.echo(f"{login}: {ended[-1]} sessions ended")


@commands.command("invite")
def invite(
    context: typer.Context,
    login: Annotated[str | None, typer.Argument(help="What a user or a contact logs in with.")] = None,
    contact: Annotated[int | None, typer.Option(help="A contact's number, for one without a log-in.")] = None,
) -> None:
    """Mail somebody a link to choose a password; it works for seven days."""
    if (login is None) == (contact is None):
        fail("give either a log-in or --contact")
    with opened(context) as app:
        rules = sign_in_rules(app.settings)

        def work(tx: Transaction) -> str:
            person = Person(contact_id=contact) if login is None else _person_of(tx, login)
            return invite_person(tx, rules, person, by=operator(), at=now())

        try:
            address = app.writer.submit(work).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"a link is on its way to {address}")


@commands.command("contact-login")
def contact_login(
    context: typer.Context,
    contact: Annotated[int, typer.Argument(help="The contact's number.")],
    login: Annotated[str, typer.Argument(help="What the contact logs in with.")],
    password: Password,
) -> None:
    """Give a contact a log-in to the website."""
    _refuse_weak(password, login)
    kept = hash_password(password)
    with opened(context) as app:
        try:
            app.writer.submit(lambda tx: give_login(tx, contact, login, kept, by=operator(), at=now())).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"contact {contact} logs in as {login}")


def _refuse_weak(password: str, login: str) -> None:
    problem = password_problem(password, login)
    if problem is not None:
        fail(problem)


def _do(context: typer.Context, work: Callable[[Transaction], object]) -> None:
    with opened(context) as app:
        try:
            app.writer.submit(work).result()
        except EntryError as error:
            fail(error.message)


def _person_of(tx: Transaction, login: str) -> Person:
    account = tx.people.login_account(login)
    if account is None:
        raise UnknownEntryError(f"Nobody logs in as {login}.")
    return Person(contact_id=account.contact_id, user_id=account.user_id)


def _user_of(tx: Transaction, login: str) -> int:
    user_id = _person_of(tx, login).user_id
    if user_id is None:
        raise UnknownEntryError(f"{login} is a contact; change it with intake contacts.")
    return user_id
