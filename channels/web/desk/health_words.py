"""What is wrong with a part of the service and what to do about it, for people. The troubles' own words are English."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Known:
    """A trouble by its beginning: what is said of it, and what helps, in each language."""

    pattern: str
    said: tuple[str, str]
    advice: tuple[str, str]


# Of each pair the Czech words come first. \1 and so on are what the trouble says.
_KNOWN = (
    _Known(
        r"cannot be read since (\S+ \S+) UTC: (.*)",
        (r"Od \1 UTC nejde číst: \2", r"It cannot be read since \1 UTC: \2"),
        (
            "Ověřte, že server běží a že platí přihlašovací údaje schránky. Pošta zatím čeká v ní a neztratí se.",
            "Check that the server runs and that the mailbox's log-in is valid. The mail waits in it and is not lost.",
        ),
    ),
    _Known(
        r"without a mail for (\d+) hours",
        (r"Už \1 h nepřišla žádná zpráva.", r"No mail has come for \1 h."),
        (
            "Pošlete na adresu helpdesku zkušební zprávu. Nepřijde-li, ověřte, kam doména poštu doručuje.",
            "Send a mail to the helpdesk's address. If it does not come, look where the domain's mail is delivered.",
        ),
    ),
    _Known(
        r"(\d+) mails lie in (.+) that should have been taken in",
        (
            r"Ve složce \2 leží zprávy, které se měly převzít: \1.",
            r"\1 mails lie in \2 that should have been taken in.",
        ),
        (
            "Podívejte se do složky; bývá to tím, že server nedovolí zprávu přesunout.",
            "Look into the folder; most often the server does not let a mail be moved.",
        ),
    ),
    _Known(
        r"(\d+) mails of its folders are not in the ledger.*",
        (r"O některých zprávách ve schránce nemáme záznam: \1.", r"\1 mails of the mailbox are not in our ledger."),
        (
            "Které to jsou, vypíše správci serveru příkaz intake mailboxes reconcile.",
            "Which they are is told to the operator by the command intake mailboxes reconcile.",
        ),
    ),
    _Known(
        r"no access token: (.*)",
        (r"Poskytovatel pošty nám nedal přístup: \1", r"The mail provider gave us no access: \1"),
        (
            "Ověřte u poskytovatele souhlas aplikace a platnost jejího tajného klíče.",
            "Check the application's consent and its secret at the provider.",
        ),
    ),
    _Known(
        r"its client secret or refresh token ended on (\S+): .*",
        (r"Tajný klíč pro přístup ke schránce skončil \1.", r"The secret for access to the mailbox ended on \1."),
        ("Vyžádejte si u poskytovatele nový a zapište ho do nastavení.", "Get a new one from the provider and set it."),
    ),
    _Known(
        r"its client secret or refresh token ends on (\S+), in (\d+) days: .*",
        (
            r"Tajný klíč pro přístup ke schránce skončí \1, zbývá dní: \2.",
            r"The secret for access to the mailbox ends on \1, in \2 days.",
        ),
        ("Vyžádejte si u poskytovatele nový a zapište ho do nastavení.", "Get a new one from the provider and set it."),
    ),
)
_OTHERWISE = {
    "database": (
        "Řekněte to správci serveru: bez databáze se nic nepřijme. Pošta zatím čeká u odesílatelů.",
        "Tell the operator: without the database nothing is taken in. Mail waits at its senders meanwhile.",
    ),
    "queue": (
        "Řekněte to správci serveru: odpovědi zákazníkům teď nemusí odcházet.",
        "Tell the operator: answers to customers may not go out now.",
    ),
}
_ANY = ("Řekněte to správci serveru.", "Tell the operator.")


def say_trouble(part: str, trouble: str, language: str) -> tuple[str, str]:
    """What is wrong, and what to do. part: of the service, as in `HealthLine`."""
    which = 0 if language == "cs" else 1
    for known in _KNOWN:
        found = re.fullmatch(known.pattern, trouble)
        if found is not None:
            return found.expand(known.said[which]), known.advice[which]
    return trouble[:1].upper() + trouble[1:], _OTHERWISE.get(part, _ANY)[which]
