"""What categories, statuses and refusals are called, in Czech and English. Data only."""

from collections.abc import Mapping

from authz.decision import PUBLIC_TEXT, Reason
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


# Why a request was let in, held or refused, in a sentence.
REASON_WORDS: Mapping[str, Mapping[Reason, str]] = {
    "cs": {
        Reason.AUTHORIZED: "Požadavek byl přijat.",
        Reason.RELEASED: "Požadavek byl uvolněn z karantény.",
        Reason.AUTHOR_AMBIGUOUS: "Zpráva nemá právě jednoho autora: jedno pole Od s jednou adresou.",
        Reason.AUTHOR_UNVERIFIED: "Doména autora neprokázala, že zprávu odeslala (SPF ani DKIM nemluví za ni).",
        Reason.AUTHOR_UNKNOWN: "Adresa není mezi oprávněnými.",
        Reason.CHECK_TEMPORARY: "Kontrolu teď nešlo dokončit; odesílatel to zkusí znovu.",
        Reason.CALLER_UNKNOWN: "Číslo není mezi oprávněnými.",
        Reason.CALLER_WITHHELD: "Volající skryl své číslo.",
        Reason.CALLER_INTERNAL: "Vnitřní a krátká čísla nikoho neurčují.",
        Reason.CALLER_UNPARSABLE: "Číslo volajícího nejde přečíst.",
        Reason.CALLER_NOT_GENUINE: "Číslo volajícího neprošlo ověřením.",
        Reason.PIN_NEEDED: "Volající musí zadat PIN.",
        Reason.PIN_WRONG: "Zadaný PIN nesouhlasí.",
        Reason.PIN_LOCKED: "Příliš mnoho chybných PINů; po nějakou dobu se žádný nepřijme.",
        Reason.OUTGOING_CALL: "Odchozí hovor; nikdo nežádal o vstup.",
        Reason.LOGIN_UNKNOWN: "Přihlášení není platné.",
        Reason.CONTACT_INACTIVE: "Kontakt není aktivní.",
        Reason.CUSTOMER_INACTIVE: "Zákazník není aktivní.",
        Reason.NOT_YET_VALID: "Oprávnění ještě neplatí.",
        Reason.NO_LONGER_VALID: "Oprávnění už skončilo.",
        Reason.CHANNEL_NOT_ALLOWED: "Kontakt tuto cestu nemá povolenou.",
        Reason.CUSTOMER_AMBIGUOUS: "Totožnost patří více zákazníkům.",
        Reason.UNPARSABLE: "Požadavek nešlo přečíst a čeká na člověka.",
        Reason.AUTOMATIC: "Automatické zprávy požadavky nezakládají.",
        Reason.DELIVERY_REPORT: "Zpráva o doručení byla připsána ke zprávě, které se týká.",
        Reason.FORWARD_UNKNOWN: "Autor přeposlané zprávy není v seznamech; někdo musí říct, kdo to je.",
        Reason.INFECTED: "V požadavku byl nalezen virus.",
        Reason.NOT_SCANNED: "Požadavek teď nešlo prověřit na viry; odesílatel to zkusí znovu.",
        Reason.FILE_REFUSED: "Požadavek obsahuje soubor, který se tu nepřijímá.",
        Reason.IMPORTED: "Zpráva byla převzata z archivu.",
        Reason.MAIL_LOOP: "Zpráva prošla příliš mnoha servery, nebo přišla od této služby samotné.",
        Reason.TOO_LARGE: "Zpráva je větší, než služba přijímá.",
        Reason.DUPLICATE: "Požadavek už byl přijat.",
    },
    "en": PUBLIC_TEXT,
}
