"""What customers are told about their requests."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "cs": {
        "my_tickets": "Moje požadavky",
        "new_request": "Nový požadavek",
        "no_tickets": "Zatím tu žádný požadavek není.",
        "subject_help": "Jednou větou, čeho se požadavek týká.",
        "category_help": "Když si nejste jistí, nechte první možnost.",
        "category_default": "Podle smlouvy",
        "text_help": "Co se děje, od kdy, koho se to týká.",
        "made": "Požadavek je přijatý a má číslo {number}.",
        "said": "Vaše odpověď je uložená.",
        "continued": "Původní požadavek je už uzavřený, odpověď založila tento navazující.",
        "your_reply": "Vaše odpověď",
        "verify": "Technik považuje požadavek za vyřešený. Souhlasíte?",
        "accept": "Ano, je vyřešený",
        "reject": "Ne, není vyřešený",
        "accepted": "Děkujeme, požadavek je uzavřený.",
        "rejected": "Děkujeme, technik v práci pokračuje.",
    },
    "en": {
        "my_tickets": "My requests",
        "new_request": "New request",
        "no_tickets": "There is no request yet.",
        "subject_help": "In one sentence, what it is about.",
        "category_help": "If you are not sure, leave the first choice.",
        "category_default": "As agreed in the contract",
        "text_help": "What happens, since when, who is affected.",
        "made": "Your request was received and has number {number}.",
        "said": "Your reply was saved.",
        "continued": "The original request is closed already; your reply opened this one, linked to it.",
        "your_reply": "Your reply",
        "verify": "The technician considers the request solved. Do you agree?",
        "accept": "Yes, it is solved",
        "reject": "No, it is not solved",
        "accepted": "Thank you, the request is closed.",
        "rejected": "Thank you, the technician goes on.",
    },
}
