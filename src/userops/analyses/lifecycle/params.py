"""Parameters of `userops lifecycle`: where stages begin."""

from __future__ import annotations

from userops.customers.params import LifecycleParams

__all__ = ["LifecycleParams"]
