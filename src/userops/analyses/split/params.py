"""Parameters of `userops split`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class SplitParams(Params, table="split"):
    """How a list is drawn."""

    control: Annotated[
        float,
        Param(
            "share of the control group, which gets nothing",
            "不触达的占比",
            gt=0,
            lt=1,
            share=True,
            metavar="PART",
        ),
    ] = 0.1
    salt: Annotated[
        str | None,
        Param(
            "name of the draw, as winback-2026-11; the same name draws the same people",
            "抽取的名称，如 winback-2026-11：同名则抽到同样的人",
            metavar="NAME",
            unset="none: it has to be given",
            settable=False,
        ),
    ] = None
    by: Annotated[
        tuple[str, ...],
        Param(
            "stratify by these columns of the list, as tier",
            "按名单的这些列分层抽取，如 tier",
            metavar="COLUMN,COLUMN,...",
        ),
    ] = ()
