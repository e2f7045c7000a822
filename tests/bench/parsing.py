"""Mails read in a second in one process, beside the standard library's parser, which only takes them apart.

`python -m tests.bench.parsing [--rounds 7]`. The library's part ends at the tree of parts, undecoded (compat32); ours
includes decoding, the sanitized HTML, the split of new text and quotations, and the judgement of automatic mail.
A second table tells how long one hostile mail of a megabyte takes. The corpus is the one INTAKE_CORPUS names.
"""

import argparse
import email
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from channels.mail.parse import parse_mail
from tests.bench import report

LINE = "řádek {number} zprávy, ve které Jan Novák z pobočky v Brně popisuje, co se stalo"
FIELDS = (
    b"From: =?utf-8?q?Jan_Nov=C3=A1k?= <jan@firma.example>\r\nTo: helpdesk@example.org\r\n"
    b"Subject: =?utf-8?q?Nejde_p=C5=99ihl=C3=A1=C5=A1en=C3=AD?=\r\nMessage-ID: <1.a2b3@firma.example>\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\n"
)
PLAIN = FIELDS + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = FIELDS + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
HOSTILE = {
    "bare angle brackets": HTML + b"<" * 1_000_000,
    "tags in quoted values": HTML + b"<a " + b'="<a"' * 200_000 + b">",
    "ampersands": HTML + b"&" * 1_000_000,
    "paragraphs": HTML + b"<p>" * 333_000,
    "nested quotations": HTML + b"<blockquote>x" * 77_000,
    "quoted lines": PLAIN + b"> a\r\n" * 200_000,
    "lines like banners": PLAIN + b"Please reply above reply above reply above the\r\n" * 20_000,
    "lines like attributions": PLAIN + b"v 1 12:12 2012 napsal v 1 12:12 2012 napsal:\r\n" * 20_000,
    "lines like signatures": PLAIN + "odesláno z mobil, odesláno z mobil\r\n".encode() * 27_000,
    "fields": FIELDS + b"X: y\r\n" * 160_000 + b"\r\n",
    "parts": FIELDS + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
}


def alternative(octets: int) -> bytes:
    """A mail of about that size: a text, and the same as HTML."""
    lines = [LINE.format(number=number) for number in range(max(1, octets // 210))]
    text = "\r\n".join(lines).encode()
    page = f"<html><body><div dir=ltr>{'<br>'.join(lines)}</div></body></html>".encode()
    mark = b"--=_b\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n"
    body = mark % (b"plain", text) + mark % (b"html", page) + b"--=_b--\r\n"
    return FIELDS + b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n' + body


def loads() -> dict[str, Sequence[bytes]]:
    """What is read, by name."""
    found: dict[str, Sequence[bytes]] = {
        "multipart/alternative, 5 kB": [alternative(5_000)] * 100,
        "multipart/alternative, 100 kB": [alternative(100_000)] * 5,
    }
    if "INTAKE_CORPUS" not in os.environ:
        print("INTAKE_CORPUS is not set: the corpus is left out")
        return found
    for name in ("mime", "bounces"):
        files = sorted((Path(os.environ["INTAKE_CORPUS"]) / name).rglob("*.eml"))
        found[f"corpus/{name}, {len(files)} mails"] = [file.read_bytes() for file in files]
    return found


def rate(read: Callable[[bytes], object], mails: Sequence[bytes]) -> float:
    """Mails a second of processor time, so that what else the machine does counts little."""
    began = time.process_time()
    for mail in mails:
        read(mail)
    return len(mails) / (time.process_time() - began)


def compare(rounds: int) -> list[list[str]]:
    """A row for each load: ours and the library's median over interleaved rounds, and the ratio."""
    rows = []
    for name, mails in loads().items():
        ours, library = [], []
        for _ in range(rounds):
            ours.append(rate(parse_mail, mails))
            library.append(rate(email.message_from_bytes, mails))
        mine, theirs = statistics.median(ours), statistics.median(library)
        rows.append([name, f"{mine:,.0f}", f"{1000 / mine:.3f}", f"{theirs:,.0f}", report.ratio(mine, theirs)])
    return rows


def hostile() -> list[list[str]]:
    """A row for each hostile mail: its size and the milliseconds it takes."""
    rows = []
    for name, octets in HOSTILE.items():
        used = 1000 / rate(parse_mail, [octets])
        rows.append([name, f"{len(octets) / 1e6:.1f}", f"{used:,.0f}"])
    return rows


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.parsing", description="Mails read a second.")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    print(report.heading("Reading mail, one process, in processor time"))
    print(report.table(("", "mails/s", "ms", "email, mails/s", "ratio"), compare(given.rounds)))
    print(report.heading("One hostile mail"))
    print(report.table(("", "MB", "ms"), hostile()))


if __name__ == "__main__":
    report.run(main)
