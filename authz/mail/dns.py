"""The port through which mail authentication asks the DNS, and its errors.

The real resolver is `authz.mail.resolver`; tests use `StaticDns` below, which passes the same contract tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class DnsTemporaryError(Exception):
    """No answer within the deadline, SERVFAIL, or a broken answer: nothing is known, ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """An answer that is final for now.

    records: TXT as one joined octet string each; A/AAAA as text octets; MX as b"10 host.example"; PTR as names.
    exists: False is NXDOMAIN; True with no records is NODATA.
    secure: the resolver said AD (DNSSEC-validated).
    """

    records: tuple[bytes, ...] = ()
    exists: bool = True
    secure: bool = False


class Resolver(Protocol):
    """Asks one question. Raises DnsTemporaryError; never anything else."""

    def query(self, name: str, rtype: str) -> DnsAnswer:
        """Answer for `name` (presentation form, no trailing dot needed) and `rtype` (TXT, A, AAAA, MX, PTR)."""
        ...


class StaticDns:
    """A zone in memory. zone: name → type → records; a name that is absent is NXDOMAIN."""

    def __init__(self, zone: Mapping[str, Mapping[str, tuple[bytes, ...]]]) -> None:
        self._zone = {name.lower().rstrip("."): dict(types) for name, types in zone.items()}

    def query(self, name: str, rtype: str) -> DnsAnswer:
        types = self._zone.get(name.lower().rstrip("."))
        if types is None:
            return DnsAnswer(exists=False)
        return DnsAnswer(records=tuple(types.get(rtype, ())))
