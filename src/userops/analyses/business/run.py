"""How the tables of `userops business` are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.analysis import Inputs
from userops.analyses.business import tables
from userops.analyses.business.figures import figures
from userops.analyses.business.outlay import Outlay, Team
from userops.analyses.business.params import BusinessParams
from userops.core.dates import to_day
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers import measures
from userops.customers.measures import OrderMeasures
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS


def run(inputs: Inputs, params: BusinessParams) -> Iterator[Table]:
    """What the business brought, period by period, and what its change comes from."""
    team = Team.of(params.team)
    _, customer_timeline, _, facts = inputs.timeline(CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS)
    window, currency, week_start = facts.window, facts.currency, inputs.settings.week_start
    year = params.against == "year"
    compared = measures.compare(window, Period(params.period), year=year, week_start=week_start)
    if compared is None or window.as_of is None or window.first_day is None:
        nothing = Outlay({})
        yield tables.summary((), nothing, window, currency)
        yield tables.months((), nothing, window, currency)
        return
    as_of = to_day(window.as_of)
    costs = inputs.dataset("costs", as_of=as_of, money=currency)
    outlay = Outlay({}) if costs is None else Outlay.of(costs.frame, as_of)
    orders = OrderMeasures(customer_timeline)
    both = [span for span in (compared.before, compared.now) if span is not None]
    told = figures(orders, both, outlay, team)
    if inputs.wants("summary"):
        yield tables.summary(told, outlay, window, currency)
    if inputs.wants("change") and len(told) > 1:
        yield tables.change(told[1], told[0], outlay, window, currency)
    if inputs.wants("months"):
        months = measures.spans(to_day(window.first_day), as_of, Period.MONTH)
        by_month = figures(orders, months, outlay, team)
        yield tables.months(by_month, outlay, window, currency)
