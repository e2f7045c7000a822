"""Events are made fit to be stored, every text of them."""

from dataclasses import replace
from typing import Any, get_type_hints

import pytest

from channels.phone.event import CallEvent, storable
from tests.channels.phone.calling import new

OURS = {"provider", "endpoint"}
TEXTS = [name for name, kind in get_type_hints(CallEvent).items() if kind in {str, str | None} and name not in OURS]


@pytest.mark.parametrize("name", [*TEXTS, "agents"])
@pytest.mark.parametrize("bad", ["a\0b", "\ud800"])
def test_no_text_of_an_event_holds_what_no_database_keeps(name: str, bad: str) -> None:
    said: dict[str, Any] = {name: (bad,) if name == "agents" else bad}
    fit = getattr(storable(replace(new(), **said)), name)
    assert "\N{REPLACEMENT CHARACTER}" in "".join(fit) or "?" in "".join(fit)
    "".join(fit).encode()


def test_what_is_fit_stays_as_it_is() -> None:
    event = new(called_number="+420211151600", agents=("Tomáš",))
    assert storable(event) is event
    assert storable(new()) == new()
