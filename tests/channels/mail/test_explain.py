"""A dry run says what would become of a mail, changes nothing, and agrees with what happens in earnest."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select

from authz.decision import Reason, Verdict
from authz.evidence import Outcome, Proof
from authz.mail.dns import Resolver, StaticDns
from channels.mail.explain import MailExplainer
from channels.mail.signer import MailSigner
from config.settings import MailSettings
from intake.app import mail_options
from intake.explain import Explanation, MailFacts
from store import tables as t
from tests.authz.mail.mails import AT, MAIL, dns_with_key, sign
from tests.authz.mail.zones import SuiteDns
from tests.store.world import World, world

JANA = MAIL.replace(b"jan@firma.cz", b"jana@acme.example")
ZONE = {
    "acme.example": {"TXT": (b"v=spf1 ip4:192.0.2.1 -all", b"something else")},
    "_dmarc.acme.example": {"TXT": (b"v=DMARC1; p=reject; adkim=s",)},
}
SETTINGS = MailSettings.model_validate(
    {"addresses": ["helpdesk@desk.example"], "policies": {"open@desk.example": {"policy": "address-only"}}}
)


@dataclass(frozen=True)
class Lab:
    """A world and an explainer over it."""

    world: World

    def explainer(self, dns: Resolver) -> MailExplainer:
        signer = MailSigner([b"a secret of thirty-two octets....."], "helpdesk@desk.example")
        return MailExplainer(self.world.writer, dns, signer, mail_options(SETTINGS), "helpdesk@desk.example")

    def mail(self, octets: bytes, dns: Resolver | None = None, **facts: str) -> Explanation:
        return self.explainer(dns or StaticDns(ZONE)).explain_mail(octets, MailFacts(at=AT, **facts))

    def rows(self) -> int:
        with self.world.engine.connect() as connection:
            return sum(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (t.ledger, t.tickets, t.quarantine, t.outbox)
            )


@pytest.fixture
def lab(engine: Engine, database_url: str) -> Iterator[Lab]:
    with world(database_url) as made:
        yield Lab(made)


def outcome(found: Explanation, proof: Proof) -> tuple[Outcome, bool]:
    check = next(check for check in found.checks if check.proof is proof)
    return check.outcome, check.binds


def test_a_proved_mail_gets_in_and_every_check_was_made(lab: Lab) -> None:
    dns = dns_with_key("acme.example", more=ZONE)
    found = lab.mail(sign(JANA, "acme.example"), dns, client_ip="192.0.2.1", reverse_path="jana@acme.example")
    assert (found.decision.verdict, found.advice()) == (Verdict.ACCEPT, ())
    assert outcome(found, Proof.DKIM) == outcome(found, Proof.SPF) == (Outcome.PASS, True)
    assert outcome(found, Proof.DMARC)[0] is Outcome.PASS
    assert found.place == "it opens a new ticket, category C – Other, by the contract's default"
    assert lab.rows() == 0


def test_a_signature_by_somebody_else_is_told_from_the_authors(lab: Lab) -> None:
    found = lab.mail(sign(JANA, "mailer.example"), dns_with_key("mailer.example"))
    assert found.decision.reason is Reason.AUTHOR_UNVERIFIED
    lines = "\n".join(found.lines())
    assert "signed by mailer.example" in lines
    assert "which is not the author's domain acme.example" in lines
    assert "To get in: Whoever sends for acme.example must sign with a key of acme.example" in lines
    assert lab.rows() == 0


def test_an_unlisted_author_is_told_to_be_listed(lab: Lab) -> None:
    found = lab.mail(sign(), dns_with_key())
    assert found.decision.reason is Reason.AUTHOR_UNKNOWN
    assert "Listed: on no list" in found.lines()
    assert found.advice()[0] == "Add jan@firma.cz to the addresses of a contact."


def test_the_policy_of_the_address_it_is_for_counts(lab: Lab) -> None:
    assert lab.mail(JANA).decision.verdict is Verdict.HOLD
    assert lab.mail(JANA, account="open+x@desk.example").decision.verdict is Verdict.ACCEPT


def test_a_silent_dns_is_a_temporary_answer(lab: Lab) -> None:
    found = lab.mail(sign(JANA, "acme.example"), SuiteDns({}, [("sel._domainkey.acme.example", "TXT")]))
    assert found.decision.verdict is Verdict.RETRY
    assert "Nothing has to change" in found.advice()[0]


def test_what_nobody_can_read_is_explained_too(lab: Lab) -> None:
    found = lab.mail(b"\0\0\0")
    assert found.decision.reason is Reason.AUTHOR_AMBIGUOUS
    assert found.lines()


def test_an_address_is_explained_by_the_lists_and_what_its_domain_publishes(lab: Lab) -> None:
    found = lab.explainer(StaticDns(ZONE)).explain_address("Jana@ACME.example", AT)
    assert found.decision.verdict is Verdict.ACCEPT
    lines = "\n".join(found.lines())
    assert "Listed: Jana Nováková of Acme (exact)" in lines
    assert "allows proves the author: v=spf1 ip4:192.0.2.1 -all" in lines
    assert "acme.example asks for p=reject; DKIM must name exactly acme.example" in lines
    assert "can only be seen in a message" in lines


def test_an_address_of_a_deactivated_contact_says_so(lab: Lab) -> None:
    with lab.world.engine.begin() as connection:
        connection.execute(t.contacts.update().values(active=False))
    found = lab.explainer(StaticDns({})).explain_address("jana@acme.example", AT)
    assert found.decision.reason is Reason.CONTACT_INACTIVE
    assert "contact not active" in "\n".join(found.lines())
    assert found.advice() == ("Activate the contact.",)


def test_what_is_no_address_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        lab.explainer(StaticDns({})).explain_address("jana", AT)
