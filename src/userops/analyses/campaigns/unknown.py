"""Groups of whom the orders know nobody: their list likely writes users otherwise than the orders do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from userops.analyses.campaigns.effects import UNFAIR_BELOW, Arm
from userops.stats.proportions import differ


@dataclass(frozen=True, slots=True)
class Unknown:
    """A group of so many `users` without an order, where so many of the other groups' have one.

    `p` is how likely that is of a random split. `example` is a user of the group, `like` one whom the
    orders know.
    """

    group: str
    users: int
    known: int
    others: int
    p: float
    example: str
    like: str

    @property
    def is_unfair(self) -> bool:
        """Whether no random split gives that."""
        return self.p < UNFAIR_BELOW


def unknown(
    arms: Mapping[str, Arm],
    control: str,
    users: Callable[[], pl.DataFrame],
    customers: Callable[[], pl.DataFrame],
) -> list[Unknown]:
    """The groups of whom nobody has ever ordered, where others have.

    Split at random, as many of each had ordered before. Where nobody had, as of leads, a control of whom
    nobody orders is no wonder; that nobody at all does of those whom a campaign reached is one.

    Args:
        arms: of a campaign.
        control: which of them is it.
        users: gives `group, user_id, day` of all who count.
        customers: gives `user_id, first_day` of everyone with an order.
    """
    silent = [name for name, arm in arms.items() if _is_silent(arm)]
    if not silent or len(silent) == len(arms):
        return []
    shop = customers()
    known = users().join(shop.select("user_id", "first_day"), on="user_id", how="left")
    found = known.group_by("group").agg(
        ever=pl.col("first_day").count(),
        before=(pl.col("first_day") < pl.col("day")).sum(),
        example=pl.col("user_id").min(),
    )
    by_group = {str(row["group"]): row for row in found.to_dicts()}
    by = "before" if found["before"].sum() else "ever"
    others = [name for name in arms if name not in silent]
    count = sum(by_group[name][by] for name in others)
    size = sum(arms[name].users for name in others)
    like = known.filter(pl.col("first_day").is_not_null())["user_id"].min()
    rows = []
    for name in silent:
        if by_group[name]["ever"] or (by == "ever" and name == control):
            continue
        tested = differ(0, arms[name].users, count, size)
        if tested is not None:
            example = str(by_group[name]["example"])
            rows.append(Unknown(name, arms[name].users, count, size, tested.p, example, str(like)))
    return rows


def _is_silent(arm: Arm) -> bool:
    """Whether nobody ordered in the window, or as far before it as was looked at."""
    return not any(arm.row[name] for name in ("converted", "pre_converted", "just_before"))
