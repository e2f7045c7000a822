"""The mail that tells somebody that their way in was changed. Pure.

Owns its words in Czech and English. There is no link in it, and nothing that anybody typed.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_timezone

from channels.mail.automatic import LOOP_FIELD, loop_token
from intake.letters.body import one_line
from intake.login.notices import Changed
from intake.outgoing import OutboxItem

_SUBJECTS = {"cs": "{service}: vaše přihlášení se změnilo", "en": "{service}: your log-in was changed"}
_CHANGED = {
    "cs": {
        Changed.PASSWORD: "vaše heslo na web {service} bylo změněno a ostatní přihlášení skončila.",
        Changed.PASSWORD_BY_LINK: (
            "vaše heslo na web {service} bylo nastaveno odkazem, který jsme vám poslali e-mailem. Dřívější přihlášení"
            " skončila."
        ),
        Changed.TOTP_ADDED: "k vašemu přihlášení na web {service} byla nastavena aplikace s jednorázovými kódy.",
        Changed.TOTP_REMOVED: "u vašeho přihlášení na web {service} bylo vypnuto ověření kódem z aplikace.",
        Changed.RECOVERY_CODES: (
            "k vašemu přihlášení na web {service} byly vytvořeny nové záložní kódy; dřívější už neplatí."
        ),
        Changed.PASSKEY_ADDED: "k vašemu přihlášení na web {service} byl přidán přístupový klíč.",
        Changed.PASSKEY_REMOVED: "u vašeho přihlášení na web {service} byl odebrán přístupový klíč.",
        Changed.SESSIONS_ENDED: "na webu {service} byla ukončena všechna vaše ostatní přihlášení.",
        Changed.PASSWORD_SET: (
            "service desk vám na webu {service} nastavil nové heslo. Všechna vaše dřívější přihlášení skončila."
        ),
        Changed.FACTORS_RESET: (
            "service desk zrušil u vašeho přihlášení na web {service} kódy z aplikace, záložní kódy i přístupové klíče."
            " Všechna vaše přihlášení skončila."
        ),
        Changed.LOGGED_OUT: "service desk ukončil všechna vaše přihlášení na webu {service}.",
    },
    "en": {
        Changed.PASSWORD: "your password for the website of {service} was changed, and your other sessions were ended.",
        Changed.PASSWORD_BY_LINK: (
            "your password for the website of {service} was set by the link we had mailed to you. Earlier sessions were"
            " ended."
        ),
        Changed.TOTP_ADDED: "an app with one-time codes was set up for your log-in to the website of {service}.",
        Changed.TOTP_REMOVED: "the codes of an app were turned off for your log-in to the website of {service}.",
        Changed.RECOVERY_CODES: (
            "new recovery codes were made for your log-in to the website of {service}; the earlier ones no longer work."
        ),
        Changed.PASSKEY_ADDED: "a passkey was added to your log-in to the website of {service}.",
        Changed.PASSKEY_REMOVED: "a passkey was removed from your log-in to the website of {service}.",
        Changed.SESSIONS_ENDED: "all your other sessions on the website of {service} were ended.",
        Changed.PASSWORD_SET: (
            "the service desk gave you a new password for the website of {service}. All your sessions were ended."
        ),
        Changed.FACTORS_RESET: (
            "the service desk took away the codes, recovery codes and passkeys of your log-in to the website of"
            " {service}. All your sessions were ended."
        ),
        Changed.LOGGED_OUT: "the service desk ended all your sessions on the website of {service}.",
    },
}
_BEGIN = {"cs": "Dobrý den,", "en": "Hello,"}
_WHEN = {"cs": "Stalo se to {when}.", "en": "This happened on {when}."}
_IF_NOT = {
    ("cs", "contact"): (
        "Víte-li o tom, nemusíte dělat nic. Pokud ne, dejte to hned vědět správci kontaktů své firmy nebo nám a na"
        " přihlašovací stránce, kterou si otevřete sami, si přes „Zapomenuté heslo“ zvolte nové heslo."
    ),
    ("cs", "user"): (
        "Víte-li o tom, nemusíte dělat nic. Pokud ne, dejte to hned vědět správci service desku a na přihlašovací"
        " stránce, kterou si otevřete sami, si přes „Zapomenuté heslo“ zvolte nové heslo."
    ),
    ("en", "contact"): (
        "If you know of this, there is nothing to do. If you do not, tell whoever keeps your company's contacts, or us,"
        ' at once, open the log-in page yourself and choose a new password by "Forgotten password".'
    ),
    ("en", "user"): (
        "If you know of this, there is nothing to do. If you do not, tell the service desk's admin at once, open the"
        ' log-in page yourself and choose a new password by "Forgotten password".'
    ),
}
_END = {
    "cs": "Tuto zprávu posíláme sami při každé takové změně. Žádný odkaz v ní není.",
    "en": "We send this by ourselves at every such change. There is no link in it.",
}
_MOMENT = {"cs": "d. M. yyyy 'v' H:mm", "en": "d MMM yyyy, HH:mm"}


def compose_login_changed(item: OutboxItem, *, sender: Address, message_id: str, zone: str) -> bytes:
    """Return the mail. zone: IANA name of the zone times are told in. Raises ValueError for an unknown change."""
    payload = item.payload
    language = "en" if payload.get("language") == "en" else "cs"
    of = "user" if payload.get("of") == "user" else "contact"
    service = one_line(sender.display_name)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = item.recipient
    message["Subject"] = _SUBJECTS[language].format(service=service)
    message["Date"] = item.created_at
    message["Message-ID"] = message_id
    message[LOOP_FIELD.title()] = loop_token(message_id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    message["X-Auto-Response-Suppress"] = "All"
    body = (
        _BEGIN[language],
        _CHANGED[language][Changed(payload["what"])].format(service=service),
        _WHEN[language].format(when=_told(datetime.fromisoformat(payload["at"]), language, zone)),
        _IF_NOT[language, of],
        _END[language],
    )
    message.set_content("\n\n".join(body) + "\n", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def _told(instant: datetime, language: str, zone: str) -> str:
    moment = format_datetime(instant, _MOMENT[language], get_timezone(zone), language)
    return f"{moment} ({instant.astimezone(ZoneInfo(zone)):%Z}, {zone})"
