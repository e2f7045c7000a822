"""What a customer's own admins do on the site: people, what they are recognized by, what waits, who would pass."""

from starlette.routing import BaseRoute, Route

from channels.web.customer import changes, check, company, confirm, entries, inviting, people, quarantine, sheets
from channels.web.doors import contact_form, contact_page
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part, for customers' admins only; and the page behind the link in a mailed code."""
    proof = confirm.Confirmation(site)
    pages = {
        "/customer/people": people.list_people,
        "/customer/people.csv": sheets.export,
        "/customer/people/new": people.new_person,
        "/customer/people/{contact_id}": people.show_person,
        "/customer/company": company.show_company,
        **{f"/customer/{kind}/{{{name}}}": entries.entry_page(kind) for kind, name in entries.IDS.items()},
        "/customer/changes": changes.list_changes,
        "/customer/changes/{change_id}": changes.show_change,
        "/customer/check": check.would_pass,
        "/customer/import": sheets.choose,
        "/customer/quarantine": quarantine.list_held,
        "/customer/quarantine/{held_id}": quarantine.show_held,
    }
    forms = {
        "/customer/people/new": people.add_person,
        "/customer/people/{contact_id}": people.change_person,
        "/customer/people/{contact_id}/addresses": people.add_address,
        "/customer/people/{contact_id}/invite": inviting.invite_person,
        "/customer/people/{contact_id}/numbers": people.add_number,
        "/customer/addresses/{address_id}/remove": people.remove_address,
        "/customer/numbers/{number_id}/remove": people.remove_number,
        **{f"/customer/{kind}/{{{name}}}": entries.entry_form(kind) for kind, name in entries.IDS.items()},
        "/customer/domains": company.add_domain,
        "/customer/ranges": company.add_range,
        "/customer/ranges/{range_id}/remove": company.remove_range,
        "/customer/four-eyes": company.set_four_eyes,
        "/customer/changes/{change_id}/code": changes.take_code,
        "/customer/changes/{change_id}/send": changes.send_code,
        "/customer/changes/{change_id}/call": changes.offer_code,
        "/customer/changes/{change_id}/called": changes.take_call,
        "/customer/changes/{change_id}/approve": changes.approve_change,
        "/customer/changes/{change_id}/refuse": changes.refuse_change,
        "/customer/import/apply": sheets.apply,
        "/customer/quarantine/{held_id}/release": quarantine.release,
        "/customer/quarantine/{held_id}/reject": quarantine.reject,
    }
    return [
        *(Route(path, contact_page(site, page, admin=True), methods=["GET"]) for path, page in pages.items()),
        *(Route(path, contact_form(site, form, admin=True), methods=["POST"]) for path, form in forms.items()),
        Route("/customer/import", contact_form(site, sheets.preview, admin=True, max_files=1), methods=["POST"]),
        Route("/confirm/{change_id}/{code}", proof.show, methods=["GET"]),
        Route("/confirm/{change_id}/{code}", proof.act, methods=["POST"]),
    ]
