"""Why the desk did not do what it was told, in the visitor's language.

The desk's own sentences are English and say which of several rules stands in the way; here are their Czech ones.
"""

import re

from channels.web.texts import CATEGORIES, TEXTS
from intake.terms import CATEGORY_NAMES, Category
from intake.tickets.state import Refusal, RefusalReason

# These refusals stand for several rules each, and only the sentence says which.
_SEVERAL = frozenset(
    {RefusalReason.MERGE_NOT_POSSIBLE, RefusalReason.LINK_NOT_POSSIBLE, RefusalReason.SPLIT_NOT_POSSIBLE}
)
_CZECH = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"A ticket has nothing to do with itself; .*", "To je tento požadavek sám; vyberte jiný."),
        (r"There is no ticket (\d+)\.", r"Požadavek \1 neexistuje."),
        (r"Ticket (\d+) is another customer's\.", r"Požadavek \1 patří jinému zákazníkovi."),
        (r"Ticket (\d+) is merged already, into (\d+)\.", r"Požadavek \1 už je sloučený do požadavku \2."),
        (r"Ticket (\d+) is closed and nobody works on it: .*", r"Požadavek \1 je uzavřený a nikdo na něm nepracuje; nejdřív ho znovu otevřete."),  # noqa: E501
        (r"(.+) into (.+) would promise the customer less: .*", r"Kategorie „{1}“ se nedá sloučit do „{2}“, zákazník by měl slíbeno méně; nejdřív u jednoho z nich změňte kategorii."),  # noqa: E501
        (r"This ticket has no such comment\.", "Taková zpráva v tomto požadavku není."),
        (r"Only what the customer said can become .*", "Vyčlenit jde jen to, co napsal zákazník."),
        (r"This comment opened the ticket; .*", "Touto zprávou požadavek vznikl, bez ní by v něm nic nezbylo."),
        (r"A ticket needs a subject\.", "Nový požadavek potřebuje předmět."),
    )
]  # fmt: skip


def say_step_refusal(refusal: Refusal, language: str) -> str:
    """The refusal in words; what this language has none for is told as it was said."""
    if refusal.reason in _SEVERAL:
        return refusal.message if language == "en" else _in_czech(refusal.message)
    return TEXTS[language].get(f"tk_refused_{refusal.reason.replace('-', '_')}", refusal.message)


def _in_czech(message: str) -> str:
    for pattern, text in _CZECH:
        found = pattern.fullmatch(message)
        if found is not None:
            named = {f"{{{number}}}": _category(each) for number, each in enumerate(found.groups(), 1)}
            said = found.expand(text)
            for mark, word in named.items():
                said = said.replace(mark, word)
            return said
    return message


def _category(name: str) -> str:
    known = {CATEGORY_NAMES[each]: each for each in Category}
    return CATEGORIES["cs"][known[name]][0] if name in known else name
