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
    max_age: Annotated[
        int | None,
        Param(
            "exit with 4 if the last row is more than this many days before as_of (default: today)",
            "最后一行距截止日（默认今天）最多几天，超过则以 4 退出",
            ge=0,
            metavar="DAYS",
            unset="any",
            settable=False,
        ),
    ] = None
