"""Kamailio with the configuration we ship: the native fields, with SIP headers as they are. docs/phone/kamailio.md"""

from dataclasses import replace
from datetime import datetime

from channels.phone.dialects.fields import read_fields
from channels.phone.dialects.native import Native
from channels.phone.event import CallEvent
from channels.phone.hook import HookRequest, Refusal

# RFC 3323 §4.2, RFC 3325 §9.3: what in a Privacy header asks for the number not to be shown.
_HIDES = frozenset({"id", "user", "header"})


class Kamailio(Native):
    """`from` is the From URI, `asserted` P-Asserted-Identity, `privacy` Privacy, `identity` the Identity header."""

    name = "kamailio"
    asks_pin = False  # it has no voice

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request."""
        events = super().read(request, at)
        if isinstance(events, Refusal):
            return events
        fields = read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.ambiguous("identity")
        if refusal:
            return refusal
        asked = {value.strip().lower() for value in (fields.one("privacy") or "").split(";")}
        identity = fields.one("identity")
        # RFC 8224 §4.1: the token comes first, parameters after it.
        token = None if identity is None else identity.partition(";")[0].strip()
        return tuple(
            replace(
                event,
                provider=self.name,
                privacy=bool(asked & _HIDES),
                passport=token or event.passport,
            )
            for event in events
        )
