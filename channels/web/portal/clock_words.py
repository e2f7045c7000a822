"""A ticket's clocks in plain words for its customer, in Czech and English. Pure.

Owns the sentences. The figures are `intake.sla.clock`'s; nothing is counted here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone

from intake.sla.calendar import ClosedReason
from intake.sla.clock import ClockReading, ClockState
from intake.sla.contract import Contract
from intake.sla.explain import COUNTED, FIXED, STATUS_PAUSED, Line
from intake.sla.hours import next_open
from intake.terms import STATUS_NAMES, Status

_MOMENT = {"cs": "d. M. yyyy H:mm", "en": "d MMM yyyy, HH:mm"}
_DAY = {"cs": "d. M. yyyy", "en": "d MMM yyyy"}
_A_WEEK = 7

# From when, in the case the preposition asks for.
_SINCE_WEEKDAY = {
    "cs": ("od pondělí", "od úterý", "od středy", "od čtvrtka", "od pátku", "od soboty", "od neděle"),
    "en": tuple(
        f"since {day}" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    ),
}
_SINCE = {
    "cs": ("dnes od {time}", "od včerejška", "od {date}"),
    "en": ("since {time} today", "since yesterday", "since {date}"),
}
_BECAUSE = {
    "cs": {
        Status.MORE_INFO: "protože čekáme na vás",
        Status.POSTPONED: "protože čekáme na někoho třetího nebo na vhodnou chvíli k nasazení",
    },
    "en": {
        Status.MORE_INFO: "because we wait for you",
        Status.POSTPONED: "because we wait for a third party, or for a good moment to deploy",
    },
}
_SAY = {
    "cs": {
        "left": "{verb} {length} provozní doby",
        "left_247": "{verb} {length}",
        "until": "{left}, termín je {deadline}",
        "paused": "{left}; čas stojí {since}, {because}",
        "paused_fixed": "{left}; čas stojí {since}, platí dočasné řešení",
        "closed_now": "{left}, termín je {deadline}; čas poběží zase od {open}",
        "missed": "termín byl {deadline}, překročili jsme ho zatím o {length}",
        "met": "hotovo za {length} ze sjednaných {target}",
        "met_before": "hotovo dřív, než čas začal běžet; sjednáno bylo {target}",
        "late": "hotovo za {length}, sjednáno bylo {target}",
        "none": "žádný termín není sjednaný",
    },
    "en": {
        "left": "{length} of open hours left",
        "left_247": "{length} left",
        "until": "{left}, the deadline is {deadline}",
        "paused": "{left}; the clock stands {since}, {because}",
        "paused_fixed": "{left}; the clock stands {since}, a temporary fix holds",
        "closed_now": "{left}, the deadline is {deadline}; the clock goes on at {open}",
        "missed": "the deadline was {deadline}; we are {length} over it so far",
        "met": "done in {length} of the agreed {target}",
        "met_before": "done before the clock began to run; agreed were {target}",
        "late": "done in {length}, agreed were {target}",
        "none": "no deadline is agreed",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When and for whom it is told. now: aware UTC. since: when the ticket came into its status, aware UTC."""

    now: datetime
    status: Status
    since: datetime
    zone: ZoneInfo
    language: str


def say_clock(reading: ClockReading, contract: Contract, told: Told) -> str:
    """What a clock says, in a sentence without a stop. RULE response-time, fix-time"""
    words, target, left = _SAY[told.language], reading.target, reading.remaining
    if target is None or left is None:
        return words["none"]
    if reading.state is ClockState.ENDED:
        return words["late" if reading.breached else "met" if reading.elapsed else "met_before"].format(
            length=_within(reading.elapsed, told.language), target=say_length(target, told.language)
        )
    if reading.breached and reading.deadline is not None:
        return words["missed"].format(deadline=_moment(reading.deadline, told), length=_within(-left, told.language))
    said = _say_left(max(left, timedelta(0)), contract, told)
    if reading.state is ClockState.PAUSED:
        because = _BECAUSE[told.language].get(told.status)
        since = say_since(told.since, told)
        key = "paused_fixed" if because is None else "paused"
        return words[key].format(left=said, since=since, because=because)
    deadline = "–" if reading.deadline is None else _moment(reading.deadline, told)
    opens = next_open(contract.coverage, told.now)
    if opens is not None and opens > told.now:
        return words["closed_now"].format(left=said, deadline=deadline, open=_moment(opens, told))
    return words["until"].format(left=said, deadline=deadline)


def say_length(length: timedelta, language: str) -> str:
    """Hours and minutes; less than a minute is said so."""
    hours, minutes = divmod(int(abs(length).total_seconds()) // 60, 60)
    said = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return said or ("méně než minuta" if language == "cs" else "less than a minute")


def say_counted(length: timedelta, language: str) -> str:
    """How much was counted in all; nothing at all is said so."""
    return say_length(length, language) if length else {"cs": "nic", "en": "nothing"}[language]


def _within(length: timedelta, language: str) -> str:
    """The same after "za" and "o", which ask for another case."""
    return say_length(length, language).replace("minuta", "minutu")


def say_since(since: datetime, told: Told) -> str:
    """From when: today, yesterday, a weekday of the last days, or a date."""
    day, today = since.astimezone(told.zone).date(), told.now.astimezone(told.zone).date()
    days = (today - day).days
    this_day, yesterday, long_ago = _SINCE[told.language]
    if days <= 0:
        return this_day.format(time=f"{since.astimezone(told.zone):%H:%M}".lstrip("0").rjust(4, "0"))
    if days == 1:
        return yesterday
    if days < _A_WEEK:
        return _SINCE_WEEKDAY[told.language][day.weekday()]
    return long_ago.format(date=_day(day, told.language))


def say_line(line: Line, language: str) -> str:
    """Why a stretch was counted or skipped."""
    if language != "cs":
        return line.words
    status = next((each for each in Status if line.words.startswith(STATUS_NAMES[each])), None)
    named = "" if status is None else f"{_STATUS_CS[status]}: "
    match line.reason:
        case _ if line.reason == COUNTED:
            return f"{named}počítá se, je provozní doba"
        case _ if line.reason == STATUS_PAUSED:
            return f"{named}čas stojí"
        case _ if line.reason == FIXED:
            return f"{named}{'platí dočasné řešení' if 'temporary fix' in line.words else 'vyřešeno'}"
        case ClosedReason.HOLIDAY | ClosedReason.EXTRA_DAY:
            return f"volný den: {line.words}"
    return _CLOSED_CS.get(line.reason, line.words)


_STATUS_CS = {
    Status.NEW: "Nový",
    Status.IN_PROGRESS: "V řešení",
    Status.MORE_INFO: "Čeká na vaše doplnění",
    Status.POSTPONED: "Odložený",
    Status.TO_VERIFY: "K ověření",
    Status.CLOSED: "Uzavřený",
}
_CLOSED_CS: dict[str, str] = {
    ClosedReason.OUTSIDE_HOURS: "mimo provozní dobu",
    ClosedReason.WEEKDAY: "den bez provozu",
    ClosedReason.NO_CONTRACT: "žádná smlouva neplatila",
}


def _say_left(left: timedelta, contract: Contract, told: Told) -> str:
    calendar = contract.coverage.at(told.now)
    always = calendar is not None and calendar.country is None and all(calendar.week)
    # "zbývá 1 h, zbývá 5 h", but "zbývají 2 h".
    hours = int(left.total_seconds()) // 3600
    few = 2 <= (hours or int(left.total_seconds()) // 60) <= 4
    verb = "zbývají" if few else "zbývá"
    return _SAY[told.language]["left_247" if always else "left"].format(
        verb=verb, length=say_length(left, told.language)
    )


def _moment(at: datetime, told: Told) -> str:
    return format_datetime(at, _MOMENT[told.language], get_timezone(told.zone.key), told.language)


def _day(day: date, language: str) -> str:
    return format_date(day, _DAY[language], language)
