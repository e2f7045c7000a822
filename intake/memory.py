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


def give_back_free_memory() -> None:
    """Give back what was needed only once, such as for starting. Takes tens of milliseconds."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
