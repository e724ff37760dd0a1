"""How the tables of `userops points` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.points import reconcile, tables
from userops.analyses.points.params import PointsParams
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.table import Table
from userops.core.validity import parse_validity
from userops.customers.granting_sources import Sources, payments_of, sources
from userops.customers.point_balances import asked, balances, balances_of
from userops.customers.point_books import Books, keep_books
from userops.customers.points_ahead import books_of, by_rules, events_beside
from userops.customers.points_ledger import BY_SIGN, Exported, Validities
from userops.readers.dataset import Rows
from userops.readers.fast.expressions import DoubtError


@dataclass(frozen=True, slots=True)
class _Ledgers:
    """What rules say, and what the shop exported: one of them at least; and the books of what counts."""

    granted: pl.DataFrame
    by_rules: pl.DataFrame
    shops: Exported | None
    books: Books


def run(inputs: Inputs, params: PointsParams) -> Iterator[Table]:
    """Keep the ledger of points, and compare it with the shop's own."""
    if not params.rules and not inputs.has("points"):
        if inputs.lenient:
            return
        raise UsageError(
            "neither rules of points nor a ledger of them",
            mend="write [[points.rules]] in userops.toml (userops explain 'rule of points'), "
            "or name the shop's ledger with --points FILE",
        )
    is_exported = inputs.has("points")
    # A shop's own ledger says what was granted: rules are asked where it's compared with them.
    asks_rules = not is_exported or inputs.wants("rules") or inputs.wants("reconcile")
    redeemed = [] if is_exported else events_beside(params)
    found = sources(inputs, params.rules if asks_rules else (), redeemed)
    if found is None:
        return
    if inputs.demands("balances") and (table := _large_balances(inputs, found, params)) is not None:
        yield table
        return
    rows = inputs.dataset("points", as_of=found.as_of)
    ledgers = _ledgers(inputs, found, rows, params, asks_rules=asks_rules)
    yield from _tables(inputs, found, ledgers, params)


_START = Note(
    "start is for what rules grant: entries of the shop's own ledger count from its first on"
)


def _large_balances(inputs: Inputs, found: Sources, params: PointsParams) -> Table | None:
    """Balances of an exported ledger straight from the file; None where it needs a closer look."""
    own = any(rule.valid or rule.round for rule in params.rules)
    if own or parse_validity(params.valid).inactivity or params.start:
        return None
    ledger = inputs.columns("points", partial(asked, words=params.kinds), found.as_of)
    if ledger is None:
        return None
    validities = Validities(params.valid, params.round)
    try:
        told = balances_of(ledger, params.kinds, validities, found.as_of)
    except DoubtError:  # points too large to be added up so
        return None
    notes = found.notes if "kind" in ledger.export.taken else (*found.notes, BY_SIGN)
    return tables.balances(told, found.facts.window, notes)


def _ledgers(
    inputs: Inputs, found: Sources, rows: Rows | None, params: PointsParams, *, asks_rules: bool
) -> _Ledgers:
    start = inputs.day("start", params.start)
    granted = found.granted(params.rules if asks_rules else (), start)
    made = by_rules(found, granted, params, start)
    if rows is None:
        return _Ledgers(granted, made, None, keep_books(made, found.as_of))
    return _Ledgers(granted, made, *books_of(inputs, rows, params, found.as_of))


def _tables(
    inputs: Inputs, found: Sources, ledgers: _Ledgers, params: PointsParams
) -> Iterator[Table]:
    window, money, books = found.facts.window, found.facts.currency, ledgers.books
    shops = ledgers.shops.notes if ledgers.shops else ()
    if ledgers.shops and params.start:
        shops = (*shops, _START)
    notes = (*found.notes, *shops)
    if inputs.wants("summary"):
        payments = found.payments
        if payments is None:
            payments = payments_of(inputs, found.as_of)
        yield tables.summary(books, payments, found.as_of, window, money, params, notes)
    if inputs.wants("balances"):
        yield tables.balances(balances(books, found.as_of), window, notes)
    if inputs.wants("lots"):
        yield tables.lots(books, window, shops)
    if inputs.wants("expiring"):
        yield tables.expiring(books, found.as_of, window, money, params, shops)
    if inputs.wants("cohorts"):
        yield tables.cohorts(books, found.as_of, window, shops)
    if inputs.wants("rules"):
        yield tables.rules(ledgers.granted, params.rules, window, notes)
    if inputs.wants("reconcile"):
        yield from _reconciled(inputs, found, ledgers, params)


def _reconciled(
    inputs: Inputs, found: Sources, ledgers: _Ledgers, params: PointsParams
) -> Iterator[Table]:
    if ledgers.shops is None:
        if inputs.demands("reconcile"):
            raise UsageError(
                "no exported ledger to reconcile", mend="name the shop's ledger with --points FILE"
            )
        return
    notes = (*found.notes, *ledgers.shops.notes)
    if not params.rules:
        notes = (*notes, Note("no rules: only balances and expiries are compared"))
    yield reconcile.table(
        ledgers.by_rules if params.rules else None,
        ledgers.shops,
        found.as_of,
        found.facts.window,
        notes,
    )
