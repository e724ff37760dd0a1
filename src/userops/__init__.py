"""userops: analytics for the people who run user operations.

`userops.segment(orders)` and its like take Polars frames, or paths of exports, and give
named tables; see `userops.api`. Nothing heavy is imported until one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from userops.api import frame, segment

__all__ = ["__version__", "frame", "segment"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'userops' has no attribute {name!r}")
    from userops import api

    return getattr(api, name)
