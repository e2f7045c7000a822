"""Checks and decisions in words, for the people who look at what was refused or held, and what would let it in.

Owns the sentences. The facts come from the evidence and the decision; nothing is looked up or decided here.
"""

from collections.abc import Iterable

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Outcome, Proof
from authz.identity import Claim, IdentityKind
from authz.people.shared_domains import is_shared_domain

PROOF_NAMES: dict[Proof, str] = {
    Proof.REPLY_ADDRESS: "Our signed reply address",
    Proof.SUBMISSION: "Log-in of the sender (SMTP AUTH)",
    Proof.DKIM: "DKIM signature",
    Proof.SPF: "SPF, the sending host",
    Proof.RELAY: "Results of the trusted relay",
    Proof.ARC: "Results of a trusted forwarder (ARC)",
    Proof.DMARC: "DMARC, what the author's domain asks for",
    Proof.FORWARDED: "A technician's word",
    Proof.SCAN: "Virus scanner",
    Proof.ARCHIVE: "Imported from an archive",
    Proof.SMIME: "S/MIME signature",
    Proof.PGP: "PGP signature",
    Proof.ASSERTED: "Number asserted by the PBX",
    Proof.ATTESTATION: "Attestation of the number (STIR/SHAKEN)",
    Proof.PRESENTED: "Number shown by the caller",
    Proof.PIN: "PIN",
    Proof.CALL_BACK: "Call-back to the number",
    Proof.SESSION: "Log-in on the site",
    Proof.TOKEN: "API token",
}

_FOUND: dict[Outcome, str] = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.SOFTFAIL: "probably forged",
    Outcome.NEUTRAL: "says nothing",
    Outcome.NONE: "there is none",
    Outcome.POLICY: "not accepted",
    Outcome.TEMPERROR: "could not be checked now",
    Outcome.PERMERROR: "cannot be checked",
}

_VERDICTS: dict[Verdict, str] = {
    Verdict.ACCEPT: "It gets in",
    Verdict.HOLD: "It is held for a person to decide",
    Verdict.REJECT: "It is refused",
    Verdict.RETRY: "Its sender is asked to come again",
}

# What to do about a refusal that has nothing to do with proof. {shown}: who it claims to be from.
_ADVICE: dict[Reason, str] = {
    Reason.AUTHORIZED: "",
    Reason.RELEASED: "",
    Reason.DUPLICATE: "",
    Reason.DELIVERY_REPORT: "",
    Reason.IMPORTED: "",
    Reason.AUTHOR_AMBIGUOUS: "Send it with exactly one From field that holds exactly one plain address.",
    Reason.CHECK_TEMPORARY: "Nothing has to change: it is judged anew when it comes again, once the DNS answers.",
    Reason.CALLER_UNKNOWN: "Add {shown} to the numbers of a contact or of a customer.",
    Reason.CALLER_WITHHELD: "The caller must show the number.",
    Reason.CALLER_INTERNAL: "Only numbers of the public network are on the lists.",
    Reason.CALLER_UNPARSABLE: "The PBX must send the number in full; see the endpoint's region and prefix settings.",
    Reason.CALLER_NOT_GENUINE: "The call needs a better proof than the number shown, or the endpoint must trust it.",
    Reason.PIN_NEEDED: "The caller keys the PIN when asked; an admin can set one for the contact.",
    Reason.PIN_WRONG: "The caller keys the right PIN; an admin can set a new one for the contact.",
    Reason.PIN_LOCKED: "It opens again by itself; an admin can set a new PIN for the contact, which opens it at once.",
    Reason.OUTGOING_CALL: "Only incoming calls are requests.",
    Reason.LOGIN_UNKNOWN: "Give the contact a log-in, or set a new password.",
    Reason.CONTACT_INACTIVE: "Activate the contact.",
    Reason.CUSTOMER_INACTIVE: "Activate the customer.",
    Reason.NOT_YET_VALID: "Set an earlier beginning of the validity of the entry, the contact or the customer.",
    Reason.NO_LONGER_VALID: "Extend the validity of the entry, the contact or the customer.",
    Reason.CHANNEL_NOT_ALLOWED: "Allow the contact this channel.",
    Reason.CUSTOMER_AMBIGUOUS: "Leave {shown} with one customer only.",
    Reason.UNPARSABLE: "Look at the message as it came; release it if it is genuine.",
    Reason.AUTOMATIC: "A machine's answer opens no request; release it if a person should see it.",
    Reason.FORWARD_UNKNOWN: "Say whose request the forwarded message is, when you release it.",
    Reason.INFECTED: "Release it only if the finding is certainly wrong; its octets would be in the ticket.",
    Reason.NOT_SCANNED: "See that the virus scanner runs, or choose clamav.when_down.",
    Reason.FILE_REFUSED: "Send it without that file, or change the lists under attachments.",
    Reason.MAIL_LOOP: "Find who sends our mail back to us, or raise mail.max_hops.",
    Reason.TOO_LARGE: "Send it smaller, or raise mail.max_octets.",
}


def say_check(check: Check) -> str:
    """One check in a sentence: what was checked, what was found, whether it speaks for the author, and why."""
    found = _FOUND[check.outcome]
    if check.outcome is Outcome.PASS and not check.binds:
        found += ", but does not speak for the author"
    if check.outcome is Outcome.NONE and check.detail.startswith("not checked"):
        return f"{PROOF_NAMES[check.proof]}: {check.detail}"
    return f"{PROOF_NAMES[check.proof]} – {found}: {check.detail}"


def say_decision(decision: Decision) -> str:
    """The decision in a sentence, with the reason a peer is told."""
    return f"{_VERDICTS[decision.verdict]} ({decision.reason}): {decision.public_text}"


def advise(reason: Reason, claim: Claim, checks: Iterable[Check]) -> tuple[str, ...]:
    """What would have to change for it to get in, most useful first; nothing when it gets in."""
    if reason is Reason.AUTHOR_UNKNOWN:
        return _list_it(claim)
    if reason is Reason.AUTHOR_UNVERIFIED:
        return _prove_it(claim, tuple(checks))
    text = _ADVICE[reason].format(shown=claim.value or claim.shown)
    return (text,) if text else ()


def _list_it(claim: Claim) -> tuple[str, ...]:
    address = claim.value or claim.shown
    domain = address.rpartition("@")[2]
    advice = [f"Add {address} to the addresses of a contact."]
    if claim.kind is IdentityKind.ADDRESS and not is_shared_domain(domain):
        advice.append(f"If the whole of {domain} belongs to one customer, *@{domain} lets all its people in.")
    return tuple(advice)


def _prove_it(claim: Claim, checks: tuple[Check, ...]) -> tuple[str, ...]:
    domain = (claim.value or "").rpartition("@")[2]
    advice: list[str] = []
    dkim = [check for check in checks if check.proof is Proof.DKIM]
    if any(check.outcome is Outcome.FAIL and check.binds for check in dkim):
        advice.append(
            "Something changes the message after it was signed: send it without that detour, or trust the relay that "
            "checked it before (mail.authserv_ids) or the forwarder's seal (mail.arc_sealers)."
        )
    elif any(check.outcome is Outcome.POLICY and check.binds for check in dkim):
        advice.append(f"{domain} must sign in an acceptable way; the check above says what is wrong.")
    elif any(check.outcome is Outcome.PERMERROR and check.binds for check in dkim):
        advice.append(f"{domain} must mend its signature or the key it publishes; the check above says what is wrong.")
    elif any(check.outcome is Outcome.PASS for check in dkim):
        advice.append(f"Whoever sends for {domain} must sign with a key of {domain} (d={domain}), not of its own.")
    else:
        advice.append(f"{domain} must sign its mail with DKIM (d={domain}).")
    spf = next((check for check in checks if check.proof is Proof.SPF), None)
    if spf is not None and spf.outcome is Outcome.PASS:
        advice.append(f"Or the envelope sender must be of {domain}, so that SPF speaks for the author.")
    elif spf is not None and not spf.detail.startswith("not checked"):
        advice.append(f"Or {domain} must list the sending host in its SPF record.")
    advice.append(
        "Until then: the contact may answer by our reply address or hand mail in with a log-in, and a person may "
        "release what is held."
    )
    return tuple(advice)
