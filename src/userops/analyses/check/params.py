"""Parameters of `userops check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from userops.core.params import Param, Params
from userops.datasets import DATASETS


@dataclass(frozen=True, slots=True)
class CheckParams(Params, table="check"):
    """What is checked."""

    dataset: Annotated[
        str,
        Param(
            f"what the exports hold: {', '.join(DATASETS)}",
            f"导出的内容：{'、'.join(DATASETS)}",
            metavar="NAME",
            settable=False,
        ),
    ] = "orders"
