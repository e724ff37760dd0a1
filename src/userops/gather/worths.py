"""What users are worth and what they cost: the tables of `userops ltv` that a report shows."""

from __future__ import annotations

import polars as pl

from userops import beside, forecast, ltv, worth
from userops.buyers import halves
from userops.errors import InputError
from userops.forecast import NAMES, Forecast, History
from userops.report.analyses import Known
from userops.run import Run
from userops.table import Table
from userops.worth import Shop


def tables(
    this: Run, known: Known, split: pl.DataFrame | None, notes: list[str]
) -> dict[str, Table]:
    """Summary, channels where costs and channels are known, and LTV by cohort and age."""
    told = this.settings.ltv
    shop = Shop(known.customers, known.window, known.currency, told, known.line)
    if known.customers.is_empty():
        return {}
    shop = shop.but(buyers=halves(known.customers, known.line, shop.as_of))
    costs = beside.costs(this, shop.buyers, shop.as_of, shop.currency)
    notes += costs.notes if costs else ()
    shop = shop.but(costs=costs, forecast=_forecast(shop, notes))
    found = {
        "ltv_summary": ltv.summary(shop, None, this.lang),
        "ltv_cohorts": ltv.cohorts(shop, None),
    }
    if split is not None and shop.costs is not None:
        groups = worth.groups(shop.buyers, "channel", split)
        found["ltv_channels"] = ltv.channels(shop, groups, this.lang)
        notes += worth.unmatched(groups, shop.costs)
    return found


def _forecast(shop: Shop, notes: list[str]) -> Forecast | None:
    """The fitted models; None, and a note, where there's too little to fit them to."""
    told = shop.params
    name = next(iter(NAMES)) if told.model == "auto" else told.model
    try:
        history = History.of(shop.buyers, shop.as_of, told.time_unit, shop.currency.places)
        found = forecast.fit(history, name, told)
    except InputError as refused:
        notes.append(f"no prediction: {refused.problem}")
        return None
    notes += (*found.notes, *forecast.caveats(found, told))
    return found
