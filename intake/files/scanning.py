"""Looking for viruses before anything is filed. The port, and what is made of what was found.

A virus never gets in by itself: an accepted request that has one waits for a person. What happens while nobody can
look is the operator's choice; by default the peer is asked to come again, so that nothing is taken unseen and nothing
is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Outcome, Proof


class ScanState(StrEnum):
    """What a look found."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A look at some octets. detail: the name of what was found, or why nobody could look."""

    state: ScanState
    detail: str = ""

    def check(self) -> Check:
        """The same as a line of evidence; it never speaks for an author."""
        outcome, said = {
            ScanState.CLEAN: (Outcome.PASS, "nothing found"),
            ScanState.INFECTED: (Outcome.FAIL, f"found {self.detail}"),
            ScanState.UNAVAILABLE: (Outcome.TEMPERROR, f"not looked at: {self.detail}"),
        }[self.state]
        return Check(proof=Proof.SCAN, outcome=outcome, binds=False, detail=said)


class WhenDown(StrEnum):
    """The answer while the scanner cannot look."""

    RETRY = "retry"
    HOLD = "hold"
    ACCEPT = "accept"


class Scanner(Protocol):
    """Looks for viruses."""

    @property
    def when_down(self) -> WhenDown: ...

    async def scan(self, parts: Sequence[bytes]) -> Scan:
        """Look at everything; the worst finding counts. Never raises."""
        ...


def object_to(scan: Scan, when_down: WhenDown) -> Decision | None:
    """What a scan says against a request that would get in; None when nothing."""
    match scan.state:
        case ScanState.INFECTED:
            return Decision(verdict=Verdict.HOLD, reason=Reason.INFECTED, detail=f"the scanner found {scan.detail}")
        case ScanState.UNAVAILABLE if when_down is not WhenDown.ACCEPT:
            verdict = Verdict.HOLD if when_down is WhenDown.HOLD else Verdict.RETRY
            return Decision(verdict=verdict, reason=Reason.NOT_SCANNED, detail=f"nobody looked at it: {scan.detail}")
        case _:
            return None
