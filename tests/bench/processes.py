"""What a program with all its children has taken of memory and processor. Reads /proc; Linux only."""

import contextlib
import os
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

MEBIOCTET = 2**20
_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """The fields of /proc/PID/stat that count here. ticks: its own time and that of its children that have ended."""

    parent: int
    ticks: int
    pages: int


def parse_stat(text: str) -> Stat:
    """Read /proc/PID/stat; the name in brackets may hold spaces and brackets itself."""
    fields = text.rpartition(")")[2].split()
    return Stat(parent=int(fields[1]), ticks=sum(map(int, fields[11:15])), pages=int(fields[21]))


def stats() -> dict[int, Stat]:
    """All processes of the machine."""
    found = {}
    for path in _PROC.iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(path.name)] = parse_stat((path / "stat").read_text())
    return found


def trees(all_processes: dict[int, Stat], roots: Collection[int]) -> list[Stat]:
    """The roots that are alive and all their descendants."""
    chosen = {pid for pid in roots if pid in all_processes}
    while more := {pid for pid, each in all_processes.items() if each.parent in chosen} - chosen:
        chosen |= more
    return [all_processes[pid] for pid in chosen]


def resident(*roots: int) -> int:
    """Resident memory of the process trees in octets. Pages that processes share are counted for each."""
    return sum(each.pages for each in trees(stats(), roots)) * _PAGE


def cpu_seconds(*roots: int) -> float:
    """Processor time that the process trees have used, system calls included."""
    return sum(each.ticks for each in trees(stats(), roots)) / _TICKS


@dataclass(slots=True)
class Peak:
    """octets: the largest resident memory seen so far."""

    octets: int = 0


@contextlib.contextmanager
def peak_of(*roots: int) -> Iterator[Peak]:
    """Look at the memory of the process trees twenty times a second until the context ends."""
    peak = Peak(resident(*roots))
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_SECONDS):
            peak.octets = max(peak.octets, resident(*roots))

    thread = threading.Thread(target=look, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
        peak.octets = max(peak.octets, resident(*roots))
