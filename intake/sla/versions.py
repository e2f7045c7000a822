"""Which of several contracts counts when: of those in force at a moment, the one that began last.

Owns the one reading of overlapping validities. The result is a `Contract`, whose versions follow each other.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from intake.sla.contract import Contract, ContractVersion


def one_contract(agreed: Iterable[ContractVersion]) -> Contract:
    """Join everything that was agreed with a customer. Of two that begin together, the later in `agreed` counts."""
    ranked = sorted(agreed, key=lambda version: version.valid_from)
    ends = {version.valid_until for version in ranked if version.valid_until is not None}
    cuts = sorted(ends.union(version.valid_from for version in ranked))
    pieces: list[ContractVersion] = []
    for start, end in zip_longest(cuts, cuts[1:]):
        in_force = [
            version
            for version in ranked
            if version.valid_from <= start and (version.valid_until is None or version.valid_until > start)
        ]
        if not in_force:
            continue
        terms = in_force[-1].terms
        if pieces and pieces[-1].terms is terms and pieces[-1].valid_until == start:
            pieces[-1] = replace(pieces[-1], valid_until=end)
        else:
            pieces.append(ContractVersion(valid_from=start, terms=terms, valid_until=end))
    return Contract(versions=tuple(pieces))
