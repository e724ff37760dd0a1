"""What came of contacts: reached, bought since, and how much of that the contact brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.analyses.contacts.log import ANSWERS_WITHIN, HELD, LISTED, REACHED, TRIED, Log
from userops.analyses.contacts.params import ContactsParams
from userops.core.dates import Window, to_date
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.stats.intervals import difference, wilson_high, wilson_low
from userops.stats.means import FEWEST_BUYERS, Sums, welch
from userops.stats.proportions import differ, sample_ratio

ALL, NO_REASON = "all", "no reason"
OUTCOMES: dict[str, Kind] = {
    "reason": Kind.WORD,
    "listed": Kind.COUNT,
    "tried": Kind.COUNT,
    "reached": Kind.COUNT,
    "reach_rate": Kind.RATE,
    "reach_low": Kind.RATE,
    "reach_high": Kind.RATE,
    "observed": Kind.COUNT,
    "converted": Kind.COUNT,
    "conversion": Kind.RATE,
    "conversion_low": Kind.RATE,
    "conversion_high": Kind.RATE,
    "revenue": Kind.MONEY,
}
EFFECT: dict[str, Kind] = {
    "reason": Kind.WORD,
    "evidence": Kind.WORD,
    "listed": Kind.COUNT,
    "held_back": Kind.COUNT,
    "conversion": Kind.RATE,
    "conversion_held_back": Kind.RATE,
    "difference": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "p_value": Kind.NUMBER,
    "revenue_per_user": Kind.MONEY,
    "revenue_per_user_held_back": Kind.MONEY,
    "revenue_difference": Kind.MONEY,
    "revenue_low": Kind.MONEY,
    "revenue_high": Kind.MONEY,
    "fewest_buyers": Kind.COUNT,
    "srm_p": Kind.NUMBER,
}
RECENT: dict[str, Kind] = {
    "reason": Kind.WORD,
    "list_from": Kind.DATE,
    "list_to": Kind.DATE,
    "listed": Kind.COUNT,
    "reached": Kind.COUNT,
    "converted": Kind.COUNT,
    "conversion": Kind.RATE,
    "revenue": Kind.MONEY,
    "evidence": Kind.WORD,
    "earned": Kind.MONEY,
    "earned_low": Kind.MONEY,
    "earned_high": Kind.MONEY,
    "fewest_buyers": Kind.COUNT,
    "extra_buyers": Kind.NUMBER,
    "extra_buyers_low": Kind.NUMBER,
    "extra_buyers_high": Kind.NUMBER,
}
_WEEK = 7
# Below this chance groups haven't the sizes that they were drawn to have.
UNFAIR = 0.001


@dataclass(frozen=True, slots=True)
class Arm:
    """One group of a reason: users who could be observed, of them who bought, and what they spent."""

    users: int = 0
    converted: int = 0
    total: int = 0
    squares: int = 0

    @property
    def sums(self) -> Sums:
        """What comparing means takes."""
        return Sums(self.users, self.total, self.squares)


def episodes(log: Log, orders: pl.DataFrame, as_of: int, params: ContactsParams) -> pl.DataFrame:
    """Every time that a user was listed or held back, by user and day; calls where there are no lists.

    `user_id, day, reason, group, tried, reached, observed` (whether the days after are over by as_of),
    `converted, revenue` (orders on the day and `within` days after; null where not observed), `bought, spent`.
    A call and an order are of the user's latest list by then; `bought, spent` are of every one before.

    Args:
        log: of days before the list's.
        orders: `user_id, day, amount`, of these users at least.
        as_of: the last day of orders that counts.
        params: within how many days an order counts.
    """
    rows = log.rows
    calls = rows.filter(pl.col("state").is_in([REACHED, TRIED]))
    lists = rows.filter(pl.col("group").is_not_null())
    if lists.is_empty():
        lists = calls.with_columns(group=pl.lit(LISTED))
    base = (
        lists.group_by("user_id", "day", "group")
        .agg(pl.col("reason").drop_nulls().first())
        .with_columns(pl.col("reason").fill_null(NO_REASON))
    )
    spent = _spent(base, orders, params.within)
    observed = pl.col("day") + params.within <= as_of
    return (
        base.join(_answered(base, calls), on=["user_id", "day"], how="left")
        .join(_bought(base, orders, params.within), on=["user_id", "day"], how="left")
        .join(spent, on=["user_id", "day"], how="left")
        .with_columns(
            pl.col("tried", "reached").fill_null(value=False),
            observed=observed,
            converted=pl.when(observed).then(pl.col("revenue").is_not_null()),
            revenue=pl.when(observed).then(pl.col("revenue").fill_null(0)),
            bought=pl.when(observed).then(pl.col("spent").is_not_null()),
            spent=pl.when(observed).then(pl.col("spent").fill_null(0)),
        )
        .sort("user_id", "day", "group")
    )


def _answered(base: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """`user_id, day, tried, reached` of rows of lists that a call is of."""
    return (
        _credited(base, calls.select("user_id", "state", then="day"), ANSWERS_WITHIN)
        .group_by("user_id", "day")
        .agg(tried=pl.len() > 0, reached=(pl.col("state") == REACHED).any())
    )


def _bought(base: pl.DataFrame, orders: pl.DataFrame, within: int) -> pl.DataFrame:
    """`user_id, day, revenue` of rows of lists that an order is of."""
    return (
        _credited(base, orders.rename({"day": "then"}), within)
        .group_by("user_id", "day")
        .agg(revenue=pl.col("amount").sum())
    )


def _credited(base: pl.DataFrame, events: pl.DataFrame, within: int) -> pl.DataFrame:
    """Events with the `day` of the user's latest list by then; without those that none was so lately before."""
    lists = base.select("user_id", pl.col("day").cast(pl.Int64)).unique().sort("day")
    # Of a shop's orders few are of users who were listed.
    theirs = events.join(lists.select("user_id"), on="user_id", how="semi")
    events = theirs.with_columns(pl.col("then").cast(pl.Int64)).sort("then")
    found = events.join_asof(
        lists.with_columns(then="day"), on="then", by="user_id", check_sortedness=False
    )
    return found.filter((pl.col("then") - pl.col("day")) <= within).with_columns(
        pl.col("day").cast(base.schema["day"])
    )


def _spent(base: pl.DataFrame, orders: pl.DataFrame, within: int) -> pl.DataFrame:
    """`user_id, day, spent` of rows of lists after which an order came, though another list came between."""
    return (
        base.select("user_id", "day")
        .unique()
        .join(orders.rename({"day": "bought"}), on="user_id")
        .filter((pl.col("bought") - pl.col("day")).is_between(0, within))
        .group_by("user_id", "day")
        .agg(spent=pl.col("amount").sum())
    )


def outcomes(
    found: pl.DataFrame, reasons: Sequence[str], window: Window, currency: Currency
) -> Table:
    """The table `outcomes`: of everybody listed, as often as they were."""
    listed = found.filter(pl.col("group") == LISTED)
    sums = [
        pl.len().cast(pl.Int64).alias("listed"),
        *(pl.col(name).sum().cast(pl.Int64).alias(name) for name in _SUMMED),
        pl.col("revenue").sum().cast(pl.Int64),
    ]
    by_reason = listed.group_by("reason").agg(sums)
    everyone = listed.select(sums).with_columns(reason=pl.lit(ALL)).filter(pl.col("listed") > 0)
    frame = pl.concat([by_reason, everyone.select(by_reason.columns)]).sort(
        place(reasons), "reason"
    )
    rate = {
        "reach": (pl.col("reached"), pl.col("listed")),
        "conversion": (pl.col("converted"), pl.col("observed")),
    }
    frame = frame.with_columns(
        *(
            pl.when(whole > 0).then(part / whole).alias("reach_rate" if name == "reach" else name)
            for name, (part, whole) in rate.items()
        ),
        *(wilson_low(part, whole).alias(f"{name}_low") for name, (part, whole) in rate.items()),
        *(wilson_high(part, whole).alias(f"{name}_high") for name, (part, whole) in rate.items()),
    )
    return Table("outcomes", frame.select(list(OUTCOMES)), OUTCOMES, window, currency)


def recent(
    found: pl.DataFrame,
    by_reason: Mapping[str, Mapping[str, Arm]],
    reasons: Sequence[str],
    about: tuple[int, Window, Currency],
    params: ContactsParams,
) -> Table:
    """The table `recent`: the last week of lists whose days are over, and what it earned.

    Args:
        found: every time that a user was listed or held back.
        by_reason: both groups of each reason, of all lists.
        reasons: in their order.
        about: as_of, the orders' window and currency.
        params: within how many days an order counts.
    """
    as_of, window, currency = about
    last = as_of - params.within
    week = found.filter(pl.col("group") == LISTED, pl.col("day").is_between(last - _WEEK + 1, last))
    summed = (
        week.group_by("reason")
        .agg(
            pl.len().alias("listed"),
            pl.col("reached", "converted").sum(),
            pl.col("revenue").sum(),
        )
        .sort(place(reasons), "reason")
    )
    rows = []
    for row in summed.iter_rows(named=True):
        groups = by_reason.get(row["reason"], {})
        brought = _brought(groups, row["listed"], params)
        rows.append(
            row
            | {
                "list_from": to_date(last - _WEEK + 1),
                "list_to": to_date(last),
                "conversion": row["converted"] / row["listed"],
                "evidence": "holdout" if brought else None,
                **dict(zip(_BROUGHT, brought or (None,) * len(_BROUGHT), strict=True)),
            }
        )
    frame = pl.DataFrame(rows, schema=_recent_schema())
    told = frame.filter(pl.col("earned").is_not_null())["reason"].to_list()
    notes = tuple(_few_buyers({reason: by_reason[reason] for reason in told}))
    return Table("recent", frame, RECENT, window, currency, notes)


_BROUGHT = (
    "earned", "earned_low", "earned_high", "fewest_buyers",
    "extra_buyers", "extra_buyers_low", "extra_buyers_high",
)  # fmt: skip
_RECENT_TYPES = {
    Kind.WORD: pl.String, Kind.DATE: pl.Date, Kind.COUNT: pl.Int64, Kind.MONEY: pl.Int64,
    Kind.RATE: pl.Float64, Kind.NUMBER: pl.Float64,
}  # fmt: skip


def _recent_schema() -> dict[str, type[pl.DataType]]:
    return {name: _RECENT_TYPES[kind] for name, kind in RECENT.items()}


def _brought(
    groups: Mapping[str, Arm], listed: int, params: ContactsParams
) -> tuple[float, ...] | None:
    """What so many listed users brought beyond users held back, by all lists so far; None untold.

    Money with its interval, buyers in the smaller group, and how many bought more, with its interval.
    """
    called, held = groups.get(LISTED, Arm()), groups.get(HELD, Arm())
    money = welch(called.sums, held.sums) if called.users and held.users else None
    if money is None or _is_unfair(called, held, params):
        return None
    each = money.difference
    gap = difference(called.converted, called.users, held.converted, held.users)
    return (
        *(round(value * listed) for value in (each.value, each.low, each.high)),
        _fewest(groups),
        *(value * listed for value in (gap.value, gap.low, gap.high)),
    )


def _fewest(groups: Mapping[str, Arm]) -> int:
    """Buyers in the group that has fewer."""
    return min(groups.get(group, Arm()).converted for group in (LISTED, HELD))


_SUMMED = ("tried", "reached", "observed", "converted")


def place(reasons: Sequence[str]) -> pl.Expr:
    """A reason's place in tables: in their order, then others, then all."""
    places = {name: place for place, name in enumerate(reasons)} | {ALL: len(reasons) + 1}
    return pl.col("reason").replace_strict(places, default=len(reasons), return_dtype=pl.Int64)


def arms(found: pl.DataFrame) -> dict[str, dict[str, Arm]]:
    """By reason, and of all, both groups: each user once, by his first time on a list.

    What comes later isn't as it would have been without the first, so it can't be compared; nor can
    users of a season in which nobody was held back.
    """
    first = found.sort("user_id", "day", "group").unique(
        "user_id", keep="first", maintain_order=True
    )
    seen = _since_held_back(first.filter("observed"), found)
    amount = pl.col("spent").cast(pl.Int128)
    sums = [
        pl.len().alias("users"),
        pl.col("bought").sum().alias("converted"),
        amount.sum().alias("total"),
        (amount * amount).sum().alias("squares"),
    ]
    frames = [
        seen.group_by("reason", "group").agg(sums),
        seen.with_columns(reason=pl.lit(ALL)).group_by("reason", "group").agg(sums),
    ]
    by_reason: dict[str, dict[str, Arm]] = {}
    for reason, group, *counts in pl.concat(frames).sort("reason", "group").iter_rows():
        by_reason.setdefault(reason, {})[group] = Arm(*map(int, counts))
    return by_reason


def _since_held_back(first: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """First times since the first day that somebody was held back on: before, there's nobody to compare with."""
    start = found.filter("observed", pl.col("group") == HELD)["day"].min()
    return first if start is None else first.filter(pl.col("day") >= start)


def measured(
    by_reason: Mapping[str, Mapping[str, Arm]], params: ContactsParams
) -> dict[str, float]:
    """The effect of reasons that enough were listed and held back for: a difference of conversions."""
    return {
        reason: listed.converted / listed.users - held.converted / held.users
        for reason, groups in by_reason.items()
        if reason != ALL
        and (listed := groups.get(LISTED, Arm())).users >= params.min_listed
        and (held := groups.get(HELD, Arm())).users >= params.min_held_back
        and not _is_unfair(listed, held, params)
    }


def _srm(listed: Arm, held: Arm, params: ContactsParams) -> float | None:
    if not params.holdout or not listed.users + held.users:
        return None
    return sample_ratio([listed.users, held.users], [1 - params.holdout, params.holdout]).p


def _is_unfair(listed: Arm, held: Arm, params: ContactsParams) -> bool:
    p = _srm(listed, held, params)
    return p is not None and p < UNFAIR


def effect(
    by_reason: Mapping[str, Mapping[str, Arm]],
    reasons: Sequence[str],
    window: Window,
    currency: Currency,
    params: ContactsParams,
) -> Table:
    """The table `effect`: listed against held back, or where nobody was, what was observed."""
    places = {name: place for place, name in enumerate(reasons)} | {ALL: len(reasons) + 1}
    order = sorted(by_reason, key=lambda reason: (places.get(reason, len(reasons)), reason))
    rows = [_row(reason, by_reason[reason], params) for reason in order]
    schema = {name: _TYPES.get(kind, pl.Float64) for name, kind in EFFECT.items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("effect", frame, EFFECT, window, currency, tuple(_notes(by_reason, params)))


_TYPES = {Kind.WORD: pl.String, Kind.COUNT: pl.Int64}


def _row(
    reason: str, groups: Mapping[str, Arm], params: ContactsParams
) -> tuple[str | int | float | None, ...]:
    listed, held = groups.get(LISTED, Arm()), groups.get(HELD, Arm())
    shares = [arm.converted / arm.users if arm.users else None for arm in (listed, held)]
    means = [arm.total / arm.users if arm.users else None for arm in (listed, held)]
    counts = (reason, None, listed.users, held.users)
    if not (listed.users and held.users):
        nothing = (None,) * 4
        return (*counts, *shares, *nothing, *means, *nothing, _srm(listed, held, params))
    gap = difference(listed.converted, listed.users, held.converted, held.users)
    tested = differ(listed.converted, listed.users, held.converted, held.users)
    money = welch(listed.sums, held.sums)
    spent = money.difference if money else None
    return (
        reason, "holdout", listed.users, held.users, *shares, gap.value, gap.low, gap.high,
        tested.p if tested else None, *means,
        spent.value if spent else None, spent.low if spent else None, spent.high if spent else None,
        _fewest(groups), _srm(listed, held, params),
    )  # fmt: skip


def _notes(by_reason: Mapping[str, Mapping[str, Arm]], params: ContactsParams) -> Iterator[Note]:
    yield Note(
        "each user once, by the first time on a list; orders within {days:day|days}",
        days=params.within,
    )
    everyone = by_reason.get(ALL, {})
    listed, held = everyone.get(LISTED, Arm()), everyone.get(HELD, Arm())
    if listed.users and not held.users:
        yield Note(
            'there was no holdout, so the effect of calls can\'t be measured. holdout = "10%" in '
            "[contacts] holds back a tenth at random"
        )
    elif _is_unfair(listed, held, params):
        yield Note(
            "{listed:,} listed and {held:,} held back aren't the {share:.0%} that were drawn: the "
            "groups may differ for other reasons than the call",
            listed=listed.users,
            held=held.users,
            share=params.holdout,
        )
    yield from _few_buyers(by_reason)


def _few_buyers(by_reason: Mapping[str, Mapping[str, Arm]]) -> Iterator[Note]:
    """Of which reasons money is less sure than its interval says."""
    few = tuple(
        Word(reason)
        for reason, groups in sorted(by_reason.items())
        if all(groups.get(group, Arm()).users for group in (LISTED, HELD))
        and _fewest(groups) < FEWEST_BUYERS
    )
    if few:
        yield Note(
            "fewer than {fewest} buyers among users listed or held back: money is less sure than its "
            "interval says, go by conversion ({reasons})",
            fewest=FEWEST_BUYERS,
            reasons=few,
        )
