"""What the pages say, in Czech and English. Data only; a test holds that both say everything."""

from collections.abc import Mapping

from authz.decision import Reason
from intake.terms import Category, Status

LANGUAGES = ("cs", "en")

TEXTS: Mapping[str, Mapping[str, str]] = {
    "cs": {
        "log_in": "Přihlásit se",
        "log_out": "Odhlásit se",
        "login": "Přihlašovací jméno",
        "password": "Heslo",
        "login_wrong": "Jméno nebo heslo nesouhlasí.",
        "login_locked": "Příliš mnoho pokusů. Další bude možný v {until}.",
        "login_expired": "Přihlášení vypršelo. Přihlaste se prosím znovu.",
        "not_authorized": "Přístup teď není možný: {reason} Obraťte se prosím na správce kontaktů.",
        "form_expired": "Formulář už neplatí. Zkuste to prosím znovu.",
        "my_tickets": "Moje požadavky",
        "new_request": "Nový požadavek",
        "no_tickets": "Zatím tu žádný požadavek není.",
        "older": "Starší",
        "number": "Číslo",
        "subject": "Předmět",
        "subject_help": "Jednou větou, čeho se požadavek týká.",
        "category": "Kategorie",
        "category_help": "Když si nejste jistí, nechte první možnost.",
        "category_default": "Podle smlouvy",
        "status": "Stav",
        "text": "Popis",
        "text_help": "Co se děje, od kdy, koho se to týká.",
        "files": "Přílohy",
        "files_help": "Nejvýše {count} souborů, dohromady {size} MB.",
        "send": "Odeslat",
        "received": "Přijato",
        "updated": "Změněno",
        "made": "Požadavek je přijatý a má číslo {number}.",
        "said": "Vaše odpověď je uložená.",
        "continued": "Původní požadavek je už uzavřený, odpověď založila tento navazující.",
        "conversation": "Průběh",
        "reply": "Odpovědět",
        "your_reply": "Vaše odpověď",
        "verify": "Technik považuje požadavek za vyřešený. Souhlasíte?",
        "accept": "Ano, je vyřešený",
        "reject": "Ne, není vyřešený",
        "accepted": "Děkujeme, požadavek je uzavřený.",
        "rejected": "Děkujeme, technik v práci pokračuje.",
        "solution": "Řešení",
        "quoted": "Citovaný text",
        "by": "{name}, {at}",
        "needed": "Toto pole je potřeba vyplnit.",
        "too_long": "Nejvýše {count} znaků.",
        "not_found": "Taková stránka tu není.",
        "not_found_help": "Požadavek možná patří někomu jinému, nebo je adresa neúplná.",
        "broken": "Něco se pokazilo. Nic se neuložilo, zkuste to prosím za chvíli znovu.",
        "too_many_files": "Nejvýše {count} souborů najednou.",
        "too_large": "Přílohy jsou příliš velké.",
        "back": "Zpět na moje požadavky",
        "problem": "Formulář nejde odeslat:",
        "skip": "Přejít k obsahu",
    },
    "en": {
        "log_in": "Log in",
        "log_out": "Log out",
        "login": "Login",
        "password": "Password",
        "login_wrong": "The login or the password is not right.",
        "login_locked": "Too many attempts. The next one is possible at {until}.",
        "login_expired": "You were logged out after a while. Please log in again.",
        "not_authorized": "You cannot come in now: {reason} Please turn to whoever keeps the contacts.",
        "form_expired": "This form is no longer valid. Please try again.",
        "my_tickets": "My requests",
        "new_request": "New request",
        "no_tickets": "There is no request yet.",
        "older": "Older",
        "number": "Number",
        "subject": "Subject",
        "subject_help": "In one sentence, what it is about.",
        "category": "Category",
        "category_help": "If you are not sure, leave the first choice.",
        "category_default": "As agreed in the contract",
        "status": "Status",
        "text": "Description",
        "text_help": "What happens, since when, who is affected.",
        "files": "Attachments",
        "files_help": "At most {count} files, {size} MB together.",
        "send": "Send",
        "received": "Received",
        "updated": "Changed",
        "made": "Your request was received and has number {number}.",
        "said": "Your reply was saved.",
        "continued": "The original request is closed already; your reply opened this one, linked to it.",
        "conversation": "Conversation",
        "reply": "Reply",
        "your_reply": "Your reply",
        "verify": "The technician considers the request solved. Do you agree?",
        "accept": "Yes, it is solved",
        "reject": "No, it is not solved",
        "accepted": "Thank you, the request is closed.",
        "rejected": "Thank you, the technician goes on.",
        "solution": "Solution",
        "quoted": "Quoted text",
        "by": "{name}, {at}",
        "needed": "Please fill this in.",
        "too_long": "At most {count} characters.",
        "not_found": "There is no such page.",
        "not_found_help": "The request may be somebody else's, or the address is not complete.",
        "broken": "Something broke. Nothing was stored; please try again in a while.",
        "too_many_files": "At most {count} files at once.",
        "too_large": "The attachments are too large.",
        "back": "Back to my requests",
        "problem": "The form cannot be sent:",
        "skip": "Skip to the content",
    },
}

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


def choose_language(accepted: str) -> str:
    """The language of somebody not known yet. accepted: the Accept-Language header, best first as browsers send it."""
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in LANGUAGES:
            return language
        if language == "sk":
            return "cs"
    return "en" if accepted.strip() else "cs"
