"""userops: analytics for the people who run user operations.

`userops.segment(orders)` and its like take frames, or paths of exports, and give named tables;
`userops.report(orders)` gives the whole report. Nothing heavy is imported until one of them is asked
for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_OF_API = ("ReadOptions", "frame", "open_orders")
# Modules and rooms that share their names with functions: they are both.
_MODULES = ("lifecycle", "ltv", "report")


class _Called(ModuleType):
    """A module that is called as the function of its name, and that `help` shows as it."""

    @property
    def _function(self) -> Any:
        return getattr(import_module("userops.api"), self.__name__.rpartition(".")[2])

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """As the function of `userops.api`."""
        return self._function(*arguments, **named)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self._function.__doc__

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        return signature(self._function)


class _Package(ModuleType):
    """This package: importing a module sets it here, which is where its kind is changed."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _MODULES and isinstance(value, ModuleType):
            value.__class__ = _Called
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    analyses = import_module("userops.analyses").ANALYSES
    return sorted({"__version__", "api", *_OF_API, *_MODULES, *analyses})


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return __dir__()
    if name.startswith("_") or name not in __dir__():
        raise AttributeError(f"module 'userops' has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"userops.{name}")
    found = import_module("userops.api")
    return found if name == "api" else getattr(found, name)
