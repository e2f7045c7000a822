"""Every form of the technicians' pages with missing, hostile and huge values: advice, and nothing stored."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.routing import Route

from channels.web.console import routes
from channels.web.cookies import Cookies
from channels.web.pages import Pages
from channels.web.visitors import Site
from intake.desk import Remark, comment
from store import tables as t
from tests.channels.web.conftest import Browser, Portal, forms_of
from tests.channels.web.technicians import desk, request, staff

FIELDS = (
    "text", "status", "solution", "words", "evaluation", "accepted_by", "category", "assignee", "do", "offer", "other",
    "order_number", "minutes", "ago", "flag", "note", "comment", "subject", "name", "query", "snippet", "language",
    "id", "contact", "way", "active", "once",
)  # fmt: skip
HOSTILE = {
    "nothing": None,
    "markup": '"><script>alert(1)</script>',
    "control characters": "a\0b\x1b[31m\r\nX-Evil: 1\u202e",
    "a million characters": "x" * 1_000_000,
    "a huge number": "9" * 400,
    "another script": "٣٣٣",
}
STORED = (t.ticket_events, t.comments, t.time_entries, t.tickets, t.ledger, t.queue_views)


def forms(portal: Portal, number: int) -> list[str]:
    """The place of every form, those of a ticket at this one."""
    site = Site(services=portal.services, pages=Pages(portal.services), cookies=Cookies(secure=False))
    found = [each.path for each in routes(site) if isinstance(each, Route) and "POST" in (each.methods or ())]
    return [
        each.replace("{number}", str(number)).replace("{view_id}", "1").replace("{entry_id}", "1") for each in found
    ]


def counts(portal: Portal) -> dict[str, Any]:
    with portal.world.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar() for table in STORED
        } | {"version": connection.execute(select(t.tickets.c.version)).scalar()}


def send(browser: Browser, place: str, own: dict[str, str], value: str | None) -> Any:
    values = {} if value is None else dict.fromkeys(FIELDS, value)
    if place == "/console/views":
        values.pop("name", None)  # a view may be called anything
    return browser.http.post(place, data=values | own, follow_redirects=False)


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_form_breaks_and_none_stores_nonsense(portal: Portal, kind: str) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    # An event that the forms have not seen: whatever they want is refused as outdated, if by nothing else.
    hidden = forms_of(browser.see(f"/console/tickets/{number}").text)[f"/console/tickets/{number}/reply"]
    desk(portal, number, partial(comment, remark=Remark(text="Mezitím.", internal=True)))
    before = counts(portal)
    for place in forms(portal, number):
        for own in (hidden, {"csrf": hidden["csrf"]}):
            answer = send(browser, place, own, HOSTILE[kind])
            assert answer.status_code < 500, place
            if "/draft" not in place and "/looking" not in place:
                assert answer.status_code >= 400, place
            assert "<script>alert" not in answer.text, place
    assert counts(portal) == before


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_may_hold_anything_is_stored_and_shown_as_it_is(portal: Portal, kind: str) -> None:
    number = request(portal)
    browser, _ = staff(portal)
    hidden = forms_of(browser.see(f"/console/tickets/{number}").text)[f"/console/tickets/{number}/reply"]
    value = HOSTILE[kind]
    sent = hidden | {"do": "note"} | ({} if value is None else {"text": value})
    answer = browser.http.post(f"/console/tickets/{number}/reply", data=sent, follow_redirects=False)
    assert answer.status_code == (422 if value is None or len(value) > 100_000 else 303)
    shown = browser.see(f"/console/tickets/{number}").text
    assert "<script>alert" not in shown
    assert "X-Evil" not in answer.headers
