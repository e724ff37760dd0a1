"""From one pass over the orders to all Tables of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from userops import (
    cohorts,
    drivers,
    goals,
    lifecycle,
    measures,
    movements,
    repurchase,
    rfm,
    stages,
)
from userops.measures import Comparison, Shop, Span
from userops.params import (
    CohortParams,
    Goal,
    GoalMetric,
    LifecycleParams,
    RepurchaseParams,
    RfmParams,
)
from userops.periods import Period
from userops.rfm import Cuts
from userops.segments import TIERS, RuleTable, five_points
from userops.table import Currency, Kind, Table
from userops.timeline import Timeline
from userops.window import Window, to_day

_MOST_PERIODS = 27  # of the headline's series


@dataclass(frozen=True, slots=True)
class Asked:
    """How each analysis is done: the settings' parameters."""

    period: Period
    rfm: RfmParams
    rules: RuleTable | None
    fixed: Callable[[int], Cuts | None]  # cut points, for a currency's decimal places
    lifecycle: LifecycleParams
    cohorts: CohortParams
    repurchase: RepurchaseParams
    goals: Mapping[GoalMetric, Goal] = field(default_factory=dict)
    playbook: Mapping[str, str] = field(default_factory=dict)
    week_start: str = "monday"


@dataclass(frozen=True, slots=True)
class Known:
    """The orders as one pass left them: customers, their timeline with amounts, and when."""

    customers: pl.DataFrame
    line: Timeline
    window: Window
    currency: Currency
    # Whether orders up to an earlier day are now what they were on it.
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """Customers, and their timeline, as they were on an earlier day."""

    day: int
    customers: pl.DataFrame
    line: Timeline


def earlier(known: Known, day: int) -> Earlier:
    """An earlier day, where no later row changed what came before it."""
    return Earlier(day, Shop(known.line).customers(known.customers, day), known.line)


def compared(comparison: Comparison, most: int = _MOST_PERIODS) -> list[Span]:
    """The last periods, and the one compared with where it's earlier than all of them."""
    spans = list(comparison.spans[-most:])
    if comparison.before is not None and comparison.before not in spans:
        spans.insert(0, comparison.before)
    return spans


def headline(known: Known, comparison: Comparison, asked: Asked) -> dict[str, Table]:
    """Measures by period, and goals."""
    shop = Shop(known.line)
    spans = compared(comparison)
    found = {"periods": measures.table(shop, spans, known.window, known.currency)}
    if asked.goals:
        found["goals"] = goals.table(
            asked.goals, shop, known.window, known.currency, asked.week_start
        )
    return found


def changes(
    known: Known, comparison: Comparison, asked: Asked, channels: pl.DataFrame | None
) -> dict[str, Table]:
    """What the change of revenue comes from; nothing without two periods."""
    now, before = comparison.now, comparison.before
    if before is None:
        return {}
    shop = Shop(known.line)
    window, money = known.window, known.currency
    found = {
        "change": drivers.table(
            "change", "group", {"all": drivers.everyone(shop, now)},
            {"all": drivers.everyone(shop, before)}, window, money,
        ),
        "change_by_tier": drivers.table(
            "change_by_tier", "entry_tier", _by_entry(known, shop, now, asked),
            _by_entry(known, shop, before, asked), window, money,
        ),
    }  # fmt: skip
    if channels is not None:
        found["change_by_channel"] = drivers.table(
            "change_by_channel", "channel", drivers.by_channel(channels, now),
            drivers.by_channel(channels, before), window, money, Kind.TEXT,
        )  # fmt: skip
    return found


def _by_entry(known: Known, shop: Shop, span: Span, asked: Asked) -> dict[str, drivers.Total]:
    """A span by the tiers at the end of the day before it."""
    names = [*(tier.name for tier in TIERS), drivers.FIRST_ORDER]
    places = np.full(known.customers.height, len(TIERS), np.int64)
    customers = shop.customers(known.customers.with_row_index("row"), span.first - 1)
    then = scored(customers, known, span.first - 1, asked)
    if then is not None:  # its rows are the customers', in their order
        at = {name: number for number, name in enumerate(names)}
        tiers = then[0].frame["tier"].replace_strict(at, return_dtype=pl.Int64)
        places[customers["row"].to_numpy()] = tiers.to_numpy()
    return {
        name: total
        for name, total in drivers.by_tier(shop, span, places, names).items()
        if total.orders or total.revenue
    }


def scored(
    customers: pl.DataFrame, known: Known, day: int, asked: Asked
) -> tuple[Table, Table, Table] | None:
    """Users, segments and tiers at the end of a day; None if nobody had bought."""
    if customers.is_empty():
        return None
    first = known.window.first_day
    users, segments, tiers, _ = rfm.segment(
        customers,
        Window(first, pl.Series([day]).cast(pl.Date)[0], known.window.timezone),
        asked.rfm,
        rules=asked.rules,
        cuts=asked.fixed(known.currency.places),
        currency=known.currency,
        playbook=asked.playbook,
    )
    return users, segments, tiers


def segments(known: Known, before: Earlier, asked: Asked) -> dict[str, Table]:
    """Segments and tiers, their movements, and who should be won back."""
    as_of = to_day(known.window.as_of) if known.window.as_of else 0
    now = scored(known.customers, known, as_of, asked)
    if now is None:
        return {}
    then = scored(before.customers, known, before.day, asked)
    users, by_segment, by_tier = now
    return {
        "users": users,
        "segments": movements.since("segments", "segment", by_segment, then[1] if then else None),
        "tiers": movements.since("tiers", "tier", by_tier, then[2] if then else None),
        "tier_moves": movements.moves(users, then[0] if then else None),
        "winback": winback(users, asked),
    }


WINBACK = (
    "user_id", "segment", "monetary", "frequency", "last_order", "recency_days", "action",
)  # fmt: skip


def winback(users: Table, asked: Asked) -> Table:
    """Who bought often and hasn't for long: R 1-2, F 3-5 of five; most spent first."""
    bins = range(1, asked.rfm.bins + 1)
    late = [score for score in bins if five_points(score, asked.rfm.bins) <= 2]
    often = [score for score in bins if five_points(score, asked.rfm.bins) >= 3]
    frame = (
        users.frame.filter(pl.col("r_score").is_in(late), pl.col("f_score").is_in(often))
        .sort(["monetary", "user_id"], descending=[True, False])
        .select(*WINBACK)
    )
    return users.but(
        name="winback", frame=frame, columns={name: users.columns[name] for name in WINBACK},
        headline=None,
    )  # fmt: skip


def lives(
    known: Known, before: Earlier, asked: Asked, registered: pl.DataFrame | None
) -> dict[str, Table]:
    """Lifecycle: stages now, and from the earlier day."""
    as_of = to_day(known.window.as_of) if known.window.as_of else 0
    now = stages.state(known.customers, known.line, as_of, asked.lifecycle, registered)
    everyone = known.customers if known.settled else before.customers
    then = stages.state(everyone, before.line, before.day, asked.lifecycle, registered)
    _, summary = lifecycle.stages(
        now, known.customers, known.window, currency=known.currency, playbook=asked.playbook
    )
    moved = lifecycle.transitions(
        now, then, known.customers, known.window, since=before.day, currency=known.currency
    )
    return {"lifecycle": summary, "transitions": moved}


def returning(known: Known, asked: Asked) -> dict[str, Table]:
    """Cohorts and repurchase."""
    matrix, long = cohorts.cohorts(
        cohorts.members(known.customers),
        known.customers,
        known.line,
        known.window,
        asked.cohorts,
        currency=known.currency,
        week_start=asked.week_start,
    )
    return {
        "matrix": matrix,
        "cohorts": long,
        "windows": repurchase.windows(known.line, known.window, asked.repurchase),
        "repurchase_orders": repurchase.orders(known.line, known.window, asked.repurchase),
    }
