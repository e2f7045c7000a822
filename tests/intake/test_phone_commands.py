"""`intake inspect phone` and `intake explain call`: what an operator reads about a caller ID before anybody rings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake.cli import app
from intake.people import ContactData, CustomerData, NumberData
from intake.ports import Transaction
from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter
from tests.store.world import ADMIN, AT

KNOWN = "+420777123456"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with three endpoints, and Jana of Acme on the lists."""
    url = f"sqlite:///{tmp_path / 'intake.db'}"
    file = tmp_path / "intake.toml"
    file.write_text(
        f'[service]\ndata_dir = "{tmp_path}"\n[database]\nurl = "{url}"\n'
        '[[phone_endpoints]]\nname = "pbx"\ntoken = "word"\nstrip_prefix = "0"\nreject_as = "busy"\n'
        '[[phone_endpoints]]\nname = "trunk"\ntoken = "word"\ntrust_asserted = true\n'
    )
    engine = open_engine(url)
    migrate(engine)
    writer = GroupWriter(engine)

    def fill(tx: Transaction) -> None:
        acme = tx.people.add_customer(CustomerData(name="Acme"), by=ADMIN, at=AT)
        jana = tx.people.add_contact(ContactData(customer_id=acme.id, name="Jana Nováková"), by=ADMIN, at=AT)
        entry = NumberData(customer_id=acme.id, contact_id=jana.id, number=KNOWN)
        tx.people.add_number(entry, by=ADMIN, at=AT)

    writer.submit(fill).result(10)
    writer.stop()
    engine.dispose()
    return file


def run(config: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--config", str(config), *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_numbers_are_shown_as_the_endpoint_reads_them(config: Path) -> None:
    assert "+420777123456" in run(config, "inspect", "phone", "0777123456", "--endpoint", "pbx")
    assert "unparsable" in run(config, "inspect", "phone", "0777123456", "--endpoint", "trunk")
    lines = run(config, "inspect", "phone", "--json", "anonymous", "00420 777 123 456").splitlines()
    assert [(json.loads(line)["kind"], json.loads(line)["e164"]) for line in lines] == [
        ("withheld", None),
        ("e164", KNOWN),
    ]


def test_an_endpoint_that_is_not_configured_is_named_with_those_that_are(config: Path) -> None:
    said = run(config, "explain", "call", KNOWN, "--endpoint", "nowhere", code=1)
    assert "nowhere" in said
    assert "pbx, trunk" in said


def test_a_call_that_would_be_let_in_is_explained(config: Path) -> None:
    said = run(config, "explain", "call", "0777 123 456", "--endpoint", "pbx")
    assert "Jana Nováková of Acme" in said
    assert "It gets in (authorized)" in said
    assert "The PBX is told: allow" in said


def test_a_call_that_would_be_refused_says_what_would_have_to_change(config: Path) -> None:
    said = run(config, "explain", "call", "+420602000001", "--endpoint", "pbx")
    assert "It is refused (caller-unknown)" in said
    assert "reject, as busy" in said
    assert "To get in: Add +420602000001" in said
    assert "caller-not-genuine" in run(config, "explain", "call", KNOWN, "--verstat", "TN-Validation-Failed")


def test_an_assertion_is_believed_at_the_endpoint_that_trusts_it(config: Path) -> None:
    call = ("explain", "call", "anonymous", "--asserted", f"sip:{KNOWN}@trunk.example", "--endpoint")
    assert "authorized" in run(config, *call, "trunk")
    assert "caller-withheld" in run(config, *call, "pbx")


def test_explaining_a_call_records_nothing(config: Path) -> None:
    run(config, "explain", "call", KNOWN)
    assert KNOWN not in run(config, "ledger", "find", "--identity", KNOWN)


def test_a_pin_is_made_shown_once_and_taken_away(config: Path) -> None:
    assert run(config, "pins", "show", "1").strip() == "no PIN"
    made = run(config, "pins", "set", "1").strip()
    assert (len(made), made.isdigit()) == (6, True)
    state = run(config, "pins", "show", "1")
    assert state.startswith("set at")
    assert made not in state
    typed = CliRunner().invoke(app, ["--config", str(config), "pins", "set", "1", "--ask"], input="4711\n4711\n")
    assert "4711" not in typed.output
    assert "set for contact 1" in typed.output
    assert "removed" in run(config, "pins", "remove", "1")


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ('dialect = "zammad"\nask_pin = "always"', "cannot ask a caller for a PIN"),
        ('dialect = "cisco"\nwithheld_callers = "ask-pin"', "cannot ask a caller for a PIN"),
        ('unknown_callers = "forward"', "fallback_to"),
    ],
)
def test_an_endpoint_that_cannot_do_what_is_chosen_is_refused(config: Path, more: str, complaint: str) -> None:
    config.write_text(f'{config.read_text()}[[phone_endpoints]]\nname = "odd"\ntoken = "word"\n{more}\n')
    done = CliRunner().invoke(app, ["--config", str(config), "inspect", "phone", "112"])
    assert complaint in str(done.exception)
