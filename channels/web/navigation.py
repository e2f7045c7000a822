"""Where a visitor may go: the entries of the menu, by who it is. Data only; the doors decide who may enter."""

from dataclasses import dataclass

from intake.people import Contact, Role, User

MANAGERS = frozenset({Role.SERVICE_MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
EVERYBODY = frozenset(Role)

ACCOUNT = "/account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the menu. text: key of its words. roles: whose it is, of the service desk's people.

    under: how the addresses of the pages behind it begin, when not like its own.
    """

    href: str
    text: str
    roles: frozenset[Role] = EVERYBODY
    under: str = ""


CONTACT: tuple[Entry, ...] = (
    Entry(href="/", text="my_tickets", under="/tickets/"),
    Entry(href="/requests/new", text="new_request"),
    Entry(href="/service", text="service"),
    Entry(href="/statements", text="statements"),
)

CUSTOMER_ADMIN: tuple[Entry, ...] = (
    Entry(href="/customer/people", text="ca_people"),
    Entry(href="/customer/changes", text="ca_changes"),
    Entry(href="/customer/quarantine", text="ca_quarantine"),
)

STAFF: tuple[Entry, ...] = (
    Entry(href="/console", text="queue"),
    Entry(href="/console/calls", text="call_live"),
    Entry(href="/desk/quarantine", text="desk_quarantine", roles=ADMINS),
    Entry(href="/desk/changes", text="desk_asked_changes", roles=ADMINS),
    Entry(href="/desk/customers", text="desk_customers"),
    Entry(href="/desk/calls", text="desk_calls"),
    Entry(href="/desk/happened", text="desk_happened"),
    Entry(href="/desk/statements", text="desk_statements", roles=MANAGERS),
    Entry(href="/desk/health", text="desk_health", roles=MANAGERS),
    Entry(href="/desk/audit", text="desk_audit", roles=MANAGERS),
    Entry(href="/desk/rules", text="desk_rules", roles=ADMINS),
    Entry(href="/desk/wordings", text="desk_wordings", roles=ADMINS),
    Entry(href="/desk/users", text="desk_users", roles=ADMINS),
    Entry(href="/desk/providers", text="desk_providers", roles=ADMINS),
)


def contact_entries(contact: Contact) -> tuple[Entry, ...]:
    """The menu of a contact; a customer's own admin has more."""
    return (*CONTACT, *CUSTOMER_ADMIN) if contact.is_admin else CONTACT


def staff_entries(user: User) -> tuple[Entry, ...]:
    """The menu of somebody of the service desk."""
    return tuple(entry for entry in STAFF if user.role in entry.roles)


def current_entry(entries: tuple[Entry, ...], path: str) -> Entry | None:
    """The entry a page belongs to: the one whose address is the longest beginning of the page's.

    One's own account belongs to none: the name beside the menu leads there.
    """
    if path == ACCOUNT or path.startswith(ACCOUNT + "/"):
        return None
    # The first page is the list of tickets, so they are its own.
    fitting = [
        each
        for each in entries
        if path == each.href or path.startswith("/tickets/" if each.href == "/" else each.href + "/")
    ]
    return max(fitting, key=lambda each: len(each.href), default=None)
