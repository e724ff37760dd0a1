"""userops: analytics for the people who run user operations.

`userops.api.ltv(orders)` and its like take Polars frames, or paths of exports, and give named
tables; `userops.segment` and `userops.frame` are there by themselves, too. Nothing heavy is
imported until one of them is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from userops import api
    from userops.api import frame, segment

__all__ = ["__version__", "api", "frame", "segment"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'userops' has no attribute {name!r}")
    found = import_module("userops.api")
    return found if name == "api" else getattr(found, name)
