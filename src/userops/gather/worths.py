"""What users are worth and what they cost: the tables of `userops ltv` that a report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from userops import forecast, ltv, ltv_periods, worth
from userops.acquisition import Costs
from userops.buyers import halves
from userops.costs import COSTS
from userops.errors import InputError
from userops.forecast import NAMES, Forecast, History
from userops.gather.wanted import Wanted
from userops.ltv_periods import Revised
from userops.measures import Span
from userops.notes import Note
from userops.report.analyses import Known
from userops.run import Run
from userops.sources import people
from userops.table import Table
from userops.worth import Shop


def tables(
    this: Run,
    wanted: Wanted,
    known: Known,
    split: pl.DataFrame | None,
    spans: Sequence[Span],
    notes: list[Note],
) -> dict[str, Table]:
    """Summary, channels where costs and channels are known, and LTV by cohort and age.

    With costs also LTV / CAC at the end of some spans.
    """
    told = this.settings.ltv
    shop = Shop(known.customers, known.window, known.currency, told, known.line)
    if known.customers.is_empty():
        return {}
    shop = shop.but(buyers=halves(known.customers, known.line, shop.as_of))
    shop = shop.but(costs=_costs(this, wanted, shop, notes), forecast=_forecast(shop, notes))
    found = {
        "ltv_summary": ltv.summary(shop, None, this.lang),
        "ltv_cohorts": ltv.cohorts(shop, None),
    }
    if shop.costs is not None:
        by_period = ltv_periods.table(shop, spans, _revised(this, known, spans))
        found |= {} if by_period is None else {by_period.name: by_period}
    if split is not None and shop.costs is not None:
        groups = worth.groups(shop.buyers, "channel", split)
        found["ltv_channels"] = ltv.channels(shop, groups, this.lang)
        notes += worth.unmatched(groups, shop.costs)
    return found


def _revised(this: Run, known: Known, spans: Sequence[Span]) -> Revised | None:
    if known.settled:
        return None
    return Revised(*this.orders.revised([span.last for span in spans], this.as_of))


def _costs(this: Run, wanted: Wanted, shop: Shop, notes: list[Note]) -> Costs | None:
    names = wanted.costed(this)
    if not names:
        return None
    money = shop.currency
    read = people.load(
        names, COSTS, replace(this.how, currency=money.code or this.how.currency), this.folder
    )
    if read.currency.places != money.places:
        raise InputError(
            f"costs are in {read.currency.code}, orders in a currency of {money.places} decimals",
            mend="name the orders' with [currency] code in userops.toml",
        )
    first: int = shop.buyers["first_day"].min()  # type: ignore[assignment]
    costs = Costs.of(read.good.select("channel", "period", "cost"), first, shop.as_of)
    notes += costs.notes
    return costs


def _forecast(shop: Shop, notes: list[Note]) -> Forecast | None:
    """The fitted models; None, and a note, where there's too little to fit them to."""
    told = shop.params
    name = next(iter(NAMES)) if told.model == "auto" else told.model
    try:
        history = History.of(shop.buyers, shop.as_of, told.time_unit, shop.currency.places)
        found = forecast.fit(history, name, told)
    except InputError as refused:
        notes.append(Note("no prediction: {why}", why=refused.problem))
        return None
    notes += (*found.notes, *forecast.caveats(found, told))
    return found
