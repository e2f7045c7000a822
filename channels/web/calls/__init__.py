"""Where calls are taken: who is calling now, what to know of the caller, and the form that makes a ticket of it."""

from starlette.routing import BaseRoute, Route

from channels.web.calls import live, pop
from channels.web.doors import staff_form, staff_page
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    return [
        Route("/console/calls", staff_page(site, live.show), methods=["GET"]),
        Route("/console/calls/events", staff_page(site, live.stream), methods=["GET"]),
        Route("/console/calls/caller", staff_page(site, pop.show_caller), methods=["GET"]),
        Route("/console/calls/{id}", staff_page(site, pop.show_call), methods=["GET"]),
        Route("/console/calls/{id}/ticket", staff_form(site, pop.file), methods=["POST"]),
        Route("/console/calls/{id}/call-back", staff_form(site, pop.call_back), methods=["POST"]),
        Route("/console/calls/{id}/call-back/{code}", staff_form(site, pop.confirm), methods=["POST"]),
    ]
