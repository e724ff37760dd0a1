"""userops: analytics for the people who run user operations.

`userops.api.ltv(orders)` and its like take frames, or paths of exports, and give named tables;
those whose names no module bears are there by themselves, too, as `userops.segment`. Nothing heavy
is imported until one of them is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_OF_API = ("ReadOptions", "frame", "open_orders")
_MODULES = ("lifecycle", "ltv")  # that analyses share their names with


def __dir__() -> list[str]:
    analyses = import_module("userops.analyses").ANALYSES
    functions = (name for name in analyses if name not in _MODULES)
    return sorted(["__version__", "api", *_OF_API, *functions])


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return __dir__()
    if name.startswith("_") or name not in __dir__():
        raise AttributeError(f"module 'userops' has no attribute {name!r}")
    found = import_module("userops.api")
    return found if name == "api" else getattr(found, name)
