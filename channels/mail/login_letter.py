"""The mail with a link to log in by: an invitation, or for a forgotten password. Pure.

Owns its words in Czech and English. The link comes in; the row has it sealed.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from babel.dates import format_datetime, get_timezone

from channels.mail.automatic import LOOP_FIELD, loop_token
from intake.letters.body import one_line
from intake.outgoing import OutboxItem

_SUBJECTS = {
    ("cs", "invitation"): "{service}: přihlášení na web",
    ("cs", "forgotten"): "{service}: nové heslo",
    ("en", "invitation"): "{service}: logging in to the website",
    ("en", "forgotten"): "{service}: a new password",
}
_TEXTS = {
    ("cs", "invitation"): (
        "Dobrý den,",
        "na webu {service} můžete zadávat požadavky a sledovat, jak je řešíme. Heslo si zvolíte zde:",
        "{link}",
        "Odkaz funguje jednou, do {until}. Přihlašovat se budete touto e-mailovou adresou.",
    ),
    ("cs", "forgotten"): (
        "Dobrý den,",
        "někdo, nejspíš vy, požádal o nové heslo na web {service}. Zvolíte si ho zde:",
        "{link}",
        "Odkaz funguje jednou, do {until}. Pokud jste o něj nežádali, nedělejte nic; heslo se nezmění.",
    ),
    ("en", "invitation"): (
        "Hello,",
        "on the website of {service} you can make requests and follow them. Choose your password here:",
        "{link}",
        "The link works once, until {until}. You will log in with this mail address.",
    ),
    ("en", "forgotten"): (
        "Hello,",
        "somebody, most likely you, asked for a new password for the website of {service}. Choose it here:",
        "{link}",
        "The link works once, until {until}. If you did not ask, do nothing; your password stays.",
    ),
}
_MOMENT = {"cs": "d. M. yyyy H:mm", "en": "d MMM yyyy, HH:mm"}


def compose_login_letter(item: OutboxItem, link: str, *, sender: Address, message_id: str, zone: str) -> bytes:
    """Return the mail. link: the whole address. zone: IANA name of the zone times are told in."""
    language = "en" if item.payload.get("language") == "en" else "cs"
    kind = "invitation" if item.payload.get("kind") == "invitation" else "forgotten"
    until = datetime.fromisoformat(item.payload["expires_at"])
    values = {
        "service": one_line(sender.display_name),
        "link": link,
        "until": format_datetime(until, _MOMENT[language], get_timezone(zone), language),
    }
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = item.recipient
    message["Subject"] = _SUBJECTS[language, kind].format(**values)
    message["Date"] = item.created_at
    message["Message-ID"] = message_id
    message[LOOP_FIELD.title()] = loop_token(message_id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    message["X-Auto-Response-Suppress"] = "All"
    body = "\n\n".join(text.format(**values) for text in _TEXTS[language, kind])
    message.set_content(body + "\n", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()
