"""PASSporTs of calls, checked: fetches the signer's certificates and asks `authz.phone.passport`. RFC 8226 §7

Owns where certificates may be fetched from, how long that may take, and what is remembered of them. The URL stands in
a token that anybody can write, so only hosts the operator named are asked, by https, without redirects.
"""

import asyncio
import http.client
import ssl
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from cryptography.x509 import Certificate, load_pem_x509_certificates

from authz.evidence import Outcome
from authz.phone.passport import PassportCheck, certificate_url, check_passport

log = structlog.get_logger(__name__)

Chain = tuple[Certificate, ...]
# Returns the PEM octets at an https URL. Blocking; raises OSError, http.client.HTTPException.
Fetch = Callable[[str], bytes]

REMEMBERED_FOR = timedelta(hours=1)
MOST_REMEMBERED = 200
LARGEST_CHAIN = 64 * 1024  # octets
# The PBX waits for the answer, and the caller for the PBX.
FETCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Remembered:
    chain: Chain
    until: datetime


class Attestations:
    """Checks the PASSporTs of the endpoints that have roots.

    roots: the certificates trusted. hosts: from where signers' certificates may be fetched; in lower case.
    """

    def __init__(self, roots: Chain, hosts: frozenset[str], fetch: Fetch | None = None) -> None:
        self._roots = roots
        self._hosts = hosts
        self._fetch = fetch or fetch_certificates
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()

    async def check(self, token: str, *, caller_id: str, called_number: str | None, at: datetime) -> PassportCheck:
        """Check the token of a call; see `authz.phone.passport.check_passport`. Never raises."""
        url = certificate_url(token)
        chain: Chain = ()
        if url is not None and _host(url) in self._hosts:
            try:
                chain = await asyncio.wait_for(self._chain(url, at), FETCH_SECONDS)
            except (OSError, ValueError, http.client.HTTPException) as error:
                log.warning("no certificates of a signer", url=url, error=str(error))
                detail = f"the signer's certificates cannot be had from {_host(url)} now"
                return PassportCheck(outcome=Outcome.TEMPERROR, detail=detail)
        return check_passport(
            token, caller_id=caller_id, called_number=called_number, chain=chain, roots=self._roots, at=at
        )

    async def _chain(self, url: str, at: datetime) -> Chain:
        found = self._remembered.get(url)
        if found is not None and at < found.until:
            return found.chain
        octets = await asyncio.to_thread(self._fetch, url)
        chain = tuple(load_pem_x509_certificates(octets))
        self._remembered[url] = _Remembered(chain, at + REMEMBERED_FOR)
        self._remembered.move_to_end(url)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return chain


def fetch_certificates(url: str) -> bytes:
    """Fetch PEM octets by https from port 443. Blocking. Raises OSError, http.client.HTTPException; never redirects."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPSConnection(
        parts.hostname or "", timeout=FETCH_SECONDS, context=ssl.create_default_context()
    )
    try:
        connection.request("GET", path or "/", headers={"Accept": "application/pem-certificate-chain"})
        answer = connection.getresponse()
        octets = answer.read(LARGEST_CHAIN + 1)
    finally:
        connection.close()
    if answer.status != 200 or len(octets) > LARGEST_CHAIN:
        raise OSError(f"answered {answer.status} with {len(octets)} octets")
    return octets


def _host(url: str) -> str | None:
    """The host of an https URL that names no other port and no user."""
    try:
        parts = urlsplit(url)
        usual = parts.port in {None, 443} and parts.username is None and url.isprintable()
    except ValueError:
        return None
    return (parts.hostname or "").lower() if usual and parts.scheme == "https" else None
