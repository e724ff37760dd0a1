"""Parameters of `userops repurchase`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params

Grain = Literal["day", "order"]
_STOCK = "replenishment"
GIFTS = ("gift", "free sample", "freebie", "赠品", "礼品", "试用装", "小样")


@dataclass(frozen=True, slots=True)
class RepurchaseParams(Params, table="repurchase"):
    """What a purchase is, and when the next one is due."""

    grain: Annotated[
        Grain,
        Param("what counts as a purchase: day or order", "什么算一次购买：购买日，或订单"),
    ] = "day"
    windows: Annotated[
        tuple[int, ...],
        Param(
            "days after the first purchase",
            "首次购买后的天数",
            least=1,
            each=(1, 36_500),
            metavar="DAYS,DAYS,...",
            only_for=("windows",),
        ),
    ] = (7, 30, 60, 90, 180, 365)
    within: Annotated[
        int,
        Param(
            "list users due to reorder within this many days",
            "截止日后多少天内应复购",
            ge=0,
            le=3650,
            metavar="DAYS",
            table=_STOCK,
            only_for=("due", "backtest"),
        ),
    ] = 7
    lapsed_after: Annotated[
        float,
        Param(
            "leave out users silent for more than this many expected intervals",
            "沉默超过预计间隔的多少倍后不再联系",
            gt=1,
            le=100,
            table=_STOCK,
            only_for=("due", "backtest"),
        ),
    ] = 2.0
    min_gaps: Annotated[
        int,
        Param(
            "repeat purchases a category needs before anyone is listed as due",
            "品类的复购间隔少于此数则不作到期提醒",
            ge=1,
            table=_STOCK,
            only_for=("due", "backtest"),
        ),
    ] = 30
    leave_out: Annotated[
        tuple[str, ...],
        Param(
            "leave out categories with any of these words in their name",
            "不会用完的品类：名称中含有任一词的",
            metavar="WORD,WORD,...",
            table=_STOCK,
            only_for=("due", "backtest"),
        ),
    ] = GIFTS
