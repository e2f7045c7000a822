"""What the author's domain asks receivers to do, and whether the message meets it. RFC 9989.

Owns the record, the tree walk and the evaluation. Passes are what alignment says they are; nothing is decided here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from authz.evidence import Outcome
from authz.mail.dns import DnsTemporaryError, Resolver

# RFC 9989 §4.10: after the first question the walk continues with this many labels of a longer name, which makes
# eight questions at most.
_KEPT_LABELS = 7
_POLICIES = frozenset(("none", "quarantine", "reject"))
_MILDER = {"reject": "quarantine", "quarantine": "none", "none": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """A valid record. policy, subdomain_policy, missing_policy: p=, sp=, np=, the latter two filled in. RFC 9989 §4.7.

    psd: "y", "n" or "u". testing: t=y. text: as published.
    """

    domain: str
    policy: str
    subdomain_policy: str
    missing_policy: str
    strict_dkim: bool
    strict_spf: bool
    psd: str
    testing: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcWalk:
    """What the tree walk from one domain found. RFC 9989 §4.10.

    record: the one that applies to `domain`, None when there is none. organizational_domain: see §4.10.2.
    ambiguous: the domain itself publishes several records, which are then all discarded.
    """

    domain: str
    record: DmarcRecord | None
    organizational_domain: str
    ambiguous: bool = False


class _Walker(Protocol):
    def __call__(self, domain: str) -> DmarcWalk: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcResult:
    """The evaluation. outcome: pass, fail, none, temperror or permerror. policy: what applies, after t=.

    dkim_aligned, spf_aligned: the organizational (or exact) domain by which each passed, None when not.
    """

    outcome: Outcome
    policy: str | None
    organizational_domain: str
    record: DmarcRecord | None
    dkim_aligned: str | None = None
    spf_aligned: str | None = None
    reason: str = ""


def parse_record(octets: bytes, domain: str) -> DmarcRecord | None:
    """Return the record, or None when it is no usable DMARC record. RFC 9989 §4.7, §4.8, §4.10.1.

    Unknown tags and bad values of optional tags are ignored. Without a valid p= it counts as p=none if it has rua=.
    """
    text = octets.decode("utf-8", "replace")
    parts = [part.partition("=") for part in text.split(";")]
    pairs = [(name.strip().lower(), value.strip()) for name, equals, value in parts if equals]
    if not pairs or pairs[0] != ("v", "DMARC1"):
        return None
    tags: dict[str, str] = {}
    for name, value in pairs:
        tags.setdefault(name, value)
    policy = tags.get("p", "").lower()
    if policy not in _POLICIES:
        if not tags.get("rua"):
            return None
        policy = "none"
    subdomain = tags.get("sp", "").lower()
    subdomain = subdomain if subdomain in _POLICIES else policy
    missing = tags.get("np", "").lower()
    psd = tags.get("psd", "u").lower()
    return DmarcRecord(
        domain=domain,
        policy=policy,
        subdomain_policy=subdomain,
        missing_policy=missing if missing in _POLICIES else subdomain,
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        psd=psd if psd in {"y", "n"} else "u",
        testing=tags.get("t", "n").lower() == "y",
        text=text,
    )


def walk_tree(domain: str, resolver: Resolver) -> DmarcWalk:
    """Walk from `domain` (lower-case A-labels) towards the root, at most eight questions. RFC 9989 §4.10.

    Raises DnsTemporaryError.
    """
    found: list[DmarcRecord] = []
    ambiguous = False
    for name in _names_to_ask(domain):
        answer = resolver.query(f"_dmarc.{name}", "TXT")
        versions = [octets for octets in answer.records if _is_version(octets)]
        if len(versions) > 1:
            # RFC 9989 §4.10: all discarded. For the author's own domain this ends the matter: it has no policy.
            ambiguous = ambiguous or name == domain
            continue
        record = parse_record(versions[0], name) if versions else None
        if record is None:
            continue
        found.append(record)
        if record.psd != "u":
            break
    return DmarcWalk(
        domain=domain,
        record=None if ambiguous else _applicable(domain, found),
        organizational_domain=_organizational_domain(domain, found),
        ambiguous=ambiguous,
    )


def evaluate(
    author_domain: str, dkim_domains: Iterable[str], spf_domains: Iterable[str], resolver: Resolver
) -> DmarcResult:
    """Evaluate a message. RFC 9989 §5.3.

    author_domain: of the From field. dkim_domains, spf_domains: those that passed. All as lower-case A-labels.
    """
    try:
        walk = walk_tree(author_domain, resolver)
        record = walk.record
        if record is None:
            why = "publishes several DMARC records" if walk.ambiguous else "publishes no DMARC record"
            return DmarcResult(
                outcome=Outcome.NONE,
                policy=None,
                organizational_domain=walk.organizational_domain,
                record=None,
                reason=f"{author_domain} {why}",
            )
        walks = {author_domain: walk}
        dkim = _first_aligned(walk, dkim_domains, strict=record.strict_dkim, resolver=resolver, walks=walks)
        spf = _first_aligned(walk, spf_domains, strict=record.strict_spf, resolver=resolver, walks=walks)
        policy = _effective_policy(walk, record, resolver)
    except DnsTemporaryError as error:
        return DmarcResult(
            outcome=Outcome.TEMPERROR,
            policy=None,
            organizational_domain=author_domain,
            record=None,
            reason=f"the DNS gave no answer about the DMARC record of {author_domain}: {error}",
        )
    passed = dkim is not None or spf is not None
    return DmarcResult(
        outcome=Outcome.PASS if passed else Outcome.FAIL,
        policy=policy,
        organizational_domain=walk.organizational_domain,
        record=record,
        dkim_aligned=dkim,
        spf_aligned=spf,
        reason=f"{record.domain} asks for {policy}; " + ("an identity is aligned" if passed else "nothing is aligned"),
    )


def _names_to_ask(domain: str) -> list[str]:
    """The names of the walk. A long name is cut to seven labels after the first question. RFC 9989 §4.10."""
    labels = domain.split(".")
    start = max(1, len(labels) - _KEPT_LABELS)
    return [domain, *(".".join(labels[at:]) for at in range(start, len(labels)))]


def _is_version(octets: bytes) -> bool:
    name, _, rest = octets.partition(b"=")
    return name.strip().lower() == b"v" and rest.partition(b";")[0].strip() == b"DMARC1"


def _organizational_domain(domain: str, found: list[DmarcRecord]) -> str:
    """RFC 9989 §4.10.2. `found` runs from the longest name to the shortest."""
    for record in found:
        if record.psd == "n":
            return record.domain
        if record.psd == "y" and record.domain != domain:
            below = domain.removesuffix(f".{record.domain}").rpartition(".")[2]
            return f"{below}.{record.domain}"
    return found[-1].domain if found else domain


def _applicable(domain: str, found: list[DmarcRecord]) -> DmarcRecord | None:
    """The record of the author's domain, else of its organizational domain, else of the PSD. RFC 9989 §4.10.1."""
    organizational = _organizational_domain(domain, found)
    for name in (domain, organizational):
        for record in found:
            if record.domain == name:
                return record
    return next((record for record in found if record.psd == "y"), None)


def _effective_policy(walk: DmarcWalk, record: DmarcRecord, resolver: Resolver) -> str:
    """p=, sp= or np=, one step milder in test mode. RFC 9989 §4.7, §3.2.13."""
    if record.domain == walk.domain:
        policy = record.policy
    elif record.missing_policy == record.subdomain_policy:
        policy = record.subdomain_policy
    else:
        exists = resolver.query(walk.domain, "A").exists
        policy = record.subdomain_policy if exists else record.missing_policy
    return _MILDER[policy] if record.testing else policy


def _first_aligned(
    author: DmarcWalk, domains: Iterable[str], *, strict: bool, resolver: Resolver, walks: Mapping[str, DmarcWalk]
) -> str | None:
    """The domain by which the first aligned identity is aligned. RFC 9989 §4.4."""
    known = dict(walks)
    for domain in domains:
        if domain == author.domain:
            return domain if strict else author.organizational_domain
        if strict or domain.rpartition(".")[2] != author.domain.rpartition(".")[2]:
            continue
        if domain not in known:
            known[domain] = walk_tree(domain, resolver)
        if known[domain].organizational_domain == author.organizational_domain:
            return author.organizational_domain
    return None
