"""What a ticket made of a call says, in the languages of contacts. Data and wording only."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from channels.phone.calls import Call
from channels.phone.event import Cause
from channels.phone.filing import TicketCause

_ZONE = ZoneInfo("Europe/Prague")

_SUBJECTS: dict[str, dict[TicketCause, str]] = {
    "cs": {
        TicketCause.MISSED: "Zmeškaný hovor: {who}",
        TicketCause.ANSWERED: "Hovor: {who}",
        TicketCause.VOICEMAIL: "Hlasová zpráva: {who}",
    },
    "en": {
        TicketCause.MISSED: "Missed call: {who}",
        TicketCause.ANSWERED: "Call: {who}",
        TicketCause.VOICEMAIL: "Voicemail: {who}",
    },
}
_LINES: dict[str, dict[str, str]] = {
    "cs": {
        "from": "Volající",
        "called": "Volané číslo",
        "rang": "Zazvonilo",
        "agent": "Přijal",
        "ask": "Zavolejte zpět.",
        "unreported": "Ústředna konec hovoru neohlásila, možná ho někdo přijal.",
    },
    "en": {
        "from": "Caller",
        "called": "Called number",
        "rang": "Rang at",
        "agent": "Answered by",
        "ask": "Call back.",
        "unreported": "The PBX reported no end of the call; somebody may have answered it.",
    },
}


@dataclass(frozen=True, slots=True)
class CallText:
    """A ticket's subject and text."""

    subject: str
    body: str


def describe_call(call: Call, cause: TicketCause, *, caller: str, name: str | None) -> dict[str, CallText]:
    """The texts by language. caller: as presented. name: of the person, when the number is one person's."""
    who = f"{name} ({caller})" if name else caller
    texts = {}
    for language, words in _LINES.items():
        lines = [f"{words['from']}: {who}"]
        if call.called_number:
            lines.append(f"{words['called']}: {call.called_number}")
        lines.append(f"{words['rang']}: {call.began_at.astimezone(_ZONE):%d.%m.%Y %H:%M:%S %Z}")
        if call.agent:
            lines.append(f"{words['agent']}: {call.agent}")
        if cause is TicketCause.MISSED:
            if call.cause is Cause.UNREPORTED:
                lines.append(words["unreported"])
            lines.append(words["ask"])
        texts[language] = CallText(_SUBJECTS[language][cause].format(who=who), "\n".join(lines))
    return texts
