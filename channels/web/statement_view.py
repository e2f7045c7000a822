"""A month's statement as both sides see it on the site. The figures are the statement's own."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from markupsafe import Markup

from intake.statements.chart import chart_of_months
from intake.statements.months import Drawn, Month, MonthFigures, StatementError
from intake.statements.page import ways_of_saying
from intake.statements.texts import CLOCKS, FLAGS, SURCHARGES_CS, TEXTS

_CZECH = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Write the month as 2026-06, .*", "Měsíc napište jako 2026-06."),
        (r"(\S+) is not over yet; .* from (\S+) on\.", r"Měsíc \1 ještě neskončil; vyúčtování bude k dispozici od \2."),
        (r"There is no customer \d+\.", "Takový zákazník tu není."),
        (r"(.+) had no contract in (\S+)\.", r"\1 v měsíci \2 neměl(a) smlouvu."),
        (r"(\S+) is closed already; .*", r"Měsíc \1 už je uzavřený; jde jen opravit."),
        (r"Say why the statement is amended\.", "Napište do poznámky, proč se vyúčtování opravuje."),
        (r"(\S+) was amended in the meantime; .*", r"Měsíc \1 mezitím někdo opravil; podívejte se na něj znovu."),
        (r"There is nothing to amend: (\S+) .*", r"Není co opravit: měsíc \1 vychází stejně, jak byl uzavřen."),
        (r"(\S+) was closed or amended by somebody else .*", r"Měsíc \1 právě uzavřel nebo opravil někdo jiný."),
    )
]


def statement_values(drawn: Drawn, before: Sequence[MonthFigures], *, language: str, tickets: str) -> dict[str, Any]:
    """What `parts/statement.html` needs. before: the chart's months. tickets: how the address of a ticket begins."""
    words = TEXTS[language]
    say: dict[str, Any] = {**ways_of_saying(language, ZoneInfo(drawn.statement.zone))}
    chart = chart_of_months(before, title=words["chart"], allowed=words["allowed"], unavailable=words["unavailable"])
    return say | {
        "drawn": drawn,
        "s": drawn.statement,
        "words": words,
        "late": [outcome for outcome in drawn.statement.outcomes if not outcome.met],
        "chart": Markup(chart),  # noqa: S704 - our own drawing, its words escaped
        "clock_names": CLOCKS[language],
        "flags": FLAGS[language],
        "surcharge_words": SURCHARGES_CS if language == "cs" else {},
        "tickets": tickets,
    }


def say_month(month: Month, language: str) -> str:
    """A month as people call it: "říjen 2026"."""
    return format_skeleton("yMMMM", date(month.year, month.number, 1), locale=language)


def say_statement_error(error: StatementError, language: str) -> str:
    """Why there is no such statement or it cannot be closed so; what Czech has no words for is told as it was said."""
    for pattern, text in _CZECH if language == "cs" else ():
        found = pattern.fullmatch(str(error))
        if found is not None:
            return found.expand(text)
    return str(error)
