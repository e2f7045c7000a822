"""Which results that somebody else reports speak for the author: a relay's, or those a forwarder sealed.

Owns what a reported pass must name to count. Whether the reporter is believed at all is decided before.
"""

import re
from collections.abc import Iterable

from authz.evidence import Check, Outcome, Proof
from authz.mail.address import domain_key
from authz.mail.alignment import Alignment
from authz.mail.arc import ArcResult
from authz.mail.results import MethodResult

# Where each method names the identity that passed. RFC 8601 §2.7
_IDENTITIES = {
    "dkim": (Proof.DKIM, ("header.d", "header.i")),
    "spf": (Proof.SPF, ("smtp.mailfrom",)),
    "dmarc": (Proof.DMARC, ("header.from",)),
}


def judge_results(proof: Proof, results: Iterable[MethodResult], reporter: str, alignment: Alignment) -> Check:
    """Turn reported results into one check.

    proof: RELAY or ARC. reporter: who says so, for the detail. The check passes and binds when one of the results is
    a pass that names the author's domain, aligned. RFC 8601 §4.1.
    """
    told = []
    unknown = None
    for result in results:
        told.append(f"{result.method}={result.outcome}")
        domain = _passed_domain(result)
        if domain is None:
            continue
        speaks = _speaks(result, domain, alignment)
        if speaks:
            detail = f"{reporter} reports {result.method}=pass for {domain}"
            return Check(proof=proof, outcome=Outcome.PASS, binds=True, detail=detail)
        if speaks is None:
            unknown = domain
    if unknown is not None:
        detail = f"the DNS does not say now whether {unknown} speaks for {alignment.author_domain}"
        return Check(proof=proof, outcome=Outcome.TEMPERROR, binds=True, detail=detail)
    if not told:
        return Check(proof=proof, outcome=Outcome.NONE, binds=False, detail=f"{reporter} reports nothing")
    detail = f"{reporter} reports {', '.join(told[:10])}, nothing that speaks for {alignment.author_domain}"
    return Check(proof=proof, outcome=Outcome.NEUTRAL, binds=False, detail=detail)


def judge_chain(chain: ArcResult, trusted: frozenset[str], alignment: Alignment) -> Check:
    """Turn an ARC chain into a check: what the first of the trusted sealers saw, if only trusted ones came after it.

    trusted: the allow-listed sealers' domains, normalized. RFC 8617 §7.2.
    """
    if chain.outcome is not Outcome.PASS:
        binds = chain.outcome is Outcome.TEMPERROR
        return Check(proof=Proof.ARC, outcome=chain.outcome, binds=binds, detail=chain.reason)
    first = len(chain.sealers)
    while first > 0 and chain.sealers[first - 1] in trusted:
        first -= 1
    if first == len(chain.sealers):
        detail = f"the chain was sealed last by {chain.sealers[-1]}, which is not on the list"
        return Check(proof=Proof.ARC, outcome=Outcome.POLICY, binds=False, detail=detail)
    if not chain.covers_author:
        detail = f"{chain.sealers[-1]} did not seal From and Subject as they are"
        return Check(proof=Proof.ARC, outcome=Outcome.POLICY, binds=False, detail=detail)
    return judge_results(Proof.ARC, chain.results[first], chain.sealers[first], alignment)


def _passed_domain(result: MethodResult) -> str | None:
    """The domain that passed, or None. A value that is not plainly one domain or address names nobody."""
    if result.outcome != "pass" or result.method not in _IDENTITIES:
        return None
    for name in _IDENTITIES[result.method][1]:
        value = result.properties.get(name)
        if value is not None:
            local, _, domain = value.rpartition("@")
            return None if re.search(r'[@<>"\'(),;\s]', local) else domain_key(domain)
    return None


def _speaks(result: MethodResult, domain: str, alignment: Alignment) -> bool | None:
    if result.method == "dmarc":
        return alignment.is_exact(domain)  # the relay aligned it already, for the From domain it names
    return alignment.covers(_IDENTITIES[result.method][0], domain)
