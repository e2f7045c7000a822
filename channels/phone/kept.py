"""Call events as they are kept in the database, both ways. Nothing else."""

from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from channels.phone.calls import Call, apply_all
from channels.phone.event import CallEvent, CallEventKind, Cause, Direction
from intake.phone.calls import KeptEvent

_FIELDS = tuple(each.name for each in fields(CallEvent))
_read = attrgetter(*_FIELDS)


def keep_event(event: CallEvent, key: str) -> KeptEvent:
    """The event as a row; `key` as `channels.phone.calls.event_key` says."""
    data = {name: value for name, value in zip(_FIELDS, _read(event), strict=True) if value or value == ""}
    data["at"] = event.at.isoformat()
    return KeptEvent(key=key, at=event.at, kind=event.kind, data=data)


def read_event(kept: KeptEvent) -> CallEvent:
    """The event of a row. A field that a later release added is left out by an earlier one."""
    values: dict[str, Any] = {name: value for name, value in kept.data.items() if name in _FIELDS}
    values["at"] = datetime.fromisoformat(values["at"])
    values["kind"] = CallEventKind(values["kind"])
    values["direction"] = Direction(values.get("direction", Direction.INBOUND))
    values["agents"] = tuple(values.get("agents", ()))
    if values.get("cause") is not None:
        values["cause"] = Cause(values["cause"])
    return CallEvent(**values)


def read_call(events: list[KeptEvent]) -> Call | None:
    """The call these events make."""
    return apply_all(read_event(event) for event in events)
