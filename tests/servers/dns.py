"""DNS: Knot as an authoritative server for everything, with the zone a test needs.

It serves the root zone, so that every name is answered: listed ones with their records (CNAMEs are followed inside
the zone), all others with NXDOMAIN, as a resolver would answer. Resolvers that misbehave are in `faultydns`.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

from tests.servers.process import Server, directory, free_port, require, unprivileged, wait_until

Zone = Mapping[str, Mapping[str, Sequence[bytes | str]]]

_CONFIGURATION = """\
server:
  rundir: "{home}/run"
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "{home}/database"
log:
- target: stderr
  any: info
template:
- id: default
  storage: "{home}"
  file: "zone"
  zonefile-sync: -1
  journal-content: none
zone:
- domain: .
"""


def _rdata(rtype: str, record: bytes | str) -> str:
    """Presentation form; a TXT record is given whole and cut into strings of 255 octets. RFC 7208 §3.3."""
    if rtype.upper() != "TXT":
        text = record.decode() if isinstance(record, bytes) else record
        kind = dns.rdatatype.from_text(rtype)
        return dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False).to_text()
    octets = record if isinstance(record, bytes) else record.encode()
    strings = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings).to_text()


def _zone_file(zone: Zone, *, serial: int, ttl: int) -> str:
    lines = [f". {ttl} IN SOA a.root.invalid. b.root.invalid. {serial} 3600 600 86400 {ttl}", ". IN NS a.root.invalid."]
    for name, types in zone.items():
        owner = dns.name.from_text(name).to_text()
        lines += [
            f"{owner} {ttl} IN {rtype} {_rdata(rtype, record)}"
            for rtype, records in types.items()
            for record in records
        ]
    return "\n".join(lines) + "\n"


class DnsServer:
    """A running authoritative server. host, port: where a resolver setting points to."""

    host = "127.0.0.1"

    def __init__(self, *, home: Path, server: Server, port: int) -> None:
        self.port = port
        self._home = home
        self._server = server
        self._serial = 0

    def _loaded(self) -> bool:
        question = dns.message.make_query(".", "SOA")
        with contextlib.suppress(dns.exception.DNSException, OSError):
            reply = dns.query.udp(question, self.host, port=self.port, timeout=0.2)
            return any(rdata.serial == self._serial for rrset in reply.answer for rdata in rrset)
        return False

    def publish(self, zone: Zone, *, ttl: int = 60) -> None:
        """Serve this zone from now on and nothing else.

        zone: name → type → records; TXT as one whole string, the others as in a zone file. ttl: seconds.
        """
        self._serial += 1
        (self._home / "zone").write_text(_zone_file(zone, serial=self._serial, ttl=ttl))
        if self._server.running:
            os.kill(self._server.pid, signal.SIGHUP)
        else:
            self._server.start()
        wait_until(self._loaded, seconds=10, what=f"zone {self._serial} loaded\n{self._server.output()}")

    def stop(self) -> None:
        """Stop answering: from now on it is a dead resolver. `publish` brings it back."""
        self._server.stop()

    def log(self) -> str:
        """What the server has logged."""
        return self._server.output()


@contextlib.contextmanager
def dns_server(zone: Zone | None = None) -> Iterator[DnsServer]:
    """Start a server for this zone; without one every name is NXDOMAIN until `publish`."""
    knotd = require("knotd", package="knot")
    account = unprivileged("knot")
    port = free_port(socket.SOCK_DGRAM)
    with directory("dns", account) as home:
        for folder in ("run", "database"):
            (home / folder).mkdir()
        (home / "knot.conf").write_text(_CONFIGURATION.format(home=home, port=port))
        account.own(home)
        process = Server([knotd, "-c", home / "knot.conf"], home=home, ready=lambda: True, account=account)
        server = DnsServer(home=home, server=process, port=port)
        try:
            server.publish(zone or {})
            yield server
        finally:
            server.stop()
