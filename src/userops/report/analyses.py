"""From one pass over the orders to all Tables of a report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from userops import lifecycle, rfm
from userops.analyses.cohorts import tables as cohorts
from userops.analyses.kpis import goals, measures, revenue_change
from userops.analyses.kpis.measures import Comparison, Shop, Span
from userops.analyses.repurchase import replenishment
from userops.analyses.repurchase import tables as repurchase
from userops.analyses.segment import movements
from userops.core.dates import Window, to_date, to_day
from userops.core.messages import Note
from userops.core.params import (
    CohortParams,
    Goal,
    GoalMetric,
    LifecycleParams,
    RepurchaseParams,
    RfmParams,
)
from userops.core.periods import Period
from userops.core.rule_tables import TIERS, RuleTable, five_points
from userops.core.table import Currency, Kind, Table
from userops.customers import stages
from userops.ledger.timeline import Timeline
from userops.rfm import Cuts

_MOST_PERIODS = 27  # of the headline's series
_LONGEST_AGE = {Period.WEEK: 156, Period.MONTH: 60}  # of cohorts, in periods


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


Scores = tuple[Table, Table, Table]  # users, segments, tiers


@dataclass(frozen=True, slots=True)
class Earlier:
    """Customers as they were on an earlier day, and their scores then; None if nobody had bought.

    `rows` are the customers' places among those of now, null for who isn't there any more.
    """

    customers: pl.DataFrame
    line: Timeline
    scores: Scores | None
    rows: pl.Series


@dataclass(frozen=True)
class Known:
    """The orders as one pass left them: customers, their timeline with amounts, and when."""

    customers: pl.DataFrame
    line: Timeline
    window: Window
    currency: Currency
    asked: Asked
    # Whether orders up to an earlier day are now what they were on it.
    settled: bool = True
    _then: dict[int, Earlier] = field(default_factory=dict)

    @cached_property
    def shop(self) -> Shop:
        """The orders, to be measured over spans of days."""
        return Shop(self.line)

    @property
    def day(self) -> int:
        """as_of."""
        return to_day(self.window.as_of) if self.window.as_of else 0

    def then(self, day: int) -> Earlier:
        """An earlier day as today's orders tell it."""
        if day not in self._then:
            rows = self.customers.with_row_index("row")
            customers = self.shop.customers(rows, day)
            row = customers.drop_in_place("row")
            scores = scored(customers, self, day)
            self._then[day] = Earlier(customers, self.line, scores, row)
        return self._then[day]


def compared(comparison: Comparison, most: int = _MOST_PERIODS) -> list[Span]:
    """The last periods, and the one compared with where it's earlier than all of them."""
    spans = list(comparison.spans[-most:])
    if comparison.before is not None and comparison.before not in spans:
        spans.insert(0, comparison.before)
    return spans


def headline(known: Known, comparison: Comparison) -> dict[str, Table]:
    """Measures by period."""
    spans = compared(comparison)
    return {"periods": measures.table(known.shop, spans, known.window, known.currency)}


def targets(known: Known) -> dict[str, Table]:
    """Goals; nothing where none are set."""
    asked = known.asked
    if not asked.goals:
        return {}
    return {
        "goals": goals.table(
            asked.goals, known.shop, known.window, known.currency, asked.week_start
        )
    }


def changes(
    known: Known,
    comparison: Comparison,
    then: Callable[[int], Earlier],
    channels: pl.DataFrame | None,
) -> dict[str, Table]:
    """What the change of revenue comes from; nothing without two periods.

    `then` gives the customers of an earlier day.
    """
    now, before = comparison.now, comparison.before
    if before is None:
        return {}
    shop = known.shop
    window, money = known.window, known.currency
    found = {
        "change": revenue_change.table(
            "change", "group", {"all": revenue_change.everyone(shop, now)},
            {"all": revenue_change.everyone(shop, before)}, window, money,
        ),
        "change_by_tier": revenue_change.table(
            "change_by_tier", "entry_tier", _by_entry(known, now, then),
            _by_entry(known, before, then),
            window, money,
        ),
    }  # fmt: skip
    if channels is not None:
        found["change_by_channel"] = revenue_change.table(
            "change_by_channel", "channel", revenue_change.by_channel(channels, now),
            revenue_change.by_channel(channels, before), window, money, Kind.TEXT,
        )  # fmt: skip
    return found


def _by_entry(
    known: Known, span: Span, then: Callable[[int], Earlier]
) -> dict[str, revenue_change.Total]:
    """A span by the tiers at the end of the day before it."""
    names = [*(tier.name for tier in TIERS), revenue_change.FIRST_ORDER]
    places = np.full(known.customers.height, len(TIERS), np.int64)
    before = then(span.first - 1)
    if before.scores is not None:
        at = {name: number for number, name in enumerate(names)}
        tiers = before.scores[0].frame["tier"].replace_strict(at, return_dtype=pl.Int64)
        here = before.rows.is_not_null()  # whose orders are all gone since isn't there now
        places[before.rows.filter(here).to_numpy()] = tiers.filter(here).to_numpy()
    return {
        name: total
        for name, total in revenue_change.by_tier(known.shop, span, places, names).items()
        if total.orders or total.revenue
    }


def scored(customers: pl.DataFrame, known: Known, day: int) -> Scores | None:
    """Users, in the customers' rows, segments and tiers at the end of a day; None without any."""
    if customers.is_empty():
        return None
    asked = known.asked
    users, segments, tiers, _ = rfm.segment(
        customers,
        Window(known.window.first_day, to_date(day), known.window.timezone),
        asked.rfm,
        rules=asked.rules,
        cuts=asked.fixed(known.currency.places),
        currency=known.currency,
        playbook=asked.playbook,
    )
    return users, segments, tiers


def segments(known: Known, before: Earlier) -> dict[str, Table]:
    """Segments and tiers, their movements, and who should be won back."""
    now = scored(known.customers, known, known.day)
    if now is None:
        return {}
    then = before.scores or (None, None, None)
    users, by_segment, by_tier = now
    return {
        "users": users,
        "segments": movements.since("segments", "segment", by_segment, then[1]),
        "tiers": movements.since("tiers", "tier", by_tier, then[2]),
        "tier_moves": movements.moves(users, then[0], before.rows),
        "winback": winback(users, known.asked),
    }


WINBACK = (
    "user_id", "segment", "monetary", "frequency", "last_order", "recency_days", "action",
)  # fmt: skip
# The columns of the lists that are given out beside a report.
LISTED: Mapping[str, Collection[str]] = {
    "users": rfm.USERS,
    "winback": WINBACK,
    "due": replenishment.DUE,
}


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
    known: Known, since: int, before: Earlier | None, registered: pl.DataFrame | None
) -> dict[str, Table]:
    """Lifecycle: stages now, and from an earlier day, where today's orders don't tell it."""
    told = known.asked.lifecycle
    now = stages.state(known.customers, known.line, known.day, told, registered)
    everyone, line = (before.customers, before.line) if before else (known.customers, known.line)
    then = stages.state(everyone, line, since, told, registered)
    summary = lifecycle.summary(
        now, known.customers, known.window, currency=known.currency, playbook=known.asked.playbook
    )
    moved = lifecycle.transitions(
        now, then, known.customers, known.window, since=since, currency=known.currency
    )
    return {"lifecycle": summary, "transitions": moved}


def retained(known: Known) -> dict[str, Table]:
    """Cohorts, to the age that a report shows: one order of a wrong year makes thousands."""
    told = known.asked.cohorts
    longest = _LONGEST_AGE[known.asked.period]
    matrix, long = cohorts.cohorts(
        cohorts.members(known.customers),
        known.customers,
        known.line,
        known.window,
        told.model_copy(
            update={"max_age": longest if told.max_age is None else min(longest, told.max_age)}
        ),
        currency=known.currency,
        week_start=known.asked.week_start,
    )
    if told.max_age is None and long.frame["age"].max() == longest:
        note = Note("ages up to {age}; userops cohorts has all of them", age=longest)
        matrix, long = (table.but(notes=(*table.notes, note)) for table in (matrix, long))
    return {"matrix": matrix, "cohorts": long}


def returning(known: Known) -> dict[str, Table]:
    """Repurchase."""
    return {
        "windows": repurchase.windows(known.line, known.window, known.asked.repurchase),
        "repurchase_orders": repurchase.orders(known.line, known.window, known.asked.repurchase),
    }
