"""Making a store: exports that aren't kept are read, then all together are laid out.

As a run does, it tries the fast expressions first and reads with care where they leave a doubt.
Which of both it was decides what is kept of an export: valid orders and order keys, or every row
with its fault. Either can be judged beside further exports without reading this one again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl

from userops.core import shown
from userops.core.table import Currency
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.engines.reductions import Query
from userops.readers.exports import Export, open_export, reading
from userops.readers.fast import expressions, saved
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.strict import read as strict
from userops.readers.strict.rows import FILE
from userops.readers.strict.saved import OtherMoneyError, SavedRows
from userops.store import layout
from userops.store.layout import LINES, REJECTS
from userops.store.manifest import DamagedError, Entry, Fingerprint, Folder, Manifest
from userops.store.packing import of_export, of_fact, to_export

FAST, STRICT = "light", "careful"  # as manifests say it
# Of more refused rows nobody reads each: they're found anew where they're asked for.
_MOST_REJECTS = 100_000
_ROWS, _KEYS, _FAULTS = "rows.parquet", "keys.parquet", "faults.parquet"


class ChangedError(Exception):
    """An export changed while it was read."""


@dataclass(slots=True)
class Build:
    """A store in the making. `folder` is the run's workspace, `old` what the store was before."""

    store: Path
    names: Sequence[str]
    options: ReadOptions
    folder: Path
    old: Manifest | None

    def run(self) -> Manifest:
        """Read what isn't kept, lay out what all give, and put it in the old one's place.

        Raises:
            InputError: an export can't be used.
            ChangedError: one changed meanwhile.
        """
        stays = self.old
        try:
            before = _prints(self.names)
            manifest = self._laid_out(before, self._valid_entries(before))
            if _prints(self.names) != before:
                raise ChangedError
            manifest.save(self.store)
            stays = manifest
        finally:
            sweep(self.store, stays.folders if stays is not None else set())
        return manifest

    def _laid_out(
        self, prints: Sequence[Fingerprint], kept: Mapping[Fingerprint, Entry]
    ) -> Manifest:
        target = Path(mkdtemp(prefix="set-", dir=self.store))
        manifest = self._fast(prints, kept, target)
        if manifest is None:
            try:
                manifest = self._strict(prints, kept, target)
            except OtherMoneyError:
                manifest = self._strict(prints, {}, target)
        return manifest

    def _valid_entries(self, prints: Sequence[Fingerprint]) -> dict[Fingerprint, Entry]:
        """Exports that are what they were, and whose rows are whole."""
        entries = {}
        for entry in self.old.entries if self.old else ():
            try:
                entry.kept.checked(self.store, list(entry.kept.files))
            except DamagedError:
                continue
            entries[entry.print] = entry
        return {one: entries[one] for one in prints if one in entries}

    def _fast(
        self,
        prints: Sequence[Fingerprint],
        kept: Mapping[Fingerprint, Entry],
        target: Path,
    ) -> Manifest | None:
        if any(entry.facts["way"] != FAST for entry in kept.values()):
            return None
        entries = []
        for name, one in zip(self.names, prints, strict=True):
            entry = kept.get(one) or self._fast_entry(name, one)
            if entry is None:
                return None
            entries.append(replace(entry, name=name))
        saved_exports = [saved_of(entry) for entry in entries]
        places = [self.store / entry.kept.name for entry in entries]
        currency = saved.joint_currency(
            saved_exports, self.options, [place / _KEYS for place in places]
        )
        if currency is None:
            return None
        rows = pl.concat(
            [pl.scan_parquet(place / _ROWS, glob=False) for place in places], how="diagonal"
        )
        rows = rows.with_columns(orders=pl.lit(1, pl.Int32))
        parts = layout.lay(rows, target, self.folder)
        users = [target / layout.users_in(number) for number in range(parts)]
        plain = (expressions.plain(pl.read_parquet(one, glob=False), self.options) for one in users)
        if not all(plain):
            for file in target.iterdir():
                file.unlink()
            return None
        facts = {"way": FAST, "parts": parts, "currency": currency.code}
        return Manifest(entries, Folder.of(target), facts)

    def _fast_entry(self, name: str, print: Fingerprint) -> Entry | None:
        export = open_export(name, ORDERS, self.options, self.folder)
        place = Path(mkdtemp(prefix="export-", dir=self.store))
        with reading(name):
            saved_export = saved.save(export, self.options, place / _ROWS, place / _KEYS)
        if saved_export is None:
            return None
        facts = {"way": FAST, "export": of_export(export), "seen": asdict(saved_export)}
        return Entry(name, print, saved_export.rows, Folder.of(place), facts)

    def _strict(
        self,
        prints: Sequence[Fingerprint],
        kept: Mapping[Fingerprint, Entry],
        target: Path,
    ) -> Manifest:
        opened = [
            self._opened(name, kept.get(one)) for name, one in zip(self.names, prints, strict=True)
        ]
        places = [
            self.store / kept[one].kept.name
            if export.saved
            else Path(mkdtemp(prefix="export-", dir=self.store))
            for export, one in zip(opened, prints, strict=True)
        ]

        def keep(number: int, rows: pl.DataFrame) -> None:
            count = len(list(places[number].iterdir()))
            layout.write(rows, places[number] / f"rows-{count:05}.parquet")

        orders = Orders(opened, self.options, self.folder, keep)
        spread = self.folder / "orders.parquet"
        _, facts = orders.reduce([_into(spread)], None, [_into(target / LINES)])
        parts = layout.lay(pl.scan_parquet(spread, glob=False), target, self.folder)
        spread.unlink()
        if 0 < sum(facts.tally.refused.values()) <= _MOST_REJECTS:
            layout.write(orders.rejects(), target / REJECTS)
        read = orders.read
        entries = []
        for number, (name, one, place) in enumerate(zip(self.names, prints, places, strict=True)):
            if read.exports[number].saved:
                entries.append(replace(kept[one], name=name))
            else:
                faults = read.faults.filter(pl.col(FILE) == number).drop(FILE)
                layout.write(faults, place / _FAULTS)
                entries.append(self._strict_entry(name, one, place, read, number))
        opening_notes = len(strict.export_notes(read.exports))
        summary = {
            "way": STRICT,
            "parts": parts,
            "currency": facts.currency.code,
            "first": read.days.min(),
            "last": read.days.max(),
            "tally": asdict(facts.tally),
            "notes": [of_fact(note) for note in facts.notes[opening_notes:]],
            "replaced": facts.replaced,
            "loose_refunds": facts.loose_refunds,
            "equal_rows": [facts.equal_rows.rows, *facts.equal_rows.orders],
        }
        return Manifest(entries, Folder.of(target), summary)

    def _opened(self, name: str, entry: Entry | None) -> Export:
        """An export to be read with care, or its rows where they were."""
        if entry is not None and entry.facts["way"] == STRICT:
            return saved_export(
                self.store, entry, name, self.options, self.folder, self._raws(entry)
            )
        export = open_export(name, ORDERS, self.options, self.folder)
        return replace(export, content=replace(export.content, fast=None))

    def _raws(self, entry: Entry) -> dict[int, str]:
        """The raw text of an export's refused lines, as far as it's kept."""
        if self.old is None or REJECTS not in self.old.whole.files:
            return {}
        try:
            (path,) = self.old.whole.checked(self.store, [REJECTS])
        except DamagedError:
            return {}
        rows = pl.read_parquet(path, glob=False).filter(pl.col("file") == shown.named(entry.name))
        return dict(rows.select("line", "raw").iter_rows())

    def _strict_entry(
        self, name: str, print: Fingerprint, place: Path, read: strict.StrictRows, number: int
    ) -> Entry:
        profile, export = read.profiles[number], read.exports[number]
        rates = {
            code: self.options.rates[code]
            for code in profile.currencies
            if code != read.currency.code and code in self.options.rates
        }
        facts = {
            "way": STRICT,
            "export": of_export(export),
            "seen": [(*what, rows) for what, rows in profile.assumed.items()],
            "currencies": dict(profile.currencies),
            "places": read.currency.places,
            "rates": rates,
        }
        files = sorted(place.glob("rows-*.parquet"))
        rows = sum(
            engine.collect(pl.scan_parquet(file, glob=False).select(pl.len())).item()
            for file in files
        )
        lines = engine.collect(pl.scan_parquet(place / _FAULTS, glob=False).select(pl.len())).item()
        return Entry(name, print, rows + lines, Folder.of(place), facts)


def _into(path: Path) -> Query:
    """A reduction that writes what it's given to a file."""

    def write(orders: pl.LazyFrame) -> pl.LazyFrame:
        query = orders.sink_parquet(path, compression="lz4", statistics=False, lazy=True)
        assert query is not None
        return query

    return write


def _prints(names: Sequence[str]) -> list[Fingerprint]:
    prints = [Fingerprint.of(name) for name in names]
    known = [one for one in prints if one is not None]
    if len(known) < len(prints):
        raise ChangedError
    return known


def currency_of(facts: Mapping[str, Any]) -> Currency:
    """The currency of a store's amounts."""
    return Currency.named(facts["currency"]) if facts["currency"] else Currency()


def saved_of(entry: Entry) -> saved.SavedExport:
    """What the fast expressions saw of an export."""
    return saved.SavedExport(**entry.facts["seen"])


def saved_export(
    store: Path,
    entry: Entry,
    name: str,
    options: ReadOptions,
    folder: Path,
    raws: Mapping[int, str],
) -> Export:
    """An export whose every row is kept."""
    place, facts = store / entry.kept.name, entry.facts

    def again(lines: set[int]) -> dict[int, str]:
        return open_export(name, ORDERS, options, folder).raw(lines)

    rows = sorted(place / file for file in entry.kept.files if file.startswith("rows-"))
    rows_saved = SavedRows(
        rows,
        {(what, column): count for what, column, count in facts["seen"]},
        facts["currencies"],
        facts["places"],
        facts["rates"],
        raws,
        again,
    )
    faults = pl.scan_parquet(place / _FAULTS, glob=False)
    return replace(to_export(facts["export"], name, pl.LazyFrame(), faults), saved=rows_saved)


def sweep(store: Path, belonging: set[str]) -> None:
    """Remove folders that don't belong to a store: older ones, and those of runs that broke off."""
    for one in store.iterdir():
        if one.is_dir() and one.name not in belonging:
            shutil.rmtree(one, ignore_errors=True)
