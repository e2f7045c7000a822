"""The site as one application: its parts, headers, the pages for what goes wrong."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.web import account, calls, console, customer, desk, one_click, portal
from channels.web.cookies import Cookies
from channels.web.doors import language_of_stranger, show_stranger
from channels.web.pages import HEADERS, STATIC, Pages
from channels.web.services import WebServices
from channels.web.texts import TEXTS
from channels.web.visitors import Site


def create_web(services: WebServices) -> Starlette:
    """Make the site; mount it at "/", after everything that has a path of its own."""
    site = Site(services=services, pages=Pages(services), cookies=Cookies(secure=services.secure))

    async def on_http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        texts = TEXTS[language_of_stranger(site, request)]
        title = {404: texts["not_found"], 405: texts["not_found"], 413: texts["too_large"]}.get(
            status, error.detail if isinstance(error, HTTPException) else texts["broken"]
        )
        return show_stranger(site, request, "message.html", status=status, title=title, text="")

    async def on_error(request: Request, error: Exception) -> Response:
        title = TEXTS[language_of_stranger(site, request)]["broken"]
        return show_stranger(site, request, "message.html", status=500, title=title, text="")

    return Starlette(
        routes=site_routes(site),
        middleware=[
            Middleware(SafeHeaders),
            Middleware(RequestBodyLimitMiddleware, max_body_size=services.max_body_octets),
        ],
        exception_handlers={HTTPException: on_http_error, 500: on_error},
    )


def site_routes(site: Site) -> list[BaseRoute]:
    """Every page and every form of the site, part by part."""
    return [
        *account.routes(site),
        *portal.routes(site),
        *customer.routes(site),
        *console.routes(site),
        *calls.routes(site),
        *desk.routes(site),
        *one_click.routes(site),
        Mount("/static", KeptFiles(directory=STATIC)),
    ]


class KeptFiles(StaticFiles):
    """Static files that a browser keeps: their addresses change with them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file."""
        response = await super().get_response(path, scope)
        if response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


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
