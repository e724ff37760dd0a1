"""Making a store: exports that aren't kept are read, then all together are laid out.

As a run does, it tries the light expressions first and reads with care where they leave a doubt.
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

from userops.core.table import Currency
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.engines.reductions import Query
from userops.readers.exports import Export, open_export, reading
from userops.readers.fast import expressions as light
from userops.readers.fast import saved as kept_exports
from userops.readers.options import Reading
from userops.readers.orders import Orders
from userops.readers.strict import read as careful
from userops.readers.strict.rows import FILE
from userops.readers.strict.saved import OtherMoneyError, Typed
from userops.store import layout
from userops.store.layout import LINES, REJECTS
from userops.store.manifest import DamagedError, Entry, Fingerprint, Folder, Manifest
from userops.store.packing import of_export, of_fact, to_export

LIGHT, CAREFUL = "light", "careful"
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
    how: Reading
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
            made = self._made(before, self._kept(before))
            if _prints(self.names) != before:
                raise ChangedError
            made.save(self.store)
            stays = made
        finally:
            sweep(self.store, stays.folders if stays is not None else set())
        return made

    def _made(self, prints: Sequence[Fingerprint], kept: Mapping[Fingerprint, Entry]) -> Manifest:
        target = Path(mkdtemp(prefix="set-", dir=self.store))
        made = self._light(prints, kept, target)
        if made is None:
            try:
                made = self._careful(prints, kept, target)
            except OtherMoneyError:
                made = self._careful(prints, {}, target)
        return made

    def _kept(self, prints: Sequence[Fingerprint]) -> dict[Fingerprint, Entry]:
        """Exports that are what they were, and whose rows are whole."""
        found = {}
        for entry in self.old.entries if self.old else ():
            try:
                entry.kept.checked(self.store, list(entry.kept.files))
            except DamagedError:
                continue
            found[entry.print] = entry
        return {one: found[one] for one in prints if one in found}

    def _light(
        self,
        prints: Sequence[Fingerprint],
        kept: Mapping[Fingerprint, Entry],
        target: Path,
    ) -> Manifest | None:
        if any(entry.facts["way"] != LIGHT for entry in kept.values()):
            return None
        entries = []
        for name, one in zip(self.names, prints, strict=True):
            entry = kept.get(one) or self._light_entry(name, one)
            if entry is None:
                return None
            entries.append(replace(entry, name=name))
        seen = [seen_of(entry) for entry in entries]
        places = [self.store / entry.kept.name for entry in entries]
        currency = kept_exports.judged(seen, self.how, [place / _KEYS for place in places])
        if currency is None:
            return None
        rows = pl.concat(
            [pl.scan_parquet(place / _ROWS, glob=False) for place in places], how="diagonal"
        )
        rows = rows.with_columns(orders=pl.lit(1, pl.Int32))
        parts = layout.lay(rows, target, self.folder)
        users = [target / layout.users_in(number) for number in range(parts)]
        if not all(light.plain(pl.read_parquet(path, glob=False)) for path in users):
            for file in target.iterdir():
                file.unlink()
            return None
        facts = {"way": LIGHT, "parts": parts, "currency": currency.code}
        return Manifest(entries, Folder.of(target), facts)

    def _light_entry(self, name: str, print: Fingerprint) -> Entry | None:
        export = open_export(name, ORDERS, self.how, self.folder)
        place = Path(mkdtemp(prefix="export-", dir=self.store))
        with reading(name):
            seen = kept_exports.keep(export, self.how, place / _ROWS, place / _KEYS)
        if seen is None:
            return None
        facts = {"way": LIGHT, "export": of_export(export), "seen": asdict(seen)}
        return Entry(name, print, seen.rows, Folder.of(place), facts)

    def _careful(
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
            if export.typed
            else Path(mkdtemp(prefix="export-", dir=self.store))
            for export, one in zip(opened, prints, strict=True)
        ]

        def keep(number: int, rows: pl.DataFrame) -> None:
            count = len(list(places[number].iterdir()))
            layout.write(rows, places[number] / f"rows-{count:05}.parquet")

        orders = Orders(opened, self.how, self.folder, keep)
        spread = self.folder / "orders.parquet"
        _, facts = orders.reduce([_into(spread)], None, [_into(target / LINES)])
        parts = layout.lay(pl.scan_parquet(spread, glob=False), target, self.folder)
        spread.unlink()
        if 0 < sum(facts.tally.refused.values()) <= _MOST_REJECTS:
            layout.write(orders.rejects(), target / REJECTS)
        read = orders.read
        entries = []
        for number, (name, one, place) in enumerate(zip(self.names, prints, places, strict=True)):
            if read.exports[number].typed:
                entries.append(replace(kept[one], name=name))
            else:
                faults = read.faults.filter(pl.col(FILE) == number).drop(FILE)
                layout.write(faults, place / _FAULTS)
                entries.append(self._careful_entry(name, one, place, read, number))
        beside = len(careful.export_notes(read.exports))
        told = {
            "way": CAREFUL,
            "parts": parts,
            "currency": facts.currency.code,
            "first": read.days.min(),
            "last": read.days.max(),
            "tally": asdict(facts.tally),
            "notes": [of_fact(note) for note in facts.notes[beside:]],
            "replaced": facts.replaced,
            "loose_refunds": facts.loose_refunds,
        }
        return Manifest(entries, Folder.of(target), told)

    def _opened(self, name: str, entry: Entry | None) -> Export:
        """An export to be read with care, or its rows where they were."""
        if entry is not None and entry.facts["way"] == CAREFUL:
            return typed(self.store, entry, name, self.how, self.folder, self._raws(entry))
        export = open_export(name, ORDERS, self.how, self.folder)
        return replace(export, content=replace(export.content, fast=None))

    def _raws(self, entry: Entry) -> dict[int, str]:
        """The raw text of an export's refused lines, as far as it's kept."""
        if self.old is None or REJECTS not in self.old.whole.files:
            return {}
        try:
            (path,) = self.old.whole.checked(self.store, [REJECTS])
        except DamagedError:
            return {}
        rows = pl.read_parquet(path, glob=False).filter(pl.col("file") == entry.name)
        return dict(rows.select("line", "raw").iter_rows())

    def _careful_entry(
        self, name: str, print: Fingerprint, place: Path, read: careful.Read, number: int
    ) -> Entry:
        profile, export = read.profiles[number], read.exports[number]
        own = {
            code: self.how.rates[code]
            for code in profile.currencies
            if code != read.currency.code and code in self.how.rates
        }
        facts = {
            "way": CAREFUL,
            "export": of_export(export),
            "seen": [(*what, rows) for what, rows in profile.seen.items()],
            "currencies": dict(profile.currencies),
            "places": read.currency.places,
            "rates": own,
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

    def step(orders: pl.LazyFrame) -> pl.LazyFrame:
        query = orders.sink_parquet(path, compression="lz4", statistics=False, lazy=True)
        assert query is not None
        return query

    return step


def _prints(names: Sequence[str]) -> list[Fingerprint]:
    found = [Fingerprint.of(name) for name in names]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        raise ChangedError
    return known


def currency_of(facts: Mapping[str, Any]) -> Currency:
    """The currency of a store's amounts."""
    return Currency.named(facts["currency"]) if facts["currency"] else Currency()


def seen_of(entry: Entry) -> kept_exports.Kept:
    """What the light expressions saw of an export."""
    return kept_exports.Kept(**entry.facts["seen"])


def typed(
    store: Path, entry: Entry, name: str, how: Reading, folder: Path, raws: Mapping[int, str]
) -> Export:
    """An export whose every row is kept."""
    place, facts = store / entry.kept.name, entry.facts

    def again(lines: set[int]) -> dict[int, str]:
        return open_export(name, ORDERS, how, folder).raw(lines)

    rows = sorted(place / file for file in entry.kept.files if file.startswith("rows-"))
    kept = Typed(
        rows,
        {(what, column): count for what, column, count in facts["seen"]},
        facts["currencies"],
        facts["places"],
        facts["rates"],
        raws,
        again,
    )
    faults = pl.scan_parquet(place / _FAULTS, glob=False)
    return replace(to_export(facts["export"], name, pl.LazyFrame(), faults), typed=kept)


def sweep(store: Path, belonging: set[str]) -> None:
    """Remove folders that don't belong to a store: older ones, and those of runs that broke off."""
    for one in store.iterdir():
        if one.is_dir() and one.name not in belonging:
            shutil.rmtree(one, ignore_errors=True)
