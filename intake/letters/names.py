"""The names of things in our own mail, in the languages of the contacts. Data only; the sentences are templates."""

from dataclasses import dataclass

from intake.terms import CATEGORY_NAMES, STATUS_NAMES, Category, Evaluation, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """One language. moment: how an instant is written, in the terms of Babel. clocks: by `ClockKind`."""

    language: str
    moment: str
    automatic: str
    clocks: dict[str, str]
    categories: dict[Category, str]
    statuses: dict[Status, str]
    evaluations: dict[Evaluation, str]


ENGLISH = Names(
    language="en",
    moment="d MMMM y, HH:mm",
    automatic="This message was sent automatically.",
    clocks={"response": "response", "fix": "fix"},
    categories=CATEGORY_NAMES,
    statuses=STATUS_NAMES,
    evaluations={
        Evaluation.UCS_FAULT: "UCS fault",
        Evaluation.FAULT_ELSEWHERE: "fault elsewhere",
        Evaluation.CHANGE_SETTINGS: "change of settings",
        Evaluation.NEW_FUNCTIONALITY: "new functionality",
        Evaluation.CONSULTATION: "consultation",
        Evaluation.MISTAKE: "mistake",
    },
)

CZECH = Names(
    language="cs",
    moment="d. M. y HH:mm",
    automatic="Tato zpráva byla odeslána automaticky.",
    clocks={"response": "zahájení prací", "fix": "vyřešení"},
    categories={
        Category.A: "A – Kritická",
        Category.B: "B – Omezující",
        Category.C: "C – Ostatní",
        Category.CHANGE: "Požadavek na změnu",
    },
    statuses={
        Status.NEW: "Nový",
        Status.IN_PROGRESS: "V řešení",
        Status.MORE_INFO: "Čeká na doplnění",
        Status.POSTPONED: "Odložený",
        Status.TO_VERIFY: "K ověření",
        Status.CLOSED: "Uzavřený",
    },
    evaluations={
        Evaluation.UCS_FAULT: "závada UCS",
        Evaluation.FAULT_ELSEWHERE: "závada jinde",
        Evaluation.CHANGE_SETTINGS: "změna nastavení",
        Evaluation.NEW_FUNCTIONALITY: "nová funkce",
        Evaluation.CONSULTATION: "konzultace",
        Evaluation.MISTAKE: "omyl",
    },
)

NAMES = {"cs": CZECH, "en": ENGLISH}


def names_for(language: str) -> Names:
    """Return the names for a language tag such as "cs" or "en-GB"; English for one we do not speak."""
    return NAMES.get(language.lower().partition("-")[0], ENGLISH)
