"""`userops ltv`."""

from __future__ import annotations

from collections.abc import Sequence

from userops import ltv
from userops.commands import other_exports
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.core.errors import UsageError
from userops.core.table import Table
from userops.customers import backtest, fitting
from userops.customers import value as worth
from userops.customers.backtest import Backtest
from userops.customers.buyers import buyers
from userops.customers.forecast import Forecast
from userops.customers.value import Groups, Shop
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.render import emit
from userops.render import files as outputs
from userops.settings import params

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
    others = {"costs": costs, "users": users}
    with start(common, ltv.TABLES, beside=others, on_spark=True, by=by) as this:
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
        costed = bool(this.named["costs"])
        by, splits = _splits(this, by, channels=costed or this.wants("channels"))
        tests = this.wants("backtest") or told.model == "auto"
        curves = costed and (this.wants("summary") or this.wants("channels"))
        lined = tests or curves or this.wants("cohorts")
        steps = [step for split in splits for step in split.steps]
        known, line, found, facts = this.timeline(buyers, timeline.amounts, *steps, lined=lined)
        shop = Shop(known, facts.window, facts.currency, told, line if lined else None)
        shop = shop.but(costs=other_exports.costs(this, known, shop.as_of, facts.currency))
        for note in shop.costs.notes if shop.costs else ():
            this.note(note)
        groups = {}
        for split in splits:
            first = [found.pop(0) for _ in split.steps]
            groups[split.name] = worth.groups(known, split.name, split.of(first))
        if by == "cohort":
            groups[by] = worth.groups(known, by)
        tested = _backtests(this, shop, end, settled=facts.settled) if tests else ()
        shop = shop.but(forecast=_forecast(this, shop, tested))
        tables = _tables(this, shop, groups, by, tested)
        this.emit("ltv", tables)


def _splits(this: Run, by: str | None, *, channels: bool) -> tuple[str | None, list[Attribute]]:
    """What `by` means, and the attributes that users are told apart by: each once.

    Raises:
        UsageError: nothing knows one that's needed.
    """
    asked = by if by != "cohort" else None
    if not (asked or channels):
        return by, []
    known = other_exports.people(this, asked)
    first = attributes.of_orders(this.orders.fields)
    found = {}
    if asked:
        split = other_exports.split(asked, known, this.orders.exports, first)
        if split is None:
            raise other_exports.unknown(asked, known, "orders")
        by = split.name
        found[by] = split
    if channels and "channel" not in found:
        split = other_exports.split("channel", known, this.orders.exports, first)
        if split:
            found["channel"] = split
        elif this.common.show == "channels":
            raise other_exports.unknown("channel", known, "orders")
    return by, [*found.values()]


def _backtests(this: Run, shop: Shop, end: int | None, *, settled: bool) -> tuple[Backtest, ...]:
    """The model's backtest, or all models' with the best first.

    Raises:
        InputError: there can be none, and its table was asked for.
        UsageError: calibration can't end there.
    """
    if end is not None and not shop.buyers.is_empty() and end >= shop.as_of:
        raise UsageError(
            f"--calibration-end isn't before {shop.window.as_of}", mend="end it earlier"
        )
    then = None if settled else lambda day: this.orders.reduce([buyers], day)[0][0]
    found, why = fitting.backtested(shop, end, then, needed=this.common.show == "backtest")
    for note in why:
        this.note(note)
    if found and shop.params.model == fitting.AUTO:
        this.note(backtest.comparison(found))
    return found


def _forecast(this: Run, shop: Shop, tested: Sequence[Backtest]) -> Forecast | None:
    """The fitted models, or None where a fit is refused and nothing asked for rests on it."""
    wanted = this.wants("summary") or this.wants("channels") or this.wants("users")
    if not (wanted or this.wants("model")):
        return None
    found, notes = fitting.fitted(shop, tested, needed=this.common.show in _FITTED)
    for note in notes:
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
