"""Cisco CUCM external call control (CURRI): XACML in, Permit or Deny out. docs/phone/cisco.md

CUCM asks once per call, gives no call id and never reports the end. HEAD requests are its keep-alives.
Source: Cisco Unified Routing Rules Interface developer guide; OASIS XACML 2.0 §6.
"""

from datetime import datetime
from html import escape
from xml.parsers import expat

from authz.phone.number import CZECH
from channels.phone.dialects.fields import LARGEST_BODY
from channels.phone.event import CallDecision, CallEvent, CallEventKind
from channels.phone.hook import EndpointSecrets, Fault, HookRequest, HookResponse, Refusal
from channels.phone.signature import check_any

_CALLING = "urn:cisco:uc:1.0:callingnumber"
_CALLED = "urn:cisco:uc:1.0:callednumber"
_GLOBAL_CALLING = "urn:cisco:uc:1.0:transformedcgpn"
_MOST_ATTRIBUTES = 100


class Cisco:
    """The transformed calling number is taken when CUCM has globalized it to +E.164."""

    name = "cisco"
    number_rules = CZECH
    asks_pin = False

    def authenticate(self, request: HookRequest, secrets: EndpointSecrets, at: datetime) -> Refusal | None:
        """A token in the URL, or Basic; keep-alives carry the same URL."""
        return check_any(request, secrets, at)

    def read(self, request: HookRequest, at: datetime) -> tuple[CallEvent, ...] | Refusal:
        """A new call; none for a keep-alive."""
        if request.method == "HEAD":
            return ()
        if request.method != "POST":
            return Refusal(fault=Fault.METHOD_WRONG, detail="routing requests are posted")
        attributes = read_xacml(request.body)
        if isinstance(attributes, Refusal):
            return attributes
        calling, transformed = attributes.get(_CALLING), attributes.get(_GLOBAL_CALLING)
        if calling is None and transformed is None:
            return Refusal(fault=Fault.FIELD_MISSING, detail="the request names no calling number")
        presented = transformed if transformed and transformed.startswith("+") else calling or transformed or ""
        return (
            CallEvent(
                provider=self.name,
                endpoint=request.endpoint,
                call_id=presented or "withheld",
                call_id_reused=True,
                kind=CallEventKind.NEW,
                at=at,
                lookup=True,
                presented=presented,
                called_number=attributes.get(_CALLED),
            ),
        )

    def render(self, decision: CallDecision | None, event: CallEvent | None, request: HookRequest) -> HookResponse:
        """Permit with `<continue>` or `<divert>`, Deny with `<reject>`; the obligation is escaped text."""
        if event is None:
            return HookResponse(status=200, content_type="text/xml; charset=utf-8", body=b"")
        if decision is None:
            return _answer("Deny", "reject.simple", "<reject></reject>")
        if decision.connects_to:
            number = escape(decision.connects_to)
            divert = f"<divert><destination>{number}</destination></divert>"
            return _answer("Permit", "divert.simple", divert)
        if not decision.allowed:
            return _answer("Deny", "reject.simple", "<reject></reject>")
        return _answer("Permit", "continue.simple", "<continue></continue>")

    def refuse(self, refusal: Refusal, request: HookRequest) -> HookResponse:
        """CUCM goes by "call treatment on failure" for any status but 200, so the body alone can deny."""
        denied = _answer("Deny", "reject.simple", "<reject></reject>")
        return HookResponse(status=refusal.status, content_type=denied.content_type, body=denied.body)


def read_xacml(body: bytes) -> dict[str, str] | Refusal:
    """The attributes of an XACML request by lower-case AttributeId. No DTD, so no entity, is taken.

    Of an attribute that is repeated with another value, none is: the claim must be unambiguous.
    """
    unreadable = Refusal(fault=Fault.BODY_UNREADABLE, detail="the body is not an XACML request without a DTD")
    if len(body) > LARGEST_BODY:
        return unreadable
    reader = _Xacml()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return unreadable
    return {name: values.pop() for name, values in reader.found.items() if len(values) == 1}


class _Xacml:
    """Collects attribute values from the parser's callbacks."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = {}
        self._attribute: str | None = None  # the AttributeId we are in
        self._text: list[str] | None = None  # of the AttributeValue we are in
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(":")[2].lower()
        if element == "attribute":
            ids = [value for key, value in attributes.items() if key.lower() == "attributeid"]
            self._attribute = ids[0].lower() if len(ids) == 1 else None
        elif element == "attributevalue":
            self._text = []

    def _end(self, name: str) -> None:
        element = name.rpartition(":")[2].lower()
        if element == "attribute":
            self._attribute = None
        elif element == "attributevalue" and self._text is not None:
            if self._attribute and len(self.found) < _MOST_ATTRIBUTES:
                self.found.setdefault(self._attribute, set()).add("".join(self._text).strip())
            self._text = None

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type declaration")


def _answer(verdict: str, obligation: str, cixml: str) -> HookResponse:
    escaped = escape(f'<cixml ver="1.0">{cixml}</cixml>', quote=False)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Result>'
        f"<Decision>{verdict}</Decision>"
        f'<Obligations><Obligation FulfillOn="{verdict}" ObligationId="{obligation}">'
        f'<AttributeAssignment AttributeId="Policy:{obligation}">'
        f'<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{escaped}</AttributeValue>'
        "</AttributeAssignment></Obligation></Obligations></Result></Response>"
    )
    return HookResponse(status=200, content_type="text/xml; charset=utf-8", body=text.encode())
