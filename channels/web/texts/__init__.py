"""What the pages say, in Czech and English. Each part of the site has its own words in a file of its own.

Tests hold that both languages say everything and that no key is used twice.
"""

from collections.abc import Mapping

from authz.words import REASON_WORDS
from channels.web.texts import (
    account,
    agreed,
    calls,
    common,
    console,
    customer,
    desk,
    desk_agreed,
    desk_inputs,
    desk_people,
    desk_providers,
    desk_settings,
    new_ticket,
    one_click,
    portal,
    ticket,
    ticket_words,
)
from channels.web.texts.names import CATEGORIES, REASONS, STATUSES

__all__ = ["CATEGORIES", "LANGUAGES", "PARTS", "REASONS", "REASON_WORDS", "STATUSES", "TEXTS", "choose_language"]

LANGUAGES = ("cs", "en")

PARTS = (
    common.TEXTS,
    account.TEXTS,
    portal.TEXTS,
    agreed.TEXTS,
    calls.TEXTS,
    console.TEXTS,
    customer.TEXTS,
    desk.TEXTS,
    desk_people.TEXTS,
    desk_providers.TEXTS,
    desk_agreed.TEXTS,
    desk_inputs.TEXTS,
    desk_settings.TEXTS,
    one_click.TEXTS,
    ticket.TEXTS,
    ticket_words.TEXTS,
    new_ticket.TEXTS,
)

TEXTS: Mapping[str, Mapping[str, str]] = {
    language: {key: text for part in PARTS for key, text in part[language].items()} for language in LANGUAGES
}


def choose_language(accepted: str) -> str:
    """The language of somebody not known yet. accepted: the Accept-Language header, best first as browsers send it."""
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in LANGUAGES:
            return language
        if language == "sk":
            return "cs"
    return "en" if accepted.strip() else "cs"
