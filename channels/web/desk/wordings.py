"""How our mail is worded: every kind in both languages, changing one, seeing what it makes, going back."""

import asyncio
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.entered import Entered, carry_out, whole_number
from channels.web.parts import Cell, Field, Form, Link, Listing, Section, done, options_of, show
from channels.web.refusals import say_refusal
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.letters.templates import (
    IN_SUBJECT,
    KINDS,
    LANGUAGES,
    PLACEHOLDERS,
    REQUIRED,
    MailTemplate,
    TemplateError,
    Wording,
    check_wording,
    kind_of,
    language_of,
    set_name_of,
)
from intake.letters.wordings import Preview, preview, set_wording
from intake.outgoing import OutboxKind
from intake.ports import Transaction


async def list_wordings(visit: StaffVisit) -> Response:
    """Every kind of mail in every language, and a way to word one for a set that rules choose."""
    if "set" in visit.request.query_params:
        return _lead_to_set(visit)
    found = await asyncio.to_thread(visit.site.services.queries.mail_templates)
    rows = tuple(
        (
            Cell(
                text=visit.t[f"desk_mail_{each.kind}"],
                href=_place(each.kind, each.language, each.name),
                under=each.name,
            ),
            Cell(text=visit.t[f"language_{each.language}"]),
            Cell(text=each.wording.subject),
            Cell(text=_changed(visit, each)),
        )
        for each in found
    )
    listing = Listing(columns=("desk_mail", "language", "subject", "desk_change"), rows=rows)
    sections = (
        Section(title="", listing=listing),
        Section(title=visit.t["desk_wording_set"], form=_form_of_set(visit), lead=visit.t["desk_wording_set_help"]),
    )
    return show(visit, visit.t["desk_wordings"], *sections)


async def show_wording(visit: StaffVisit) -> Response:
    """One wording, what may stand in it, and what it makes."""
    kind, language, name = _named(visit)
    current = await asyncio.to_thread(visit.site.services.queries.mail_template, kind, language, name)
    return _page(visit, current, current.wording)


async def change_wording(visit: StaffVisit, form: FormData) -> Response:
    """Put a wording in force for mails from now on, only show what it would make, or go back to the usual one."""
    kind, language, name = _named(visit)
    current = await asyncio.to_thread(visit.site.services.queries.mail_template, kind, language, name)
    entered, at = Entered(form, visit.site.services.zone), visit.site.services.clock()
    wording = Wording(subject=str(form.get("subject", "")).strip(), text=entered.words("text"))
    step, seen = form.get("step"), whole_number(entered.line("version")) or 0
    try:
        if step != "usual":
            check_wording(kind, wording)
    except TemplateError as error:
        said = tuple(say_refusal(EntryError(each), visit.language) for each in error.problems)
        return _page(visit, current, wording, problems=said)
    if step == "preview":
        return _page(visit, current, wording)

    def work(tx: Transaction) -> MailTemplate:
        chosen = None if step == "usual" else wording
        return set_wording(tx, kind, language, chosen, by=visit.actor, at=at, seen=seen, name=name)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return _page(visit, current, wording, problems=(visit.t["changed_meanwhile"],))
    return done(_place(kind, language, name))


def _form_of_set(visit: StaffVisit) -> Form:
    kinds = options_of([str(each) for each in KINDS], [visit.t[f"desk_mail_{each}"] for each in KINDS])
    languages = options_of(LANGUAGES, [visit.t[f"language_{each}"] for each in LANGUAGES])
    fields = (
        Field(name="set", label="desk_set", required=True),
        Field(name="kind", label="desk_mail", kind="choose", options=kinds),
        Field(name="language", label="language", kind="choose", options=languages),
    )
    return Form(action="/desk/wordings", fields=fields, submit="desk_write_words", method="get")


def _lead_to_set(visit: StaffVisit) -> Response:
    asked = visit.request.query_params
    try:
        place = _place(
            kind_of(asked.get("kind", "")), language_of(asked.get("language", "")), set_name_of(asked.get("set", ""))
        )
    except TemplateError:
        raise PageMissingError from None
    return RedirectResponse(place, status_code=303)


def _place(kind: str, language: str, name: str) -> str:
    return f"/desk/wordings/{kind}/{language}" + (f"?{urlencode({'name': name})}" if name else "")


def _page(visit: StaffVisit, current: MailTemplate, wording: Wording, *, problems: tuple[str, ...] = ()) -> Response:
    kind = current.kind
    names = (visit.t[f"desk_mail_{kind}"], visit.t[f"language_{current.language}"], current.name)
    audited = "/".join(filter(None, (kind, current.language, current.name)))
    return visit.show(
        "desk/wording.html",
        status=422 if problems else 200,
        title=", ".join(filter(None, names)),
        action=_place(kind, current.language, current.name),
        links=(
            Link(href="/desk/wordings", text="desk_wordings"),
            Link(
                href=f"/desk/audit?{urlencode({'entity': 'mail-template', 'entity_id': audited}, safe='/')}",
                text="desk_audit",
            ),
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


def _named(visit: StaffVisit) -> tuple[OutboxKind, str, str]:
    path = visit.request.path_params
    try:
        name = set_name_of(visit.request.query_params.get("name", ""))
        return kind_of(path["kind"]), language_of(path["language"]), name
    except TemplateError:
        raise PageMissingError from None


def _changed(visit: StaffVisit, template: MailTemplate) -> str:
    if not template.own or template.changed_at is None:
        return visit.t["desk_usual_words"]
    return f"{template.changed_by}, {visit.site.pages.when(template.changed_at, visit.language)}"
