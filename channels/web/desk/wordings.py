"""How our mail is worded: every kind in both languages, changing one, seeing what it makes, going back."""

import asyncio

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.entered import Entered, carry_out, whole_number
from channels.web.parts import Cell, Link, Listing, Section, done, show
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.letters.templates import (
    IN_SUBJECT,
    PLACEHOLDERS,
    REQUIRED,
    MailTemplate,
    TemplateError,
    Wording,
    check_wording,
    kind_of,
    language_of,
)
from intake.letters.wordings import Preview, preview, set_wording
from intake.outgoing import OutboxKind
from intake.ports import Transaction


async def list_wordings(visit: StaffVisit) -> Response:
    """Every kind of mail in every language."""
    found = await asyncio.to_thread(visit.site.services.queries.mail_templates)
    rows = tuple(
        (
            Cell(text=visit.t[f"desk_mail_{each.kind}"], href=f"/desk/wordings/{each.kind}/{each.language}"),
            Cell(text=visit.t[f"language_{each.language}"]),
            Cell(text=each.wording.subject),
            Cell(text=_changed(visit, each)),
        )
        for each in found
    )
    listing = Listing(columns=("desk_mail", "language", "subject", "desk_change"), rows=rows)
    return show(visit, visit.t["desk_wordings"], Section(title="", listing=listing))


async def show_wording(visit: StaffVisit) -> Response:
    """One wording, what may stand in it, and what it makes."""
    kind, language = _named(visit)
    current = await asyncio.to_thread(visit.site.services.queries.mail_template, kind, language)
    return _page(visit, current, current.wording)


async def change_wording(visit: StaffVisit, form: FormData) -> Response:
    """Put a wording in force for mails from now on, only show what it would make, or go back to the usual one."""
    kind, language = _named(visit)
    current = await asyncio.to_thread(visit.site.services.queries.mail_template, kind, language)
    entered, at = Entered(form, visit.site.services.zone), visit.site.services.clock()
    wording = Wording(subject=str(form.get("subject", "")).strip(), text=entered.words("text"))
    step, seen = form.get("step"), whole_number(entered.line("version")) or 0
    try:
        if step != "usual":
            check_wording(kind, wording)
    except TemplateError as error:
        return _page(visit, current, wording, problems=error.problems)
    if step == "preview":
        return _page(visit, current, wording)

    def work(tx: Transaction) -> MailTemplate:
        chosen = None if step == "usual" else wording
        return set_wording(tx, kind, language, chosen, by=visit.actor, at=at, seen=seen)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return _page(visit, current, wording, problems=(visit.t["changed_meanwhile"],))
    return done(f"/desk/wordings/{kind}/{language}")


def _page(visit: StaffVisit, current: MailTemplate, wording: Wording, *, problems: tuple[str, ...] = ()) -> Response:
    kind = current.kind
    return visit.show(
        "desk/wording.html",
        status=422 if problems else 200,
        title=f"{visit.t[f'desk_mail_{kind}']}, {visit.t[f'language_{current.language}']}",
        links=(
            Link(href="/desk/wordings", text="desk_wordings"),
            Link(href=f"/desk/audit?entity=mail-template&entity_id={kind}/{current.language}", text="desk_audit"),
        ),
        current=current,
        changed=_changed(visit, current),
        wording=wording,
        problems=problems,
        made=None if problems else _preview(visit, current, wording),
        placeholders=sorted(PLACEHOLDERS[kind]),
        required=sorted(REQUIRED.get(kind, ())),
        in_subject=sorted(IN_SUBJECT),
        saved=visit.request.query_params.get("notice") == "saved",
    )


def _preview(visit: StaffVisit, current: MailTemplate, wording: Wording) -> Preview:
    services = visit.site.services
    return preview(
        current.kind,
        current.language,
        wording,
        options=services.letters,
        signer=services.signer,
        at=services.clock(),
    )


def _named(visit: StaffVisit) -> tuple[OutboxKind, str]:
    try:
        return kind_of(visit.request.path_params["kind"]), language_of(visit.request.path_params["language"])
    except TemplateError:
        raise PageMissingError from None


def _changed(visit: StaffVisit, template: MailTemplate) -> str:
    if not template.own or template.changed_at is None:
        return visit.t["desk_usual_words"]
    return f"{template.changed_by}, {visit.site.pages.when(template.changed_at, visit.language)}"
