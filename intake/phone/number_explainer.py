"""Dry runs of calls, joined from the lists and the rules of the endpoints. Nothing is recorded."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from channels.phone.event import CallEvent, CallEventKind
from channels.phone.explain import explain_call, say_caller
from channels.phone.gateway import Endpoint
from channels.phone.judgement import identify
from intake.explain import ExplainNumber, NumberExplanation
from intake.ports import Writer


def number_explainer(writer: Writer, endpoints: Mapping[str, Endpoint]) -> ExplainNumber | None:
    """Explains calls at these endpoints; None when there are none."""
    return partial(_explain, writer, endpoints) if endpoints else None


def _explain(
    writer: Writer, endpoints: Mapping[str, Endpoint], number: str, endpoint: str | None, at: datetime
) -> NumberExplanation:
    """See `intake.explain.ExplainNumber`."""
    if endpoint is None and len(endpoints) == 1:
        (endpoint,) = endpoints
    if endpoint is None or endpoint not in endpoints:
        raise ValueError(f"Name the endpoint; there are {', '.join(endpoints)}.")
    rules = endpoints[endpoint].rules
    event = CallEvent(
        provider="native",
        endpoint=rules.name,
        call_id="explained",
        kind=CallEventKind.NEW,
        at=at,
        presented=number,
    )
    claim, _ = identify(event, rules)
    listings = writer.submit(lambda tx: tx.listings(claim)).result()
    found = explain_call(event, rules, listings, at)
    return NumberExplanation(
        endpoint=found.endpoint,
        read_as=say_caller(found.read),
        claim=found.judged.claim,
        checks=found.judged.evidence.checks,
        listings=found.listings,
        decision=found.judged.decision,
        answer=found.answer,
    )
