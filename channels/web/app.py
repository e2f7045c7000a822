"""The site as one application: routes, headers, the pages for what goes wrong."""

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.web import tickets
from channels.web.cookies import Cookies
from channels.web.login import Login
from channels.web.pages import FOLDER, HEADERS, Pages
from channels.web.services import WebServices
from channels.web.texts import TEXTS
from channels.web.visitors import Site, for_visitors, language_of_stranger

log = structlog.get_logger(__name__)


def create_web(services: WebServices) -> Starlette:
    """Make the site; mount it at "/", after everything that has a path of its own."""
    site = Site(services=services, pages=Pages(services), cookies=Cookies(secure=services.secure))
    login = Login(site)

    async def on_http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        texts = TEXTS[language_of_stranger(request)]
        title = {404: texts["not_found"], 405: texts["not_found"], 413: texts["too_large"]}.get(
            status, error.detail if isinstance(error, HTTPException) else texts["broken"]
        )
        return _message(site, request, status, title)

    async def on_error(request: Request, error: Exception) -> Response:
        return _message(site, request, 500, TEXTS[language_of_stranger(request)]["broken"])

    return Starlette(
        routes=[
            Route("/", for_visitors(site, tickets.list_tickets)),
            Route("/login", login.show, methods=["GET"]),
            Route("/login", login.send, methods=["POST"]),
            Route("/logout", for_visitors(site, login.leave), methods=["POST"]),
            Route("/requests/new", for_visitors(site, tickets.new_request), methods=["GET"]),
            Route("/requests/new", for_visitors(site, tickets.send_request), methods=["POST"]),
            Route("/tickets/{number}", for_visitors(site, tickets.show_ticket), methods=["GET"]),
            Route("/tickets/{number}/reply", for_visitors(site, tickets.reply), methods=["POST"]),
            Route("/tickets/{number}/answer", for_visitors(site, tickets.answer), methods=["POST"]),
            Route("/tickets/{number}/files/{file_id}", for_visitors(site, tickets.read_file), methods=["GET"]),
            Route("/static/site.css", _style),
        ],
        middleware=[
            Middleware(SafeHeaders),
            Middleware(RequestBodyLimitMiddleware, max_body_size=services.max_body_octets),
        ],
        exception_handlers={HTTPException: on_http_error, 500: on_error},
    )


class SafeHeaders:
    """Puts the headers under which nothing foreign runs onto every answer that has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [
                    *message.get("headers", ()),
                    *((name, value) for name, value in more if name not in present),
                ]
            await send(message)

        await self._app(scope, receive, send_safely)


async def _style(request: Request) -> Response:
    return FileResponse(FOLDER / "static" / "site.css", headers={"Cache-Control": "public, max-age=3600"})


def _message(site: Site, request: Request, status: int, title: str) -> Response:
    language = language_of_stranger(request)
    return site.pages.show("message.html", language, status=status, visitor=None, csrf="", title=title, text="")
