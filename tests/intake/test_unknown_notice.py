"""Who proved an address that is on no list is told so, once a day; nobody else is ever written to."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from config.settings import Settings
from intake.app import App, build
from intake.receive import Inbound
from intake.submission import Automatic, AutomaticKind, RawInbound
from store import tables as t

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
PROVED = Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail="d=jinde.cz")
RULES = replace(MAIL_RULES, unknown=Verdict.HOLD, tell_unknown=True)
BY_HAND = Automatic(kind=AutomaticKind.NONE, may_answer=True, why="")
NUMBERS = count()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    made = build(Settings.model_validate({"service": {"data_dir": tmp_path}, "database": {"url": database_url}}))
    yield made
    made.close()


def mail(app: App, *, at: datetime = NOON, address: str = "eva@jinde.cz", **changed: Any) -> Inbound:
    """A mail of somebody who is on no list."""
    number = next(NUMBERS)
    raw = RawInbound(channel=Channel.MAIL, account="a", source_key=str(number), received_at=at, octets=b"%d" % number)
    submission = replace(app.rereader.read(b"Subject: Telefony\r\n\r\n"), message_id=f"<{number}@jinde.cz>")
    inbound = Inbound(
        raw=replace(raw, peer=changed.pop("peer", None)),
        claim=Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address),
        evidence=Evidence((changed.pop("check", PROVED),)),
        submission=replace(submission, automatic=changed.pop("automatic", BY_HAND)),
        rules=RULES,
    )
    return replace(inbound, **changed)


def notices(app: App, *mails: Inbound) -> list[Any]:
    for each in mails:
        asyncio.run(app.receiver.receive(each))
    with app.engine.connect() as connection:
        return list(connection.execute(select(t.outbox).order_by(t.outbox.c.created_at)))


def test_a_proved_stranger_is_told_and_the_request_is_kept(app: App) -> None:
    wanted = mail(app)
    (told,) = notices(app, wanted)
    assert (told.kind, told.recipient, told.state) == ("unknown-author", "eva@jinde.cz", "pending")
    assert wanted.submission is not None
    assert told.payload["in_reply_to"] == wanted.submission.message_id


def test_once_a_day_whatever_the_calendar_says(app: App) -> None:
    late = NOON.replace(hour=23)
    hours = [0, 0, 2, 23, 24, 47]
    assert [
        row.created_at for row in notices(app, *(mail(app, at=late + timedelta(hours=hour)) for hour in hours))
    ] == [late, late + timedelta(hours=24)]


def test_each_stranger_for_itself(app: App) -> None:
    told = notices(app, mail(app), mail(app, address="petr@jinde.cz"))
    assert {row.recipient for row in told} == {"eva@jinde.cz", "petr@jinde.cz"}


def test_many_at_the_same_moment_are_one_notice(app: App) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(app.receiver.receive(mail(app)) for _ in range(8)))

    asyncio.run(all_at_once())
    assert len(notices(app)) == 1


@pytest.mark.parametrize(
    "check",
    [
        replace(PROVED, outcome=Outcome.FAIL),
        replace(PROVED, outcome=Outcome.NONE),
        replace(PROVED, outcome=Outcome.TEMPERROR),
        replace(PROVED, binds=False),
        replace(PROVED, proof=Proof.ARC),
        replace(PROVED, proof=Proof.SMIME),
        replace(PROVED, proof=Proof.DMARC),
    ],
)
def test_nobody_is_written_to_without_a_proof_of_the_very_domain(app: App, check: Check) -> None:
    assert notices(app, mail(app, check=check)) == []


@pytest.mark.parametrize(
    "automatic",
    [
        *(Automatic(kind=kind, may_answer=True, why="x") for kind in AutomaticKind if kind is not AutomaticKind.NONE),
        Automatic(kind=AutomaticKind.NONE, may_answer=False, why="not to us"),
    ],
)
def test_machines_are_not_answered(app: App, automatic: Automatic) -> None:
    assert notices(app, mail(app, automatic=automatic)) == []


def test_who_was_refused_in_the_dialog_is_told_by_the_server_that_handed_it_over(app: App) -> None:
    refusing = replace(RULES, unknown=Verdict.REJECT)
    assert notices(app, mail(app, rules=refusing, peer="192.0.2.1")) == []
    assert len(notices(app, mail(app, rules=refusing, peer=None))) == 1


def test_nobody_is_told_where_the_operator_does_not_want_it(app: App) -> None:
    assert notices(app, mail(app, rules=replace(RULES, tell_unknown=False))) == []
