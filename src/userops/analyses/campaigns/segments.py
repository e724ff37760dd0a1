"""For whom a campaign worked: by what users were the day before they were assigned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from userops.analyses.campaigns import outcomes
from userops.analyses.campaigns.effects import Arm, Effect, Trial, effect, narrowest_at
from userops.analyses.campaigns.framed import Row, ends
from userops.analyses.campaigns.params import CampaignParams
from userops.core.table import Kind
from userops.stats.multiple_tests import benjamini_hochberg
from userops.stats.pooling import pool

# Cells with fewer users in a group aren't compared.
_FEWEST = 2


def kinds(params: CampaignParams, difference: Kind) -> dict[str, Kind]:
    """The columns of `segments`."""
    return {
        "campaign": Kind.TEXT,
        "group": Kind.TEXT,
        params.by: Kind.WORD,
        "users": Kind.COUNT,
        "control_users": Kind.COUNT,
        "conversion": Kind.RATE,
        "control_conversion": Kind.RATE,
        "difference": difference,
        "difference_low": difference,
        "difference_high": difference,
        "p_value": Kind.NUMBER,
        "p_adjusted": Kind.NUMBER,
        "break_even": Kind.MONEY,
        "net": Kind.MONEY,
        "net_low": Kind.MONEY,
        "net_high": Kind.MONEY,
        "homogeneity_p": Kind.NUMBER,
    }


def rows_of(users: pl.DataFrame, trial: Trial, params: CampaignParams) -> Iterator[Row]:
    """The cells of a campaign with a control.

    Args:
        users: who counts in it, with their outcomes, and `cell`.
        trial: what the campaign as a whole was compared as.
        params: how it's compared.
    """
    by = ["group", "cell"]
    sums = outcomes.sums_by(outcomes.numbers_by(users, by), users, by)
    campaign, control = trial.campaign, trial.control
    arms = {(row["group"], row["cell"]): Arm(row, params.earned) for row in sums.to_dicts()}
    for group in sorted({name for name, _ in arms} - {control}):
        cells = [cell for name, cell in arms if name == group]
        # Who will be in a cell isn't known ahead: looks are narrowest where the whole's are.
        planned = narrowest_at(trial.planned, group, control)
        found = {
            cell: effect(arms[group, cell], arms[control, cell], params.metric, params, planned)
            for cell in cells
            if (control, cell) in arms
        }
        earned = {
            cell: effect(arms[group, cell], arms[control, cell], "margin", params, planned)
            for cell in found
        }
        rows = [
            _row(arms[group, cell], arms[control, cell], found[cell])
            | _net(arms[group, cell], earned[cell])
            for cell in found
        ]
        homogeneity = _homogeneity(list(found.values()))
        adjusted = _adjusted(rows)
        for cell, row, p_adjusted in zip(found, rows, adjusted, strict=True):
            yield {
                "campaign": campaign, "group": group, params.by: cell, **row,
                "p_adjusted": p_adjusted, "homogeneity_p": homogeneity,
            }  # fmt: skip


def _row(arm: Arm, control: Arm, found: Effect) -> dict[str, Any]:
    cost = arm.row["contact_cost"]
    return {
        "users": arm.users,
        "control_users": control.users,
        "conversion": arm.sums("conversion").mean,
        "control_conversion": control.sums("conversion").mean,
        **ends("difference", found.difference),
        "p_value": found.p,
        "break_even": None if cost is None else cost / arm.users,
    }


def _net(arm: Arm, earned: Effect) -> dict[str, float]:
    """What the cell's users brought in margin, less what contacts cost."""
    cost = arm.row["contact_cost"] or 0
    return {
        name: value * arm.users - cost for name, value in ends("net", earned.difference).items()
    }


def _homogeneity(effects: Sequence[Effect]) -> float | None:
    """Cochran's Q over the cells."""
    known = [
        (one.difference.value, one.error**2) for one in effects if one.difference and one.error
    ]
    if len(known) < _FEWEST:
        return None
    return pool([value for value, _ in known], [variance for _, variance in known]).p


def _adjusted(rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
    p_values = [row["p_value"] for row in rows]
    known = iter(benjamini_hochberg([p for p in p_values if p is not None]))
    return [None if p is None else next(known) for p in p_values]
