"""One message's share of the DNS: how many questions it may cause and how long they may take together.

Owns the limit that keeps a sender with slow name servers from occupying those who check everybody else's mail.
"""

import time

from authz.mail.dns import DnsAnswer, DnsTemporaryError, Resolver

MAX_QUESTIONS = 200  # SPF alone may ask for 10 mechanisms with 10 names each, RFC 7208 §4.6.4


class DnsBudget:
    """A resolver that stops asking when `seconds` are over. The last question may overrun them by its own deadline."""

    __slots__ = ("_left", "_resolver", "_until")

    def __init__(self, resolver: Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._until = time.monotonic() + seconds
        self._left = MAX_QUESTIONS

    def query(self, name: str, rtype: str) -> DnsAnswer:
        """See `authz.mail.dns.Resolver`."""
        self._left -= 1
        if self._left < 0 or time.monotonic() > self._until:
            raise DnsTemporaryError(f"{rtype} {name}: the questions about this message take too long")
        return self._resolver.query(name, rtype)
