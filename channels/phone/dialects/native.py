"""Our own dialect: JSON, form or multipart in, one line of JSON or `k=v&k=v` out. docs/phone/native.md

It is what the PBX samples we ship speak, and the one to choose for a script of one's own.
"""

from datetime import UTC, datetime
from urllib.parse import quote

from authz.phone.number import CZECH
from channels.phone.dialects.base import answer_json, one_line, pin_prompt, refuse_with_json
from channels.phone.dialects.fields import Fields, read_fields, seconds
from channels.phone.event import Action, CallDecision, CallEvent, CallEventKind, Cause, Direction
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

_KINDS = {kind.value: kind for kind in CallEventKind}
_CAUSES = {cause.value: cause for cause in Cause if cause is not Cause.UNREPORTED}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_SINGLE = ("event", "call_id", "from", "asserted", "to", "direction", "at", "leg", "privacy", "verstat", "passport")


class Native:
    """`event` is new, answered, ended, recording, voicemail or dtmf."""

    name = "native"
    number_rules = CZECH
    asks_pin = True

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """A Standard Webhooks signature, Basic, bearer or a URL token."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """One event a request. The fields are those of `CallEvent`; `from` is the presented caller ID."""
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="events are posted")
        fields = read_fields(request)
        if isinstance(fields, Refusal):
            return fields
        refusal = fields.missing("event", "call_id") or fields.ambiguous(*_SINGLE)
        if refusal:
            return refusal
        event = native_event(self.name, request, fields, at)
        return event if isinstance(event, Refusal) else (event,)

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """JSON, or `k=v&k=v` when the request accepts text/plain and not JSON."""
        answer = native_answer(decision)
        if accepts_plain(request):
            return answer_plain(answer)
        return answer_json(answer)

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """An error in the form the request asked for."""
        if accepts_plain(request):
            return answer_plain({"action": "reject", "error": refusal.fault.value}, status=refusal.status)
        return refuse_with_json(refusal)


def native_event(provider: str, request: HookRequest, fields: Fields, at: datetime) -> CallEvent | Refusal:
    """Read an event from fields with our own names. at: used when the fields tell no time, aware UTC."""
    kind = _KINDS.get((fields.one("event") or "").lower())
    if kind is None:
        return Refusal(fault=Fault.EVENT_UNKNOWN, detail=f"event must be one of {', '.join(_KINDS)}")
    direction = _DIRECTIONS.get((fields.one("direction") or "in").lower())
    if direction is None:
        return Refusal(fault=Fault.EVENT_UNKNOWN, detail="direction must be in or out")
    told = fields.one("at")
    happened = at if told is None else read_time(told)
    if happened is None:
        return Refusal(fault=Fault.FIELD_MALFORMED, detail="at must be Unix seconds or ISO 8601 with an offset")
    cause = fields.one("cause")
    duration = fields.one("duration")
    return CallEvent(
        provider=provider,
        endpoint=request.endpoint,
        call_id=fields.one("call_id") or "",
        kind=kind,
        at=happened,
        leg=fields.one("leg"),
        presented=fields.raw("from"),
        asserted=fields.one("asserted"),
        privacy=(fields.one("privacy") or "").lower() in {"1", "yes", "true", "id", "full"},
        verstat=fields.one("verstat"),
        passport=fields.one("passport"),
        called_number=fields.one("to"),
        direction=direction,
        agents=fields.every("agents"),
        agent=fields.one("agent"),
        queue=fields.one("queue"),
        diverted_from=fields.one("diverted_from"),
        original_call_id=fields.one("original_call_id"),
        cause=None if cause is None else _CAUSES.get(cause.lower(), Cause.OTHER),
        cause_sent=cause,
        duration_s=seconds(duration),
        recording_url=fields.one("recording_url"),
        digits=fields.raw("digits"),
        event_id=fields.one("event_id"),
    )


def read_time(told: str) -> datetime | None:
    """A time as Unix seconds or ISO 8601 with an offset, in UTC; None when it is neither."""
    try:
        if told.replace(".", "", 1).isdigit() and told.isascii():
            return datetime.fromtimestamp(float(told), UTC)
        read = datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        return None
    if read.tzinfo is None:
        return None
    try:
        return read.astimezone(UTC)
    except OverflowError:
        return None


def native_answer(decision: CallDecision | None) -> dict[str, object]:
    """The answer's fields, names cleaned for displays and SIP headers. An acknowledgement has none."""
    if decision is None:
        return {}
    answer: dict[str, object] = {"action": decision.action.value, "reason": decision.reason.value}
    if decision.action is Action.REJECT:
        return {**answer, "as": decision.reject_as.value, "text": decision.public_text}
    if decision.action is Action.ASK_PIN:
        return {**answer, "with_contact": decision.pin_with_contact, "prompt": pin_prompt(decision)}
    optional: dict[str, object | None] = {
        "forward_to": decision.connects_to and one_line(decision.connects_to),
        "caller_id": decision.caller_id,
        "caller_name": one_line(decision.caller_name),
        "customer": one_line(decision.customer or ""),
        "contact": one_line(decision.contact or ""),
        "contacts": [one_line(name) for name in decision.contacts],
        "tickets": list(decision.open_tickets),
        "ticket_count": decision.open_ticket_count,
        "ticket_url": decision.ticket_url,
        "screen_url": decision.screen_url,
    }
    return answer | {name: value for name, value in optional.items() if value}


def accepts_plain(request: HookRequest) -> bool:
    """Whether the peer asked for text/plain and not for JSON as well."""
    accept = (request.header("accept") or "").lower()
    return "text/plain" in accept and "json" not in accept


def answer_plain(answer: dict[str, object], status: int = 200) -> HookResponse:
    """`k=v&k=v` on one line, percent-encoded, lists joined by commas: Asterisk's CURLOPT(hashcompat) reads it."""
    pairs = (
        (name, ",".join(str(item) for item in value) if isinstance(value, list) else str(value))
        for name, value in answer.items()
    )
    line = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    return HookResponse(status=status, content_type="text/plain; charset=utf-8", body=line.encode())
