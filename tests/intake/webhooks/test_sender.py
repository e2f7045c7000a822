"""Events reach those who subscribed: signed, at least once, with the same id, until they are given up. Both engines."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select
from standardwebhooks import Webhook as Verifier

from authz.people.sealing import Sealer
from intake.ports import Transaction
from intake.queries import Window
from intake.terms import Category, Status
from intake.tickets.model import EventKind, TicketEvent
from intake.webhooks.endpoint import Poster
from intake.webhooks.events import EventType
from intake.webhooks.figures import WebhookPosts, WebhooksWaiting
from intake.webhooks.model import SECRET_CONTEXT, DeliveryState, Replay, Webhook, WebhookData
from intake.webhooks.sender import WAITS, WebhookSender, new_secret
from store import tables as t
from store.queries import StoreQueries
from store.webhook_queue import StoreDeliveries
from tests.intake.promises.world import move, open_ticket
from tests.intake.webhooks.receiver import Receiver, answer, receiver
from tests.store.world import ADMIN, World

# The readers of signatures look at the real clock.
AT = datetime.now(UTC) - timedelta(hours=3)
SEALER = Sealer([b"a secret of thirty-two octets....."])


class Site:
    """A subscriber, the sender, and a clock that a test moves."""

    def __init__(self, world: World, program: Receiver) -> None:
        self.world = world
        self.program = program
        self.now = datetime.now(UTC)
        self.switched_off: list[str] = []
        self.registry = CollectorRegistry()
        self.posts = WebhookPosts(self.registry)
        self.registry.register(WebhooksWaiting(StoreDeliveries(world.engine).backlogs, lambda: self.now))
        self.sender = self.new_sender()

    def new_sender(self, seconds: float = 5) -> WebhookSender:
        return WebhookSender(
            StoreDeliveries(self.world.engine),
            Poster(allowed=(ip_network("127.0.0.0/8"),), seconds=seconds),
            SEALER,
            clock=lambda: self.now,
            disable_after=timedelta(hours=5),
            told=lambda hook, why, at: self.switched_off.append(f"{hook.id} {why}"),
            count=self.posts.count,
        )

    def subscribe(self, *types: EventType, **more: Any) -> tuple[Webhook, str]:
        secret = new_secret()
        data = WebhookData(url=self.program.url, types=frozenset(types), **more)
        sealed = SEALER.seal(secret, SECRET_CONTEXT)
        return self.world.do(lambda tx: tx.webhooks.add(data, sealed=sealed, by=ADMIN, at=AT)), secret

    def run(self, **later: float) -> int:
        self.now += timedelta(**later)
        done = 0
        while tried := self.sender.work_once():
            done += tried
        return done

    def deliveries(self, state: DeliveryState | None = None, webhook_id: int = 1) -> list[Any]:
        page = StoreQueries(self.world.engine).webhook_deliveries(webhook_id, state, Window(limit=200))
        return list(page.items)

    def figure(self, name: str, **labels: str) -> float | None:
        found: float | None = self.registry.get_sample_value(name, {"webhook": "1"} | labels)
        return found

    def hook(self) -> Webhook:
        return StoreQueries(self.world.engine).webhooks(Window()).items[0]


@pytest.fixture
def site(small_world: World) -> Iterator[Site]:
    with receiver() as program:
        made = Site(small_world, program)
        yield made
        made.sender.stop()


def test_what_happens_to_a_ticket_is_told_signed_and_without_what_people_wrote(site: Site) -> None:
    _, secret = site.subscribe()
    ticket = open_ticket(site.world, AT, Category.A, "Tajný předmět")
    move(site.world, ticket, AT + timedelta(hours=1), Status.IN_PROGRESS)
    assert site.run() == len(site.program.posted) > 1
    types = [each.told["type"] for each in site.program.posted]
    assert EventType.TICKET_CREATED in types
    assert EventType.TICKET_CHANGED in types
    for each in site.program.posted:
        Verifier(secret).verify(each.body, each.headers)
        assert each.told["data"]["ticket"] == ticket.number
        assert "Tajn" not in each.body.decode()
        assert each.told["timestamp"].endswith("Z")
    assert len(set(site.program.ids)) == len(site.program.ids)


def test_only_the_wanted_types_and_only_the_own_customers_events_are_told(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED, customer_id=site.world.globex.id)
    open_ticket(site.world, AT)
    assert site.deliveries() == []
    site.subscribe(EventType.TICKET_CREATED, customer_id=site.world.acme.id)
    open_ticket(site.world, AT)
    assert [each.type for each in site.deliveries(webhook_id=2)] == [EventType.TICKET_CREATED]


def test_nobody_subscribed_leaves_no_rows(site: Site) -> None:
    open_ticket(site.world, AT)
    with site.world.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.webhook_events)).scalar_one() == 0


def test_an_event_of_a_transaction_that_failed_was_never_one(site: Site) -> None:
    site.subscribe()
    ticket = open_ticket(site.world, AT)
    before = len(site.deliveries())

    def fail(tx: Transaction) -> None:
        event = TicketEvent(id=tx.new_id(), ticket_id=ticket.id, at=AT, actor=ADMIN, kind=EventKind.CATEGORY)
        tx.add_event(event)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        site.world.do(fail)
    assert len(site.deliveries()) == before


def test_what_was_not_taken_is_tried_again_with_the_same_id_and_then_taken(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    for status in (500, 429, 301):
        site.program.behave = answer(status, Location=site.program.url)
        assert site.run(hours=1) == 1
        assert site.run() == 0, "not at once again"
    site.program.behave = answer(200)
    assert site.run(hours=1) == 1
    assert len(site.program.ids) == 4
    assert len(set(site.program.ids)) == 1
    (done,) = site.deliveries()
    assert (done.state, done.attempts, done.status) == (DeliveryState.DONE, 4, 200)
    assert site.hook().failing_since is None


def test_an_endpoint_that_asks_for_time_gets_it(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    site.program.behave = answer(503, Retry_After="3600")
    site.run()
    assert site.run(minutes=55) == 0
    assert site.run(minutes=10) == 1


def test_a_time_out_is_a_failure(site: Site) -> None:
    def wait(handler: Any, _: Any) -> None:
        handler.rfile.read(1)

    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    site.program.behave = wait
    site.sender.stop()
    site.sender = site.new_sender(seconds=0.3)
    assert site.run() == 1
    (failed,) = site.deliveries()
    assert (failed.state, failed.status) == (DeliveryState.PENDING, None)
    assert failed.error


def test_after_all_attempts_it_is_given_up_and_can_be_replayed(site: Site) -> None:
    hook, _ = site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    site.program.behave = answer(500)
    deliveries = StoreDeliveries(site.world.engine)
    for _ in range(len(WAITS) + 1):
        (due,) = deliveries.claim(limit=1, at=site.now, until=site.now + timedelta(minutes=5))
        site.sender._failed(due, 500, "500", None)
        site.now += timedelta(days=2)
        data = WebhookData(url=site.program.url, types=frozenset({EventType.TICKET_CREATED}))
        site.world.do(lambda tx: tx.webhooks.change(hook.id, data, by=ADMIN, at=site.now))  # noqa: B023
    (dead,) = site.deliveries(DeliveryState.DEAD)
    assert (dead.attempts, dead.next_attempt_at) == (len(WAITS) + 1, None)
    assert site.run() == 0
    site.program.behave = answer(204)
    since = Replay(since=AT - timedelta(days=1))
    assert site.world.do(lambda tx: tx.webhooks.replay(hook.id, since, by=ADMIN, at=site.now)) == 1
    assert site.run() == 1
    assert site.deliveries()[0].state is DeliveryState.DONE
    assert site.world.do(lambda tx: tx.webhooks.replay(hook.id, since, by=ADMIN, at=site.now)) == 0
    all_of_it = Replay(since=AT - timedelta(days=1), only_dead=False)
    assert site.world.do(lambda tx: tx.webhooks.replay(hook.id, all_of_it, by=ADMIN, at=site.now)) == 1
    assert site.run() == 1
    assert len(set(site.program.ids)) == 1


def test_an_endpoint_that_failed_for_long_is_switched_off_and_somebody_is_told(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    site.program.behave = answer(500)
    for _ in range(12):
        site.run(hours=1)
    assert not site.hook().active
    assert len(site.switched_off) == 1
    assert site.run(days=3) == 0
    count = len(site.program.posted)
    open_ticket(site.world, AT)
    assert site.run() == 0
    assert len(site.program.posted) == count
    with site.world.engine.connect() as connection:
        lines = connection.execute(select(t.audit.c.action, t.audit.c.actor_name).where(t.audit.c.entity == "webhook"))
        assert ("changed", "webhooks") in [tuple(row) for row in lines]


def test_an_endpoint_that_is_gone_is_switched_off_at_once(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    site.program.behave = answer(410)
    site.run()
    assert site.hook().disabled_why == "the endpoint answered 410 Gone"


def test_an_endpoint_that_fails_keeps_no_other_waiting(site: Site) -> None:
    with receiver() as broken:
        broken.behave = answer(500)
        data = WebhookData(url=broken.url, types=frozenset({EventType.TICKET_CREATED}))
        sealed = SEALER.seal(new_secret(), SECRET_CONTEXT)
        site.world.do(lambda tx: tx.webhooks.add(data, sealed=sealed, by=ADMIN, at=AT))
        site.subscribe(EventType.TICKET_CREATED)
        for _ in range(40):
            open_ticket(site.world, AT)
        site.run()
        assert len(site.program.posted) == 40
        assert len(broken.posted) < 40, "left alone after the first failures"


def test_while_a_secret_is_changed_both_sign(site: Site) -> None:
    hook, old = site.subscribe(EventType.TICKET_CREATED)
    new = new_secret()
    sealed, until = SEALER.seal(new, SECRET_CONTEXT), site.now + timedelta(hours=24)
    site.world.do(lambda tx: tx.webhooks.rotate(hook.id, sealed=sealed, until=until, by=ADMIN, at=AT))
    open_ticket(site.world, AT)
    site.run()
    (both,) = site.program.posted
    Verifier(old).verify(both.body, both.headers)
    Verifier(new).verify(both.body, both.headers)
    site.now += timedelta(hours=25)
    open_ticket(site.world, AT)
    site.run()
    assert len(site.program.posted[1].headers["webhook-signature"].split()) == 1


def test_what_a_worker_that_died_had_claimed_is_posted_by_another(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    claimed = StoreDeliveries(site.world.engine).claim(limit=5, at=site.now, until=site.now + timedelta(minutes=5))
    assert len(claimed) == 1
    assert site.run() == 0
    assert site.run(minutes=6) == 1
    assert site.program.ids == [claimed[0].delivery.message_id]


def test_a_failure_told_too_late_does_not_post_again_what_another_worker_has_delivered(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    queue = StoreDeliveries(site.world.engine)
    (late,) = queue.claim(limit=5, at=site.now, until=site.now)
    assert site.run() == 1
    queue.put_off(late, status=None, error="timed out", at=site.now, again=site.now, quiet=site.now)
    assert site.run() == 0
    assert [each.state for each in site.deliveries()] == [DeliveryState.DONE]


def test_old_events_are_forgotten_unless_somebody_waits_for_them(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    open_ticket(site.world, AT)
    queue = StoreDeliveries(site.world.engine)
    assert queue.forget(AT + timedelta(days=1)) == 0
    site.run()
    assert queue.forget(AT + timedelta(days=1)) == 1
    assert site.deliveries() == []


def test_the_secret_is_nowhere_in_the_database_or_the_audit_trail(site: Site) -> None:
    _, secret = site.subscribe()
    with site.world.engine.connect() as connection:
        rows = [tuple(row) for table in (t.webhooks, t.audit) for row in connection.execute(select(table))]
    text = json.dumps(rows, default=str)
    assert secret.removeprefix("whsec_") not in text
    assert '"sealed_secret": "set"' in text


def test_what_became_of_posting_is_counted_and_what_waits_is_shown(site: Site) -> None:
    site.subscribe(EventType.TICKET_CREATED)
    assert site.figure("intake_webhook_pending") == 0
    assert site.figure("intake_webhook_oldest_pending_seconds") == 0
    open_ticket(site.world, AT, Category.A, "Jedna")
    waited = (site.now - AT).total_seconds()
    assert site.figure("intake_webhook_oldest_pending_seconds") == pytest.approx(waited, abs=5)
    site.program.behave = answer(503)
    site.run()
    assert site.figure("intake_webhook_posts_total", outcome="failed") == 1
    assert site.figure("intake_webhook_pending") == 1
    site.program.behave = answer(204)
    site.run(minutes=6)
    assert site.figure("intake_webhook_posts_total", outcome="sent") == 1
    assert site.figure("intake_webhook_pending") == 0
    open_ticket(site.world, AT, Category.A, "Druhá")
    with site.world.engine.begin() as connection:
        connection.execute(t.webhook_deliveries.update().values(attempts=len(WAITS)))
    site.program.behave = answer(503)
    site.run(minutes=6)
    assert site.figure("intake_webhook_posts_total", outcome="dead") == 1
    assert site.figure("intake_webhook_dead") == 1
