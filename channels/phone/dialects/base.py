"""What a dialect is: a PBX's way to tell about calls and to be answered, turned into `CallEvent` and back.

Owns the protocol every dialect follows and the answers they share. A dialect must not look anything up or decide.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Protocol, runtime_checkable

from authz.phone.number import NumberRules
from channels.phone.event import CallDecision, CallEvent
from channels.phone.hook import EndpointSecrets, HookRequest, HookResponse, Refusal

_PIN_PROMPT = {
    "cs": "Zadejte prosím svůj PIN a stiskněte křížek.",
    "en": "Please key in your PIN, followed by the hash key.",
}
_CONTACT_PROMPT = {
    "cs": "Zadejte prosím své číslo kontaktu, hvězdičku, svůj PIN a stiskněte křížek.",
    "en": "Please key in your contact number, the star key, your PIN, and the hash key.",
}
_VOICES = {"cs": "cs-CZ", "en": "en-GB"}


class Dialect(Protocol):
    """One PBX's or provider's language. Dialects hold no state.

    name: its name in settings and URLs. number_rules: how it writes numbers, unless the endpoint says otherwise.
    asks_pin: whether it can have the caller key a PIN, and tells what was keyed.
    """

    @property
    def name(self) -> str: ...

    @property
    def number_rules(self) -> NumberRules: ...

    @property
    def asks_pin(self) -> bool: ...

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """Check who posted it. at: when it was received, aware UTC. Returns None when it is the configured PBX."""
        ...

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """Read the events of an authenticated request; none for what does not concern us, such as a keep-alive."""
        ...

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """Answer a new call; a decision of None acknowledges any other event, or a request without events."""
        ...

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """Answer a request that was not taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RestCommand:
    """What to tell a provider that takes its answer by a request of ours: sent by `channels.phone.commands`.

    path: below the provider's API address. body: JSON.
    """

    path: str
    body: Mapping[str, Any]


@runtime_checkable
class CommandedDialect(Dialect, Protocol):
    """A dialect whose answer to the webhook decides nothing."""

    def commands(self, decision: CallDecision, event: CallEvent, request: HookRequest) -> tuple[RestCommand, ...]:
        """What to send for a decision, in this order; nothing lets the provider go on by itself."""
        ...


def pin_prompt(decision: CallDecision) -> str:
    """What the caller hears who has to key a PIN."""
    return (_CONTACT_PROMPT if decision.pin_with_contact else _PIN_PROMPT)[decision.language]


def voice(decision: CallDecision) -> str:
    """The language that is read out in, as providers of telephony name it."""
    return _VOICES[decision.language]


def pin_digits(decision: CallDecision) -> int:
    """How many keys that takes at most, without the closing #."""
    return 18 if decision.pin_with_contact else 8


def answer_json(body: Mapping[str, Any] | list[Any], status: int = 200) -> HookResponse:
    """A JSON answer on one line: some PBXs read only the first."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HookResponse(status=status, content_type="application/json; charset=utf-8", body=text.encode())


def answer_xml(body: str, status: int = 200) -> HookResponse:
    """An XML answer; `body` is the escaped root element."""
    return HookResponse(
        status=status,
        content_type="application/xml; charset=utf-8",
        body=f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(),
    )


def attribute(text: str) -> str:
    """A value as it stands in an XML element or attribute, on one line."""
    return escape(one_line(text, longest=2000), quote=True)


def refuse_with_json(refusal: Refusal) -> HookResponse:
    """`{"error": …}` with the refusal's status."""
    return answer_json({"error": f"{refusal.fault}: {refusal.detail}"}, status=refusal.status)


def one_line(text: str, longest: int = 120) -> str:
    """A name as it may stand in a SIP header or on a display: no control characters, not long."""
    visible = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text)
    return " ".join(visible.split())[:longest]
