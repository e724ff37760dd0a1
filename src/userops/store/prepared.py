"""Orders answered from a store; where it can't tell, from the exports as if there were none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from userops.core.facts import Facts
from userops.core.tally import Tally
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.engines.reductions import Query, Reduction
from userops.ledger.customers import CUSTOMERS
from userops.readers.exports import open_export
from userops.readers.fast import expressions as light
from userops.readers.fast.integer_ids import named
from userops.readers.fast.saved import seen_together
from userops.readers.files.contents import no_faults
from userops.readers.options import Reading
from userops.readers.orders import Orders
from userops.store import layout
from userops.store.build import CAREFUL, LIGHT, currency_of, seen_of, typed
from userops.store.layout import LINES, REJECTS, USER
from userops.store.manifest import DamagedError, Manifest
from userops.store.packing import renamed, to_export, to_note

if TYPE_CHECKING:
    from userops.ledger.timeline import Timeline

Answer = tuple[list[pl.DataFrame], Facts]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """Users by their number."""

    users: pl.Series

    def sorts(self, numbers: pl.Series) -> bool:
        """Whether such numbers sort as the ids do: they're their places among all."""
        return True

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with users' ids for their numbers, if it has any."""
        if "user_id" not in frame.columns:
            return frame
        return frame.with_columns(self.users.gather(frame["user_id"]).alias("user_id"))


class Prepared(Orders):
    """Orders of exports that are what they were when a store was made of them.

    Args:
        store: the store's folder.
        made: what's in it.
        names: the exports as this run names them.
        how: how they are read.
        folder: the run's workspace.
        mend: makes a damaged store again; None where that can't be done.
        used: called when an answer comes from the store for the first time.
    """

    def __init__(
        self,
        store: Path,
        made: Manifest,
        names: Sequence[str],
        how: Reading,
        folder: Path,
        mend: Callable[[], Manifest | None],
        used: Callable[[], None],
    ) -> None:
        super().__init__([], how, folder)
        self._store, self._names, self._how, self._workspace = store, names, how, folder
        self._mend: Callable[[], Manifest | None] | None = mend
        self._used: Callable[[], None] | None = used
        self._checked: set[str] = set()
        self._opened = False
        self._made: Manifest | None = None
        self._take(made)

    @property
    def rows_about(self) -> int:
        """As `Orders.rows_about`: here they were counted."""
        if self._made is None:
            return super().rows_about
        return sum(entry.rows for entry in self._made.entries)

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> Answer:
        """As `Orders.reduce`."""
        asked, of_lines = ([Reduction.of(one) for one in given] for given in (reductions, lines))
        found = self._told(as_of, lambda made: self._reduced(made, asked, as_of, of_lines))
        if found is not None:
            return found
        self._open()
        return super().reduce(asked, as_of, of_lines)

    def timeline(
        self, *args: Any, **named: Any
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """As `Orders.timeline`."""
        made = self._made
        try:
            found = super().timeline(*args, **named)
            if self._made is made:
                return found
        except pl.exceptions.PolarsError:
            if self._made is made:
                raise
        # Passes before and after the store went away, or was made again, have other numbers.
        return self.timeline(*args, **named)

    def rejects(self, as_of: int | None = None) -> pl.DataFrame:
        """As `Orders.rejects`."""
        found = self._told(as_of, self._rejected)
        if found is not None:
            return found
        self._open()
        return super().rejects(as_of)

    def revised(
        self, days: Sequence[int], as_of: int | None = None
    ) -> tuple[pl.Series, list[pl.LazyFrame]]:
        """As `Orders.revised`, which looks at rows before they're netted."""
        self._open()
        return super().revised(days, as_of)

    def _take(self, made: Manifest) -> None:
        """Go by what a manifest says."""
        self._made = made
        self._checked.clear()
        exports = []
        for name, entry in zip(self._names, made.entries, strict=True):
            if entry.facts["way"] == CAREFUL:
                exports.append(typed(self._store, entry, name, self._how, self._workspace, {}))
            else:
                packed = entry.facts["export"]
                exports.append(to_export(packed, name, pl.LazyFrame(), no_faults()))
        self.exports = exports

    def _told(self, as_of: int | None, ask: Callable[[Manifest], T | None]) -> T | None:
        """What the store tells as of a day; None where it can't."""
        if self._made is None or not _knows(self._made, as_of):
            return None
        try:
            found = ask(self._made)
        except DamagedError:
            mend, self._mend = self._mend, None
            self._made = mend() if mend else None
            if self._made is None:
                return None
            self._take(self._made)
            return self._told(as_of, ask)
        except (OSError, pl.exceptions.PolarsError):
            # Gone meanwhile; what is an error of the reduction's own comes up again.
            self._made = None
            return None
        if self._used:
            self._used()
            self._used = None
        return found

    def _open(self) -> None:
        """From here on go by the exports, or by their rows before these were netted."""
        if self._opened:
            return
        self._opened = True
        try:
            if self._made is not None and self._made.facts["way"] == CAREFUL:
                for entry in self._made.entries:
                    entry.kept.checked(self._store, list(entry.kept.files))
                _ = self.read  # now, for a store may be made again at any time
                return
        except (DamagedError, OSError, pl.exceptions.PolarsError):
            self.__dict__.pop("read", None)
        self.exports = [
            open_export(name, ORDERS, self._how, self._workspace) for name in self._names
        ]

    def _paths(self, made: Manifest, names: Sequence[str]) -> list[Path]:
        """Some files of the whole, each looked at once a run.

        Raises:
            DamagedError: one isn't what was written.
        """
        made.whole.checked(self._store, [name for name in names if name not in self._checked])
        self._checked.update(names)
        return [self._store / made.whole.name / name for name in names]

    def _reduced(
        self,
        made: Manifest,
        reductions: Sequence[Reduction],
        as_of: int | None,
        lines: Sequence[Reduction],
    ) -> Answer:
        whole = _is_whole(made, as_of)
        ranks = self._ranks(
            made,
            reductions if lines and made.facts["way"] == CAREFUL else [*reductions, *lines],
        )
        known = [whole and _is_customers(one, integer_ids=ranks is not None) for one in reductions]
        asked = [one for one, told in zip(reductions, known, strict=True) if not told]
        items: list[pl.LazyFrame] = []
        if lines and made.facts["way"] == CAREFUL:
            items = [one(pl.scan_parquet(self._paths(made, [LINES]), glob=False)) for one in lines]
        of_orders = asked if items else [*asked, *lines]
        queries = items
        if of_orders:
            orders = self._orders(made, None if whole else as_of, numbered=ranks is not None)
            queries = [*(one(orders) for one in of_orders), *items]
        results = engine.collect_all(queries) if queries else []
        for at, reduction in enumerate(of_orders):
            results[at] = named(reduction, results[at], ranks)
        rest = iter(results)
        frames = [
            self._customers(made, named=ranks is None or one.names_users) if told else next(rest)
            for one, told in zip(reductions, known, strict=True)
        ]
        self._id_names = ranks
        return [*frames, *rest], self._found(made, as_of)

    def _orders(self, made: Manifest, until: int | None, *, numbered: bool) -> pl.LazyFrame:
        """The orders up to a day, by users' numbers or ids."""
        files = [layout.orders_in(number) for number in range(made.facts["parts"])]
        orders = pl.scan_parquet(self._paths(made, files), glob=False)
        if until is not None:
            orders = orders.filter(pl.col("day") <= until)
        return orders.drop("user_id").rename({USER: "user_id"}) if numbered else orders.drop(USER)

    def _customers(self, made: Manifest, *, named: bool) -> pl.DataFrame:
        """What `CUSTOMERS` gives of all orders, by users' ids or numbers."""
        files = [layout.ledger_in(number) for number in range(made.facts["parts"])]
        kept = pl.scan_parquet(self._paths(made, files), glob=False)
        if not named:
            kept = kept.with_columns(user_id=USER)
        return engine.collect(kept.drop(USER))

    def _ranks(self, made: Manifest, reductions: Sequence[Reduction]) -> Ranks | None:
        """What names the numbers that reductions are given for ids; None where they need ids.

        Results that are to keep numbers meet others of the same run: where some of these may come
        from the exports, as of an earlier day, they can't.
        """
        keeps = not all(one.names_users for one in reductions)
        if not all(one.id_digits for one in reductions) or (keeps and made.facts["way"] == CAREFUL):
            return None
        if all(one == CUSTOMERS for one in reductions):
            return None  # they have their names beside them
        files = [layout.users_in(number) for number in range(made.facts["parts"])]
        return Ranks(pl.read_parquet(self._paths(made, files), glob=False)["user_id"])

    def _found(self, made: Manifest, as_of: int | None) -> Facts:
        """What reading finds out, as of a day."""
        facts, currency = made.facts, currency_of(made.facts)
        if facts["way"] == LIGHT:
            seen = seen_together([seen_of(entry) for entry in made.entries], currency, as_of)
            last = as_of if as_of is not None else seen.last_day
            told = self._facts(light.window(seen.first_day, last), seen.tally, currency, ())
            return replace(told, settled=True)
        last = as_of if as_of is not None else facts["last"]
        window = light.window(facts["first"], last, self._how.timezone)
        names = self._renamed(made)
        notes = [renamed(to_note(note), names) for note in facts["notes"]]
        told = self._facts(window, Tally(**facts["tally"]), currency, notes)
        return replace(told, replaced=facts["replaced"], loose_refunds=facts["loose_refunds"])

    def _rejected(self, made: Manifest) -> pl.DataFrame | None:
        if REJECTS not in made.whole.files:
            return None
        found = pl.read_parquet(self._paths(made, [REJECTS]), glob=False)
        return found.with_columns(pl.col("file").replace(self._renamed(made)))

    def _renamed(self, made: Manifest) -> dict[str, str]:
        """The exports' names when the store was made, and those of this run."""
        return {entry.name: name for entry, name in zip(made.entries, self._names, strict=True)}


def _is_customers(reduction: Reduction, *, integer_ids: bool) -> bool:
    """Whether a reduction gives the customers, named or not."""
    return reduction.query is CUSTOMERS.query and reduction.runs_on(integer_ids=integer_ids)


def _last(made: Manifest) -> int | None:
    """The last day in the data; None of none."""
    if made.facts["way"] == CAREFUL:
        last: int | None = made.facts["last"]
        return last
    return max((day for entry in made.entries for day in seen_of(entry).days["day"]), default=None)


def _knows(made: Manifest, as_of: int | None) -> bool:
    """Whether orders as of a day can be told from those of all days.

    Of clean exports they can. Else a row of a later day may have changed an order: rows have to be
    netted as of that day.
    """
    return made.facts["way"] == LIGHT or _is_whole(made, as_of)


def _is_whole(made: Manifest, as_of: int | None) -> bool:
    """Whether orders as of a day are those of all days."""
    if as_of is None:
        return True
    last = _last(made)
    return last is None or as_of >= last
