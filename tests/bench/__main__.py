"""`python -m tests.bench [NAME …] [--quick] [--list]`: run the benchmarks one after the other; `make bench`.

Owns which programs there are and how long they may take: all together about eleven minutes on two cores, below two with
--quick. Prints what they print, and at the end which ones could not run. Nothing is judged: the figures that matter
are ratios to a baseline of the same run.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A benchmark: the module's name in this package, its arguments, and those of a quick run (None: left out)."""

    module: str
    about: str
    arguments: str = ""
    quick: str | None = None

    def command(self, *, quick: bool) -> list[str] | None:
        """What to run, or None when a quick run leaves it out."""
        arguments = self.quick if quick else self.arguments
        return None if arguments is None else [sys.executable, "-m", f"tests.bench.{self.module}", *arguments.split()]


_SMTP = "--load signed --sizes 5k --targets gateway,gateway-2,aiosmtpd,postfix"
PROGRAMS = {
    "smtp": Program(
        module="smtp",
        about="tickets/s by SMTP at 5 kB",
        arguments=f"{_SMTP} --sessions 20,100",
        quick=f"{_SMTP} --sessions 20 --rounds 2 --scale 0.3",
    ),
    "large": Program(
        module="smtp",
        about="the same at 100 kB and 5 MB",
        arguments="--load signed --targets gateway,aiosmtpd,postfix --sizes 100k,5m --sessions 20 --rounds 3",
    ),
    "reconnect": Program(
        module="smtp",
        about="one message per connection",
        arguments="--load signed --targets gateway,gateway-2,postfix --sizes 5k --sessions 20 --rounds 3 --reconnect",
    ),
    "engines": Program(
        module="smtp",
        about="a slower disk, and PostgreSQL",
        arguments="--load signed --targets gateway,gateway-slow,gateway-pg,postfix "
        "--sizes 5k --sessions 100 --rounds 3",
    ),
    "listener": Program(
        module="smtp",
        about="SMTP alone, without anything behind it",
        arguments="--load smtp-source --targets ours,aiosmtpd,postfix --sizes 5k,100k --sessions 20 --rounds 3",
    ),
    "latency": Program(
        module="smtp",
        about="how long the 250 takes at 200 messages/s",
        arguments="--targets gateway,postfix --sizes 5k --sessions 20 --rounds 3 --scale 0.6 --rate 200",
        quick="--targets gateway,postfix --sizes 5k --sessions 20 --rounds 1 --scale 0.5 --rate 200",
    ),
    "beside": Program(
        module="smtp",
        about="the same while 5 MB mails arrive",
        arguments="--targets gateway,postfix --sizes 5k --sessions 20 --rounds 3 --scale 0.6 --rate 200 --beside",
    ),
    "imap": Program(module="imap", about="tickets/s by IMAP", quick="--mails 200 --rounds 1"),
    "memory": Program(module="memory", about="idle, per connection, under load", quick="--mails 10"),
    "caller-id": Program(
        module="caller_id",
        about="how long a PBX waits for an answer",
        arguments="--rounds 3 --requests 1000",
        quick="--rounds 1 --requests 200",
    ),
    "parsing": Program(module="parsing", about="mails read a second", quick="--rounds 3"),
    "open-hours": Program(module="open_hours", about="open-hour arithmetic"),
    "site": Program(
        module="site",
        about="the technicians' pages at a million tickets",
        quick="--tickets 50000 --rounds 20",
    ),
    "statements": Program(module="statements", about="a year's statements and the list by deadline"),
}


def run(names: Sequence[str], *, quick: bool) -> list[str]:
    """Run the named benchmarks; returns the names of those that ended without figures."""
    failed = []
    for name in names:
        command = PROGRAMS[name].command(quick=quick)
        if command is None:
            continue
        print(f"\n== {name}: {PROGRAMS[name].about}\n   {' '.join(command[1:])}", flush=True)
        began = time.monotonic()
        if _run_one(command):
            failed.append(name)
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return failed


def _run_one(command: Sequence[str]) -> int:
    """Return how the program ended. It is told when we are, for it has servers to stop."""
    with subprocess.Popen(command) as process:
        try:
            return process.wait()
        except SystemExit:
            process.terminate()
            raise


def main(arguments: Sequence[str]) -> int:
    """Return 0 unless a benchmark could not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Ratios to baselines of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROGRAMS))
    parser.add_argument("--quick", action="store_true", help="fewer, smaller and shorter")
    parser.add_argument("--list", action="store_true", help="say what there is")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(PROGRAMS)):
        parser.error(f"there is no {', '.join(unknown)}; choose from {', '.join(PROGRAMS)}")
    if given.list:
        for name, program in PROGRAMS.items():
            print(f"{name:<12}{program.about}")
        return 0
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    began = time.monotonic()
    failed = run(given.names or list(PROGRAMS), quick=given.quick)
    print(f"\nall together: {(time.monotonic() - began) / 60:.1f} minutes")
    if failed:
        print(f"\nwithout figures: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
