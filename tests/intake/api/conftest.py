"""The real application over the real store, and tokens for everybody, on both engines."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from authz.mail.dns import StaticDns
from authz.people.tokens import Scope, new_token
from channels.mail.explain import MailExplainer
from channels.mail.gateway import MailRereader
from channels.mail.signer import MailSigner
from channels.web.account.oidc_http import OidcHttp
from config.settings import MailSettings
from intake.api.app import create_api
from intake.api.services import ApiServices
from intake.app import mail_options
from intake.people import ApiTokenData
from intake.quarantine import Quarantine
from intake.receive import Receiver
from store.blobs import BlobStore
from store.queries import StoreQueries
from tests.servers.clones import Clones
from tests.store.world import ADMIN, AT, World, world

TICKET_SCOPES = frozenset({Scope.TICKETS_READ, Scope.TICKETS_WRITE})


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Go on by some time."""
        self.now += timedelta(**by)


@dataclass
class Site:
    """The application, whoever calls it, and what is behind it."""

    world: World
    services: ApiServices
    clock: Clock
    http: TestClient
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def token(self, scopes: frozenset[Scope], contact_id: int | None = None, **more: Any) -> str:
        """Give out a token and return its secret."""
        made = new_token()
        data = ApiTokenData(name="Test", scopes=scopes, contact_id=contact_id, **more)
        self.world.do(lambda tx: tx.people.add_token(data, kept=made.kept, by=ADMIN, at=self.clock()))
        return made.secret

    def call(self, who: str, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Call the API as somebody: desk, jana, karel or nobody."""
        full = path if path.startswith("/") else f"/api/v1/{path}"
        return self.http.request(method, full, headers=self.headers[who] | (headers or {}), **more)

    def ticket(self, who: str = "jana", **more: Any) -> dict[str, Any]:
        """Make a ticket and return it."""
        sent = {"subject": "Telefony nezvoní", "text": "Od rána nezvoní žádný telefon."} | more
        answer = self.call(who, "POST", "tickets", json=sent)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def build_services(made: World, folder: Path, clock: Callable[[], datetime]) -> ApiServices:
    """The parts as the composition root joins them."""
    blobs = BlobStore(made.engine, folder)
    signer = MailSigner([b"a secret of thirty-two octets....."], "helpdesk@intake.example")
    rereader = MailRereader(frozenset({"helpdesk@intake.example"}))
    options = mail_options(MailSettings(addresses=("helpdesk@intake.example",)))
    return ApiServices(
        writer=made.writer,
        queries=StoreQueries(made.engine),
        portal=StoreQueries(made.engine),
        blobs=blobs,
        rereader=rereader,
        receiver=Receiver(made.writer, blobs, signer),
        quarantine=Quarantine(made.writer, blobs, rereader, signer),
        signer=signer,
        explainer=MailExplainer(made.writer, StaticDns({}), signer, options, "helpdesk@intake.example"),
        clock=clock,
        oidc=OidcHttp(),
        readiness={"database": lambda: None},
        max_body_octets=2**20,
    )


@pytest.fixture
def site(database_url: str, tmp_path: Path, cheap_passwords: None) -> Iterator[Site]:
    """The application with two customers; the test runs on both engines."""
    clock = Clock()
    with world(database_url) as made:
        services = build_services(made, tmp_path / "blobs", clock)
        with TestClient(create_api(services), raise_server_exceptions=False) as http:
            yield furnished(Site(world=made, services=services, clock=clock, http=http))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def quiet_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application for tests that change nothing, because what they send is refused; one for the file and engine."""
    clock, folder = Clock(), tmp_path_factory.mktemp("quiet")
    with ExitStack() as stack:
        if request.param == "postgresql":
            clones: Clones = request.getfixturevalue("postgres_clones")
            url = stack.enter_context(clones.database())
        else:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "intake.db")
            url = f"sqlite:///{folder / 'intake.db'}"
        made = stack.enter_context(world(url))
        services = build_services(made, folder / "blobs", clock)
        http = stack.enter_context(TestClient(create_api(services), raise_server_exceptions=False))
        yield furnished(Site(world=made, services=services, clock=clock, http=http))


def furnished(made: Site) -> Site:
    """Give everybody a token."""
    secrets = {
        "desk": made.token(frozenset(Scope)),
        "jana": made.token(TICKET_SCOPES, made.world.jana.id),
        "karel": made.token(TICKET_SCOPES, made.world.karel.id),
    }
    made.headers = {"nobody": {}} | {who: {"Authorization": f"Bearer {secret}"} for who, secret in secrets.items()}
    return made
