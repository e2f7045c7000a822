"""The page docs/lifecycle.md, drawn from the transition table so that it cannot say anything else.

Owns the text only; `python -m intake.tickets.diagram` prints it, a test compares it with the page.
"""

import sys

from intake.terms import SLA_RUNS, STATUS_NAMES, Status
from intake.tickets.lifecycle import GUARDS, TRANSITIONS, Transition, describe_needs
from intake.tickets.model import ActorKind

_HEAD = """# The life of a ticket

Generated from `intake/tickets/lifecycle.py`; do not edit. Whatever is not in the table is refused, with a message that
says what is legal and what it needs. Automatic mail (auto-replies, bounces) never changes a status. An admin may do
what a technician may.

"""


def lifecycle_page() -> str:
    """The whole page as Markdown, ending in a newline."""
    return _HEAD + _diagram() + "\n" + _statuses() + "\n" + _transitions() + "\n" + _needs()


def _node(status: Status) -> str:
    return status.value.replace("-", "_")


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{STATUS_NAMES[status]}" as {_node(status)}' for status in Status]
    lines.append(f"    [*] --> {_node(Status.NEW)}")
    lines += [f"    {_node(row.source)} --> {_node(row.target)}" for row in TRANSITIONS]
    lines += [f"    {_node(Status.CLOSED)} --> [*]", "```"]
    return "\n".join(lines) + "\n"


def _statuses() -> str:
    lines = ["| status | the clocks run |", "|---|---|"]
    lines += [f"| {STATUS_NAMES[status]} | {'yes' if SLA_RUNS[status] else 'no'} |" for status in Status]
    return "\n".join(lines) + "\n"


def _actors(row: Transition) -> str:
    return ", ".join(kind.value for kind in ActorKind if kind in row.actors and kind is not ActorKind.ADMIN)


def _transitions() -> str:
    lines = ["| from | to | who | means | needs |", "|---|---|---|---|---|"]
    for row in TRANSITIONS:
        needs = ", ".join(need.value for need in row.needs) or "–"
        source, target = STATUS_NAMES[row.source], STATUS_NAMES[row.target]
        lines.append(f"| {source} | {target} | {_actors(row)} | {row.meaning} | {needs} |")
    return "\n".join(lines) + "\n"


def _needs() -> str:
    lines = ["| need | in words | refused as |", "|---|---|---|"]
    lines += [f"| {need} | {describe_needs((need,))} | `{guard.refusal}` |" for need, guard in GUARDS.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(lifecycle_page())
