"""Parameters of `userops segment`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from userops.core.params import Param
from userops.customers.params import RfmParams


@dataclass(frozen=True, slots=True)
class SegmentParams(RfmParams):
    """How users are scored, and cut points that are kept from one run to the next."""

    cuts: Annotated[
        str | None,
        Param(
            "use the cut points saved in this file",
            "按此文件中的分界点打分",
            metavar="FILE",
            taken="file",
        ),
    ] = None
    save_cuts: Annotated[
        str | None,
        Param(
            "save this run's cut points to this file",
            "把本次的分界点写到此处",
            metavar="FILE",
            taken="output",
        ),
    ] = None
