"""How the tables of `userops check` are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import polars as pl

from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.check import findings, suspects, tables
from userops.analyses.check.params import CheckParams
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.table import Table
from userops.datasets import DATASETS
from userops.readers.exports import Export
from userops.readers.overview import Overview, overviews
from userops.readers.strict.read import REJECTS


def scope(given: Given) -> Scope:
    """Check is about the dataset that it's told; only orders are judged.

    Raises:
        UsageError: there's no such dataset.
    """
    name = str(given.params.get("dataset") or "orders")
    if name not in DATASETS:
        raise UsageError.unknown("dataset", name, list(DATASETS))
    return Scope(name, _tables(name), ())


def _tables(dataset: str) -> tuple[str, ...]:
    return tables.TABLES if dataset == "orders" else tables.OF_ROWS


def run(inputs: Inputs, params: CheckParams) -> Iterator[Table]:
    """What the exports hold, what was refused and left out, and what looks wrong."""
    wanted = [name for name in _tables(params.dataset) if inputs.wants(name)]
    look = _orders if params.dataset == "orders" else partial(_rows, params.dataset)
    yield from tables.check(look(inputs, wanted), wanted)


def _orders(inputs: Inputs, wanted: Sequence[str]) -> tables.Checked:
    orders = inputs.orders
    found, facts = _suspects(inputs, judged="findings" in wanted)
    rejects = pl.DataFrame(schema=REJECTS)
    if facts.tally.refused:
        rejects = orders.rejects(inputs.as_of)
    looked = orders.overviews(fields="columns" in wanted)
    checked = tables.Checked(
        origins=list(map(_origin, orders.exports, looked)),
        contents=list(tables.of_orders(found["users"], facts.currency)),
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
    return checked


def _rows(name: str, inputs: Inputs, wanted: Sequence[str]) -> tables.Checked:
    """The same of another dataset, of which nothing is judged."""
    dataset = DATASETS[name]
    rows = inputs.dataset(dataset.name)
    assert rows is not None
    facts = rows.facts
    looked = overviews(rows.exports, dataset, fields="columns" in wanted)
    return tables.Checked(
        origins=list(map(_origin, rows.exports, looked)),
        contents=list(tables.of_rows(rows.frame, dataset, facts.currency)),
        statuses={},
        window=facts.window,
        dated=dataset.time is not None,
        seen=findings.Seen(
            tally=facts.tally,
            rejects=rows.rejects() if facts.tally.refused else pl.DataFrame(schema=REJECTS),
            currency=facts.currency,
            signs={},
        ),
    )


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
