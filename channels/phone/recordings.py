"""From where a recording may be fetched: the provider's own hosts, and nowhere else.

Owns the table. A URL comes from a webhook; without this, whoever can post one could make us fetch from inside our own
network and hand over the provider's credentials. Must not fetch.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from channels.phone.event import CallEvent

# Hosts, or with a leading dot every host below a domain of the provider's own.
HOSTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "twilio": ("api.twilio.com",),
        "telnyx": (".telnyx.com",),
        "vonage": (".nexmo.com", ".vonage.com"),
        "plivo": ("media.plivo.com", ".plivo.com"),
        "placetel": (".placetel.de",),
        "sipgate": (".sipgate.com", ".sipgate.de"),
    }
)


def recording_source(event: CallEvent, hosts: tuple[str, ...] = ()) -> str | None:
    """The https URL an event's recording may be fetched from, None when there is none or it leads elsewhere.

    hosts: further ones the operator allows for this endpoint, for a PBX of one's own; written as in the table.
    Redirects must not be followed to anywhere this function has not seen.
    """
    if event.recording_url is None:
        return None
    try:
        parts = urlsplit(event.recording_url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or port not in {None, 443} or parts.username is not None or not host.isascii():
        return None
    allowed = (*HOSTS.get(event.provider, ()), *hosts)
    matches = any(host.endswith(each) if each.startswith(".") else host == each for each in allowed)
    return event.recording_url if matches and event.recording_url.isprintable() else None
