"""Where technicians work: the queue and the tickets."""

from starlette.routing import BaseRoute, Route

from channels.web.console import queue
from channels.web.doors import staff_page
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    return [Route("/console", staff_page(site, queue.show))]
