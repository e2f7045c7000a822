"""Logging in and out, and the language of the pages."""

from starlette.routing import BaseRoute, Route

from channels.web.account.language import choose
from channels.web.account.login import Login
from channels.web.doors import any_form
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    login = Login(site)
    return [
        Route("/login", login.show, methods=["GET"]),
        Route("/login", login.send, methods=["POST"]),
        Route("/logout", any_form(site, login.leave), methods=["POST"]),
        Route("/language", choose(site), methods=["POST"]),
    ]
