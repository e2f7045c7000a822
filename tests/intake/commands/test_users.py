"""`intake users`: the service desk's people and everybody's log-ins from the command line."""

from authz.people.passwords import check_password, hash_password
from authz.people.sessions import new_session
from intake.login.signing import Person, TotpKey
from intake.people import Role
from intake.queries import Window
from store.queries import StoreQueries
from tests.intake.commands.conftest import Run
from tests.store.world import ADMIN, AT, World

PETR = ("petr@desk.example", "--name", "Petr", "--password", "dlouhé heslo pro Petra")


def test_every_role_is_added_and_changed(desk: World, run: Run) -> None:
    run("users", "add", *PETR, "--role", "service-manager", "--language", "en")
    run("users", "change", "petr@desk.example", "--role", "admin", "--inactive")
    (user,) = StoreQueries(desk.engine).users(Window()).items
    assert (user.role, user.active, user.language, user.name) == (Role.ADMIN, False, "en", "Petr")
    assert "admin" in run("users", "list")
    assert "Nobody logs in as nobody" in run("users", "change", "nobody", code=1)


def test_a_new_password_ends_the_sessions_of_contacts_and_users(desk: World, run: Run) -> None:
    desk.do(lambda tx: tx.people.set_contact_login(desk.jana.id, "jana", hash_password("staré heslo"), by=ADMIN, at=AT))
    desk.do(lambda tx: tx.people.add_session(new_session(AT), contact_id=desk.jana.id, user_id=None))
    run("users", "password", "jana", "--password", "nové heslo do práce")
    account = desk.do(lambda tx: tx.people.login_account("jana"))
    assert account is not None
    assert check_password("nové heslo do práce", account.password_hash).right
    assert "0 sessions" in run("users", "log-out", "jana")
    assert "at least 10" in run("users", "password", "jana", "--password", "krátké", code=1)


def test_a_lost_phone_is_forgotten(desk: World, run: Run) -> None:
    run("users", "add", *PETR)
    person = Person(user_id=1)
    desk.do(lambda tx: tx.signing.keep_totp(person, TotpKey(sealed="x", last_step=0, created_at=AT)))
    assert "anew" in run("users", "reset-second-factor", "petr@desk.example")
    assert "had no second factor" in run("users", "reset-second-factor", "petr@desk.example")


def test_people_are_invited(desk: World, run: Run) -> None:
    run("users", "add", *PETR)
    assert "petr@desk.example" in run("users", "invite", "petr@desk.example")
    assert "jana@acme.example" in run("users", "invite", "--contact", str(desk.jana.id))
    assert "There is no contact" in run("users", "invite", "--contact", "4711", code=1)
    assert "either" in run("users", "invite", code=1)
