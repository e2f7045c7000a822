"""The chart of months as SVG: how long the service was unavailable, beside what the guarantee allows. No scripts.

Owns the drawing. Every figure is in the months it is given; coordinates are rounded, so equal months give equal octets.
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from intake.statements.months import MonthFigures

_WIDTH, _HEIGHT = 720, 220
_LEFT, _TOP, _BOTTOM = 56, 16, 40
_STEPS = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def chart_of_months(months: Sequence[MonthFigures], *, title: str, allowed: str, unavailable: str) -> str:
    """Bars of unavailable hours with a line at the allowed ones. title, allowed, unavailable: words for people."""
    plot, base = _HEIGHT - _TOP - _BOTTOM, _HEIGHT - _BOTTOM
    highest = max((max(_hours(each.unavailable), _allowed(each)) for each in months), default=0)
    step = next((step for step in _STEPS if highest <= step * 4), _STEPS[-1])
    top = max(step * 4, highest) or 1
    slot = (_WIDTH - _LEFT) / max(len(months), 1)
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
    ]
    for line in range(5):
        y = _TOP + plot - plot * line * step / top
        if y >= _TOP - 1:
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text class="scale" x="{_LEFT - 6}" y="{y + 4:.1f}">{line * step:g} h</text>')
    for number, each in enumerate(months):
        x = _LEFT + slot * number
        height = plot * _hours(each.unavailable) / top
        limit = base - plot * _allowed(each) / top
        kind = "missed" if each.missed_nines else "kept"
        words = f"{each.month}: {unavailable} {_hours(each.unavailable):.2f} h, {allowed} {_allowed(each):.2f} h"
        parts += [
            f"<g><title>{escape(words)}</title>",
            f'<rect class="{kind}" x="{x + slot * 0.2:.1f}" y="{base - height:.1f}"',
            f' width="{slot * 0.6:.1f}" height="{height:.1f}"/>',
            f'<line class="limit" x1="{x + slot * 0.1:.1f}" x2="{x + slot * 0.9:.1f}"',
            f' y1="{limit:.1f}" y2="{limit:.1f}"/>',
            f'<text class="month" x="{x + slot / 2:.1f}" y="{base + 16}">{_short(each.month)}</text></g>',
        ]
    parts.append("</svg>")
    return "\n".join(parts)


def _hours(length: timedelta) -> float:
    return length.total_seconds() / 3600


def _allowed(month: MonthFigures) -> float:
    return float((1 - month.guaranteed) * (month.assured // timedelta.resolution)) / 3_600_000_000


def _short(month: str) -> str:
    return f"{month[5:]}/{month[2:4]}"
