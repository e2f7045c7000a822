"""The service's words: categories, statuses and evaluation flags, as published. Data only."""

from enum import StrEnum


class Category(StrEnum):
    """What a task is assigned to. RULE category-a, category-b, category-c, category-change."""

    A = "A"
    B = "B"
    C = "C"
    CHANGE = "change"


class Status(StrEnum):
    """RULE status-new, status-in-progress, status-more-info, status-postponed, status-to-verify, status-closed."""

    NEW = "new"
    IN_PROGRESS = "in-progress"
    MORE_INFO = "more-info"
    POSTPONED = "postponed"
    TO_VERIFY = "to-verify"
    CLOSED = "closed"


class Evaluation(StrEnum):
    """Flags set when a task is closed. RULE evaluation."""

    UCS_FAULT = "ucs-fault"
    FAULT_ELSEWHERE = "fault-elsewhere"
    CHANGE_SETTINGS = "change-settings"
    NEW_FUNCTIONALITY = "new-functionality"
    CONSULTATION = "consultation"
    MISTAKE = "mistake"


CATEGORY_NAMES: dict[Category, str] = {
    Category.A: "A – Critical",
    Category.B: "B – Restrictive",
    Category.C: "C – Other",
    Category.CHANGE: "Change request",
}

STATUS_NAMES: dict[Status, str] = {
    Status.NEW: "New",
    Status.IN_PROGRESS: "In progress",
    Status.MORE_INFO: "More info",
    Status.POSTPONED: "Postponed",
    Status.TO_VERIFY: "To verify",
    Status.CLOSED: "Closed",
}

# Whether the clocks of the service level run while a ticket is in this status.
# RULE status-new, status-in-progress, status-more-info, status-postponed, status-to-verify, status-closed
SLA_RUNS: dict[Status, bool] = {
    Status.NEW: True,
    Status.IN_PROGRESS: True,
    Status.MORE_INFO: False,
    Status.POSTPONED: False,
    Status.TO_VERIFY: False,
    Status.CLOSED: False,
}
