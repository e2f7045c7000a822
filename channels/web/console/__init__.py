"""Where technicians work: the queue and the tickets.

A further page of theirs extends `templates/console/base.html`, which brings the keyboard and the live changes, hangs
behind `staff_page` here, and gets its line in `channels.web.navigation.STAFF`.
"""

from starlette.routing import BaseRoute, Route

from channels.web.console import (
    batch,
    contact,
    events,
    new_ticket,
    originals,
    queue,
    snippets,
    steps,
    ticket,
    views,
    writing,
)
from channels.web.console.feed import TicketFeed
from channels.web.doors import StaffForm, StaffPage, staff_form, staff_page
from channels.web.visitors import Site

_TICKET = "/console/tickets/{number}"

# What is only looked at, and what takes a form, by their places below a ticket.
_PAGES: dict[str, StaffPage] = {
    "": ticket.show,
    "/changes": ticket.changes,
    "/clock": ticket.explain,
    "/files/{file_id}": originals.read_file,
    "/pictures/{file_id}": originals.read_picture,
    "/comments/{comment_id}/original": originals.show,
    "/comments/{comment_id}/source": originals.download,
}
_FORMS: dict[str, StaffForm] = {
    "/draft": writing.keep_draft,
    "/looking": writing.look,
    "/status": steps.move,
    "/category": steps.categorize,
    "/assignee": steps.hand_over,
    "/offer": steps.offer,
    "/fix": steps.fix,
    "/work": steps.add_work,
    "/work/{entry_id}": steps.drop_work,
    "/merge": steps.merge_into,
    "/split": steps.split_off,
    "/links": steps.connect,
}


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    feed = TicketFeed(site.services.queries, site.services.closing)
    files = writing.MOST_FILES + 1  # one more, so that too many are told and not cut off
    return [
        Route("/console", staff_page(site, queue.show), methods=["GET"]),
        Route("/console/events", staff_page(site, events.stream(feed)), methods=["GET"]),
        Route("/console/batch", staff_form(site, batch.change), methods=["POST"]),
        Route("/console/views", staff_form(site, views.save), methods=["POST"]),
        Route("/console/views/{view_id}", staff_form(site, views.change), methods=["POST"]),
        Route("/console/new", staff_page(site, new_ticket.choose), methods=["GET"]),
        Route("/console/new", staff_form(site, new_ticket.make), methods=["POST"]),
        Route("/console/contacts/{contact_id}", staff_page(site, contact.show), methods=["GET"]),
        Route("/console/snippets", staff_page(site, snippets.show), methods=["GET"]),
        Route("/console/snippets", staff_form(site, snippets.save), methods=["POST"]),
        *(Route(_TICKET + place, staff_page(site, page), methods=["GET"]) for place, page in _PAGES.items()),
        *(Route(_TICKET + place, staff_form(site, form), methods=["POST"]) for place, form in _FORMS.items()),
        Route(_TICKET + "/reply", staff_form(site, writing.say, max_files=files), methods=["POST"]),
    ]
