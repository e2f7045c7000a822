"""Where admins and the service manager work: people, contracts, statements, the quarantine, what happened, health."""

from starlette.routing import BaseRoute, Route

from channels.web import choosing
from channels.web.desk import (
    calendar_page,
    changes,
    contacts,
    contracts,
    customers,
    entries,
    happened,
    health,
    proofs,
    providers,
    quarantine,
    ranges,
    records,
    rules,
    statements,
    tokens,
    users,
    webhooks,
    wordings,
)
from channels.web.doors import StaffForm, StaffPage, staff_form, staff_page
from channels.web.navigation import ADMINS, EVERYBODY, MANAGERS
from channels.web.visitors import Site
from intake.people import Role


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""

    def page(path: str, show: StaffPage, roles: frozenset[Role] = EVERYBODY) -> Route:
        return Route(path, staff_page(site, show, roles=roles), methods=["GET"])

    def form(path: str, take: StaffForm, roles: frozenset[Role] = ADMINS) -> Route:
        return Route(path, staff_form(site, take, roles=roles), methods=["POST"])

    return [
        page("/desk/suggest/{kind}", choosing.suggest),
        page("/desk/customers", customers.list_customers),
        page("/desk/customers/new", customers.new_customer, ADMINS),
        form("/desk/customers/new", customers.add_customer),
        page("/desk/customers/{id}", customers.show_customer),
        form("/desk/customers/{id}", customers.change_customer),
        page("/desk/customers/{id}/contacts", contacts.list_contacts),
        page("/desk/customers/{id}/contacts/new", contacts.new_contact, ADMINS),
        form("/desk/customers/{id}/contacts/new", contacts.add_contact),
        page("/desk/contacts/{id}", contacts.show_contact),
        form("/desk/contacts/{id}", contacts.change_contact),
        form("/desk/contacts/{id}/invite", proofs.invite_contact),
        form("/desk/contacts/{id}/login/remove", proofs.remove_login),
        form("/desk/contacts/{id}/pin", proofs.give_pin),
        form("/desk/contacts/{id}/addresses", contacts.add_address),
        form("/desk/contacts/{id}/numbers", contacts.add_number),
        *(page(f"/desk/{kind}/{{id}}", entries.entry_page(kind), ADMINS) for kind in entries.KINDS),
        *(form(f"/desk/{kind}/{{id}}", entries.entry_form(kind)) for kind in entries.KINDS),
        form("/desk/addresses/{id}/remove", contacts.remove_address),
        form("/desk/numbers/{id}/remove", contacts.remove_number),
        page("/desk/customers/{id}/ranges/new", ranges.new_range, ADMINS),
        form("/desk/customers/{id}/ranges/new", ranges.add_range),
        form("/desk/ranges/{id}/remove", ranges.remove_range),
        page("/desk/customers/{id}/contracts/new", contracts.new_contract, MANAGERS),
        form("/desk/customers/{id}/contracts/new", contracts.add_contract, MANAGERS),
        page("/desk/contracts/{id}", contracts.show_contract),
        form("/desk/contracts/{id}", contracts.change_contract, MANAGERS),
        page("/desk/customers/{id}/calendar", calendar_page.show_calendar),
        page("/desk/statements", statements.choose_month, MANAGERS),
        page("/desk/customers/{id}/statements", statements.list_months, MANAGERS),
        form("/desk/customers/{id}/statements", statements.close, MANAGERS),
        page("/desk/customers/{id}/statements/{month}", statements.show_month, MANAGERS),
        page("/desk/customers/{id}/maintenance", statements.list_maintenance, MANAGERS),
        form("/desk/customers/{id}/maintenance", statements.add_maintenance, MANAGERS),
        form("/desk/customers/{id}/maintenance/{window}/remove", statements.remove_maintenance, MANAGERS),
        page("/desk/changes", changes.list_changes, ADMINS),
        page("/desk/changes/{id}", changes.show_change, ADMINS),
        form("/desk/changes/{id}/confirm", changes.confirm),
        form("/desk/changes/{id}/reject", changes.reject),
        page("/desk/quarantine", quarantine.list_held, ADMINS),
        page("/desk/quarantine/{id}", quarantine.show_held, ADMINS),
        page("/desk/quarantine/{id}/raw", quarantine.read_raw, ADMINS),
        form("/desk/quarantine/{id}/release", quarantine.release),
        form("/desk/quarantine/{id}/reject", quarantine.reject),
        page("/desk/happened", happened.search),
        page("/desk/happened/{id}", happened.show_input),
        page("/desk/calls", happened.list_calls),
        page("/desk/calls/{id}", happened.show_call),
        page("/desk/rules", rules.show_rules, ADMINS),
        form("/desk/rules", rules.add_rule),
        form("/desk/rules/{id}/remove", rules.remove_rule),
        page("/desk/webhooks", webhooks.list_webhooks, ADMINS),
        form("/desk/webhooks", webhooks.add_webhook),
        page("/desk/webhooks/{id}", webhooks.show_webhook, ADMINS),
        form("/desk/webhooks/{id}", webhooks.change_webhook),
        form("/desk/webhooks/{id}/remove", webhooks.remove_webhook),
        form("/desk/webhooks/{id}/secret", webhooks.rotate_secret),
        form("/desk/webhooks/{id}/replay", webhooks.replay),
        page("/desk/wordings", wordings.list_wordings, ADMINS),
        page("/desk/wordings/{kind}/{language}", wordings.show_wording, ADMINS),
        form("/desk/wordings/{kind}/{language}", wordings.change_wording),
        page("/desk/audit", records.show_audit, MANAGERS),
        page("/desk/users", users.list_users, ADMINS),
        page("/desk/users/new", users.new_user, ADMINS),
        form("/desk/users/new", users.add_user),
        page("/desk/users/{id}", users.show_user, ADMINS),
        form("/desk/users/{id}", users.change_user),
        form("/desk/users/{id}/invite", users.invite_user),
        form("/desk/users/{id}/second-factors", users.reset_factors),
        form("/desk/users/{id}/password", users.set_password),
        page("/desk/providers", providers.list_providers, ADMINS),
        page("/desk/providers/new", providers.new_provider, ADMINS),
        form("/desk/providers/new", providers.add_provider),
        page("/desk/providers/{id}", providers.show_provider, ADMINS),
        form("/desk/providers/{id}", providers.change_provider),
        form("/desk/providers/{id}/check", providers.try_provider),
        form("/desk/providers/{id}/remove", providers.remove_provider),
        page("/desk/tokens", tokens.list_tokens, ADMINS),
        form("/desk/tokens", tokens.give_token),
        form("/desk/tokens/{id}/revoke", tokens.revoke_token),
        page("/desk/health", health.show_health, MANAGERS),
    ]
