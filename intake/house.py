"""What the operator laid down for every request, whatever way it comes. Data only."""

from dataclasses import dataclass, field

from intake.files.policy import FilePolicy
from intake.tickets.categorize import CategoryRule


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """standing: rules for categories, beside those the admins keep. files: which files are given out."""

    standing: tuple[CategoryRule, ...] = ()
    files: FilePolicy = field(default_factory=FilePolicy)
