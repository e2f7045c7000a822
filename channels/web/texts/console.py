"""What technicians are told where they work."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "cs": {
        "queue": "Fronta",
    },
    "en": {
        "queue": "Queue",
    },
}
