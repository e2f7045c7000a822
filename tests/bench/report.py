"""How the benchmarks tell what they found: the machine, then one table. Owns no measurement."""

import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import pytest

_FLUSHES = 30


def heading(title: str) -> str:
    """The title, and what the figures below it depend on: date, cores, Python, load, and what a flush to disk costs."""
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"\n{title}\n{at} · {os.cpu_count()} cores · Python {platform.python_version()} · "
        f"load {os.getloadavg()[0]:.1f} · fsync {fsync_ms():.2f} ms"
    )


def fsync_ms() -> float:
    """Median time in milliseconds to write a page and have it on the disk that holds temporary files."""
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_FLUSHES):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines with the first column to the left and the others to the right, each as wide as it must be."""
    lines = [tuple(columns), *map(tuple, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "  ".join(cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    )


def ratio(value: float, baseline: float) -> str:
    """How many times the baseline; a dash when there is none."""
    return f"{value / baseline:.2f}×" if baseline else "–"


def run(program: Callable[[], None]) -> None:
    """Run a benchmark; a server that is not installed is named, and the benchmark ends without figures.

    Whoever ends it from outside ends the servers that it started too.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        program()
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        sys.exit(f"left out: {error.msg}")
