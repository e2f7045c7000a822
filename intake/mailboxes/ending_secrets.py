"""Client secrets and refresh tokens that end soon: told before mail stands still. Pure.

The providers tell nobody by the protocol when a secret ends; the operator writes the day into the settings.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from config.settings import OauthSettings, Settings

_SOON = timedelta(days=30)


def ending_secrets(settings: Settings, on: date) -> Iterator[tuple[str, str]]:
    """The mailboxes and smarthosts whose secret ends soon or has ended, each with words for the operator."""
    accounts = [(f"mailbox {each.name}", each.oauth) for each in settings.mailboxes]
    accounts += [(f"smarthost {each.host}", each.oauth) for each in settings.smarthosts]
    for name, oauth in accounts:
        words = say_ending(oauth, on)
        if words is not None:
            yield name, words


def say_ending(oauth: OauthSettings | None, on: date) -> str | None:
    """When its secret ends, if that is soon or over."""
    ends = oauth.secret_expires if oauth is not None else None
    if ends is None or ends - on > _SOON:
        return None
    days = (ends - on).days
    if days < 0:
        return f"its client secret or refresh token ended on {ends}: get a new one from the provider"
    return f"its client secret or refresh token ends on {ends}, in {days} days: get a new one from the provider"
