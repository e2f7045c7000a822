"""How the HTML of our mail looks. Owns the markup and its styles; takes HTML that is escaped already.

Mail programs strip what stands in a head, so every element carries its style; the head only adds what dark themes
need where they honour it. Buttons are cells of a table, because Outlook gives no room to a link's own borders.
"""

from collections.abc import Sequence

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5"
_BLUE = "#1a56b0"
_HEAD = f"""<!doctype html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
:root {{{{ color-scheme: light dark; }}}}
@media (prefers-color-scheme: dark) {{{{
body, .sheet {{{{ background: #1c1f24 !important; color: #e8eaed !important; }}}}
.sheet .quiet, .sheet blockquote {{{{ color: #b3b9c2 !important; border-color: #4a515b !important; }}}}
.sheet .link, .sheet .second {{{{ color: #8ab4f8 !important; border-color: #8ab4f8 !important; }}}}
}}}}
</style>
</head>
<body style="margin:0;padding:0">
<div class="sheet" style="max-width:640px;padding:16px;{_FONT}">
"""
_MAIN = f"background:{_BLUE};border:1px solid {_BLUE};border-radius:6px"
_SECOND = f"border:1px solid {_BLUE};border-radius:6px"
_BUTTON = "display:inline-block;padding:10px 18px;font-weight:600;text-decoration:none"


def page(content: str, signature: str, language: str) -> str:
    """The whole page. language: of the text, such as "cs"."""
    end = (
        '<div class="quiet" style="margin-top:24px;padding-top:12px;border-top:1px solid #c9ced6;color:#5a6270;'
        f'font-size:14px">{signature}</div>'
    )
    return f"{_HEAD.format(language=language)}{content}\n{end}\n</div>\n</body>\n</html>\n"


def paragraph(content: str) -> str:
    """Some lines. A div, since a quotation may stand in it."""
    return f'<div style="margin:0 0 16px">{content}</div>'


def link(address: str, shown: str) -> str:
    """An address to click inside a sentence."""
    return f'<a class="link" href="{address}" style="color:{_BLUE}">{shown}</a>'


def buttons(links: Sequence[tuple[str, str]]) -> str:
    """Addresses with their labels, of which the first is the main one."""
    cells = "".join(_button(address, label, main=not number) for number, (address, label) in enumerate(links))
    return (
        '<table role="presentation" cellspacing="0" cellpadding="0" border="0" style="margin:0 0 16px"><tr>'
        f"{cells}</tr></table>"
    )


def quotation(content: str) -> str:
    """What somebody quoted; mail programs fold it by its type."""
    style = "margin:8px 0;padding-left:12px;border-left:3px solid #c9ced6;color:#5a6270"
    return f'<blockquote type="cite" class="gmail_quote" style="{style}">{content}</blockquote>'


def _button(address: str, label: str, *, main: bool) -> str:
    name, cell, colour = ("main", _MAIN, "#ffffff") if main else ("second", _SECOND, _BLUE)
    return (
        f'<td class="{name}" style="{cell}"><a class="{name}" href="{address}" style="{_BUTTON};color:{colour}">'
        f'{label}</a></td><td style="width:12px">&nbsp;</td>'
    )
