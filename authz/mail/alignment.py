"""Whether a domain that proved something speaks for the author's domain. RFC 9989 §4.4, §4.10.

Owns alignment: exact, or relaxed by the organizational domain. Where the author's domain publishes a DMARC record the
tree walk and its adkim=/aspf= decide; where it does not, the public suffix list does.
"""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from authz.evidence import Proof
from authz.mail.dmarc import DmarcWalk, walk_tree
from authz.mail.dns import DnsTemporaryError, Resolver


class Alignment:
    """The alignment with one author's domain. Questions to the DNS are asked when needed, once.

    strict: only the very domain counts, as for free-mail providers.
    """

    __slots__ = ("_resolver", "_strict", "_walk", "author_domain")

    def __init__(self, author_domain: str, resolver: Resolver, *, strict: bool = False) -> None:
        self.author_domain = author_domain
        self._resolver = resolver
        self._strict = strict
        self._walk: DmarcWalk | None = None

    def is_exact(self, domain: str) -> bool:
        """Whether `domain` is the author's own. This is alignment in both modes."""
        return domain == self.author_domain

    def is_near(self, domain: str) -> bool:
        """Whether `domain` may turn out aligned, judged without the DNS: one name contains the other's end."""
        return domain == self.author_domain or _share_suffix(domain, self.author_domain)

    def covers(self, proof: Proof, domain: str) -> bool | None:
        """Whether a pass of `proof` for `domain` speaks for the author. None: the DNS does not tell now.

        RFC 9989 §4.4.1, §4.4.2.
        """
        if domain == self.author_domain:
            return True
        if self._strict or not _share_suffix(domain, self.author_domain):
            return False
        try:
            if self._walk is None:
                self._walk = walk_tree(self.author_domain, self._resolver)
            if self._walk.record is None:
                return True
            if self._walk.record.strict_dkim if proof is Proof.DKIM else self._walk.record.strict_spf:
                return False
            return walk_tree(domain, self._resolver).organizational_domain == self._walk.organizational_domain
        except DnsTemporaryError:
            return None


def _share_suffix(one: str, other: str) -> bool:
    """Whether both lie below the same registered domain. Names that different owners may register never align."""
    registered = _registered_domain(one)
    return registered is not None and registered == _registered_domain(other)


@lru_cache(maxsize=4096)
def _registered_domain(domain: str) -> str | None:
    found: str | None = load_public_suffixes().privatesuffix(domain)
    return found


@lru_cache(maxsize=1)
def load_public_suffixes() -> PublicSuffixList:
    """The list, read once. Call it at start-up: reading takes a tenth of a second that a request should not wait."""
    return PublicSuffixList(accept_unknown=True)
