"""Parameters of `userops check`: it has none of its own."""

from __future__ import annotations

from dataclasses import dataclass

from userops.core.params import Params


@dataclass(frozen=True, slots=True)
class CheckParams(Params, table="check"):
    """Nothing can be set."""
