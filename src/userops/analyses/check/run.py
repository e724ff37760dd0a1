"""How the tables of `userops check` are made."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.check import findings, suspects, tables
from userops.analyses.check.params import CheckParams
from userops.core.facts import Facts
from userops.core.table import Table
from userops.readers.exports import Export
from userops.readers.overview import Overview
from userops.readers.strict.read import REJECTS


def run(inputs: Inputs, params: CheckParams) -> Iterator[Table]:
    """What the exports hold, what was refused and left out, and what looks wrong."""
    wanted = [name for name in tables.TABLES if inputs.wants(name)]
    orders = inputs.orders
    found, facts = _suspects(inputs, judged="findings" in wanted)
    rejects = pl.DataFrame(schema=REJECTS)
    if facts.tally.refused:
        rejects = orders.rejects(inputs.as_of)
    overviews = orders.overviews(fields="columns" in wanted)
    checked = tables.Checked(
        origins=[
            _origin(export, overview)
            for export, overview in zip(orders.exports, overviews, strict=True)
        ],
        statuses=orders.statuses() if "summary" in wanted else {},
        window=facts.window,
        seen=findings.Seen(
            tally=facts.tally,
            rejects=rejects,
            currency=facts.currency,
            signs=found,
            replaced=facts.replaced,
            loose_refunds=facts.loose_refunds,
        ),
    )
    inputs.account("orders", facts, lambda: rejects)
    yield from tables.check(checked, wanted)


def _suspects(inputs: Inputs, *, judged: bool) -> tuple[dict[str, pl.DataFrame], Facts]:
    """Orders that look wrong: no more than the users where nothing is judged by them."""
    first = suspects.FIRST if judged else {"users": suspects.users}
    with inputs.working("reading orders"):
        frames, facts = inputs.orders.reduce(list(first.values()), inputs.as_of)
    found = dict(zip(first, frames, strict=True))
    del frames  # the sort keys go as soon as they've been looked at
    if judged and (more := suspects.second(found)):
        with inputs.working("looking again"):
            again, _ = inputs.orders.reduce(list(more.values()), inputs.as_of)
        found |= dict(zip(more, again, strict=True))
    return found, facts


def _origin(export: Export, overview: Overview) -> tables.Origin:
    marks = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
    return tables.Origin(
        file=export.name,
        format=export.source.format.value,
        encoding=export.encoding,
        delimiter=marks.get(export.delimiter, ""),
        source=export.preset,
        columns=[
            (one.field, one.column, one.why, ", ".join(one.unused)) for one in export.taken.values()
        ],
        rows=overview.rows,
        filled=overview.filled,
    )
