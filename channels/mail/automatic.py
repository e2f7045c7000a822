"""Tells machine mail from a person's, and whether an answer may go out: two findings, kept apart. RFC 3834.

Owns the reading of the header fields that say so. Looks at no body and decides nothing about tickets: a person
who writes through a mailing list is a person, only not to be answered by a machine.
"""

import hashlib
import re
from collections.abc import Mapping

from channels.mail.inbound import Bounce
from intake.submission import HUMAN, Automatic, AutomaticKind

# All our own mail carries this field, so that it is known whoever sends it back to us.
LOOP_FIELD = "x-intake-loop"

Headers = Mapping[str, tuple[str, ...]]

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")
_FIELD_LIMIT = 20_000

# RFC 3834 §2: nobody who may be answered writes under these names.
_DAEMON = re.compile(r"(?:mailer-daemon|mail-daemon|maildaemon|mdaemon)$", re.IGNORECASE)
_NOT_ANSWERED = re.compile(r"(?:mailer-daemon|postmaster|owner-.*|.*-(?:request|owner|bounces?))$", re.IGNORECASE)

# What programs put in before there was Auto-Submitted, and still do.
_AUTO_REPLY_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
)
_VACATION_FIELDS = (
    ("x-apple-action", "vacation"),
    ("x-post-messageclass", "autoresponder"),
    ("delivered-to", "autoresponder"),
)
_VACATION_SUBJECT = re.compile(
    r"(?:automatick[áé] odpov[ěe][ďd](?: na)?|mimo kancel[áa][řr](?:i[ea]?)?|nep[řr][íi]tomnost|nepr[íi]tomnos[ťt]|"
    r"(?:out of (?:the )?office )?auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|"
    r"vacation (?:reply|notice)|.{1,60} is out of the office|.{1,60} ist au(?:ß|ss)er haus|"
    r"automatische (?:antwort|r(?:ü|ue)ckmeldung)|"
    r"abwesenheits(?:notiz|meldung|benachrichtigung|info)|abwesend|nieobecno[śs][ćc]|poza biurem|"
    r"auto(?:matyczna )?odpowied[źz]|odpowied[źz] automatyczna|r[ée]ponse (?:automatique|d.absence)|"
    r"(?:message|notification|notice) d.absence|absen(?:te?|ce) du bureau|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori sede|"
    r"automatisch antwoord|afwezig(?:heid)?|resposta autom[áa]tica|automatikus v[áa]lasz|autosvar|automatisk svar|"
    r"automaattinen vastaus|r[ăa]spuns automat|automatski odgovor|автоответ|автоматический ответ)\s*(?:[:–-]|$)",
    re.IGNORECASE,
)
_PRECEDENCES = frozenset({"bulk", "list", "junk", "auto_reply"})
_REPORT = re.compile(r"multipart/report\b.*?report-type\s*=\s*\"?([\w-]+)", re.IGNORECASE | re.DOTALL)
_BOUNCE_REPORTS = frozenset({"delivery-status", "feedback-report"})


def loop_token(message_id: str) -> str:
    """Return what LOOP_FIELD says in a mail of ours: which one it is, even where its Message-ID was replaced."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:32]


def classify(
    headers: Headers,
    *,
    reverse_path: str | None = None,
    own_addresses: frozenset[str] = frozenset(),
    bounce: Bounce | None = None,
) -> Automatic:
    """Say which machine wrote a mail, if one did, and whether it may be answered.

    headers: decoded values by lower-case name, each name's in order of appearance.
    reverse_path: the MAIL FROM address, "" for the null one; None when unknown, then Return-Path stands in: it can
        only forbid an answer. own_addresses: ours, lower case, without a token; empty skips the To/Cc test.
    bounce: what `read_bounce` found in the same message.
    Kind "list" is for newsletters and announcements, which nobody can answer on; what a person writes through a
    list keeps kind "none". RFC 3834 §2, RFC 5436, RFC 2369, RFC 8058.
    """
    if bounce is not None:
        return Automatic(kind=AutomaticKind.BOUNCE, may_answer=False, why=f"delivery report, {bounce.action}")
    if reverse_path is None:
        reverse_path = _reverse_path(headers)
    kind, why = _machine(headers, reverse_path)
    if kind is not AutomaticKind.NONE:
        return Automatic(kind=kind, may_answer=False, why=why)
    silence = _why_not_answer(headers, reverse_path, own_addresses)
    return Automatic(kind=kind, may_answer=False, why=silence) if silence else HUMAN


def auto_submitted(headers: Headers) -> str | None:
    """The keyword of Auto-Submitted, lower case, without parameters and comments; None where there is none.

    RFC 3834 §5: "no" means that a person wrote it. Of several fields the first that is not "no" counts.
    """
    keywords = [
        re.split(r"[;(\s]", value.strip(), maxsplit=1)[0].lower() for value in headers.get("auto-submitted", ())
    ]
    keywords = [keyword for keyword in keywords if keyword]
    return next((keyword for keyword in keywords if keyword != "no"), keywords[0] if keywords else None)


def _machine(headers: Headers, reverse_path: str | None) -> tuple[AutomaticKind, str]:
    """The machine that wrote it and the sign it is known by."""
    report = _REPORT.match(_first(headers, "content-type")[:_FIELD_LIMIT])
    if report and report[1].lower() in _BOUNCE_REPORTS:
        return AutomaticKind.BOUNCE, f"a report of type {report[1].lower()}"  # RFC 6522 §3
    if "x-failed-recipients" in headers:
        return AutomaticKind.BOUNCE, "X-Failed-Recipients"
    author = _address(headers, "from")
    if _DAEMON.match(author.partition("@")[0]) or _DAEMON.match(_first(headers, "from").strip()):
        return AutomaticKind.BOUNCE, "written by a mail daemon"
    if report:
        return AutomaticKind.AUTO_GENERATED, f"a report of type {report[1].lower()}"
    if LOOP_FIELD in headers:
        return AutomaticKind.AUTO_GENERATED, "our own mail came back"
    keyword = auto_submitted(headers)
    if vacation := _vacation_sign(headers, keyword):
        return AutomaticKind.AUTO_REPLY, vacation
    if keyword not in {None, "no"}:
        return AutomaticKind.AUTO_GENERATED, f"Auto-Submitted: {keyword}"
    if reverse_path == "":
        return AutomaticKind.AUTO_GENERATED, "null reverse-path"  # RFC 5321 §4.5.5
    return (AutomaticKind.LIST, "a newsletter") if _is_newsletter(headers) else (AutomaticKind.NONE, "")


def _vacation_sign(headers: Headers, keyword: str | None) -> str | None:
    if keyword == "auto-replied":
        return "Auto-Submitted: auto-replied"
    if name := next(
        (name for name in _AUTO_REPLY_FIELDS if _first(headers, name).strip().lower() not in {"", "no", "false"}), None
    ):
        return f"{name} is set"
    if _precedence(headers) == "auto_reply":
        return "Precedence: auto_reply"
    if name := next(
        (name for name, word in _VACATION_FIELDS if any(word in value.lower() for value in headers.get(name, ()))), None
    ):
        return f"{name} says so"
    if _VACATION_SUBJECT.match(_first(headers, "subject").strip()):
        return "the subject of an automatic reply"
    return None


def _is_newsletter(headers: Headers) -> bool:
    """A list that takes no posts: RFC 2369 §3.4, or one that offers to leave with one click, RFC 8058."""
    post = _first(headers, "list-post").strip().lower()
    if post:
        return post.startswith("no")
    return "list-unsubscribe-post" in headers or (
        "list-unsubscribe" in headers and _precedence(headers) in {"bulk", "junk"}
    )


def _why_not_answer(headers: Headers, reverse_path: str | None, own_addresses: frozenset[str]) -> str | None:
    """Why a person's mail may not be answered by a machine, or None."""
    for address in (reverse_path or "", _address(headers, "from"), _address(headers, "reply-to")):
        if _NOT_ANSWERED.match(address.partition("@")[0]):
            return f"{address} is not answered"
    if name := next((name for name in headers if name.startswith("list-")), None):
        return f"{name} is set"
    if (precedence := _precedence(headers)) in _PRECEDENCES:
        return f"Precedence: {precedence}"
    if _first(headers, "x-auto-response-suppress").strip().lower() not in {"", "none"}:
        return "X-Auto-Response-Suppress"
    if "x-loop" in headers:
        return "X-Loop"
    if own_addresses and not own_addresses & _recipients(headers):
        return "not addressed to us"
    return None


def _recipients(headers: Headers) -> frozenset[str]:
    """The addresses it is written to, lower case, each also without its "+token". RFC 3834 §2, RFC 5233."""
    found: set[str] = set()
    for name in ("to", "cc", "resent-to", "resent-cc"):
        for value in headers.get(name, ()):
            for address in _ADDRESS.findall(value[:_FIELD_LIMIT].lower()):
                local, _, domain = address.partition("@")
                found |= {address, f"{local.partition('+')[0]}@{domain}"}
    return frozenset(found)


def _precedence(headers: Headers) -> str:
    return _first(headers, "precedence").strip().lower()


def _reverse_path(headers: Headers) -> str | None:
    value = _first(headers, "return-path").strip() if "return-path" in headers else None
    if value is None:
        return None
    found = _ADDRESS.search(value[:_FIELD_LIMIT])
    return found[0] if found else ("" if value == "<>" else None)


def _address(headers: Headers, name: str) -> str:
    """The last address of the field: the one in angle brackets, where the name holds another."""
    found = _ADDRESS.findall(_first(headers, name)[:_FIELD_LIMIT])
    return found[-1] if found else ""


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""
