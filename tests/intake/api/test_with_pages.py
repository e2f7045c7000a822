"""The pages mounted behind the API: each answers for its own paths."""

from pathlib import Path

from starlette.testclient import TestClient

from channels.web.account.oidc_http import OidcHttp
from channels.web.app import create_web
from channels.web.services import WebServices
from intake.api.app import create_api
from intake.login.entering import SignInRules
from store.queries import StoreQueries
from tests.intake.api.conftest import Clock, build_services
from tests.store.world import World, world


def client(made: World, folder: Path) -> TestClient:
    services = build_services(made, folder, Clock())
    app = create_api(services)
    queries = StoreQueries(made.engine)
    pages = WebServices(
        writer=services.writer,
        queries=services.queries,
        blobs=services.blobs,
        rereader=services.rereader,
        receiver=services.receiver,
        signer=services.signer,
        portal=queries,
        accounts=queries,
        sign_in=SignInRules(sealer=services.sealer),
        oidc=OidcHttp(),
        quarantine=services.quarantine,
        explainer=services.explainer,
        clock=services.clock,
    )
    app.mount("/", create_web(pages))
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def test_the_api_keeps_its_paths_and_the_pages_have_the_rest(database_url: str, tmp_path: Path) -> None:
    with world(database_url) as made, client(made, tmp_path) as http:
        assert http.get("/").headers["location"] == "/login"
        page = http.get("/nowhere")
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        for path, status in (("/api/v1/nowhere", 404), ("/api/v1/tickets", 401)):
            answer = http.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        answer = http.patch("/api/v1/tickets")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
        assert http.get("/healthz").text == "alive"
        assert len(http.get("/login").headers["trace-id"]) == 32
