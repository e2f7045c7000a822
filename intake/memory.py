"""How this process holds memory: what large requests needed is given back when they are done.

Owns what is asked of the C library's allocator. Does nothing where that is not glibc.
"""

import contextlib
import ctypes
import gc
from typing import Final

# mallopt(3): a threshold that is set stays; left alone it grows to the largest block that was ever freed, and such
# blocks then leave holes in the heap instead of going back.
_M_MMAP_THRESHOLD: Final = -3
_MMAP_FROM: Final = 512 * 1024


def give_back_large_blocks() -> None:
    """Let every large block be a mapping of its own, which is gone when the block is freed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MMAP_FROM)


def settle_after_start() -> None:
    """Give back what was needed for starting only. Takes about a tenth of a second.

    What is left stays as long as the process: the garbage collector need not walk through all of it again and again,
    while everybody waits.
    """
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
