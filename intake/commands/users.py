"""`intake users`: the people of the service desk, and log-ins of contacts."""

from typing import Annotated

import typer

from authz.people.passwords import hash_password, password_problem
from intake.administration import EntryError
from intake.app import now
from intake.commands.common import fail, opened, operator, show_table
from intake.people import Role, UserData
from intake.queries import Window

commands = typer.Typer(help="Technicians and admins, and contacts' log-ins.", no_args_is_help=True)

Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="The password.")]


@commands.command("add")
def add(
    context: typer.Context,
    login: Annotated[str, typer.Argument(help="What the person logs in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    password: Password,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.TECHNICIAN,
) -> None:
    """Add somebody who works for the service desk."""
    _refuse_weak(password, login)
    data = UserData(login=login, name=name, role=role)
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
    lines = [(each.id, each.login, each.name, each.role, each.active) for each in page.items]
    show_table("Users", ("number", "log-in", "name", "role", "active"), lines)


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
            app.writer.submit(
                lambda tx: tx.people.set_contact_login(contact, login, kept, by=operator(), at=now())
            ).result()
        except EntryError as error:
            fail(error.message)
    typer.echo(f"contact {contact} logs in as {login}")


def _refuse_weak(password: str, login: str) -> None:
    problem = password_problem(password, login)
    if problem is not None:
        fail(problem)
