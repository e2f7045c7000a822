"""Events as a PBX tells them, in few words, for tests of what becomes of a call."""

from datetime import UTC, datetime, timedelta
from typing import Any

from authz.phone.number import CZECH
from channels.phone.event import CallEvent, CallEventKind, Cause
from channels.phone.judgement import EndpointRules

RANG = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KNOWN, STRANGER = "+420777123456", "+420777999888"
PBX = EndpointRules(name="pbx", numbers=CZECH)


def after(seconds: float) -> datetime:
    """So long after it rang."""
    return RANG + timedelta(seconds=seconds)


def event(kind: CallEventKind, seconds: float = 0, *, call: str = "1", **more: Any) -> CallEvent:
    """An event of a call that rang at `RANG`."""
    said: dict[str, Any] = {"presented": KNOWN} | more
    return CallEvent(provider="native", endpoint="pbx", call_id=call, kind=kind, at=after(seconds), **said)


def new(seconds: float = 0, **more: Any) -> CallEvent:
    return event(CallEventKind.NEW, seconds, **more)


def answered(seconds: float = 5, **more: Any) -> CallEvent:
    return event(CallEventKind.ANSWERED, seconds, **({"agent": "Tomáš"} | more))


def ended(seconds: float = 60, **more: Any) -> CallEvent:
    return event(CallEventKind.ENDED, seconds, **({"cause": Cause.NO_ANSWER} | more))
