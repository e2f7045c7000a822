"""Names that are known here and nowhere else, laid over a resolver: for the demo and for split-horizon tests."""

from authz.mail.dns import DnsAnswer, Resolver, StaticDns


class OverlayDns:
    """Answers from the zone where it has the name, else from the resolver below."""

    def __init__(self, zone: StaticDns, below: Resolver) -> None:
        self._zone = zone
        self._below = below

    def query(self, name: str, rtype: str) -> DnsAnswer:
        answer = self._zone.query(name, rtype)
        return answer if answer.exists else self._below.query(name, rtype)
