"""Address lists, dates and identifiers, for showing and sorting."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.addresses import read_addresses
from channels.mail.stamps import read_date, read_id, read_ids


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("jan@firma.cz", [("jan@firma.cz", "")]),
        ('"Novák, Jan" <jan@firma.cz>, petr@firma.cz', [("jan@firma.cz", "Novák, Jan"), ("petr@firma.cz", "")]),
        ("jan@firma.cz (Jan Novák)", [("jan@firma.cz", "Jan Novák")]),
        ("Jan (IT) Novák <jan@firma.cz>", [("jan@firma.cz", "Jan Novák (IT)")]),
        ('"=?utf-8?Q?Nov=C3=A1k=2C_Jan?=" <j@x>', [("j@x", "Novák, Jan")]),
        ("Tým: a@b.cz, C <c@d.cz>; e@f.cz", [("a@b.cz", ""), ("c@d.cz", "C"), ("e@f.cz", "")]),
        ("undisclosed-recipients:;", []),
        ("<>", [("", "")]),
        ("somebody", [("", "somebody")]),
        ("<@relay.cz,@other.cz:jan@x.cz>", [("jan@x.cz", "")]),
        ('"a b"@x.cz', [('"a b"@x.cz', "")]),
        ("a@b.cz; c@d.cz", [("a@b.cz", ""), ("c@d.cz", "")]),
        ("Jan <jan@x", [("jan@x", "Jan")]),
        ('"Jan \\"Honza\\" N" <j@x>', [("j@x", 'Jan "Honza" N')]),
        (", ,", []),
    ],
)
def test_lists(value: str, found: list[tuple[str, str]]) -> None:
    mailboxes, more = read_addresses(value, 100)
    assert [(mailbox.address, mailbox.name) for mailbox in mailboxes] == found
    assert not more


def test_an_encoded_comma_is_no_syntax() -> None:
    mailboxes, _ = read_addresses("=?utf-8?Q?a@b.cz=2C_c@d.cz?= <real@x.cz>", 10)
    assert [mailbox.address for mailbox in mailboxes] == ["real@x.cz"]


def test_a_long_list_is_cut_and_says_so() -> None:
    mailboxes, more = read_addresses(",".join(f"u{number}@x" for number in range(30)), 20)
    assert (len(mailboxes), more) == (20, True)


@given(st.text(alphabet='<>@,;:"\\()ab= ?', max_size=200))
def test_any_list_is_read(value: str) -> None:
    read_addresses(value, 50)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Sun, 22 Nov 2026 09:00:00 +0100", datetime(2026, 11, 22, 9, tzinfo=timezone(timedelta(hours=1)))),
        ("22 Nov 2026 09:00 -0000", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("Sun, 22 Nov 26 09:00:00 GMT", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 09:00:00 -0800 (PST)", datetime(2026, 11, 22, 9, tzinfo=timezone(-timedelta(hours=8)))),
        ("Sun, 22 Nov 2026 09:00:60 +0000", datetime(2026, 11, 22, 9, 0, 59, tzinfo=UTC)),
        ("2026-11-22T09:00:00Z", datetime(2026, 11, 22, 9, tzinfo=UTC)),
    ],
)
def test_dates(value: str, moment: datetime) -> None:
    found = read_date(value)
    assert found is not None
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize(
    "value", ["", "whenever", "32 Jan 2026 10:00:00", "1 Jan 2026 10:00 +9999", "\0", "1 Jan 9999999 1:1"]
)
def test_a_date_that_is_none(value: str) -> None:
    assert read_date(value) is None


@given(st.text(max_size=80))
def test_any_date_is_read_or_not(value: str) -> None:
    found = read_date(value)
    assert found is None or found.tzinfo is not None


def test_identifiers_are_normalized() -> None:
    assert read_ids("<a@b>\t<c @d> (x) <a@b>", 10) == ("<a@b>", "<c@d>")
    assert read_ids("a@b", 10) == ("<a@b>",)
    assert read_ids("Your message of Monday", 10) == ()
    assert read_id("<[[[[") == "<[[[[>"
    assert read_id("") is None


def test_a_long_thread_keeps_its_root_and_its_end() -> None:
    ids = read_ids(" ".join(f"<{number}@x>" for number in range(500)), 200)
    assert (len(ids), ids[0], ids[1], ids[-1]) == (200, "<0@x>", "<301@x>", "<499@x>")
