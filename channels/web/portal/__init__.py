"""What a customer's contacts do on the site: make a request, follow it, answer."""

from starlette.routing import BaseRoute, Route

from channels.web.doors import any_page, contact_form, contact_page
from channels.web.portal import home, tickets
from channels.web.portal.forms import MOST_FILES
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    files = MOST_FILES + 1  # one more, so that too many are told and not cut off
    return [
        Route("/", any_page(site, home.show)),
        Route("/requests/new", contact_page(site, tickets.new_request), methods=["GET"]),
        Route("/requests/new", contact_form(site, tickets.send_request, max_files=files), methods=["POST"]),
        Route("/tickets/{number}", contact_page(site, tickets.show_ticket), methods=["GET"]),
        Route("/tickets/{number}/reply", contact_form(site, tickets.reply, max_files=files), methods=["POST"]),
        Route("/tickets/{number}/answer", contact_form(site, tickets.answer), methods=["POST"]),
        Route("/tickets/{number}/files/{file_id}", contact_page(site, tickets.read_file), methods=["GET"]),
    ]
