"""What a channel can show for a claim. Checks report; `authz.policy` acts."""

from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """The kinds of check, strongest first within each channel."""

    # mail
    REPLY_ADDRESS = "reply-address"  # our own HMAC-signed address
    SUBMISSION = "submission"  # SMTP AUTH by that contact over TLS
    DKIM = "dkim"
    SPF = "spf"
    RELAY = "relay"  # Authentication-Results of a configured authserv-id
    ARC = "arc"  # an allow-listed sealer
    DMARC = "dmarc"  # recorded; alignment is already in DKIM and SPF
    FORWARDED = "forwarded"  # a technician's word, whose own mail was proved
    SCAN = "scan"  # for viruses; says nothing of the author
    ARCHIVE = "archive"  # an operator's word about old mail
    SMIME = "smime"  # recorded only
    PGP = "pgp"  # recorded only
    # phone
    ASSERTED = "asserted"  # by an authenticated PBX inside its trust domain
    ATTESTATION = "attestation"  # STIR/SHAKEN
    PRESENTED = "presented"
    PIN = "pin"
    CALL_BACK = "call-back"
    # web
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the name of a proof


class Outcome(StrEnum):
    """RFC 8601 §2.7 result words, for every kind of check."""

    PASS = "pass"  # noqa: S105 - a result word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    POLICY = "policy"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and what it found.

    binds: True when a pass speaks for the *claimed identity* (aligned with the author's domain, by that contact …),
    not only for whoever handled the request on the way.
    detail: one sentence an admin understands, naming the domain or reason.
    """

    proof: Proof
    outcome: Outcome
    binds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All checks made for one claim."""

    checks: tuple[Check, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether any check proves the claimed identity."""
        return any(check.binds and check.outcome is Outcome.PASS for check in self.checks)

    @property
    def temporary(self) -> bool:
        """Whether a check that could still prove the identity failed only for now."""
        return any(check.binds and check.outcome is Outcome.TEMPERROR for check in self.checks)

    def outcome_of(self, proof: Proof) -> Outcome | None:
        """The outcome of the first check of that kind, or None when it was not made."""
        return next((check.outcome for check in self.checks if check.proof is proof), None)
