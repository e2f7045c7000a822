"""A ticket's clocks in words, and line by line why they say what they say. See `intake.sla.explain`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.web.console.remaining import say_length
from intake.queries import TicketClocks
from intake.sla.clock import ClockKind, ClockReading, ClockState, read_clock
from intake.sla.explain import Line, explain_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """A stretch of time. length: in words."""

    start: datetime
    end: datetime
    length: str
    counted: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWords:
    """A clock. words: how it stands. urgency: the class of its badge. lines: why, in order."""

    kind: ClockKind
    reading: ClockReading
    words: str
    urgency: str
    lines: tuple[ClockLine, ...]


def clock_words(found: TicketClocks, now: datetime, t: Mapping[str, str], *, lines: bool = False) -> list[ClockWords]:
    """Both clocks at `now` (aware UTC). t: the texts. lines: with the explanation."""
    at = max(now, found.ticket.received_at)
    made = []
    for kind in ClockKind:
        reading = read_clock(kind, found.history, found.contract, at)
        why = explain_clock(kind, found.history, found.contract, at).lines if lines else ()
        made.append(
            ClockWords(
                kind=kind,
                reading=reading,
                words=_say(reading, t),
                urgency="bad" if reading.breached else "good" if reading.state is ClockState.ENDED else "",
                lines=tuple(_line(each, t) for each in _joined(why)),
            )
        )
    return made


def _say(reading: ClockReading, t: Mapping[str, str]) -> str:
    used = say_length(reading.elapsed, t)
    if reading.target is None:
        return t[f"tk_clock_no_target_{reading.state}"].format(used=used)
    left = reading.remaining or timedelta(0)
    key = "late" if reading.breached else "left"
    if reading.state is ClockState.ENDED:
        key = "ended_late" if reading.breached else "ended"
    elif reading.state is ClockState.PAUSED:
        key += "_paused"
    words = {"used": used, "left": say_length(left, t, by=reading.breached), "target": say_length(reading.target, t)}
    return t[f"tk_clock_{key}"].format(**words)


def _joined(lines: tuple[Line, ...]) -> list[Line]:
    """Neighbours with the same reason as one stretch: three weekends of a paused clock are one pause."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last is not None and last.reason == line.reason and last.end == line.start and last.words == line.words:
            joined[-1] = Line(
                start=last.start, end=line.end, counted=line.counted, reason=line.reason, words=line.words
            )
        else:
            joined.append(line)
    return joined


def _line(line: Line, t: Mapping[str, str]) -> ClockLine:
    reason = t.get(f"tk_why_{line.reason.replace('-', '_')}", line.words)
    # The name of a holiday or of a day of our own says more than that it is one.
    if line.reason in {"holiday", "extra-day"}:
        reason = f"{reason}: {line.words}"
    return ClockLine(
        start=line.start, end=line.end, length=say_length(line.length, t), counted=line.counted, reason=reason
    )
