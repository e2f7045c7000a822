"""The tokens of programs: which there are, giving one, revoking one."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from authz.people.tokens import Scope, new_token
from channels.web.choosing import choose_contact
from channels.web.entered import Entered, after_of, carry_out, path_id, taken
from channels.web.parts import (
    Cell,
    Field,
    Form,
    Listing,
    Remove,
    Section,
    done,
    more_of,
    options_of,
    show,
    until_shown,
    yes_or_no,
)
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.people import ApiTokenData
from intake.ports import Transaction
from intake.queries import Window

_PAGE = 100


async def list_tokens(visit: StaffVisit) -> Response:
    """The tokens of programs, without their secrets."""
    return await _tokens_page(visit, _token_form(visit))


async def give_token(visit: StaffVisit, form: FormData) -> Response:
    """Make a token. Its secret is on this one page and is not kept."""
    made, at = new_token(), visit.site.services.clock()
    contact_id = await _contact(visit, form)

    def work(tx: Transaction) -> None:
        entered = Entered(form, visit.site.services.zone)
        data = ApiTokenData(
            name=entered.line("name"),
            scopes=frozenset(each for each in Scope if each in entered.all("scopes")),
            contact_id=taken(contact_id),
            expires_at=entered.end_of("valid_until"),
        )
        tx.people.add_token(data, kept=made.kept, by=visit.actor, at=at)

    refusal = await carry_out(visit, work)
    if isinstance(refusal, EntryError):
        return await _tokens_page(visit, _token_form(visit).refused(visit, refusal, form))
    title = visit.t["desk_token_made"]
    return visit.show("desk/token.html", title=title, secret=made.secret, back="/desk/tokens", back_text="desk_tokens")


async def revoke_token(visit: StaffVisit, form: FormData) -> Response:
    """Revoke a token; the next request with it is refused."""
    token_id, at = path_id(visit), visit.site.services.clock()
    revoked = await carry_out(visit, lambda tx: tx.people.revoke_token(token_id, by=visit.actor, at=at))
    if isinstance(revoked, EntryError):
        raise PageMissingError
    return done("/desk/tokens", "removed")


async def _tokens_page(visit: StaffVisit, form: Form) -> Response:
    page = await asyncio.to_thread(visit.site.services.queries.tokens, Window(limit=_PAGE, after=after_of(visit)))
    rows = tuple(
        (
            Cell(text=each.name, under=visit.site.pages.day(each.created_at, visit.language)),
            Cell(text=", ".join(sorted(each.scopes))),
            Cell(text=until_shown(visit, each.expires_at)),
            yes_or_no(visit, each.active),
            Remove(action=f"/desk/tokens/{each.id}/revoke", label="desk_revoke") if each.active else Cell(text=""),
        )
        for each in page.items
    )
    columns = ("desk_name", "desk_scopes", "desk_valid_until", "desk_active", "")
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page))
    sections = (Section(title="", listing=listing), Section(title=visit.t["desk_add_token"], form=form))
    return show(visit, visit.t["desk_tokens"], *sections, status=422 if form.problem else 200)


async def _contact(visit: StaffVisit, form: FormData) -> int | EntryError | None:
    try:
        return await choose_contact(visit, form, "contact_id")
    except EntryError as error:
        return error


def _token_form(visit: StaffVisit) -> Form:
    fields = (
        Field(name="name", label="desk_token_name", required=True),
        Field(name="valid_until", label="desk_valid_until", kind="date"),
        Field(name="contact_id", label="desk_contact", help="desk_token_contact_help", suggest="contact"),
        Field(
            name="scopes",
            label="desk_scopes",
            kind="checks",
            value=frozenset(),
            options=options_of([str(each) for each in Scope]),
        ),
    )
    return Form(action="/desk/tokens", fields=fields, submit="desk_add")
