"""Decisions that go by command: to a real server on loopback, in order, in time, and never for ever."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from channels.phone import commands
from channels.phone.commands import BearerApi, CommandSender, ProviderApi, YeastarApi
from channels.phone.dialects.base import RestCommand
from tests.servers.web import Heard, Page, Web, serve

REJECT = RestCommand(path="/v2/calls/c1/actions/reject", body={"cause": "USER_BUSY"})
ANSWER = RestCommand(path="/v2/calls/c1/actions/answer", body={})


@pytest.fixture
def web() -> Iterator[Web]:
    with serve(Page(body=b"{}")) as running:
        yield running


def send(api: ProviderApi, *sent: RestCommand) -> list[str]:
    """Send commands; returns what could not be sent, and why."""
    failed: list[str] = []

    async def run() -> None:
        sender = CommandSender(api, lambda command, error: failed.append(f"{command.path}: {error}"))
        sender.send_later(sent)
        await sender.settled()

    asyncio.run(run())
    return failed


def test_a_command_is_posted_with_its_key(web: Web) -> None:
    assert send(BearerApi(base=web.url, key="word"), REJECT) == []
    (heard,) = web.heard
    assert (heard.method, heard.path, json.loads(heard.body)) == ("POST", REJECT.path, {"cause": "USER_BUSY"})
    assert heard.headers["Authorization"] == "Bearer word"


def test_commands_keep_their_order_and_stop_at_one_that_fails(web: Web) -> None:
    assert send(BearerApi(base=web.url, key="word"), ANSWER, REJECT) == []
    assert [each.path for each in web.heard] == [ANSWER.path, REJECT.path]
    web.heard.clear()
    web.answer = lambda _: Page(status=422)
    assert send(BearerApi(base=web.url, key="word"), ANSWER, REJECT) == [f"{ANSWER.path}: the provider answered 422"]
    assert [each.path for each in web.heard] == [ANSWER.path]


def test_a_provider_that_stumbles_is_asked_again(web: Web) -> None:
    web.answer = lambda _: Page(status=503 if len(web.heard) < 3 else 200)
    assert send(BearerApi(base=web.url, key="word"), REJECT) == []
    assert len(web.heard) == 3


def test_a_provider_that_is_silent_is_given_up_while_the_caller_still_waits(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "COMMAND_SECONDS", 0.3)
    monkeypatch.setattr(commands, "TRIED_FOR", 1.0)
    web.answer = lambda _: Page(body=b"x" * 100, drip=0.1)
    began = time.monotonic()
    (failed,) = send(BearerApi(base=web.url, key="word"), REJECT)
    assert time.monotonic() - began < 3
    assert "no whole answer" in failed


def test_the_webhook_is_answered_before_the_command_is(web: Web) -> None:
    web.answer = lambda _: Page(body=b"{}" * 5, drip=0.05)

    async def run() -> float:
        sender = CommandSender(BearerApi(base=web.url, key="word"))
        began = time.monotonic()
        sender.send_later([REJECT])
        taken = time.monotonic() - began
        await sender.settled()
        return taken

    assert asyncio.run(run()) < 0.05


# --- Yeastar ---

ACCEPT = RestCommand(path="/openapi/v1.0/call/accept_inbound", body={"channel_id": "1"})


class Pbx:
    """A PBX that gives out tokens and takes commands with the last one."""

    def __init__(self) -> None:
        self.given = 0
        self.lasts = 1800

    def __call__(self, heard: Heard) -> Page:
        if heard.path.endswith("/get_token"):
            if json.loads(heard.body) != {"username": "id", "password": "secret"}:
                return _said(errcode=70004)
            self.given += 1
            return _said(errcode=0, access_token=f"token{self.given}", access_token_expire_time=self.lasts)
        return _said(errcode=0 if heard.path.endswith(f"?access_token=token{self.given}") else 10004)


def _said(**members: Any) -> Page:
    return Page(body=json.dumps(members).encode(), content_type="application/json")


def test_a_yeastars_token_is_asked_for_once_and_again_when_it_is_gone() -> None:
    pbx = Pbx()
    with serve(pbx) as web:
        api = YeastarApi(web.url, "id", "secret")
        assert send(api, ACCEPT) == send(api, ACCEPT) == []
        assert pbx.given == 1
        pbx.given = 2
        assert send(api, ACCEPT) == []
        assert (pbx.given, web.heard[-1].path) == (3, f"{ACCEPT.path}?access_token=token3")


def test_a_yeastars_token_is_not_used_to_its_last_second() -> None:
    pbx = Pbx()
    pbx.lasts = 30
    with serve(pbx) as web:
        api = YeastarApi(web.url, "id", "secret")
        send(api, ACCEPT)
        send(api, ACCEPT)
    assert pbx.given == 2


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (_said(errcode=70004), "error 70004"),
        (_said(errcode=0), "no access token"),
        (_said(errcode=0, access_token="x&y=1"), "no access token"),
        (Page(body=b"<html>"), "no access token"),
    ],
)
def test_a_yeastar_that_lets_nobody_in_is_told_of(page: Page, told: str) -> None:
    with serve(page) as web:
        (failed,) = send(YeastarApi(web.url, "id", "secret"), ACCEPT)
    assert told in failed
