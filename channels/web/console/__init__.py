"""Where technicians work: the queue and the tickets.

A further page of theirs extends `templates/console/base.html`, which brings the keyboard and the live changes, hangs
behind `staff_page` here, and gets its line in `channels.web.navigation.STAFF`.
"""

from starlette.routing import BaseRoute, Route

from channels.web.console import events, queue, views
from channels.web.console.feed import TicketFeed
from channels.web.doors import staff_form, staff_page
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    feed = TicketFeed(site.services.queries, site.services.closing)
    return [
        Route("/console", staff_page(site, queue.show), methods=["GET"]),
        Route("/console/events", staff_page(site, events.stream(feed)), methods=["GET"]),
        Route("/console/views", staff_form(site, views.save), methods=["POST"]),
        Route("/console/views/{view_id}", staff_form(site, views.change), methods=["POST"]),
    ]
