"""Hostile values in every field of a mail, through the real gateway, read by a technician with a real Chromium.

The tab complains about anything that ran, and about anything that only the Content-Security-Policy kept from running.
"""

from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.chromium import ONE_ENGINE, browser, log_in, open_tab, site
from tests.e2e.gateway import HELPDESK, Gateway
from tests.e2e.letters import in_lines, sign
from tests.e2e.people import ADMIN, TECHNICIAN

__all__ = ["browser", "site"]

pytestmark = [pytest.mark.e2e, ONE_ENGINE]

AUTHOR = "jan@firma.example"
_RUNS = "document.body.dataset.evil='1'"
SCRIPT = f"<script>{_RUNS}</script>"
IMAGE = f'"><img src=x onerror="{_RUNS}">'
ATTRIBUTE = f"' autofocus onfocus={_RUNS} x='"
TEMPLATE = "{{ 7*7 }}{% raw %}${7*7}"
HTML = f"""<p>Dobrý den</p>{SCRIPT}{IMAGE}<svg onload="{_RUNS}"><a href="javascript:{_RUNS}">klik</a>
<iframe srcdoc="{SCRIPT}"></iframe>
<form action="https://evil.example/"><input name=csrf autofocus onfocus="{_RUNS}"></form>
<style>body{{display:none}}</style><base href="https://evil.example/">
<link rel=stylesheet href="https://evil.example/a.css">
<img src="https://evil.example/pixel.gif"><img src="cid:picture@firma">
<div id="list" hx-get="/logout" hx-trigger="load">x</div><h1 id="changed">Nadpis</h1>
<math><mtext><img src=x onerror="{_RUNS}"></mtext></math><p style="position:fixed;inset:0">y</p>"""
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{_RUNS}">{SCRIPT}</svg>'.encode()


def hostile() -> bytes:
    """A signed mail with something hostile wherever a sender decides."""
    message = EmailMessage(policy=policy.SMTP)
    # The standard library forgets the quotation marks of a name that it folds.
    message["From"] = Address("<script>alert(1)</script>", addr_spec=AUTHOR)
    message["To"] = HELPDESK
    message["Cc"] = Address("<img src=x onerror=a>", addr_spec="someone@elsewhere.example")
    message["Subject"] = f"{SCRIPT}{IMAGE}{ATTRIBUTE}{TEMPLATE}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="client.example")
    message["X-Evil"] = f"{SCRIPT}{IMAGE}"
    message.set_content(f"{SCRIPT}\n{IMAGE}\n{ATTRIBUTE}\n{TEMPLATE}\n\n> {SCRIPT}\n", cte="quoted-printable")
    message.add_alternative(HTML, subtype="html", cte="quoted-printable")
    html = message.get_payload()[1]
    assert isinstance(html, EmailMessage)
    html.add_related(SVG, "image", "svg+xml", cid="<picture@firma>", filename="obrázek.svg")
    for name in (
        f"{SCRIPT}.txt",
        f"{ATTRIBUTE}.pdf",
        "..\\..\\etc/passwd",
        "a\u202efdp.txt",
        f"{IMAGE.replace('/', '')}",
    ):
        message.add_attachment(SVG, maintype="text", subtype="html", filename=name)
    return sign(in_lines(message.as_bytes()))


def taken(site: Gateway) -> int:
    """Send it; returns the ticket's number."""
    reply = site.send(hostile(), reverse_path=AUTHOR)
    assert "Ticket" in reply.text, [site.all("ledger")[0][each] for each in ("reason", "detail")]
    return reply.ticket


def untouched(page: Page) -> None:
    """Nothing of the mail acts in this page."""
    assert page.evaluate("document.body.dataset.evil") is None
    assert page.locator("script:not([src^='/static/'])").count() == 0
    assert page.locator("main style, main link, main iframe, main svg, main base, main [style]").count() == 0
    assert page.locator("a[href^='javascript:'], form[action^='http'], [hx-get='/logout']").count() == 0
    assert (
        page.evaluate("""[...document.querySelectorAll('main *')].flatMap((each) => [...each.attributes])
        .filter((each) => each.name.startsWith('on')).length""")
        == 0
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))


def test_nothing_of_a_mail_acts_in_the_technicians_pages(browser: Browser, site: Gateway) -> None:
    number = taken(site)
    with open_tab(browser, site) as page:
        log_in(page, TECHNICIAN)
        for path in (
            "/console?tab=all",
            f"/console?tab=all&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&customer={IMAGE}",
        ):
            page.goto(path)
            untouched(page)
        page.goto(f"/console/tickets/{number}")
        assert "<script>" in page.locator("h1").inner_text()
        assert TEMPLATE in page.locator("h1").inner_text()
        for folded in page.locator("details").all():
            folded.evaluate("each => each.open = true")
        untouched(page)
        assert "Dobrý den" in page.locator(".formatted").first.inner_text()
        originals = [each.get_attribute("href") for each in page.locator("article a[href$='/original']").all()]
        files = [each.get_attribute("href") for each in page.locator("ul.files a").all()]
        pictures = [each.get_attribute("src") for each in page.locator(".formatted img").all()]
        page.goto(f"{originals[0]}")
        assert "X-Evil" in page.locator("pre").inner_text()
        untouched(page)
        source = page.request.get(f"{originals[0]}".replace("/original", "/source"))
        assert source.headers["content-type"] == "text/plain; charset=utf-8"
        for path in files:
            answer = page.request.get(f"{path}")
            assert answer.headers["content-disposition"].startswith("attachment"), path
            assert "sandbox" in answer.headers["content-security-policy"]
            assert not answer.headers["content-type"].startswith("text/html")
        for path in pictures:
            assert page.request.get(f"{path}").status == 404, "an SVG is no picture that is shown"
        contact = site.get(f"tickets/{number}")["contact"]["id"]
        page.goto(f"/console/contacts/{contact}")
        untouched(page)


def test_nothing_of_a_mail_acts_in_the_admins_pages(browser: Browser, site: Gateway) -> None:
    number = taken(site)
    with open_tab(browser, site) as page:
        log_in(page, ADMIN)
        for path in ("/desk/happened", "/desk/quarantine", "/desk/audit", f"/console/tickets/{number}"):
            page.goto(path)
            untouched(page)
