"""The words of our mail that are in force until somebody writes others. Data only."""

from intake.letters.templates import Wording
from intake.outgoing import OutboxKind

# One subject for the whole thread: RFC 5256 §2.1 strips the mark in brackets and "Re:", and so do the mail clients.
_FIRST = "[#{number}] {subject}"
_LATER = "Re: [#{number}] {subject}"

_HOW_TO_REPLY_CS = """Chcete-li něco doplnit, odpovězte na tento e-mail a adresu pro odpověď neměňte. \
Odpověď i její přílohy přidáme k požadavku č. {number}."""
_HOW_TO_REPLY_EN = """To add something, just reply to this e-mail and leave the address as it is. \
Your reply and its attachments will be added to request {number}."""

_PROMISED_CS = """Začneme na něm pracovat nejpozději {response_due}.

Vyřešen má být nejpozději {fix_due}. Čekáme-li na vás nebo na třetí stranu, lhůta se o tu dobu posouvá."""
_PROMISED_EN = """We will begin to work on it by {response_due}.

It is to be solved by {fix_due}. While we wait for you or for somebody else, the clock stands."""
_WHERE_CS = "Jak na tom je, uvidíte po přihlášení na {ticket_url}"
_WHERE_EN = "To see how it stands, log in at {ticket_url}"

_CZECH: dict[OutboxKind, tuple[str, str]] = {
    OutboxKind.ACKNOWLEDGEMENT: (
        _FIRST,
        f"""Dobrý den,

přijali jsme váš požadavek a vedeme ho pod číslem {{number}}.

Předmět: {{subject}}
Kategorie: {{category}}

{_PROMISED_CS}

{_WHERE_CS}

{_HOW_TO_REPLY_CS}""",
    ),
    OutboxKind.REPLY: (
        _LATER,
        f"""Dobrý den,

{{author}} píše k požadavku č. {{number}}:

{{text}}

Přílohy, které jsou na e-mail příliš velké, najdete u požadavku na {{ticket_url}}: {{files}}

{_HOW_TO_REPLY_CS}""",
    ),
    OutboxKind.IN_PROGRESS: (
        _LATER,
        f"""Dobrý den,

na vašem požadavku č. {{number}} už pracuje technik.

Předmět: {{subject}}
Kategorie: {{category}}

{{text}}

{_HOW_TO_REPLY_CS}""",
    ),
    OutboxKind.MORE_INFO: (
        _LATER,
        """Dobrý den,

abychom mohli pokračovat v řešení požadavku č. {number}, potřebujeme od vás doplnit informace.

{text}

Odpovězte prosím na tento e-mail a adresu pro odpověď neměňte. Než odpovíte, čas řešení neběží.""",
    ),
    OutboxKind.TO_VERIFY: (
        _LATER,
        """Dobrý den,

váš požadavek č. {number} máme za vyřešený. Ověřte prosím, že je vše v pořádku.

Řešení: {solution}

{text}

Přijmout řešení: {accept_link}
Vrátit k dopracování: {reject_link}

Pokud se do {until} neozvete, budeme řešení považovat za přijaté.

Místo odkazů můžete také odpovědět na tento e-mail; adresu pro odpověď neměňte.""",
    ),
    OutboxKind.CLOSED: (
        _LATER,
        """Dobrý den,

požadavek č. {number} jsme uzavřeli.

Řešení: {solution}

Vyhodnocení: {evaluation}

{text}

Pokud problém trvá, odpovězte na tento e-mail a požadavek znovu otevřeme.""",
    ),
    OutboxKind.REOPENED: (
        _LATER,
        f"""Dobrý den,

požadavek č. {{number}} jsme znovu otevřeli a pracujeme na něm.

{{text}}

{_HOW_TO_REPLY_CS}""",
    ),
    OutboxKind.POSTPONED: (
        _LATER,
        f"""Dobrý den,

požadavek č. {{number}} jsme odložili: čekáme na opravu od třetí strany nebo na vhodnou dobu k nasazení. \
Po tuto dobu čas řešení neběží.

{{text}}

Jakmile budeme moci pokračovat, ozveme se vám.

{_HOW_TO_REPLY_CS}""",
    ),
    OutboxKind.CATEGORY: (
        _LATER,
        f"""Dobrý den,

kategorii vašeho požadavku č. {{number}} jsme změnili.

Předmět: {{subject}}
Dosavadní kategorie: {{category_before}}
Nová kategorie: {{category}}

{_PROMISED_CS}

Pokud se změnou nesouhlasíte, odpovězte na tento e-mail a adresu pro odpověď neměňte.""",
    ),
    OutboxKind.WARNING: (
        _LATER,
        """Blíží se lhůta požadavku č. {number}: {clock} do {due}.

Předmět: {subject}
Kategorie: {category}
Stav: {status}

{ticket_url}""",
    ),
    OutboxKind.BREACH: (
        _LATER,
        """Lhůta požadavku č. {number} nebyla dodržena: {clock} do {due}.

Předmět: {subject}
Kategorie: {category}
Stav: {status}

{ticket_url}""",
    ),
}

_ENGLISH: dict[OutboxKind, tuple[str, str]] = {
    OutboxKind.ACKNOWLEDGEMENT: (
        _FIRST,
        f"""Hello,

we have received your request and given it the number {{number}}.

Subject: {{subject}}
Category: {{category}}

{_PROMISED_EN}

{_WHERE_EN}

{_HOW_TO_REPLY_EN}""",
    ),
    OutboxKind.REPLY: (
        _LATER,
        f"""Hello,

{{author}} wrote on request {{number}}:

{{text}}

Files that are too large for e-mail are with the request at {{ticket_url}}: {{files}}

{_HOW_TO_REPLY_EN}""",
    ),
    OutboxKind.IN_PROGRESS: (
        _LATER,
        f"""Hello,

a technician is working on your request {{number}}.

Subject: {{subject}}
Category: {{category}}

{{text}}

{_HOW_TO_REPLY_EN}""",
    ),
    OutboxKind.MORE_INFO: (
        _LATER,
        """Hello,

to go on with request {number} we need more information from you.

{text}

Please reply to this e-mail and leave the address as it is. Until your answer the clock stands.""",
    ),
    OutboxKind.TO_VERIFY: (
        _LATER,
        """Hello,

we believe that your request {number} is solved. Please check that everything works.

Solution: {solution}

{text}

Accept the solution: {accept_link}
Send it back: {reject_link}

Without a word from you by {until} we take the solution as accepted.

Instead of the links you can also reply to this e-mail; leave the address as it is.""",
    ),
    OutboxKind.CLOSED: (
        _LATER,
        """Hello,

request {number} is closed.

Solution: {solution}

Evaluation: {evaluation}

{text}

If the problem is still there, reply to this e-mail and we will open the request again.""",
    ),
    OutboxKind.REOPENED: (
        _LATER,
        f"""Hello,

we have opened request {{number}} again and are working on it.

{{text}}

{_HOW_TO_REPLY_EN}""",
    ),
    OutboxKind.POSTPONED: (
        _LATER,
        f"""Hello,

we have put off request {{number}}: we are waiting for somebody else's fix, or for a good time to deploy ours. \
Meanwhile the clock stands.

{{text}}

You will hear from us as soon as we can go on.

{_HOW_TO_REPLY_EN}""",
    ),
    OutboxKind.CATEGORY: (
        _LATER,
        f"""Hello,

we have moved your request {{number}} to another category.

Subject: {{subject}}
Category until now: {{category_before}}
New category: {{category}}

{_PROMISED_EN}

If you do not agree, reply to this e-mail and leave the address as it is.""",
    ),
    OutboxKind.WARNING: (
        _LATER,
        """A deadline of request {number} is near: {clock} by {due}.

Subject: {subject}
Category: {category}
Status: {status}

{ticket_url}""",
    ),
    OutboxKind.BREACH: (
        _LATER,
        """A deadline of request {number} was missed: {clock} by {due}.

Subject: {subject}
Category: {category}
Status: {status}

{ticket_url}""",
    ),
}

DEFAULTS: dict[tuple[OutboxKind, str], Wording] = {
    (kind, language): Wording(subject=subject, text=text)
    for language, wordings in (("cs", _CZECH), ("en", _ENGLISH))
    for kind, (subject, text) in wordings.items()
}
