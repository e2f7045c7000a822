"""For which addresses mail is accepted at all. The one place that keeps a listener from being an open relay.

Owns the match of a forward-path against the configured addresses. Must not decide about authors.
"""

from collections.abc import Iterable


def _fold(addr_spec: str) -> str:
    """Return an address as it is compared: without case, its domain as A-labels. RFC 5321 §2.4, RFC 5891 §5."""
    local, at, domain = addr_spec.rpartition("@")
    if not at:
        return addr_spec.casefold()
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local.casefold()}@{domain.lower().rstrip('.')}"


class Recipients:
    """The configured addresses and their sub-addresses `local+token@domain`."""

    def __init__(self, addresses: Iterable[str], *, postmaster: str | None = None) -> None:
        """postmaster: the configured address that also takes mail for `postmaster`, with any of our domains or none.

        Raises ValueError for an address that is not one.
        """
        self._accounts: dict[str, str] = {}
        for address in addresses:
            local, at, domain = _fold(address).rpartition("@")
            if not (local and at and domain) or "+" in local:
                raise ValueError(f"not an address mail can be accepted for: {address!r} (expected local@domain)")
            self._accounts[f"{local}@{domain}"] = address
        if postmaster is not None:
            account = self.account_for(postmaster)
            if account is None:
                raise ValueError(f"postmaster's mail must go to one of the configured addresses, not {postmaster!r}")
            domains = {address.rpartition("@")[2] for address in self._accounts}
            for domain in domains:
                self._accounts.setdefault(f"postmaster@{domain}", account)
            self._accounts["postmaster"] = account  # RFC 5321 §4.5.1: without a domain

    def account_for(self, addr_spec: str) -> str | None:
        """Return the configured address a forward-path leads to, or None when it is not ours."""
        key = _fold(addr_spec)
        account = self._accounts.get(key)
        if account is None and "+" in key:
            local, _, domain = key.rpartition("@")
            account = self._accounts.get(f"{local.partition('+')[0]}@{domain}")
        return account

    def is_ours(self, addr_spec: str) -> bool:
        """Say whether the domain is ours, so that only the mailbox is unknown. RFC 3463 §3.2, X.1.1."""
        domain = _fold(addr_spec).rpartition("@")[2]
        return any(address.endswith(f"@{domain}") for address in self._accounts)
