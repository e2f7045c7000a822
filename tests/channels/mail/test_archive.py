"""Old mail on disk: where each message begins and ends, in the order they were written."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from channels.mail.archive import _ESCAPED, find_messages

MBOX = (
    b"From jana@firma.example Mon Jan  5 10:00:00 2026\n"
    b"From: jana@firma.example\nDate: Mon, 5 Jan 2026 10:00:00 +0100\nSubject: second\n\nText.\n"
    b">From the start\n>>From more\nFrom inside a paragraph\n\n"
    b"From karel@firma.example Sun Jan  4 09:00:00 2026\n"
    b"From: karel@firma.example\nSubject: first, without a Date\n\nText.\n"
)
EML = b"From: eva@firma.example\r\nDate: Tue, 6 Jan 2026 08:00:00 +0100\r\nSubject: third\r\n\r\nText.\r\n"


def subjects(*paths: Path) -> list[str]:
    found = find_messages(paths)
    return [
        line.partition(b": ")[2].decode().strip()
        for place in found.places
        for line in place.read().splitlines()
        if line.startswith(b"Subject")
    ]


def test_the_messages_of_all_forms_come_in_the_order_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "old.mbox").write_bytes(MBOX)
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / ".Sent" / folder).mkdir(parents=True)
    (tmp_path / "Maildir" / ".Sent" / "cur" / "1.host:2,S").write_bytes(EML)
    (tmp_path / "Maildir" / ".Sent" / "tmp" / "half").write_bytes(b"half")
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    assert subjects(tmp_path) == ["first, without a Date", "second", "third"]


def test_what_was_escaped_for_the_mbox_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(MBOX)
    second = find_messages([tmp_path / "old"]).places[1].read()
    assert second.startswith(b"From: jana@")
    assert b"\nFrom the start\n>From more\nFrom inside a paragraph\n" in second


def test_what_cannot_be_opened_is_told_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "good.eml").write_bytes(EML)
    found = find_messages([tmp_path, tmp_path / "nowhere"])
    assert (len(found.places), len(found.unreadable)) == (1, 2)


@given(st.lists(st.sampled_from([b"From x\n", b">From y\n", b"\n", b"text\n", b"Date: x\n"]), max_size=30))
def test_any_mbox_is_cut_into_pieces_that_are_all_of_it(lines: list[bytes]) -> None:
    import tempfile  # noqa: PLC0415

    content = b"From a@b Mon Jan  5 10:00:00 2026\n" + b"".join(lines)
    with tempfile.NamedTemporaryFile(suffix=".mbox") as file:
        file.write(content)
        file.flush()
        places = sorted(find_messages([Path(file.name)]).places, key=lambda place: place.offset)
    assert [place.offset for place in places] == [0, *(place.offset + place.size for place in places[:-1])]
    assert places[-1].offset + places[-1].size == len(content)
    assert _ESCAPED.sub(rb"\1", b">From ") == b"From "
