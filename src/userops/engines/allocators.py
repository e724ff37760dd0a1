"""How allocators keep what was freed: Polars' gives it back sooner, NumPy's keeps it for what comes next.

Most of a large run's pages are touched once and freed. Polars' allocator holds freed pages for ten
seconds: of one analysis up to a third of what it seems to take, and hardly used again; in a report, where
one analysis follows another, they are, and getting them anew would take a sixth of its time. glibc,
which NumPy asks, gives arrays of some MB back at once, and getting fresh pages for the next ones takes
as long as the work on them.
"""

from __future__ import annotations

import os
import sys

# jemalloc's, as Polars was built with it, which are read when Polars is imported.
_POLARS = "_RJEM_MALLOC_CONF"
_GIVEN_BACK = "dirty_decay_ms:500,muzzy_decay_ms:0"
# Of glibc's mallopt: the numbers of two settings, and bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 512 << 20  # free memory at an end of the heap
# What's larger gets pages of its own; older ones take the second alone.
_OF_THE_HEAP = (128 << 20, 32 << 20)


def give_back_sooner() -> None:
    """Have Polars give freed memory back within half a second; to be called before it's imported.

    Whoever sets the variable otherwise means it.
    """
    os.environ.setdefault(_POLARS, _GIVEN_BACK)


def keep_for_arrays() -> None:
    """Have glibc keep what arrays leave for those that follow; nothing where there's no glibc."""
    if sys.platform != "linux":
        return
    import ctypes  # which takes a while that --help doesn't have

    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    # With the second setting alone, all larger than 128 kB would get pages of its own.
    if set_option is not None and any(set_option(_MMAP_THRESHOLD, one) for one in _OF_THE_HEAP):
        set_option(_TRIM_THRESHOLD, _KEPT)
