"""What a customer's contacts do on the site: make a request, follow it, answer; what is agreed; the statements."""

from starlette.routing import BaseRoute, Route

from channels.web.doors import any_page, contact_form, contact_page
from channels.web.portal import agreed, clocks, drafts, home, requests, statements, tickets
from channels.web.portal.forms import MOST_FILES
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    files = MOST_FILES + 1  # one more, so that too many are told and not cut off
    return [
        Route("/", any_page(site, home.show)),
        Route("/requests/new", contact_page(site, requests.new_request), methods=["GET"]),
        Route("/requests/new", contact_form(site, requests.send_request, max_files=files), methods=["POST"]),
        Route("/requests/draft", contact_form(site, drafts.keep_request, max_files=files), methods=["POST"]),
        Route("/service", contact_page(site, agreed.show_service)),
        Route("/statements", contact_page(site, statements.list_months)),
        Route("/statements/{month}", contact_page(site, statements.show_month)),
        Route("/tickets/{number}/clock", contact_page(site, clocks.show_clock)),
        Route("/tickets/{number}", contact_page(site, tickets.show_ticket), methods=["GET"]),
        Route("/tickets/{number}/reply", contact_form(site, tickets.reply, max_files=files), methods=["POST"]),
        Route("/tickets/{number}/draft", contact_form(site, drafts.keep_reply, max_files=files), methods=["POST"]),
        Route("/tickets/{number}/answer", contact_form(site, tickets.answer), methods=["POST"]),
        Route("/tickets/{number}/offer", contact_form(site, tickets.answer_offer), methods=["POST"]),
        Route("/tickets/{number}/files/{file_id}", contact_page(site, tickets.read_file), methods=["GET"]),
        Route("/tickets/{number}/pictures/{file_id}", contact_page(site, tickets.read_picture), methods=["GET"]),
    ]
