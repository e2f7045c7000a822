"""The site over the real store, and a browser that fills in the forms it is shown."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from authz.mail.authenticate import AuthenticationPolicy
from authz.mail.dns import StaticDns
from authz.people.sealing import Sealer
from authz.policy import MAIL_RULES
from channels.mail.explain import MailExplainer
from channels.mail.gateway import MailOptions, MailRereader
from channels.mail.policies import MailPolicies, MailPolicy
from channels.mail.signer import MailSigner
from channels.web.account.oidc_http import OidcHttp
from channels.web.app import create_web
from channels.web.services import WebServices
from intake.login.entering import SignInRules
from intake.people import Contact
from intake.quarantine import Quarantine
from intake.receive import Receiver
from store.blobs import BlobStore
from store.queries import StoreQueries
from tests.store.world import ADMIN, AT, World, world

HELPDESK = "helpdesk@intake.example"
PASSWORD = "koně a vozy na dvoře"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # as cheap_passwords makes them
TRUST = ssl.create_default_context()  # reading the system's roots takes longer than most tests


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Go on by some time."""
        self.now += timedelta(**by)


class _Forms(HTMLParser):
    """The values of the hidden inputs of each form, by the form's action."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = values["action"]
            self.found[self._action] = {}
        if tag == "input" and values.get("type") == "hidden":
            self.found[self._action][values["name"]] = values["value"]


def forms_of(page: str) -> dict[str, dict[str, str]]:
    """What the page's forms would send by themselves."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


@dataclass
class Browser:
    """Somebody's browser. It does not follow redirects by itself."""

    http: TestClient

    def see(self, path: str, **more: Any) -> Any:
        """Open a page."""
        return self.http.get(path, follow_redirects=False, **more)

    def send(self, page: str, action: str, **values: Any) -> Any:
        """Fill in the form of a page and send it; `files` are uploaded."""
        files = values.pop("files", None)
        hidden = forms_of(self.see(page).text)[action]
        return self.http.post(action, data=hidden | values, files=files, follow_redirects=False)

    def log_in(self, login: str, password: str = PASSWORD) -> Any:
        """Log in on the log-in page."""
        return self.send("/login", "/login", login=login, password=password)


@dataclass
class Portal:
    """The site, its clock and what is behind it."""

    world: World
    services: WebServices
    clock: Clock

    def browser(self, contact: Contact | None = None, **more: Any) -> Browser:
        """A new browser, logged in as that contact."""
        client = TestClient(create_web(self.services), raise_server_exceptions=False, **more)
        made = Browser(client)
        if contact is not None:
            assert made.log_in(contact.name).status_code == 303
        return made

    def ticket(self, browser: Browser, **values: Any) -> int:
        """Make a request on its page; returns the ticket's number."""
        sent = {"subject": "Nezvoní telefony", "text": "Od rána.", "category": ""} | values
        answer = browser.send("/requests/new", "/requests/new", **sent)
        assert answer.status_code == 303, answer.text
        return int(answer.headers["location"].removeprefix("/tickets/").partition("?")[0])

    def run(self, work: Any) -> Any:
        """Run a coroutine of the core."""
        return asyncio.run(work)


@pytest.fixture
def portal(database_url: str, tmp_path: Path, cheap_passwords: None) -> Iterator[Portal]:
    """The site with two customers, whose contacts log in with their names; on both engines."""
    clock = Clock()
    with world(database_url) as made:
        for contact in (made.jana, made.karel):
            made.do(lambda tx, who=contact: tx.people.set_contact_login(who.id, who.name, HASHED, by=ADMIN, at=AT))
        blobs = BlobStore(made.engine, tmp_path / "blobs")
        signer = MailSigner([b"a secret of thirty-two octets....."], HELPDESK)
        queries = StoreQueries(made.engine)
        own = frozenset({HELPDESK})
        rereader = MailRereader(own)
        options = MailOptions(
            own_addresses=own,
            policies=MailPolicies(usual=MailPolicy(rules=MAIL_RULES, authentication=AuthenticationPolicy())),
            max_hops=50,
        )
        services = WebServices(
            writer=made.writer,
            queries=queries,
            portal=queries,
            accounts=queries,
            oidc=OidcHttp(TRUST),
            sign_in=SignInRules(sealer=Sealer([b"a secret of thirty-two octets....."])),
            blobs=blobs,
            rereader=rereader,
            receiver=Receiver(made.writer, blobs, signer),
            signer=signer,
            quarantine=Quarantine(made.writer, blobs, rereader, signer),
            explainer=MailExplainer(made.writer, StaticDns({}), signer, options, HELPDESK),
            clock=clock,
            max_body_octets=2**20,
            mail_addresses=(HELPDESK,),
            phone_numbers=("+420 211 151 600",),
            workplace_addresses=("192.0.2.10", "192.0.2.11"),
        )
        yield Portal(world=made, services=services, clock=clock)
