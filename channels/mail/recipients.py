"""For which addresses mail is accepted at all. The one place that keeps a listener from being an open relay.

Owns the match of a forward-path against the configured addresses. Must not decide about authors.
"""

from collections.abc import Iterable

from authz.mail.address import address_key

_POSTMASTER = "postmaster"


class Recipients:
    """The configured addresses and their sub-addresses `local+token@domain`."""

    def __init__(self, addresses: Iterable[str], *, postmaster: str | None = None) -> None:
        """postmaster: the configured address that also takes mail for `postmaster`, with any of our domains or none.

        Raises ValueError for an address that is not one.
        """
        self._accounts: dict[str, str] = {}
        for address in addresses:
            key = address_key(address)
            if key is None or "+" in key:
                raise ValueError(f"not an address mail can be accepted for: {address!r} (expected local@domain)")
            self._accounts[key] = address
        self._domains = {key.rpartition("@")[2] for key in self._accounts}
        self._postmaster: str | None = None
        if postmaster is not None:
            self._postmaster = self.account_for(postmaster)
            if self._postmaster is None:
                raise ValueError(f"postmaster's mail must go to one of the configured addresses, not {postmaster!r}")
            for domain in self._domains:
                self._accounts.setdefault(f"{_POSTMASTER}@{domain}", self._postmaster)

    def account_for(self, addr_spec: str) -> str | None:
        """Return the configured address a forward-path leads to, or None when it is not ours."""
        key = address_key(addr_spec)
        if key is None:
            # RFC 5321 §4.5.1: the one address without a domain.
            return self._postmaster if addr_spec.lower() == _POSTMASTER else None
        account = self._accounts.get(key)
        if account is None and "+" in key:
            local, _, domain = key.rpartition("@")
            account = self._accounts.get(f"{local.partition('+')[0]}@{domain}")
        return account

    def is_ours(self, addr_spec: str) -> bool:
        """Say whether the domain is ours, so that only the mailbox is unknown. RFC 3463 §3.2."""
        key = address_key(addr_spec)
        return key is not None and key.rpartition("@")[2] in self._domains
