"""`intake contacts`: what is exported is imported again, and nothing is done that was not shown."""

from pathlib import Path

from tests.intake.commands.conftest import Run
from tests.store.world import World


def test_an_import_is_shown_first_and_done_when_asked(desk: World, run: Run, tmp_path: Path) -> None:
    file, acme = tmp_path / "list.csv", str(desk.acme.id)
    run("contacts", "export", acme, "--file", str(file), "--format", "excel")
    assert file.read_bytes().startswith(b"\xef\xbb\xbfID;Jm\xc3\xa9no;")
    assert "0 changes, 1 unchanged" in run("contacts", "import", acme, str(file))
    file.write_bytes("Jméno;E-mail\nŽofie Nová;zofie@acme.example\n".encode("cp1250"))
    assert "Žofie Nová" in run("contacts", "import", acme, str(file), "--complete")
    assert "2 contacts changed" in run("contacts", "import", acme, str(file), "--complete", "--apply")
    listed = run("contacts", "export", acme)
    assert "Žofie Nová;zofie@acme.example;;ano" in listed
    assert "Jana Nováková;jana@acme.example;;ne" in listed
    cards = run("contacts", "export", acme, "--format", "vcard")
    assert cards.count("BEGIN:VCARD") == 1


def test_a_file_with_problems_changes_nothing(desk: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Jméno;E-mail\nA;a@x.example\nB;nic\n")
    assert "nothing was changed" in run("contacts", "import", str(desk.acme.id), str(file), "--apply", code=1)
    assert "there is no customer" in run("contacts", "export", "4711", code=1)
    file.write_text("Jméno;E-mail\nA;karel@globex.example\n")
    assert "Line 2" in run("contacts", "import", str(desk.acme.id), str(file), "--apply", code=1)
    assert "karel" not in run("contacts", "export", str(desk.acme.id))
