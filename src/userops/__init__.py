"""userops: analytics for the people who run user operations.

`userops.api.ltv(orders)` and its like take frames, or paths of exports, and give named tables;
those whose names no module bears are there by themselves, too, as `userops.segment`. Nothing heavy
is imported until one of them is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from userops import api
    from userops.api import (
        activity,
        cohorts,
        frame,
        funnel,
        kpis,
        open_orders,
        repurchase,
        segment,
    )

__all__ = [
    "__version__",
    "activity",
    "api",
    "cohorts",
    "frame",
    "funnel",
    "kpis",
    "open_orders",
    "repurchase",
    "segment",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name not in __all__ and not _is_analysis(name):
        raise AttributeError(f"module 'userops' has no attribute {name!r}")
    found = import_module("userops.api")
    return found if name == "api" else getattr(found, name)


def _is_analysis(name: str) -> bool:
    """Whether an analysis is called so whose name no module bears."""
    if name.startswith("_") or name in ("lifecycle", "ltv"):
        return False
    return name in import_module("userops.analyses").ANALYSES
