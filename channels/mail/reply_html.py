"""Reads from the HTML of a mail which of its lines are quoted. (thin)"""

from channels.mail.reply_lines import Line


def mark_lines(html: str, lines: list[str]) -> list[Line | None] | None:
    """None for now."""
    return None
