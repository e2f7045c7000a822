"""Mutated messages through parsing and authentication: `python -m tests.authz.mail.fuzz --minutes 30`.

Looks for three things: an exception, a message that takes longer than it may, and an author who is verified without
a proof of that very domain. What it finds is written to a file whose name it prints.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from authz.mail.alignment import Alignment
from authz.mail.authenticate import AuthenticationPolicy, Mode, authenticate
from authz.mail.author import extract_author
from authz.mail.dns import StaticDns
from authz.mail.handover import Handover
from authz.mail.results import RelayTrust
from channels.mail.parse import parse_mail
from tests.authz.mail.corpus import corpus
from tests.authz.mail.mails import AT, MAIL, key_record, sign
from tests.authz.mail.test_arc_trust import _seal

LONGEST = 2.0  # seconds of processor time for one message
ATTACKER = "attack.example"
PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"\0",
        b":",
        b";",
        b"=",
        b"<",
        b">",
        b"@",
        b",",
        b"(",
        b")",
        b'"',
        b"\\",
        b".",
    ),
    *(b"From: jan@firma.cz\r\n", b"From:", b"jan@firma.cz", b"d=firma.cz", b"h=from", b"=?utf-8?q?x?=", b"\xc5\x99"),
    *(
        b"Authentication-Results: mx; dkim=pass header.d=firma.cz\r\n",
        b"l=10;",
        b"i=1;",
        b"--",
        b"Content-Type: multipart/",
    ),
]
# Everything an attacker may have: keys and an open SPF record of his own. The victim publishes a key he does not have.
DNS = StaticDns(
    {
        f"sel._domainkey.{ATTACKER}": {"TXT": (key_record(),)},
        ATTACKER: {"TXT": (b"v=spf1 +all",)},
        "sel._domainkey.firma.cz": {"TXT": (key_record(3072),)},
        "firma.cz": {"TXT": (b"v=spf1 -all",)},
        "_dmarc.firma.cz": {"TXT": (b"v=DMARC1; p=reject",)},
    }
)
POLICY = AuthenticationPolicy(
    mode=Mode.TRUSTED_RELAY,
    relay=RelayTrust(authserv_ids=frozenset({"mx.desk.example"})),
    arc_sealers=frozenset({"list.example"}),
)
HANDOVER = Handover(client_ip="192.0.2.66", helo=ATTACKER, reverse_path=f"any@{ATTACKER}")


def _seeds() -> list[bytes]:
    own = MAIL.replace(b"jan@firma.cz", f"jan@{ATTACKER}".encode())
    seeds = [
        MAIL,
        own,
        sign(own, ATTACKER),
        sign(MAIL, ATTACKER),
        sign(MAIL, "firma.cz"),
        _seal(MAIL, ATTACKER),
    ]
    folder = corpus()
    found = sorted(folder.rglob("*.eml")) if folder else []
    return seeds + [path.read_bytes()[:50_000] for path in found]


def _mutate(octets: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(octets)
    for _ in range(chance.randint(1, 8)):
        at = (
            chance.randrange(len(mutated) + 1)
            if chance.random() < 0.5
            else chance.randrange(min(len(mutated), 800) + 1)
        )
        end = min(len(mutated), at + chance.randint(0, 30))
        match chance.randrange(4):
            case 0:
                mutated[at:end] = chance.choice(PIECES) * chance.choice((1, 1, 1, 3, 500))
            case 1:
                mutated[at:at] = chance.choice(PIECES)
            case 2:
                del mutated[at:end]
            case _:
                mutated[at:at] = mutated[chance.randrange(len(mutated) + 1) :][: chance.randint(1, 200)]
    return bytes(mutated)


def _check(octets: bytes) -> str | None:
    """What is wrong with our handling of `octets`, or None."""
    start = time.process_time()
    try:
        parse_mail(octets, own_addresses=frozenset())
        author = extract_author(octets).author
        evidence = None if author is None else authenticate(octets, author, HANDOVER, POLICY, DNS, AT)
    except Exception:  # noqa: BLE001 - finding them is what this is for
        return traceback.format_exc()
    if time.process_time() - start > LONGEST:
        return f"took {time.process_time() - start:.1f} s"
    if author is not None and evidence is not None and evidence.verified:
        alignment = Alignment(author.domain, DNS)
        if not alignment.is_near(ATTACKER):
            return f"{author.key} was verified: {evidence}"
    return None


def main() -> int:
    """Run until the time is over or something is found. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    chance = random.Random(seed)
    seeds = _seeds()
    until = time.monotonic() + options.minutes * 60
    count = 0
    while time.monotonic() < until:
        octets = _mutate(chance.choice(seeds), chance)
        count += 1
        problem = _check(octets)
        if problem is not None:
            with tempfile.NamedTemporaryFile(prefix="fuzz-", suffix=".eml", delete=False) as found:
                found.write(octets)
            print(f"{problem}\nmessage {count} of seed {seed}: {Path(found.name)}")
            return 1
    print(f"{count} messages from {len(seeds)} seeds, seed {seed}: nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
