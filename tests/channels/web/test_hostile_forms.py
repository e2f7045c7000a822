"""Every form of a contact and of a customer's admin with missing, hostile and huge values: advice, never a failure."""

import re

import pytest

from tests.channels.web.conftest import Portal
from tests.channels.web.test_own_customer_only import admin_of, belongings, routes

FIELDS = (
    "subject", "text", "category", "answer", "version", "comment", "order_number", "once", "name", "address", "number",
    "label", "language", "valid_from", "valid_until", "channels", "active", "is_admin", "domain", "first", "last",
    "four_eyes", "code", "note", "contact_id", "decision", "plan", "complete",
)  # fmt: skip
MARKUP = "<script>alert(1)</script>"


VALUES = {
    "nothing": "",
    "markup": MARKUP,
    "control": "\u202e\x00\x1b[31m\r\nX: y",
    "digits": "9" * 400,
    "huge": "ž" * 5_000,  # in every field, just below the largest form
    "templates": "{{7*7}}{0}%s",
    "no day": "99999-99-99",
    "long": "*@" + "a" * 300,
}
WITHOUT_ID = (
    "/requests/new", "/requests/draft", "/customer/people/new", "/customer/domains", "/customer/ranges",
    "/customer/four-eyes", "/customer/import", "/customer/import/apply",
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_form_breaks_and_nothing_of_it_runs(portal: Portal, value: str) -> None:
    ids = belongings(portal)
    karel = admin_of(portal, portal.world.karel)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', karel.see("/").text)[0]
    for method, pattern in (*routes(portal), *(("POST", path) for path in WITHOUT_ID)):
        if method == "POST":
            path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(ids[found[1]]), pattern)
            sent = dict.fromkeys(FIELDS, value) | {"csrf": csrf}
            answer = karel.http.post(path, data=sent, follow_redirects=False)
            assert answer.status_code < 500, f"{path}: {answer.status_code}"
            assert MARKUP not in answer.text, path
    for path in (
        "/",
        "/?whose=company",
        "/customer/people",
        "/customer/changes?state=all",
        f"/tickets/{ids['number']}",
    ):
        page = karel.see(path)
        assert (page.status_code, MARKUP in page.text) == (200, False), path


def test_a_nul_in_an_address_breaks_no_page(portal: Portal) -> None:
    karel = admin_of(portal, portal.world.karel)
    assert karel.see("/customer/people?q=%00").status_code == 200
    stranger = portal.browser()
    assert stranger.see("/login/company?address=a@%00b").status_code == 200
    assert stranger.see("/login/oidc/%00").status_code == 404
    assert stranger.log_in("a\0b", "x").status_code == 403
