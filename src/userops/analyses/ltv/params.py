"""Parameters of `userops ltv`: how values are predicted."""

from __future__ import annotations

from userops.customers.params import LtvParams

__all__ = ["LtvParams"]
