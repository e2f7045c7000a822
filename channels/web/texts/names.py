"""What categories, statuses and refusals are called, in Czech and English. Data only."""

from collections.abc import Mapping

from authz.decision import Reason
from intake.terms import Category, Status

# RULE category-a, category-b, category-c, category-change
CATEGORIES: Mapping[str, Mapping[Category, tuple[str, str]]] = {
    "cs": {
        Category.A: (
            "A – kritická",
            "Systém nejde používat: nefungují žádné telefony, nejde se přihlásit, nenahrává se.",
        ),
        Category.B: ("B – omezující", "Něco je omezené: jeden telefon nebo uživatel, nepřehrávají se hlášky."),
        Category.C: ("C – ostatní", "Provoz to neomezuje: špatný název linky, chybějící kontakt v seznamu."),
        Category.CHANGE: ("Požadavek na změnu", "Změna nastavení nebo nová funkce."),
    },
    "en": {
        Category.A: ("A – Critical", "The systems cannot be used: all phones down, nobody can log in, no recording."),
        Category.B: ("B – Restrictive", "Something is limited: one phone or user, announcements are not played."),
        Category.C: ("C – Other", "Work is hardly affected: a wrong line name, a contact missing in the directory."),
        Category.CHANGE: ("Change request", "A change of the configuration, or something new."),
    },
}

# RULE status-new, status-in-progress, status-more-info, status-postponed, status-to-verify, status-closed
STATUSES: Mapping[str, Mapping[Status, str]] = {
    "cs": {
        Status.NEW: "Nový",
        Status.IN_PROGRESS: "V řešení",
        Status.MORE_INFO: "Čeká na vaše doplnění",
        Status.POSTPONED: "Odložený",
        Status.TO_VERIFY: "K ověření",
        Status.CLOSED: "Uzavřený",
    },
    "en": {
        Status.NEW: "New",
        Status.IN_PROGRESS: "In progress",
        Status.MORE_INFO: "More info",
        Status.POSTPONED: "Postponed",
        Status.TO_VERIFY: "To verify",
        Status.CLOSED: "Closed",
    },
}

# Why somebody with the right password may not come in; the other reasons cannot happen here.
REASONS: Mapping[str, Mapping[Reason, str]] = {
    "cs": {
        Reason.LOGIN_UNKNOWN: "toto přihlášení není platné.",
        Reason.CONTACT_INACTIVE: "tento kontakt není aktivní.",
        Reason.CUSTOMER_INACTIVE: "tento zákazník není aktivní.",
        Reason.NOT_YET_VALID: "oprávnění ještě neplatí.",
        Reason.NO_LONGER_VALID: "oprávnění už skončilo.",
        Reason.CHANNEL_NOT_ALLOWED: "tento kontakt nemá povolený web.",
    },
    "en": {
        Reason.LOGIN_UNKNOWN: "this login is not valid.",
        Reason.CONTACT_INACTIVE: "this contact is not active.",
        Reason.CUSTOMER_INACTIVE: "this customer is not active.",
        Reason.NOT_YET_VALID: "the authorization is not valid yet.",
        Reason.NO_LONGER_VALID: "the authorization has ended.",
        Reason.CHANNEL_NOT_ALLOWED: "this contact may not use the web.",
    },
}
