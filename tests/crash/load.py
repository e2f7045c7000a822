"""A load of different messages that knows which ones were acknowledged, and what must be left of it in the end."""

import contextlib
import hashlib
import queue
import smtplib
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, Table, func, select

from store import tables
from store.engine import open_engine
from tests.e2e.gateway import HELPDESK, Gateway, say
from tests.e2e.letters import letter, sign, some_file

AUTHOR, DOMAIN = "eva@modern.example", "modern.example"
_LARGE_EVERY = 10  # such a message waits on the disk while it arrives, and its file fits into no row
_HANGS_UP_EVERY = 7


@dataclass
class Load:
    """The messages by subject.

    taken: the ticket's number for each that was acknowledged. refused: other replies. offered: at least once.
    """

    mails: Mapping[str, bytes]
    files: Mapping[str, bytes]
    taken: dict[str, int] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    offered: set[str] = field(default_factory=set)

    def send(self, gateway: Gateway, *, sessions: int = 10, each: Callable[[int], None] = lambda count: None) -> None:
        """Offer everything that is not acknowledged yet, once. A session whose connection breaks ends.

        each: called with the number of acknowledged messages after every one.
        """
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for subject in self.mails.keys() - self.taken.keys():
            waiting.put(subject)
        threads = [threading.Thread(target=self._session, args=(gateway, waiting, each)) for _ in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _session(self, gateway: Gateway, waiting: "queue.SimpleQueue[str]", each: Callable[[int], None]) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException, queue.Empty), gateway.smtp() as client:
            while True:
                subject = waiting.get_nowait()
                if self._hangs_up(subject):
                    hang_up(gateway, self.mails[subject])
                    continue
                reply = say(client, self.mails[subject], reverse_path=AUTHOR)
                if reply.code == 250:
                    self.taken[subject] = reply.ticket
                    each(len(self.taken))
                else:
                    self.refused[reply.code] += 1
                    if reply.code == 421:
                        return

    def _hangs_up(self, subject: str) -> bool:
        """Some peers do not hear our first answer."""
        heard = subject in self.offered or int(subject.rsplit(maxsplit=1)[-1]) % _HANGS_UP_EVERY
        self.offered.add(subject)
        return not heard


def hang_up(gateway: Gateway, mail: bytes) -> None:
    """Send a whole message and go away without waiting for the answer."""
    with gateway.smtp() as client:
        client.mail(AUTHOR)
        client.rcpt(HELPDESK)
        client.docmd("DATA")
        client.send(mail + b".\r\n")
        client.close()


def make_load(count: int) -> Load:
    """Signed messages with a small file each, some with a large one."""
    files = {f"Zátěž {n:04}": some_file(400_000 if n % _LARGE_EVERY == 0 else 1000) for n in range(count)}
    mails = {
        subject: sign(letter(f"Eva Small <{AUTHOR}>", subject=subject, files={"soubor.pdf": content}), DOMAIN)
        for subject, content in files.items()
    }
    return Load(mails, files)


def assert_nothing_lost_nothing_doubled(gateway: Gateway, database_url: str, load: Load) -> None:
    """Every message is exactly one ticket with one comment and its file, on record once; one acknowledgement each."""
    tickets = {ticket["subject"]: ticket["number"] for ticket in gateway.all("tickets")}
    assert sorted(ticket["subject"] for ticket in gateway.all("tickets")) == sorted(load.mails)
    assert tickets.items() >= load.taken.items()
    assert _per_ticket(database_url, tables.comments) == {1}
    assert _per_ticket(database_url, tables.attachments) == {1}
    assert _per_ticket(database_url, tables.outbox) == {1}
    ledger = tables.ledger.c
    taken_in = _read(
        database_url, select(ledger.ticket_id).where(ledger.ticket_id.is_not(None), ledger.duplicate_of.is_(None))
    )
    assert len(taken_in) == len(set(taken_in)) == len(load.mails)
    for subject in list(load.files)[::_LARGE_EVERY]:
        (file,) = gateway.get(f"tickets/{tickets[subject]}")["attachments"]
        assert file["sha256"] == hashlib.sha256(load.files[subject]).hexdigest()
        downloaded = gateway.ask("GET", f"tickets/{tickets[subject]}/attachments/{file['id']}").content
        assert downloaded == load.files[subject]


def _per_ticket(database_url: str, table: Table) -> set[int]:
    """How many rows of the table a ticket has; one number when all have equally many."""
    of_each = tables.tickets.outerjoin(table, table.c.ticket_id == tables.tickets.c.id)
    return set(_read(database_url, select(func.count(table.c.id)).select_from(of_each).group_by(tables.tickets.c.id)))


def _read(database_url: str, query: Select[int]) -> Sequence[int]:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        found = connection.execute(query).scalars().all()
    engine.dispose()
    return found
