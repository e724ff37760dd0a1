"""What users are worth and what they cost: the tables of `userops ltv` that a report shows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops import ltv
from userops.analyses.kpis.measures import Span
from userops.analyses.ltv import by_period as ltv_periods
from userops.analyses.ltv.by_period import Revised
from userops.commands.run import Run
from userops.core.messages import Note
from userops.core.table import Table
from userops.customers import fitting
from userops.customers import value as worth
from userops.customers.acquisition import Costs
from userops.customers.buyers import from_timeline
from userops.customers.value import Shop
from userops.gather.wanted import Wanted
from userops.report.analyses import Known


def tables(
    this: Run,
    wanted: Wanted,
    known: Known,
    costs: Costs | None,
    split: pl.DataFrame | None,
    spans: Sequence[Span],
) -> tuple[dict[str, Table], list[Note]]:
    """Summary, channels where costs and channels are known, LTV by cohort and age; and what to tell.

    With costs also LTV / CAC at the end of some spans, for the headline.
    """
    told = this.settings.ltv
    shop = Shop(known.customers, known.window, known.currency, told, known.line)
    whole = wanted.needs("ltv")
    if known.customers.is_empty() or not (whole or (costs and wanted.needs("headline"))):
        return {}, []
    notes = [*costs.notes] if costs else []
    shop = shop.but(buyers=from_timeline(known.customers, known.line), costs=costs)
    found: dict[str, Table] = {}
    if shop.costs is not None and wanted.needs("headline"):
        by_period = ltv_periods.table(shop, spans, _revised(this, known, spans))
        found |= {} if by_period is None else {by_period.name: by_period}
    if whole:
        forecast, said = fitting.fitted(shop)
        notes += said
        shop = shop.but(forecast=forecast)
        found["ltv_summary"] = ltv.summary(shop, None, this.lang)
        found["ltv_cohorts"] = ltv.cohorts(shop, None)
    if whole and split is not None and shop.costs is not None:
        groups = worth.groups(shop.buyers, "channel", split)
        found["ltv_channels"] = ltv.channels(shop, groups, this.lang)
        notes += worth.unmatched(groups, shop.costs)
    return found, notes


def _revised(this: Run, known: Known, spans: Sequence[Span]) -> Revised | None:
    if known.settled:
        return None
    return Revised(*this.orders.revised([span.last for span in spans], this.as_of))
