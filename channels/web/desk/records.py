"""The audit trail: who changed what, when, through which channel."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from channels.web.entered import after_of
from channels.web.parts import Cell, Listing, Row, more_of
from channels.web.visitors import StaffVisit
from intake.queries import AuditLine, Window

_PAGE = 50
# What a row has for our own use only: other fields or the line itself say it.
_OURS = frozenset({"id", "digest", "address_key", "created_at"})
# What can be asked for; everything else that is written down is found among all.
_ENTITIES = (
    "customer", "contact", "address", "number", "number range", "provider", "contract", "maintenance", "access profile",
    "user", "token", "pin", "quarantine", "webhook", "mail-template", "category rule", "snippet", "site calendar",
)  # fmt: skip


async def show_audit(visit: StaffVisit) -> Response:
    """Changes of everything that is not a ticket, newest first."""
    asked = visit.request.query_params
    entity, entity_id = (
        asked.get("entity", "").replace("\0", "").strip()[:40],
        asked.get("entity_id", "").replace("\0", "").strip()[:40],
    )
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.audit, entity or None, entity_id or None, window)
    listing = Listing(
        columns=("desk_when", "desk_by", "desk_what_changed", "desk_change"),
        rows=tuple(_row(visit, line) for line in page.items),
        more=more_of(visit, page),
    )
    entities = [(each, visit.t[_key("entity", each)]) for each in _ENTITIES]
    return visit.show(
        "desk/audit.html",
        title=visit.t["desk_audit"],
        listing=listing,
        entity=entity,
        entity_id=entity_id,
        entities=entities if not entity or entity in _ENTITIES else [*entities, (entity, entity)],
    )


def _row(visit: StaffVisit, line: AuditLine) -> Row:
    return (
        Cell(text=visit.site.pages.when(line.at, visit.language)),
        Cell(
            text=line.actor.name,
            under=f"{_say(visit, 'actor', line.actor.kind)}, {visit.t[f'desk_channel_{line.actor.channel}']}",
        ),
        Cell(
            text=f"{_say(visit, 'entity', line.entity)} {line.entity_id}",
            href=f"/desk/audit?{urlencode({'entity': line.entity, 'entity_id': line.entity_id})}",
            under=_say(visit, "action", line.action),
        ),
        Cell(text=say_values(line.before, line.after)),
    )


def _say(visit: StaffVisit, what: str, value: str) -> str:
    return visit.t.get(_key(what, value), value)


def _key(what: str, value: str) -> str:
    return f"desk_{what}_{value.replace('-', '_').replace(' ', '_')}"


def say_values(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    """What was before and what is after, field by field; of what is new or gone, all of it."""
    before, after = was or {}, now or {}
    names = [name for name in {**before, **after} if name not in _OURS and before.get(name) != after.get(name)]
    if not before or not after:
        return ", ".join(f"{name}: {_value((after or before).get(name))}" for name in names) or "–"
    return ", ".join(f"{name}: {_value(before.get(name))} → {_value(after.get(name))}" for name in names) or "–"


def _value(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"
