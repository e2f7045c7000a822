"""3CX with the template we ship: a look-up when it rings, a report when it is over. docs/phone/3cx.md

3CX asks a CRM who is calling, not whether the call may come in: nothing here can reject a call. Its reports carry no
call id, so calls are told apart by number and time.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from authz.phone.number import CZECH
from channels.phone.dialects.base import answer_json, one_line, refuse_with_json
from channels.phone.dialects.fields import Fields, read_fields, seconds
from channels.phone.dialects.native import read_time
from channels.phone.event import CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

# [CallType] of the template: how the call went.
_COURSES: Mapping[str, tuple[Direction, bool]] = MappingProxyType(
    {
        "inbound": (Direction.INBOUND, True),
        "missed": (Direction.INBOUND, False),
        "outbound": (Direction.OUTBOUND, True),
        "notanswered": (Direction.OUTBOUND, False),
    }
)


class ThreeCx:
    """GET looks a number up; POST reports a call that is over."""

    name = "3cx"
    number_rules = CZECH
    asks_pin = False

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """The template's bearer token."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """A look-up is a new call that may not be one; a report is the whole course of a call."""
        fields = Fields(request.query) if request.method == "GET" else read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.ambiguous("number", "direction", "call_type", "agent", "start", "end")
        if refusal:
            return refusal
        number = fields.raw("number")
        if number is None:
            return Refusal(fault=Fault.FIELD_MISSING, detail="number is missing")
        if request.method == "GET":
            outbound = (fields.one("direction") or "").lower().startswith("out")
            direction = Direction.OUTBOUND if outbound else Direction.INBOUND
            return (self._event(request, number, CallEventKind.NEW, at, direction, lookup=True),)
        return self._read_report(request, fields, number, at)

    def _read_report(
        self, request: HookRequest, fields: Fields, number: str, at: datetime
    ) -> tuple[CallEvent, ...] | Refusal:
        course = _COURSES.get((fields.one("call_type") or "").lower())
        if course is None:
            return Refusal(fault=Fault.EVENT_UNKNOWN, detail=f"call_type must be one of {', '.join(_COURSES)}")
        direction, answered = course
        began = read_time(fields.one("start") or "") or at
        ended = read_time(fields.one("end") or "") or at
        agent = fields.one("agent")
        new = self._event(request, number, CallEventKind.NEW, began, direction)
        cause = Cause.NORMAL if answered else Cause.NO_ANSWER
        end = self._event(
            request,
            number,
            CallEventKind.ENDED,
            ended,
            direction,
            cause=cause,
            duration_s=seconds(fields.one("duration")),
            queue=fields.one("queue"),
        )
        if not answered:
            return new, end
        return new, self._event(request, number, CallEventKind.ANSWERED, began, direction, agent=agent), end

    def _event(
        self,
        request: HookRequest,
        number: str,
        kind: CallEventKind,
        at: datetime,
        direction: Direction,
        *,
        lookup: bool = False,
        agent: str | None = None,
        cause: Cause | None = None,
        duration_s: int | None = None,
        queue: str | None = None,
    ) -> CallEvent:
        return CallEvent(
            provider=self.name,
            endpoint=request.endpoint,
            call_id=number.strip() or "withheld",
            call_id_reused=True,
            kind=kind,
            at=at,
            lookup=lookup,
            presented=number,
            direction=direction,
            agent=agent,
            cause=cause,
            duration_s=duration_s,
            queue=queue,
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """One contact, or none for whoever is not authorized: the telephone then shows the bare number."""
        if decision is None or not decision.allowed or decision.caller_id is None:
            return answer_json({"contacts": []})
        contact = {
            "id": decision.caller_id,
            "firstname": "",
            "lastname": one_line(decision.contact or " / ".join(decision.contacts) or decision.customer or ""),
            "company": one_line(decision.customer or ""),
            "number": decision.caller_id,
            "url": decision.screen_url or decision.ticket_url or "",
        }
        return answer_json({"contacts": [contact]})

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """3CX shows the status in its test page."""
        return refuse_with_json(refusal)
