"""An event on its way into the database, with what is known when it comes. Data only."""

from dataclasses import dataclass

from channels.phone.call_tickets import Moment
from channels.phone.calls import Call
from channels.phone.event import CallEvent
from channels.phone.judgement import EndpointRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event, and what is known when it comes. call: its call so far, None for one we have not heard of."""

    event: CallEvent
    rules: EndpointRules
    moment: Moment
    call: Call | None = None
