"""The wordings of our mail as people keep them: read, change, go back to the ones in code, try out.

Owns the commands; what may stand in a template is `intake.letters.templates`. Every version stays, with who wrote it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from intake.administration import TakenEntryError
from intake.letters.body import write_page, write_text
from intake.letters.names import names_for
from intake.letters.templates import (
    KINDS,
    LANGUAGES,
    USUAL,
    MailTemplate,
    Wording,
    check_wording,
    fill,
    set_name_of,
)
from intake.letters.usual_words import DEFAULTS
from intake.letters.values import LetterOptions, letter_values
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Signer, Transaction
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Actor, Ticket

ACCEPTANCE_SHOWN = timedelta(days=7)


class WordingQueries(Protocol):
    """Reading. Blocking; returns what is in force."""

    def mail_templates(self) -> Sequence[MailTemplate]:
        """Every kind in every language as it is usually worded, then what other sets word by themselves."""
        ...

    def mail_template(self, kind: OutboxKind, language: str, name: str = USUAL) -> MailTemplate:
        """name: of a set; what it does not word itself has the usual words."""
        ...

    def mail_template_versions(self, kind: OutboxKind, language: str, name: str = USUAL) -> Sequence[MailTemplate]:
        """All versions somebody made, newest first; an undone one has the words in code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A letter as it would be sent, in both forms."""

    subject: str
    text: str
    html: str


def set_wording(
    tx: Transaction,
    kind: OutboxKind,
    language: str,
    wording: Wording | None,
    *,
    by: Actor,
    at: datetime,
    seen: int | None = None,
    name: str = USUAL,
) -> MailTemplate:
    """Put a wording in force; None goes back to the one in code, or of a named set to the usual one. at: aware UTC.

    name: of the set, which rules choose. seen: the version it is meant to follow; None follows whatever there is.
    Raises TemplateError with all that is wrong, TakenEntryError when somebody else was faster.
    """
    if wording is not None:
        check_wording(kind, wording)
    name = set_name_of(name)
    current = tx.wordings.current(kind, language, name)
    if seen not in {None, current.version}:
        raise TakenEntryError(f"The template was changed meanwhile (version {current.version}); read it again.")
    tx.wordings.add_version(current, wording, by=by, at=at)
    return tx.wordings.current(kind, language, name)


def preview(
    kind: OutboxKind,
    language: str,
    wording: Wording,
    *,
    options: LetterOptions,
    signer: Signer,
    at: datetime,
    ticket: Ticket | None = None,
) -> Preview:
    """Fill a wording with an example, or with a ticket. Links in it work for no ticket. at: aware UTC.

    Raises TemplateError with all that is wrong.
    """
    check_wording(kind, wording)
    names = names_for(language)
    payload = dict(_EXAMPLES[names.language])
    if ticket is not None:
        payload |= {
            "number": ticket.number,
            "subject": ticket.subject,
            "category": ticket.category,
            "status": ticket.status,
            "solution": ticket.solution or payload["solution"],
            "evaluation": list(ticket.evaluation) or payload["evaluation"],
        }
    moments = {
        "since": at - timedelta.resolution,
        "until": at + ACCEPTANCE_SHOWN,
        "due_at": at + timedelta(hours=4),
        "response_due": at + timedelta(hours=1),
        "fix_due": at + timedelta(hours=4),
    }
    payload |= {name: moment.isoformat() for name, moment in moments.items()}
    expired = at - options.link_lasts
    row = OutboxItem(id=0, kind=kind, ticket_id=None, recipient="", message_id="", created_at=expired, payload=payload)
    words = fill(wording, letter_values(row, names, options, signer))
    return Preview(
        subject=words.subject,
        text=write_text(words, options.name),
        html=write_page(words, options.name, names.language),
    )


def in_force(kind: OutboxKind, language: str, version: int, wording: Wording | None, **more: Any) -> MailTemplate:
    """A template out of its newest version, the words in code where it has none."""
    own = wording is not None
    chosen = wording or DEFAULTS[kind, language]
    return MailTemplate(kind=kind, language=language, wording=chosen, version=version, own=own, **more)


def all_in_force(kept: Mapping[tuple[str, str, str], MailTemplate]) -> tuple[MailTemplate, ...]:
    """Every kind in every language, then what sets word. kept: by set, kind and language, those ever changed."""
    usual = [
        kept.get((USUAL, kind, language)) or in_force(kind, language, 0, None)
        for kind in KINDS
        for language in LANGUAGES
    ]
    return (*usual, *(kept[key] for key in sorted(kept) if key[0] != USUAL and kept[key].own))


_EXAMPLES: dict[str, dict[str, Any]] = {
    "cs": {
        "number": 123,
        "subject": "Nezvoní telefony na recepci",
        "category": Category.A,
        "category_before": Category.B,
        "status": Status.IN_PROGRESS,
        "name": "Jana Nováková",
        "author": "Petr Technik",
        "text": "Která linka nezvoní?\nA od kdy?",
        "solution": "Vyměnili jsme kartu v ústředně.",
        "evaluation": [Evaluation.FAULT_ELSEWHERE],
        "clock": "fix",
        "fraction": "3/4",
    },
    "en": {
        "number": 123,
        "subject": "Telephones at the reception do not ring",
        "category": Category.A,
        "category_before": Category.B,
        "status": Status.IN_PROGRESS,
        "name": "Jane Smith",
        "author": "Peter Technician",
        "text": "Which line does not ring?\nAnd since when?",
        "solution": "We replaced a card in the exchange.",
        "evaluation": [Evaluation.FAULT_ELSEWHERE],
        "clock": "fix",
        "fraction": "3/4",
    },
}
