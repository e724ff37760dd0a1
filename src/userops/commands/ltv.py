"""`userops ltv`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from userops import backtest, emit, forecast, ledger, ltv, outputs, timeline, worth
from userops.acquisition import Costs
from userops.backtest import Backtest
from userops.buyers import buyers, halves
from userops.costs import COSTS
from userops.errors import InputError, UsageError
from userops.forecast import NAMES, Forecast, History
from userops.options import Common
from userops.run import Run, start
from userops.settings import params
from userops.sources import people
from userops.sources.intake import Facts
from userops.table import Result, Table
from userops.worth import Groups, Shop

_FITTED = ("users", "model", "backtest")
_FOR_PEOPLE = ("table", "md", "html")


def run(
    common: Common,
    by: str | None,
    costs: list[str] | None,
    users: list[str] | None,
    calibration_end: str | None,
    **predicted: object,
) -> None:
    """Value users, and write the tables asked for."""
    with start(common, ltv.TABLES) as this:
        told = params(this.settings.ltv, **predicted)
        end = this.day("--calibration-end", calibration_end)
        if told.model != "auto":  # which model is best is for a backtest to say
            this.idle("--calibration-end", calibration_end, "backtest")
        this.idle("--by", by, "summary", "cohorts")
        this.idle("--costs", costs, "summary", "channels")
        for option in ("horizon", "discount_rate"):
            given = predicted.get(option)
            this.idle(f"--{option.replace('_', '-')}", given, "summary", "users", "channels")
        this.idle("--margin", predicted.get("margin"), "summary", "users", "cohorts", "channels")
        cost_files = this.beside("costs", costs)
        wanted = {by} if by and by != "cohort" else set()
        if cost_files or this.wants("channels"):
            wanted.add("channel")
        needed = {by, "channel" if common.show == "channels" else by}
        splits, steps = _splits(this, sorted(wanted), needed, this.beside("users", users))
        tests = this.wants("backtest") or told.model == "auto"
        curves = cost_files and (this.wants("summary") or this.wants("channels"))
        lined = tests or curves or this.wants("cohorts")
        (known, *found), facts = this.reduce(
            buyers, *steps.values(), *[timeline.amounts] * bool(lined)
        )
        splits |= dict(zip(steps, found, strict=False))
        line = timeline.build(known, found[-1], this.again) if lined else None
        shop = Shop(known, facts.window, facts.currency, told, line)
        shop = shop.but(costs=_costs(this, cost_files, shop, facts))
        groups = {name: worth.groups(known, name, split) for name, split in splits.items()}
        if by == "cohort":
            groups[by] = worth.groups(known, by)
        tested = _backtests(this, shop, end, settled=facts.settled) if tests else ()
        shop = shop.but(forecast=_forecast(this, shop, tested))
        tables = _tables(this, shop, groups, by, tested)
        this.emit(Result("ltv", tables, facts.tally))


Step = Callable[[pl.LazyFrame], pl.LazyFrame]


def _splits(
    this: Run, names: Sequence[str], needed: set[str | None], users: list[str]
) -> tuple[dict[str, pl.DataFrame], dict[str, Step]]:
    """What the users export knows of users, and steps for what the orders do.

    Raises:
        UsageError: neither knows an attribute that's needed.
    """
    known: dict[str, pl.DataFrame] = {}
    steps: dict[str, Step] = {}
    for name in names:
        if users:
            try:
                found = people.people(users, this.how, this.folder, name)
                known[name] = found.frame.select("user_id", name)
                for note in found.notes:
                    this.note(note)
                continue
            except InputError:
                if name != "channel":
                    raise
        if name in ledger.ATTRIBUTES and any(name in one.taken for one in this.orders.exports):
            steps[name] = partial(ledger.first_value, name=name)
        elif name in needed:
            raise UsageError(
                f"the orders have no column for {name}",
                mend=f"--map {name}=COLUMN, or --users FILE with a column {name}",
            )
    return known, steps


def _costs(this: Run, files: list[str], shop: Shop, facts: Facts) -> Costs | None:
    if not files or shop.buyers.is_empty():
        return None
    money = facts.currency
    read = people.load(
        files, COSTS, replace(this.how, currency=money.code or this.how.currency), this.folder
    )
    if read.currency.places != money.places:
        raise InputError(
            f"costs are in {read.currency.code}, orders in a currency of {money.places} decimals",
            mend="name the orders' with [currency] code in userops.toml",
        )
    good = read.good.select("channel", "period", "cost")
    costs = Costs.of(good, int(shop.buyers["first_day"].min()), shop.as_of)  # type: ignore[arg-type]
    for note in costs.notes:
        this.note(note)
    return costs


def _backtests(this: Run, shop: Shop, end: int | None, *, settled: bool) -> tuple[Backtest, ...]:
    """The model's backtest, or all models' with the best first.

    Raises:
        InputError: there can be none, and its table was asked for.
        UsageError: calibration can't end there.
    """
    told, as_of = shop.params, shop.as_of
    if end is not None and not shop.buyers.is_empty() and end >= as_of:
        raise UsageError(
            f"--calibration-end isn't before {shop.window.as_of}", mend="end it earlier"
        )
    names: list[str] = list(NAMES) if told.model == "auto" else [told.model]
    try:
        if end is None:
            end = backtest.default_end(shop.buyers, as_of, told)
        if shop.line is None:
            raise ValueError("backtests need a timeline")
        # A refund since then wasn't known to who fitted at the end of calibration.
        then = None if settled else this.orders.reduce([buyers], end)[0][0]
        parts = halves(shop.buyers, shop.line, end, then)
        found = backtest.each(parts, shop.window, end, names, told, shop.currency, as_of)
    except InputError as refused:
        if this.common.show == "backtest":
            raise
        this.note(f"no backtest: {refused.problem}")
        return ()
    if told.model == "auto":
        this.note(backtest.comparison(found))
    return found


def _forecast(this: Run, shop: Shop, tested: Sequence[Backtest]) -> Forecast | None:
    """The fitted models, or None where a fit is refused and nothing asked for rests on it."""
    wanted = this.wants("summary") or this.wants("channels") or this.wants("users")
    if not (wanted or this.wants("model")):
        return None
    told = shop.params
    name: str = told.model
    if name == "auto":
        name = tested[0].model if tested else next(iter(NAMES))
    try:
        history = History.of(shop.buyers, shop.as_of, told.time_unit, shop.currency.places)
        found = forecast.fit(history, name, told)
    except InputError as refused:
        if this.common.show in _FITTED:
            raise
        this.note(f"no prediction: {refused.problem}")
        return None
    for note in (*found.notes, *forecast.caveats(found, told)):
        this.note(note)
    return found


def _tables(
    this: Run,
    shop: Shop,
    groups: dict[str, Groups],
    by: str | None,
    tested: Sequence[Backtest],
) -> tuple[Table, ...]:
    """The tables asked for, as far as there are any."""
    fmt = emit.choose_format(this.common.format, outputs.as_path(this.common.output))
    lang = this.lang if fmt in _FOR_PEOPLE else None
    made: list[Table] = []
    channels = groups.get("channel")
    if this.wants("summary"):
        made.append(ltv.summary(shop, groups.get(by or ""), lang))
    if this.wants("users") and shop.forecast:
        made.append(ltv.users(shop, shop.forecast))
    if this.wants("cohorts"):
        made.append(ltv.cohorts(shop, groups.get(by or "")))
    if this.wants("channels") and channels:
        made.append(ltv.channels(shop, channels, lang))
    if this.wants("model") and shop.forecast:
        made.append(ltv.model(shop, shop.forecast))
    if this.wants("backtest") and tested:
        made.append(tested[0].table)
    if channels and shop.costs:
        for note in worth.unmatched(channels, shop.costs):
            this.note(note)
    return tuple(made)
