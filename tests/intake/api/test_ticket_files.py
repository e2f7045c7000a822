"""The files of a ticket over the API: saved, shown, read, withheld, given out."""

import base64

import pytest

from authz.people.tokens import Scope
from tests.intake.api.conftest import TICKET_SCOPES, Site

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PROGRAM = b"MZ\x90\0" + bytes(80)
MESSAGE = b"From: jana@acme.example\r\nSubject: Inner\r\n\r\nSaid inside.\r\n"


@pytest.fixture
def desk_headers(site: Site) -> dict[str, str]:
    secret = site.token(TICKET_SCOPES | {Scope.QUARANTINE_DECIDE})
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def paths(site: Site) -> dict[str, str]:
    """The paths of the files of Jana's ticket, by name."""
    jana = {"Authorization": f"Bearer {site.token(TICKET_SCOPES, site.world.jana.id)}"}
    files = [
        {"filename": name, "content_type": kind, "content": base64.b64encode(octets).decode()}
        for name, kind, octets in (
            ("a.png", "application/octet-stream", PNG),
            ("photo.jpg", "image/jpeg", PROGRAM),
            ("inner.eml", "message/rfc822", MESSAGE),
        )
    ]
    sent = {"subject": "Files", "text": "Three of them.", "attachments": files}
    ticket = site.http.post("/api/v1/tickets", json=sent, headers=jana)
    assert ticket.status_code == 201, ticket.text
    found = ticket.json()
    assert [each["detected_type"] for each in found["attachments"]][:2] == [
        "image/png",
        "application/vnd.microsoft.portable-executable",
    ]
    base = f"/api/v1/tickets/{found['number']}/attachments"
    return {each["filename"]: f"{base}/{each['id']}" for each in found["attachments"]}


def test_a_picture_is_shown_as_what_it_is_and_nothing_else_is(
    site: Site, desk_headers: dict[str, str], paths: dict[str, str]
) -> None:
    shown = site.http.get(f"{paths['a.png']}/image", headers=desk_headers)
    assert (shown.status_code, shown.content, shown.headers["Content-Type"]) == (200, PNG, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert site.http.get(f"{paths['inner.eml']}/image", headers=desk_headers).status_code == 404


def test_a_nested_message_is_read_as_text(site: Site, desk_headers: dict[str, str], paths: dict[str, str]) -> None:
    read = site.http.get(f"{paths['inner.eml']}/text", headers=desk_headers).json()
    assert read["text"].endswith("Said inside.")
    assert site.http.get(f"{paths['a.png']}/text", headers=desk_headers).json()["text"] is None


def test_a_program_under_a_pictures_name_is_withheld_until_it_is_given_out(
    site: Site, desk_headers: dict[str, str], paths: dict[str, str]
) -> None:
    path = paths["photo.jpg"]
    for kind in ("", "/image", "/text"):
        refused = site.http.get(path + kind, headers=desk_headers)
        assert (refused.status_code, refused.json()["reason"]) == (403, "executable")
    reader = {"Authorization": f"Bearer {site.token(TICKET_SCOPES)}"}
    assert site.http.post(f"{path}/give-out", headers=reader).status_code == 403
    assert site.http.post(f"{path}/give-out", headers=desk_headers).status_code == 204
    assert site.http.post(f"{path}/give-out", headers=desk_headers).status_code == 404
    saved = site.http.get(path, headers=desk_headers)
    assert (saved.status_code, saved.content) == (200, PROGRAM)
    assert saved.headers["Content-Disposition"].startswith("attachment;")
