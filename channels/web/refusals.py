"""What the lists say when they refuse a change, in the visitor's language.

The lists speak English, as the API does. A test holds that every refusal of the lists is told in Czech here.
"""

import re
from collections.abc import Sequence

from channels.web.texts.refused import REFUSED
from intake.administration import EntryError
from intake.letters.counting import agree

_FIELDS = {
    "name": "Jméno",
    "login": "Přihlašovací jméno",
    "label": "Popis",
    "password": "Heslo",
    "note": "Poznámka",
    "subject": "Předmět",
    "text": "Text",
    "title": "Název",
    "client_id": "ID klienta",
}

# An instant as the core tells it, such as "2026-11-22 14:30 CET".
_WHEN = r"(?P<year>\d+)-0?(?P<month>\d+)-0?(?P<day>\d+) (?P<time>\d+:\d+) (?P<zone>\S+)"
_KDY = r"\g<day>. \g<month>. \g<year> v \g<time> (\g<zone>)"

_CZECH: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"A PIN is 4 to 8 digits\.", "PIN má 4 až 8 číslic."),
        (r"Choose digits that are not all the same.*", "Zvolte číslice, které nejsou stejné ani nejdou po sobě."),
        (r"Contact \d+ has no PIN\.", "Kontakt nemá PIN."),
        (r"Write the number in full, .*", "Napište celé číslo, například +420 555 123 456."),
        (rf"Too many codes were asked for; try again after {_WHEN}\.", rf"Kódů jste si vyžádali příliš mnoho; další bude možný {_KDY}."),  # noqa: E501
        (rf"Too many mails were asked for lately; ask again after {_WHEN}\.", rf"Za poslední den jste si vyžádali příliš mnoho e-mailů; další bude možný {_KDY}."),  # noqa: E501
        (rf"Too many mails went to (?P<to>\S+) lately; ask again after {_WHEN}\.", rf"Na adresu \g<to> šlo za poslední den e-mailů už dost; další bude možný {_KDY}."),  # noqa: E501
        (r"Choose a customer\.", "Vyberte zákazníka."),
        (r"Give at most (\d+) (?:domains|characters)\.", r"Zadejte nejvýše \1."),
        (r"Give a whole number\.", "Zadejte celé číslo."),
        (r"Give a day such as .*", "Zadejte den, například 22. 11. 2026."),
        (r"Give at least one scope\.", "Vyberte alespoň jedno oprávnění."),
        (r"Give whole minutes, from 1 to (\d+)\.", r"Zadejte celé minuty, od 1 do \1."),
        (r"Give an? (\w+)\.", "{field}: vyplňte prosím."),
        (r"The (\w+) may have at most (\d+) characters\.", r"{field}: nejvýše \2 znaků."),
        (r"The (\w+) holds characters that cannot be printed; .*", "{field}: odstraňte znaky, které nejde zobrazit."),
        (r"The language is one of .*", "Vyberte češtinu nebo angličtinu."),
        (r"Choose one of .*", "Vyberte jednu z nabízených možností."),
        (r"Write the instants? with (?:its|their) zone.*", "Zadejte čas i s časovým pásmem."),
        (r"The validity must end after it begins\.", "Konec platnosti musí být po jejím začátku."),
        (r"The token must expire in the future\.", "Platnost tokenu musí končit v budoucnu."),
        (r"A contact's token may only have (.*)\.", r"Token kontaktu smí mít jen \1."),
        (r"Somebody logs in as (.+) already; .*", r"Jméno \1 už někdo používá; zvolte jiné."),
        (r"Work is noted after it was done\.", "Práce se zapisuje, až když je hotová."),
        (r"Ticket \d+ has no time entry .*", "Takový záznam práce u požadavku není, nebo už neplatí."),
        (r"An access profile stays with its customer\.", "Přístup zůstává u svého zákazníka."),
        (r"Maintenance must end after it begins\.", "Údržba musí skončit až po začátku."),
        (r"There is no \S+.* \d+\.", "Takový záznam už neexistuje."),
        (r"Such an? .+ exists already; .*", "Takový záznam už existuje; upravte ten."),
        (r"Another .+ has these values already; .*", "Tyto hodnoty už má jiný záznam; upravte ten."),
        (r"The contract (.+) was in force at that time.*", r"V té době už platila smlouva \1 a co se podle ní počítalo, zůstává. Začněte nyní nebo později, nebo ji změňte jako opravu."),  # noqa: E501
        (r"This contract has been in force since (\S+): .*", "Smlouva už platí: přidejte novou, která začne, kdy začne změna, nebo označte změnu jako opravu."),  # noqa: E501
        (r"An entry cannot move to another customer; .*", "Záznam nejde převést k jinému zákazníkovi; zrušte ho a přidejte tam nový."),  # noqa: E501
        (r"'(.*)' is not a plain mail address; .*", r"„\1“ není e-mailová adresa; napište ji jako jan@firma.cz, bez jména."),  # noqa: E501
        (r"Both ends of a range must have the same number of digits\.", "Oba konce rozsahu musí mít stejný počet číslic."),  # noqa: E501
        (r"A range goes from a lower to a higher number and holds at most (\d+) of them\.", r"Rozsah vede od nižšího čísla k vyššímu a má nejvýše \1 čísel."),  # noqa: E501
        (r"The range (\S+) to (\S+) of customer \d+ has numbers of .*", r"Rozsah se překrývá s rozsahem \1 až \2; nejdřív upravte ten."),  # noqa: E501
        (r"Contact \d+ does not belong to customer \d+\.", "Kontakt patří jinému zákazníkovi."),
        (r"The (?:address|number) (\S+) is listed there already; .*", r"\1 už v seznamu je; upravte ten záznam."),
        (r"The (?:address|number) (\S+) is listed for customer (\d+) in that time; .*", r"\1 má v té době v seznamu zákazník \2; nejdřív ukončete ten záznam."),  # noqa: E501
        (r"A whole domain belongs to a customer, .*", "Celá doména patří zákazníkovi, ne jednomu kontaktu; kontakt nevyplňujte."),  # noqa: E501
        (r"Anybody can have an address at (\S+); .*", r"Adresu na \1 může mít kdokoli; zapište adresy jednotlivých lidí."),  # noqa: E501
        (r"'(.*)' is not a full phone number.*", r"„\1“ není úplné telefonní číslo; napište ho jako +420 555 123 456."),
        (r"(terms\.\S+): (.*)", r"\1: \2"),
        (r"This address or number cannot be listed; .*", "Tuto adresu nebo číslo nelze zapsat; obraťte se prosím na service desk."),  # noqa: E501
        (r"The entry was changed meanwhile; .*", "Záznam mezitím někdo změnil; navrhněte změnu znovu."),
        (r"Whoever proposed this is no admin any more; .*", "Kdo to navrhl, už není správcem; navrhněte změnu znovu."),
        (r"This change waits for no code\.", "Tato změna na žádný kód nečeká."),
        (r"The code is no longer valid; .*", "Kód už neplatí; vyžádejte si nový."),
        (r"This change waits for nobody's approval\.", "Tato změna na schválení nečeká."),
        (r"Somebody else has to approve what you proposed\.", "Svůj návrh musí schválit někdo jiný."),
        (r"Only the service desk can confirm this\.", "To může potvrdit jen service desk."),
        (r"Add a new entry and remove this one\.", "Přidejte nový záznam a tento odeberte."),
        (r"This is the last admin; .*", "Je to poslední správce; nejdřív udělejte správcem někoho dalšího."),
        (r"A contact is deactivated, never removed: .*", "Kontakt se nemaže, jen se vypne jeho platnost."),
        (r"A .+ cannot be changed so\.", "Takhle se tento záznam změnit nedá."),
        (r"There is no .+ of that customer\.", "Takový záznam u vás není."),
        (r"There is no mail address to send the link to; .*", "Kontakt nemá e-mailovou adresu, na kterou by šel odkaz; nejdřív ji doplňte."),  # noqa: E501
        (r"This person may not use the site now; .*", "Tento člověk teď na web nesmí; nejdřív to změňte."),
        (r"There may be at most (\d+) passkeys\.", r"Přístupových klíčů může být nejvýše \1."),
        (r"This passkey is known already\.", "Tento přístupový klíč už známe."),
        (r"Write the slug with a-z, .*", "Zkratku napište malými písmeny bez diakritiky, číslicemi a pomlčkami, nejvýše 60 znaků."),  # noqa: E501
        (r"A provider keeps its customer and its slug; .*", "Zákazníka a zkratku nejde změnit; přidejte jiné přihlašování."),  # noqa: E501
        (r"Not a mail domain: (.*)\.", r"Tohle není e-mailová doména: \1."),
        (r"Another provider has one of these domains\.", "Některá z domén už patří jinému přihlašování."),
        (r"The issuer is an address that begins with https://\.", "Vydavatel je adresa, která začíná https://."),
        (r"These filters are too long to keep\.", "Filtrů je příliš mnoho, takový pohled uložit nejde."),
        (r"At most (\d+) views; .*", r"Nejvýše \1 pohledů; nejdřív některý odeberte."),
        (r"Give a text of at most (\d+) characters\.", r"Napište text, nejvýše \1 znaků."),
        (r"(.+) is not active; choose somebody else\.", r"\1 tu už nepracuje; vyberte někoho jiného."),
        (r"The password (?:needs|must have) at least (\d+) characters.*", r"Heslo musí mít alespoň \1 znaků."),
        (r"The password .*", "Zvolte jiné heslo: delší, a ne takové, které obsahuje přihlašovací jméno."),
        *REFUSED,
    )
]  # fmt: skip

# Of a sheet that is imported.
_LINE = re.compile(r"Line (\d+): (.*)", re.DOTALL)

# What one customer's people may not learn of another's.
_OTHERS = re.compile(r"listed for customer \d+|of customer \d+")
_SOMEBODY_ELSES = {
    "cs": "Tento údaj už je v seznamu jinde. Obraťte se prosím na service desk.",
    "en": "This is on another list already. Please turn to the service desk.",
}


def say_refusal(error: EntryError, language: str, *, to_customer: bool = False) -> str:
    """Tell why a change was refused. to_customer: nothing of other customers is told."""
    if to_customer and _OTHERS.search(error.message):
        return _SOMEBODY_ELSES[language]
    return error.message if language == "en" else in_czech(error) or error.message


def in_czech(error: EntryError) -> str | None:
    """The refusal in Czech; None for one that is not known here."""
    line = _LINE.fullmatch(error.message)
    if line is not None:
        rest = in_czech(EntryError(line[2], field=error.field))
        return None if rest is None else f"Řádek {line[1]}: {rest}"
    for pattern, text in _CZECH:
        found = pattern.fullmatch(error.message)
        if found is not None:
            field = error.field or ""
            return agree(found.expand(text).replace("{field}", _FIELDS.get(field, field)), "cs")
    return None
