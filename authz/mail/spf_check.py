"""Whether the connecting host may send for the envelope's domain. RFC 7208.

Owns the call of pyspf with our resolver in place of its own. Must not decide whether that domain is the author's.
"""

import time
from dataclasses import dataclass
from typing import Any

import spf

from authz.evidence import Outcome
from authz.mail.address import domain_key
from authz.mail.dns import DnsTemporaryError, Resolver
from authz.mail.resolver import CacheMiss

TIME_LIMIT = 20.0  # seconds for one whole evaluation, RFC 7208 §4.6.4


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfResult:
    """What SPF says. domain: the checked one, None when there was nothing to check. reason: a sentence for an admin."""

    outcome: Outcome
    domain: str | None
    reason: str


def check_spf(client_ip: str, reverse_path: str, helo: str | None, resolver: Resolver) -> SpfResult:
    """Evaluate SPF for MAIL FROM, or for HELO when the reverse-path is null. RFC 7208 §2.4, §4.

    client_ip: textual IPv4 or IPv6. reverse_path: without angle brackets, "" when null.
    Raises CacheMiss only when `resolver` does. Never raises otherwise.
    """
    local, _, host = reverse_path.rpartition("@") if reverse_path else ("", "@", helo or "")
    domain = domain_key(host.rstrip("."))
    # An "@" or "<" before the last "@" has been used to have one domain checked and another one believed: such an
    # envelope proves nothing. RFC 7208 §4.3.
    if domain is None or "." not in domain or "@" in local or "<" in local or not local.isprintable():
        return SpfResult(outcome=Outcome.NONE, domain=None, reason="the envelope names no domain to check")
    try:
        query = _Query(client_ip, f"{local or 'postmaster'}@{domain}", domain_key(helo or "") or "unknown", resolver)
        word = query.check()[0]
    except CacheMiss:
        raise
    except spf.PermError as error:
        return SpfResult(outcome=Outcome.PERMERROR, domain=domain, reason=f"SPF of {domain}: {error}")
    except Exception as error:  # noqa: BLE001 - whatever a stranger's record does to the library is their error
        return SpfResult(outcome=Outcome.PERMERROR, domain=domain, reason=f"SPF of {domain}: {type(error).__name__}")
    outcome = Outcome(word)
    return SpfResult(outcome=outcome, domain=domain, reason=_REASONS[outcome].format(domain=domain, ip=client_ip))


_REASONS = {
    Outcome.PASS: "{domain} lets {ip} send for it",
    Outcome.FAIL: "{domain} forbids {ip} to send for it",
    Outcome.SOFTFAIL: "{domain} does not expect {ip} to send for it",
    Outcome.NEUTRAL: "{domain} says nothing about {ip}",
    Outcome.NONE: "{domain} publishes no SPF record",
    Outcome.TEMPERROR: "the DNS gave no answer about the SPF record of {domain}",
    Outcome.PERMERROR: "the SPF record of {domain} is broken",
}


class _Query(spf.query):  # type: ignore[misc]
    """One evaluation. Everything pyspf asks the DNS goes through `dns`, so no state of its module is shared."""

    def __init__(self, client_ip: str, sender: str, helo: str, resolver: Resolver) -> None:
        super().__init__(i=client_ip, s=sender, h=helo, strict=True)
        self._resolver = resolver
        self._until = time.monotonic() + TIME_LIMIT

    def dns(self, name: Any, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        """Answer in pyspf's own shapes. Counts void look-ups. RFC 7208 §4.6.4."""
        asked = str(name).rstrip(".").lower()
        if not all(0 < len(label) < 64 for label in asked.split(".")):
            return []
        known: list[Any] | None = self.cache.get((asked, qtype))
        if known:
            return known
        if time.monotonic() > self._until:
            raise spf.TempError("the evaluation takes too long")
        try:
            answer = self._resolver.query(asked, qtype)
        except DnsTemporaryError as error:
            raise spf.TempError(f"DNS {error}") from error
        found = [_shape(record, qtype) for record in answer.records]
        self.cache[asked, qtype] = found
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"Void lookup limit of {spf.MAX_VOID_LOOKUPS} exceeded")
        return found

    def get_explanation(self, _spec: str) -> None:
        """Fetch none: the text is the sender's own and would cost a look-up even on a pass. RFC 7208 §6.2."""


def _shape(record: bytes, qtype: str) -> Any:
    if qtype == "TXT":
        return (record,)
    text = record.decode("ascii", "replace")
    if qtype == "MX":
        preference, _, exchange = text.partition(" ")
        return (int(preference) if preference.isdigit() else 0, exchange)
    return text
