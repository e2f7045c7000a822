"""What is wrong with a sheet of contacts, a wording and a few other entries, in Czech. Data only.

Each sentence of the core with its Czech form; see `channels.web.refusals`, which knows the rest.
"""

# ruff: noqa: E501 - a sentence and its Czech stay on one line

from collections.abc import Sequence

REFUSED: Sequence[tuple[str, str]] = (
    # a sheet of contacts
    (r"(.*) Correct the file first\.", r"\1 Nejdřív opravte soubor."),
    (r"The file is empty\.", "Soubor je prázdný."),
    (r"The first line must name the columns, among them Jméno or ID\.", "První řádek musí pojmenovat sloupce, mezi nimi Jméno nebo ID."),
    (r"Unknown columns: (.*)\. Known: (.*)\.", r"Neznámé sloupce: \1. Známe tyto: \2."),
    (r"Given twice: (.*)\.", r"Uvedeno dvakrát: \1."),
    (r"This line has more cells than there are columns\.", "Řádek má víc buněk, než je sloupců."),
    (r"At most (\d+) contacts\.", r"V souboru může být nejvýše tolik kontaktů: \1."),
    (r"'(.*)' is no contact's id; .*", r"„\1“ není ID kontaktu; u nového kontaktu nechte buňku prázdnou."),
    (r"'(.*)' is neither cs nor en\.", r"„\1“ není cs ani en."),
    (r"'(.*)' is neither ano nor ne\.", r"„\1“ není ano ani ne."),
    (r"'(.*)' is no date; .*", r"„\1“ není datum; napište ho jako 31. 12. 2026."),
    (r"not a year", "Takový rok být nemůže."),
    (r"A name has at most (\d+) characters, .*", r"Jméno má nejvýše \1 znaků, všechny musí jít vytisknout."),
    (r"This customer has no contact (\S+); .*", r"Kontakt s ID \1 tu není; u nového kontaktu nechte ID prázdné."),
    (r"This line could be (.*): give the ID\.", r"Na řádku může být \1: uveďte ID."),
    (r"A new contact needs a name\.", "Nový kontakt musí mít jméno."),
    (r"(.*) is in line (\d+) already\.", r"\1 už je na řádku \2."),
    (r"(.*) was changed in the meantime; make the preview again\.", r"\1: údaje se mezitím změnily. Podívejte se prosím znovu, co se stane."),
    # wordings of our mail
    (r"The subject is empty\.", "Předmět je prázdný."),
    (r"The text is empty\.", "Text je prázdný."),
    (r"The subject has more than (\d+) characters\.", r"Předmět má víc než \1 znaků."),
    (r"The text has more than (\d+) characters\.", r"Text má víc než \1 znaků."),
    (r"The subject has a single (\S+) in line (\S+); write (\S+) for a brace\.", r"V předmětu je samotná závorka \1; závorku napište jako \3."),
    (r"The text has a single (\S+) in line (\S+); write (\S+) for a brace\.", r"Na řádku \2 je samotná závorka \1; závorku napište jako \3."),
    (r"The subject has (\S+), which is none of: (.*)\.", r"V předmětu nejde použít \1. Použít jde: \2."),
    (r"The text has (\S+), which is none of: (.*)\.", r"V textu nejde použít \1. Použít jde: \2."),
    (r"The subject must be a single line\.", "Předmět musí být na jednom řádku."),
    (r"The subject needs \{number\}: .*", "V předmětu musí být {number}: podle čísla lidé požadavek najdou."),
    (r"The subject needs \{subject\}: .*", "V předmětu musí být {subject}: bez něj by poštovní programy roztrhaly konverzaci."),
    (r"The text needs (\S+)\.", r"V textu musí být \1."),
    (r"There is no template '?(.*?)'?; there are: (.*)\.", r"Text „\1“ neexistuje; jsou tyto: \2."),
    (r"There is no language '?(.*?)'?; there are: (.*)\.", r"V jazyce „\1“ nepíšeme; jen v těchto: \2."),
    (r"The template was changed meanwhile .*", "Text mezitím někdo změnil; načtěte si ho znovu."),
    # users, tokens, rules, days, contracts
    (r"A token cannot outlive the one that gives it: give expires_at, (.*) at the latest\.", r"Token nesmí platit déle než ten, který ho vydává: zadejte konec platnosti, nejpozději \1."),
    (r"A token of a customer's directory has the scope (.*) and nothing else\.", r"Token pro adresář zákazníka má jen oprávnění \1."),
    (r"Nobody logs in as (.*)\.", r"Jméno \1 nikdo nepoužívá."),
    (r"(.*) is a contact; change it .*", r"\1 je kontakt; upravte ho mezi kontakty zákazníka."),
    (r"Another user has the userName (.*)\.", r"Jméno \1 už má jiný uživatel."),
    (r"Too many codes were asked for; try again after (.*)\.", r"Kódů jste si vyžádali příliš mnoho; další bude možný po \1."),
    (r"Too many mails were asked for lately; ask again after (.*)\.", r"Za poslední den jste si vyžádali příliš mnoho e-mailů; další bude možný po \1."),
    (r"Only people who may write for the ticket's own customer take part; .*", "Účastnit se smí jen lidé, kteří smějí psát za zákazníka požadavku; adresu nejdřív zapište do seznamu."),
    (r"(\S+) takes no part in ticket (\d+)\.", r"\1 se požadavku \2 neúčastní."),
    (r"Say what the rule does: .*", "Vyberte, co pravidlo udělá: kategorii, přednostní upozornění nebo text."),
    (r"The position is a number from (\d+) to (\d+)\.", r"Pořadí je číslo od \1 do \2."),
    (r"The end of a contract can be moved only while it lies ahead, .*", "Konec smlouvy jde posunout, jen dokud nenastal, a ne do minulosti."),
    (r"(\S+) is listed for customer (\d+) in that time; .*", r"\1 má v té době v seznamu zákazník \2; nejdřív ukončete ten záznam."),
    (r"(\S+) is listed there already; .*", r"\1 už v seznamu je; upravte ten záznam."),
    (r"(.*) is no day of the site's own\.", r"\1 není den navíc."),
    (r"(.*) is a day of the site's own already\.", r"\1 už mezi dny navíc je."),
    (r"(.*) has begun: what was counted stays, .*", r"\1 už začal: co se započítalo, zůstává, pokud nejde o opravu toho, co nikdy neplatilo."),
    (r"This webhook is switched off: .*", "Webhook je vypnutý: nejdřív ho zapněte."),
    (r"([\w.]+): (.*)", r"\1: \2"),
)  # fmt: skip
