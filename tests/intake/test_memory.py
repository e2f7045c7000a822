"""What the process does with its memory."""

import ctypes
import subprocess
import sys

import pytest

# Takes large blocks with small ones that stay between them, and says how much is not given back of the large ones.
_HOLES = """\
from intake.memory import give_back_large_blocks
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
if {given_back}:
    give_back_large_blocks()
bytes(range(256)) * 16_000  # from now on such blocks are taken from the heap, unless that was forbidden
before, large, kept = resident(), [], []
for _ in range(10):
    large.append(bytes(range(256)) * 12_000)
    kept.append(bytes(range(256)) * 8)
del large
print(resident() - before)
"""


def _left(*, given_back: bool) -> int:
    program = _HOLES.format(given_back=given_back)
    return int(subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True).stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
def test_a_large_block_leaves_no_hole() -> None:
    assert _left(given_back=True) < 3_000_000 < _left(given_back=False)


def test_what_was_there_at_the_start_is_not_searched_for_garbage() -> None:
    program = (
        "import gc; from intake.memory import settle_after_start as settle; settle(); print(gc.get_freeze_count())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    assert int(done.stdout) > 1000
