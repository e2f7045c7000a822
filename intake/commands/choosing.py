"""What an operator names on the command line: a customer, a day or a moment. Owns how they are written."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from intake.app import App, now
from intake.commands.common import fail
from intake.people import Customer
from intake.queries import Window
from intake.sla.contract import Terms


def choose_customer(app: App, wanted: str) -> Customer:
    """The customer with this number or name; says which there are and ends when it is not one."""
    if wanted.isdigit():
        found = app.queries.customer(int(wanted))
        if found is None:
            fail(f"there is no customer {wanted}")
        return found
    page = app.queries.customers(Window(limit=20), name=wanted)
    exact = [each for each in page.items if each.name == wanted] or list(page.items)
    if len(exact) != 1:
        names = ", ".join(f"{each.id} ({each.name})" for each in exact) or "none"
        fail(f"{wanted!r} names not one customer: {names}; give the number")
    return exact[0]


def customer_zone(app: App, customer_id: int) -> ZoneInfo:
    """The zone of the calendar agreed with a customer today; the published one without a contract."""
    terms = app.queries.customer_contract(customer_id).terms_at(now()) or Terms(name="")
    return ZoneInfo(terms.calendar.zone)


def read_instant(written: str, zone: ZoneInfo, *, option: str) -> datetime:
    """A moment: `2026-07-01` (its first midnight), `2026-07-01T22:00`, both local, or with a zone of its own."""
    try:
        if len(written) == len("2026-07-01"):
            return datetime.combine(date.fromisoformat(written), time(), tzinfo=zone)
        moment = datetime.fromisoformat(written)
    except ValueError:
        fail(f"{option}: write a day as 2026-07-01 or a moment as 2026-07-01T22:00, not {written!r}")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_optional(written: str | None, zone: ZoneInfo, *, option: str) -> datetime | None:
    """The same, or None when nothing was given."""
    return None if written is None else read_instant(written, zone, option=option)
