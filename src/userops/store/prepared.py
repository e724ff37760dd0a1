"""Orders answered from a store; where it can't tell, from the exports as if there were none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from userops.core import shown
from userops.core.facts import EqualRows, Facts
from userops.core.tally import Tally
from userops.datasets.orders import ORDERS, Status
from userops.engines import query as engine
from userops.engines.reductions import Query, Reduction
from userops.ledger.customers import CUSTOMERS
from userops.readers.exports import open_export
from userops.readers.fast import expressions
from userops.readers.fast.integer_ids import named
from userops.readers.fast.saved import joint_facts
from userops.readers.files.contents import no_faults
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.store import layout
from userops.store.build import FAST, STRICT, currency_of, saved_export, saved_of
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
        options: how they are read.
        folder: the run's workspace.
        mend: makes a damaged store again; None where that can't be done.
        used: called when an answer comes from the store for the first time.
    """

    def __init__(
        self,
        store: Path,
        manifest: Manifest,
        names: Sequence[str],
        options: ReadOptions,
        folder: Path,
        mend: Callable[[], Manifest | None],
        used: Callable[[], None],
    ) -> None:
        super().__init__([], options, folder)
        self._store, self._names, self._options, self._workspace = store, names, options, folder
        self._mend: Callable[[], Manifest | None] | None = mend
        self._used: Callable[[], None] | None = used
        self._checked: set[str] = set()
        self._opened = False
        self._manifest: Manifest | None = None
        self._take(manifest)

    @property
    def rows_about(self) -> int:
        """As `Orders.rows_about`: here they were counted."""
        if self._manifest is None:
            return super().rows_about
        return sum(entry.rows for entry in self._manifest.entries)

    def status_words(self, meaning: Status) -> dict[str, int]:
        """As `Orders.status_words`: a store keeps no words, so the exports are looked at."""
        exports = Orders.open(self._names, self._options, self._workspace)
        return exports.status_words(meaning)

    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> Answer:
        """As `Orders.reduce`."""
        asked, of_lines = ([Reduction.of(one) for one in given] for given in (reductions, lines))
        result = self._from_store(
            as_of, lambda manifest: self._reduced(manifest, asked, as_of, of_lines)
        )
        if result is not None:
            return result
        self._open()
        return super().reduce(asked, as_of, of_lines)

    def given_back(
        self, reductions: Sequence[Query], as_of: int | None = None
    ) -> list[pl.DataFrame]:
        """As `Orders.given_back`: a store keeps no such orders, so the exports are looked at."""
        self._open()
        return super().given_back(reductions, as_of)

    def numbered(self, reduction: Query, as_of: int | None = None) -> pl.DataFrame:
        """As `Orders.numbered`: a store keeps no ids of orders, so the exports are looked at."""
        self._open()
        return super().numbered(reduction, as_of)

    def timeline(
        self, *args: Any, **named: Any
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """As `Orders.timeline`."""
        manifest = self._manifest
        try:
            result = super().timeline(*args, **named)
            if self._manifest is manifest:
                return result
        except pl.exceptions.PolarsError:
            if self._manifest is manifest:
                raise
        # Passes before and after the store went away, or was made again, have other numbers.
        return self.timeline(*args, **named)

    def rejects(self, as_of: int | None = None) -> pl.DataFrame:
        """As `Orders.rejects`."""
        rows = self._from_store(as_of, self._rejected)
        if rows is not None:
            return rows
        self._open()
        return super().rejects(as_of)

    def revised(
        self, days: Sequence[int], as_of: int | None = None
    ) -> tuple[pl.Series, list[pl.LazyFrame]]:
        """As `Orders.revised`, which looks at rows before they're netted."""
        self._open()
        return super().revised(days, as_of)

    def payments(self, as_of: int | None = None) -> pl.DataFrame:
        """As `Orders.payments`: a store keeps no payments, so the exports are looked at."""
        self._open()
        return super().payments(as_of)

    def _by_parts(self, tell: Callable[..., pl.DataFrame], as_of: int | None) -> pl.DataFrame:
        """As `Orders._by_parts`, which looks at rows before they're netted."""
        self._open()
        return super()._by_parts(tell, as_of)

    def _take(self, manifest: Manifest) -> None:
        """Go by what a manifest says."""
        self._manifest = manifest
        self._checked.clear()
        exports = []
        for name, entry in zip(self._names, manifest.entries, strict=True):
            if entry.facts["way"] == STRICT:
                exports.append(
                    saved_export(self._store, entry, name, self._options, self._workspace, {})
                )
            else:
                packed = entry.facts["export"]
                exports.append(to_export(packed, name, pl.LazyFrame(), no_faults()))
        self.exports = exports

    def _from_store(self, as_of: int | None, ask: Callable[[Manifest], T | None]) -> T | None:
        """What the store tells as of a day; None where it can't."""
        if self._manifest is None or not _knows(self._manifest, as_of):
            return None
        try:
            answer = ask(self._manifest)
        except DamagedError:
            mend, self._mend = self._mend, None
            self._manifest = mend() if mend else None
            if self._manifest is None:
                return None
            self._take(self._manifest)
            return self._from_store(as_of, ask)
        except (OSError, pl.exceptions.PolarsError):
            # Gone meanwhile; what is an error of the reduction's own comes up again.
            self._manifest = None
            return None
        if self._used:
            self._used()
            self._used = None
        return answer

    def _open(self) -> None:
        """From here on go by the exports, or by their rows before these were netted."""
        if self._opened:
            return
        self._opened = True
        try:
            if self._manifest is not None and self._manifest.facts["way"] == STRICT:
                for entry in self._manifest.entries:
                    entry.kept.checked(self._store, list(entry.kept.files))
                _ = self.read  # now, for a store may be made again at any time
                return
        except (DamagedError, OSError, pl.exceptions.PolarsError):
            self.__dict__.pop("read", None)
        self.exports = [
            open_export(name, ORDERS, self._options, self._workspace) for name in self._names
        ]

    def _paths(self, manifest: Manifest, names: Sequence[str]) -> list[Path]:
        """Some files of the whole, each looked at once a run.

        Raises:
            DamagedError: one isn't what was written.
        """
        manifest.whole.checked(self._store, [name for name in names if name not in self._checked])
        self._checked.update(names)
        return [self._store / manifest.whole.name / name for name in names]

    def _reduced(
        self,
        manifest: Manifest,
        reductions: Sequence[Reduction],
        as_of: int | None,
        lines: Sequence[Reduction],
    ) -> Answer:
        whole = _is_whole(manifest, as_of)
        ranks = self._ranks(
            manifest,
            reductions if lines and manifest.facts["way"] == STRICT else [*reductions, *lines],
        )
        kept_ones = [
            whole and _is_customers(one, integer_ids=ranks is not None) for one in reductions
        ]
        asked = [one for one, is_kept in zip(reductions, kept_ones, strict=True) if not is_kept]
        items: list[pl.LazyFrame] = []
        if lines and manifest.facts["way"] == STRICT:
            items = [
                one(pl.scan_parquet(self._paths(manifest, [LINES]), glob=False)) for one in lines
            ]
        of_orders = asked if items else [*asked, *lines]
        queries = items
        if of_orders:
            orders = self._orders(manifest, None if whole else as_of, integer_ids=ranks is not None)
            queries = [*(one(orders) for one in of_orders), *items]
        results = engine.collect_all(queries) if queries else []
        for at, reduction in enumerate(of_orders):
            results[at] = named(reduction, results[at], ranks)
        rest = iter(results)
        frames = [
            self._customers(manifest, named=ranks is None or one.names_users)
            if is_kept
            else next(rest)
            for one, is_kept in zip(reductions, kept_ones, strict=True)
        ]
        self._id_names = ranks
        return [*frames, *rest], self.facts_of(manifest, as_of)

    def _orders(self, manifest: Manifest, until: int | None, *, integer_ids: bool) -> pl.LazyFrame:
        """The orders up to a day, by users' numbers or ids."""
        files = [layout.orders_in(number) for number in range(manifest.facts["parts"])]
        orders = pl.scan_parquet(self._paths(manifest, files), glob=False)
        if until is not None:
            orders = orders.filter(pl.col("day") <= until)
        return (
            orders.drop("user_id").rename({USER: "user_id"}) if integer_ids else orders.drop(USER)
        )

    def _customers(self, manifest: Manifest, *, named: bool) -> pl.DataFrame:
        """What `CUSTOMERS` gives of all orders, by users' ids or numbers."""
        files = [layout.ledger_in(number) for number in range(manifest.facts["parts"])]
        customers = pl.scan_parquet(self._paths(manifest, files), glob=False)
        if not named:
            customers = customers.with_columns(user_id=USER)
        return engine.collect(customers.drop(USER))

    def _ranks(self, manifest: Manifest, reductions: Sequence[Reduction]) -> Ranks | None:
        """What names the numbers that reductions are given for ids; None where they need ids.

        Results that are to keep numbers meet others of the same run: where some of these may come
        from the exports, as of an earlier day, they can't.
        """
        keeps = not all(one.names_users for one in reductions)
        if not all(one.id_digits for one in reductions) or (
            keeps and manifest.facts["way"] == STRICT
        ):
            return None
        if all(one == CUSTOMERS for one in reductions):
            return None  # they have their names beside them
        files = [layout.users_in(number) for number in range(manifest.facts["parts"])]
        return Ranks(pl.read_parquet(self._paths(manifest, files), glob=False)["user_id"])

    def facts_of(self, manifest: Manifest, as_of: int | None) -> Facts:
        """What reading finds out, as of a day."""
        facts, currency = manifest.facts, currency_of(manifest.facts)
        if facts["way"] == FAST:
            saved = joint_facts([saved_of(entry) for entry in manifest.entries], currency, as_of)
            last = as_of if as_of is not None else saved.last_day
            read = self._facts(expressions.window(saved.first_day, last), saved.tally, currency, ())
            return replace(read, settled=True, last_row=saved.last_day)
        last = as_of if as_of is not None else facts["last"]
        window = expressions.window(facts["first"], last, self._options.timezone)
        names = self._renamed(manifest)
        notes = [renamed(to_note(note), names) for note in facts["notes"]]
        read = self._facts(window, Tally(**facts["tally"]), currency, notes)
        return replace(
            read,
            replaced=facts["replaced"],
            loose_refunds=facts["loose_refunds"],
            equal_rows=EqualRows(facts["equal_rows"][0], tuple(facts["equal_rows"][1:])),
            last_row=facts["last"],
        )

    def _rejected(self, manifest: Manifest) -> pl.DataFrame | None:
        if REJECTS not in manifest.whole.files:
            return None
        rows = pl.read_parquet(self._paths(manifest, [REJECTS]), glob=False)
        return rows.with_columns(pl.col("file").replace(self._renamed(manifest)))

    def _renamed(self, manifest: Manifest) -> dict[str, str]:
        """The exports' names when the store was made, and those of this run."""
        return {
            shown.named(entry.name): shown.named(name)
            for entry, name in zip(manifest.entries, self._names, strict=True)
        }


def loaded(store: Path, options: ReadOptions) -> Manifest | None:
    """The manifest that stands in a store, of which everything can be had that runs ask it for.

    Raises:
        DamagedError: it isn't whole, or doesn't say what it should.
    """
    manifest = Manifest.load(store)
    if manifest is not None:
        try:
            _try_out(manifest, store, options)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise DamagedError(f"the manifest: {error}") from error
    return manifest


def _try_out(manifest: Manifest, store: Path, options: ReadOptions) -> None:
    """Take from a manifest whatever a run could; some error where it's misshapen."""
    names = [entry.name for entry in manifest.entries]
    orders = Prepared(store, manifest, names, options, store, lambda: None, lambda: None)
    way, parts = manifest.facts["way"], manifest.facts["parts"]
    ways = {way, *(entry.facts["way"] for entry in manifest.entries)}
    if len(ways) != 1 or not ways <= {FAST, STRICT} or type(parts) is not int or parts < 1:
        raise ValueError("of no known way")
    facts = orders.facts_of(manifest, None)
    counts = (facts.tally.read, facts.tally.used, *facts.tally.refused.values())
    if not all(type(count) is int for count in (*counts, *facts.tally.left_out.values())):
        raise TypeError("its tally isn't of whole numbers")
    _last(manifest)
    for number in range(parts):
        for name in (layout.orders_in, layout.users_in, layout.ledger_in):
            manifest.whole.files[name(number)]


def _is_customers(reduction: Reduction, *, integer_ids: bool) -> bool:
    """Whether a reduction gives the customers, named or not."""
    return reduction.query is CUSTOMERS.query and reduction.runs_on(integer_ids=integer_ids)


def _last(manifest: Manifest) -> int | None:
    """The last day in the data; None of none."""
    if manifest.facts["way"] == STRICT:
        last: int | None = manifest.facts["last"]
        return last
    return max(
        (day for entry in manifest.entries for day in saved_of(entry).days["day"]), default=None
    )


def _knows(manifest: Manifest, as_of: int | None) -> bool:
    """Whether orders as of a day can be told from those of all days.

    Of clean exports they can. Else a row of a later day may have changed an order: rows have to be
    netted as of that day.
    """
    return manifest.facts["way"] == FAST or _is_whole(manifest, as_of)


def _is_whole(manifest: Manifest, as_of: int | None) -> bool:
    """Whether orders as of a day are those of all days."""
    if as_of is None:
        return True
    last = _last(manifest)
    return last is None or as_of >= last
