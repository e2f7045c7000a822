"""Mails about no ticket: to a customer's own admin, to an author nobody knows, to the operator. Pure.

Owns their words in Czech and English. Strangers' words stand in them as plain text of one line only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from channels.mail.automatic import LOOP_FIELD, loop_token
from intake.letters.body import one_line
from intake.letters.counting import agree
from intake.outgoing import OutboxItem, OutboxKind

SHORT_LETTERS = frozenset(
    {
        OutboxKind.CUSTOMER_DIGEST,
        OutboxKind.UNKNOWN_AUTHOR,
        OutboxKind.ADDRESS_CODE,
        OutboxKind.CHANGE_WAITS,
        OutboxKind.ALERT,
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """One letter in one language. The fields in braces are the payload's; a line of `lines` is filled for each one."""

    subject: str
    before: tuple[str, ...]
    line: str = ""
    after: tuple[str, ...] = ()


_DIGEST = {
    "cs": Words(
        "Zprávy vašich lidí čekají na posouzení: {waiting}",
        (
            "Dobrý den,",
            (
                "tyto zprávy přišly na helpdesk pod adresami vašich lidí, ale nepodařilo se ověřit, že je"
                " odeslala vaše doména. Může jít o podvrh, nebo o chybu v nastavení pošty (DKIM, SPF)."
                " Nikdo na ně zatím neodpověděl."
            ),
        ),
        "{since}  {identity}\n    {subject}\n    důvod: {reason}",
        (
            (
                "Je-li některá z nich pravá, odpovězte na tento e-mail nebo nám zavolejte a uvolníme ji."
                " Aby příště prošly samy, požádejte svého správce pošty o podpis DKIM vaší domény."
            ),
        ),
    ),
    "en": Words(
        "Messages of your people wait to be looked at: {waiting}",
        (
            "Hello,",
            (
                "these messages came to the helpdesk under addresses of your people, but could not be"
                " proved to be sent by your domain. They may be forged, or your mail is not set up for it"
                " (DKIM, SPF). Nobody has answered."
            ),
        ),
        "{since}  {identity}\n    {subject}\n    reason: {reason}",
        (
            (
                "If one of them is genuine, answer this mail or call us, and we release it. To let them"
                " pass by themselves, ask whoever runs your mail for DKIM signatures of your domain."
            ),
        ),
    ),
}
_REASONS = {
    "author-unverified": {
        "cs": "doména neprokázala, že zprávu odeslala",
        "en": "the domain did not prove that it sent the message",
    },
    "contact-inactive": {"cs": "osoba už není oprávněná", "en": "the person is not authorized any more"},
    "automatic": {"cs": "zprávu poslal stroj", "en": "a machine sent the message"},
    "unparsable": {"cs": "zprávu se nepodařilo přečíst", "en": "the message could not be read"},
}
_UNKNOWN = {
    "cs": Words(
        "Vaše zpráva na helpdesk: adresa není oprávněná / Your message to the helpdesk: address not authorized",
        (
            "Dobrý den,",
            (
                "Vaše zpráva „{subject}“ přišla z adresy {address}, která není na seznamu oprávněných osob,"
                " a proto z ní nevznikl požadavek."
            ),
            (
                "Jste-li naším zákazníkem, pište z adresy, která na seznamu je, nebo požádejte správce"
                " kontaktů své firmy, aby tuto adresu doplnil."
            ),
            "— — —",
            "Hello,",
            (
                'your message "{subject}" came from {address}, which is not on the list of authorized'
                " people, so it did not become a request."
            ),
            (
                "If you are a customer of ours, write from an address that is on the list, or ask your"
                " company's contact administrator to add this one."
            ),
            "Automatická zpráva, posíláme ji nejvýše jednou denně. / An automatic message, sent once a day at most.",
        ),
    ),
}
_ALERT = {
    "cs": Words("Pošta: {name} – potřebuje pozornost", ("{name}:",), "- {text}", ("{url}",)),
    "en": Words("Mail: {name} needs attention", ("{name}:",), "- {text}", ("{url}",)),
}
_ADDRESS_CODE = {
    "cs": Words(
        "Potvrďte prosím svou adresu pro helpdesk",
        (
            "Dobrý den,",
            "{name} ({customer}) žádá, abyste mohli psát na náš helpdesk z této adresy.",
            "Souhlasíte-li, otevřete tento odkaz a potvrďte ho:",
            "{url}",
            "Nebo sdělte správci kontaktů své firmy kód {code}.",
            "Odkaz i kód platí {days} dní. Pokud o tom nic nevíte, nedělejte nic; adresa se do seznamu nedostane.",
        ),
    ),
    "en": Words(
        "Please confirm your address for the helpdesk",
        (
            "Hello,",
            "{name} ({customer}) asks for you to be able to write to our helpdesk from this address.",
            "If you agree, open this link and confirm it:",
            "{url}",
            "Or tell the code {code} to whoever keeps your company's contacts.",
            "Link and code work for {days} days. If you know nothing of this, do nothing; the address is not listed.",
        ),
    ),
}
_CHANGE_WAITS = {
    "cs": Words(
        "Změna seznamu kontaktů čeká na vaše schválení",
        (
            "Dobrý den,",
            "{name} žádá o změnu vašich kontaktů u helpdesku: {what}.",
            "Podle pravidla čtyř očí ji má schválit další správce. Podívat se a rozhodnout můžete zde:",
            "{url}",
        ),
    ),
    "en": Words(
        "A change of your list of contacts waits for your approval",
        (
            "Hello,",
            "{name} asks for a change of your contacts at the helpdesk: {what}.",
            "By the four-eyes rule another administrator has to approve it. You can look and decide here:",
            "{url}",
        ),
    ),
}
_LETTERS = {
    OutboxKind.CHANGE_WAITS: _CHANGE_WAITS,
    OutboxKind.ADDRESS_CODE: _ADDRESS_CODE,
    OutboxKind.CUSTOMER_DIGEST: _DIGEST,
    OutboxKind.UNKNOWN_AUTHOR: _UNKNOWN,
    OutboxKind.ALERT: _ALERT,
}


def compose_short_letter(item: OutboxItem, *, sender: Address, message_id: str) -> bytes:
    """Return the mail for a row of one of the `SHORT_LETTERS`. Raises KeyError for a payload that lacks something."""
    letters, payload = _LETTERS[item.kind], item.payload
    language = payload.get("language") or "cs"
    words = letters.get(language) or letters["cs"]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = item.recipient
    message["Subject"] = one_line(_fill(words.subject, payload))
    message["Date"] = item.created_at
    message["Message-ID"] = message_id
    if payload.get("in_reply_to"):
        message["In-Reply-To"] = message["References"] = payload["in_reply_to"]
    message[LOOP_FIELD.title()] = loop_token(message_id)
    # RFC 3834 §5
    message["Auto-Submitted"] = "auto-replied" if item.kind is OutboxKind.UNKNOWN_AUTHOR else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"
    lines = [_fill(words.line, _of_line(line, language)) for line in payload.get("lines", ())]
    body = [*(_fill(text, payload) for text in words.before), *lines, *(_fill(text, payload) for text in words.after)]
    body = [agree(text, "en" if language == "en" else "cs") for text in body]
    message.set_content("\n\n".join(body) + "\n", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return text.format(**{key: one_line(str(value)) or "–" for key, value in values.items() if key != "lines"})


def _of_line(line: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """A reason in the reader's language; one without a sentence is told by its name."""
    if "reason" not in line:
        return line
    return {**line, "reason": _REASONS.get(line["reason"], {}).get(language, line["reason"])}


def told_at(instant: datetime) -> str:
    """A moment as these letters write it; the caller chose the zone."""
    return f"{instant:%d.%m. %H:%M}"
