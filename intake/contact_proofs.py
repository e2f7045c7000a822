"""The proofs of a request that only the stored rows can judge: whose ticket was answered, whose log-in was used.

Owns the look-ups; whether they speak for the author is `authz.mail.contact_proof`. Runs inside the transaction that
files the request, so that what was proved is what is decided on.
"""

from collections.abc import Sequence

from authz.evidence import Check, Evidence
from authz.identity import Listing
from authz.mail.contact_proof import judge_login, judge_reply
from authz.policy import Rules
from intake.ports import Signer, Transaction
from intake.submission import Submission


def add_contact_proofs(
    tx: Transaction,
    evidence: Evidence,
    listings: Sequence[Listing],
    *,
    submission: Submission | None,
    login: str | None,
    rules: Rules,
    signer: Signer,
) -> Evidence:
    """Return the evidence with what proves the contact, strongest first; the same when there is nothing.

    login: see `intake.receive.Inbound`. Looks nothing up for an author who is not listed or already proved.
    """
    if not listings or evidence.verified:
        return evidence
    checks = []
    if rules.reply_address_proves and submission is not None:
        checks += _reply(tx, submission, listings, signer)
    if login is not None:
        account = tx.people.login_account(login)
        checks.append(judge_login(login, account.contact_id if account is not None else None, listings))
    return Evidence((*checks, *evidence.checks)) if checks else evidence


def _reply(tx: Transaction, submission: Submission, listings: Sequence[Listing], signer: Signer) -> list[Check]:
    ticket_id = signer.replied_ticket(submission)
    ticket = tx.ticket(ticket_id) if ticket_id is not None else None
    return [judge_reply(ticket.number, ticket.contact_id, listings)] if ticket is not None else []
