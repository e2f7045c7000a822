"""The forms that change a ticket. What is legal is said by the life cycle; here a form becomes an order."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.console.filters import read_id
from channels.web.console.orders import Command, Outcome, Wish, carry_out
from channels.web.visitors import PageMissingError, StaffVisit
from intake import desk
from intake.assignment import assign
from intake.conversation.merging import Merge, Split, link, merge, separate, split, unlink
from intake.desk import Order, Step
from intake.ports import Transaction
from intake.service import Work
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import Ticket
from intake.work import note_work, withdraw_work

_LONGEST = 100_000
_LONGEST_LINE = 255
_MOST_MINUTES = 24 * 60


async def move(visit: StaffVisit, form: FormData) -> Response:
    """To another status. RULE evaluation"""
    status = str(form.get("status", ""))
    if status not in set(Status):
        raise PageMissingError
    step = Step(
        status=Status(status),
        words=text_of(form, "words"),
        solution=text_of(form, "solution"),
        evaluation=_flags(form),
        accepted_by=line_of(form, "accepted_by"),
    )
    wish = _wish(visit, form, partial(_move, step=step), "moved", f"status-{status}")
    if step.status is Status.MORE_INFO and not step.words:
        # The customer would be reminded of whatever was said last, and not know what we wait for.
        wish = replace(wish, problems=(f"{visit.t['tk_question']}: {visit.t['needed']}", *wish.problems))
    return await carry_out(visit, form, wish)


async def categorize(visit: StaffVisit, form: FormData) -> Response:
    """To another category."""
    category = str(form.get("category", ""))
    if category not in set(Category):
        raise PageMissingError
    command = partial(_recategorize, category=Category(category))
    return await carry_out(visit, form, _wish(visit, form, command, "categorized", "category"))


async def hand_over(visit: StaffVisit, form: FormData) -> Response:
    """Into somebody's hands: whoever is chosen, the visitor's own, or nobody's."""
    chosen = str(form.get("assignee", ""))
    assignee = visit.user.id if form.get("do") == "take" else read_id(chosen)
    return await carry_out(
        visit, form, _wish(visit, form, partial(_assign, assignee_id=assignee), "assigned", "assignee")
    )


async def offer(visit: StaffVisit, form: FormData) -> Response:
    """An offer for a change, and what the customer said to it. RULE change-offer"""
    by, number, text = line_of(form, "accepted_by"), line_of(form, "order_number"), text_of(form, "offer")
    commands: dict[str, Command] = {
        "make": lambda tx, order: desk.make_offer(tx, order, text),
        "accept": lambda tx, order: desk.accept_offer(tx, order, accepted_by=by, order_number=number),
        "decline": lambda tx, order: desk.decline_offer(tx, order, declined_by=by),
    }
    command = commands.get(str(form.get("do", "")))
    if command is None:
        raise PageMissingError
    return await carry_out(visit, form, _wish(visit, form, command, "offer", "offer"))


async def fix(visit: StaffVisit, form: FormData) -> Response:
    """A temporary fix, or that it does not hold. RULE fix-time"""
    commands: dict[str, Command] = {"record": desk.record_temporary_fix, "withdraw": desk.withdraw_temporary_fix}
    command = commands.get(str(form.get("do", "")))
    if command is None:
        raise PageMissingError
    return await carry_out(visit, form, _wish(visit, form, command, "fix", "fix"))


async def add_work(visit: StaffVisit, form: FormData) -> Response:
    """Note work on the ticket. RULE service-hours"""
    flag, minutes = str(form.get("flag", "")), read_id(str(form.get("minutes", "")).strip()) or 0
    if flag not in set(Evaluation):
        raise PageMissingError
    ago = read_id(str(form.get("ago", "")).strip()) or 0
    # Beyond a day it is a slip of the hand; the desk refuses it with its own words.
    at = visit.site.services.clock() - timedelta(hours=min(ago, 24 * 366))
    work = Work(at=at, minutes=min(minutes, 10 * _MOST_MINUTES), flag=Evaluation(flag), note=line_of(form, "note"))
    return await carry_out(visit, form, _wish(visit, form, partial(note_work, work=work), "work", "work"))


async def drop_work(visit: StaffVisit, form: FormData) -> Response:
    """Take a time entry back."""
    entry_id = read_id(str(visit.request.path_params["entry_id"]))
    if entry_id is None:
        raise PageMissingError
    command = partial(withdraw_work, entry_id=entry_id)
    return await carry_out(visit, form, _wish(visit, form, command, "work_withdrawn", "work"))


async def merge_into(visit: StaffVisit, form: FormData) -> Response:
    """Close as a duplicate of another ticket, or take that back."""
    if form.get("do") == "separate":
        return await carry_out(visit, form, _wish(visit, form, separate, "separated", "merge"))
    command = partial(merge, wanted=read_merge(form))
    return await carry_out(visit, form, _wish(visit, form, command, "merged", "merge"))


def read_merge(form: FormData) -> Merge:
    """Which ticket is meant by a form, and what is said with it; 0 for none."""
    return Merge(into=_other(form), evaluation=_flags(form), solution=text_of(form, "solution")[:_LONGEST])


async def split_off(visit: StaffVisit, form: FormData) -> Response:
    """Make a ticket of its own out of something the customer said."""
    comment_id, category = read_id(str(form.get("comment", ""))), str(form.get("category", ""))
    if comment_id is None:
        raise PageMissingError
    subject = line_of(form, "subject")
    wanted = Split(
        comment_id=comment_id, subject=subject, category=Category(category) if category in set(Category) else None
    )
    missing = () if subject else (f"{visit.t['subject']}: {visit.t['needed']}",)
    wish = Wish(
        command=partial(split, wanted=wanted),
        notice="split",
        name=f"split-{comment_id}",
        problems=(*missing, *_too_long(visit, form)),
        to=_to_ticket,
    )
    return await carry_out(visit, form, wish)


async def connect(visit: StaffVisit, form: FormData) -> Response:
    """Link another ticket, or take a link back."""
    command = unlink if form.get("do") == "unlink" else link
    return await carry_out(visit, form, _wish(visit, form, partial(command, other=_other(form)), "linked", "link"))


def text_of(form: FormData, name: str) -> str:
    """What was typed into a large field."""
    return str(form.get(name, "")).replace("\r\n", "\n").replace("\0", "").strip()


def line_of(form: FormData, name: str) -> str:
    """What was typed into a field of one line."""
    value = str(form.get(name, ""))
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def _wish(visit: StaffVisit, form: FormData, command: Command, notice: str, name: str) -> Wish:
    return Wish(command=command, notice=notice, name=name, problems=_too_long(visit, form))


def _too_long(visit: StaffVisit, form: FormData) -> tuple[str, ...]:
    large = {"words", "solution", "offer"}
    for name, value in form.multi_items():
        most = _LONGEST if name in large else _LONGEST_LINE
        if isinstance(value, str) and len(value) > most:
            return (visit.t["too_long"].format(count=most),)
    return ()


def _flags(form: FormData) -> frozenset[Evaluation]:
    return frozenset(Evaluation(each) for each in form.getlist("evaluation") if each in set(Evaluation))


def _other(form: FormData) -> int:
    # No ticket has the number 0: the desk says that there is none.
    typed = str(form.get("older", "")).strip() or str(form.get("other", "")).strip()
    return read_id(typed.removeprefix("#")) or 0


def _to_ticket(result: Outcome) -> str:
    if not isinstance(result, Ticket):
        raise PageMissingError
    return f"/console/tickets/{result.number}"


def _move(tx: Transaction, order: Order, step: Step) -> Outcome:
    return desk.move(tx, order, step)


def _recategorize(tx: Transaction, order: Order, category: Category) -> Outcome:
    return desk.recategorize(tx, order, category)


def _assign(tx: Transaction, order: Order, assignee_id: int | None) -> Outcome:
    return assign(tx, order, assignee_id)
