"""DNS zones for tests: the shapes the public suites use, as a Resolver."""

from collections.abc import Iterable, Mapping
from typing import Any

from authz.mail.dns import DnsAnswer, DnsTemporaryError

Records = dict[str, list[bytes]]


class SuiteDns:
    """A zone with time-outs and CNAMEs. zone: name → type → records; a name in `dead` never answers."""

    def __init__(self, zone: Mapping[str, Records], dead: Iterable[tuple[str, str]] = ()) -> None:
        self._zone = {name.lower(): records for name, records in zone.items()}
        self._dead = {(name.lower(), rtype) for name, rtype in dead}
        self.asked: list[tuple[str, str]] = []

    def query(self, name: str, rtype: str) -> DnsAnswer:
        self.asked.append((name, rtype))
        name = name.lower().rstrip(".")
        for _ in range(8):
            records = self._zone.get(name, {})
            if rtype in records:
                return DnsAnswer(records=tuple(records[rtype]))
            if (name, rtype) in self._dead or (name, "*") in self._dead:
                raise DnsTemporaryError(name)
            if "CNAME" not in records:
                return DnsAnswer(exists=name in self._zone)
            name = records["CNAME"][0].decode().lower().rstrip(".")
        return DnsAnswer()


def read_spf_zone(zonedata: Mapping[str, list[Any]]) -> SuiteDns:
    """Read the zone format of the RFC 7208 suite; type SPF stands for TXT unless TXT is given too."""
    zone: dict[str, Records] = {}
    dead: list[tuple[str, str]] = []
    for name, entries in zonedata.items():
        records = zone.setdefault(name.lower(), {})
        has_txt = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
        for entry in entries:
            if entry == "TIMEOUT":
                dead.append((name, "*"))
                continue
            ((rtype, value),) = entry.items()
            if rtype == "SPF":
                if has_txt:
                    continue
                rtype = "TXT"
            if value == "TIMEOUT":
                dead.append((name, rtype))
            elif value != "NONE":
                records.setdefault(rtype, []).append(_octets(rtype, value))
    return SuiteDns(zone, dead)


def _octets(rtype: str, value: Any) -> bytes:
    if rtype == "MX":
        return f"{value[0]} {value[1]}".encode()
    text = "".join(value) if isinstance(value, list) else str(value)
    return text.encode("latin-1" if rtype == "TXT" and not text.isascii() else "utf-8")
