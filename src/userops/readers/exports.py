"""One export, opened: its rows as found, its header, its maker, which column is which."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from zlib import crc32

import polars as pl

from userops.core.errors import InputError, UseropsError
from userops.core.messages import Note
from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS, Status, known_statuses
from userops.engines import panics, temporary
from userops.engines import query as engine
from userops.readers import apart, chats, columns, dated_lists, maker_rules, presets
from userops.readers.crowds import looked_at
from userops.readers.export_columns import (
    check_events,
    clocks,
    counted_in,
    damaged,
    defaults_of,
    left_to_say,
    recognised,
    said_of_all,
    taken_columns,
    without_nested,
)
from userops.readers.fast import expressions
from userops.readers.files import merged, typed, workbooks
from userops.readers.files import text as texts
from userops.readers.files.contents import Content
from userops.readers.files.open import Format, Source, expand, open_source
from userops.readers.files.records import LINE
from userops.readers.headers import check_rows, without_descriptions
from userops.readers.meaning import orders as meaning
from userops.readers.meaning.evidence import Evidence
from userops.readers.meaning.headers import folded, without_unit
from userops.readers.meaning.profile import Profiles
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions, naming, suited
from userops.readers.presets import Preset
from userops.readers.strict.saved import SavedRows
from userops.readers.values import times

# A record of more lines than this has a quote that never closes: its first line is shown.
_MAX_RAW = 50
# Of a text as many bytes tell how long its lines are.
_HEAD = 1 << 20


@dataclass(frozen=True)
class Export:
    """An opened export: where it's from, what it holds, who made it, which column is which."""

    source: Source
    content: Content
    taken: dict[str, Taken]
    maker: Preset | None = None
    notes: tuple[Note, ...] = ()
    saved: SavedRows | None = None  # its rows, where an earlier run has kept them
    totals: str | None = None  # what a line item's amount is of, by its values: `order` or `lines`
    nobody: frozenset[str] = frozenset()  # ids of it that many stand behind
    counts_from_zero: bool = False  # its users do, so that 0 is one of them
    defaults: Mapping[str, str] = field(default_factory=dict)  # what all rows say, by field
    powers: Mapping[int, int] = field(default_factory=dict)  # of ten, by column: see `counted_in`
    on_first: frozenset[int] = frozenset()  # columns by position that only an order's first row has

    @property
    def unit(self) -> str | None:
        """The currency that the header of its amounts names, where no column does."""
        money = self.taken.get("amount") or self.taken.get("cost")
        if money is None or "currency" in self.taken:
            return None
        return without_unit(money.column)[1]

    @property
    def name(self) -> str:
        """The export as the user knows it."""
        return self.source.name

    @property
    def header(self) -> tuple[str, ...]:
        """Its columns' names."""
        return self.content.header

    @property
    def rows(self) -> pl.LazyFrame:
        """`line` and the columns by position, as `Content` says."""
        return self.content.rows

    @property
    def fast(self) -> pl.LazyFrame | None:
        """The columns by position where a fast reader can be trusted."""
        return self.content.fast

    def row_key(self, types: Mapping[str, pl.DataType]) -> pl.Expr:
        """A number that rows share which say the same under the same names, whichever export they stand in.

        What a file's name says all its rows say, too; what an order's first row says for all of them
        tells none apart. `types` are those of the columns by position.
        """
        counts: Counter[str] = Counter()
        keys = []
        for at, name in enumerate(self.header):
            # Columns of one name are told apart by how many stood before.
            seed = crc32(f"{name}\0{counts[name]}".encode())
            counts[name] += 1
            if at not in self.on_first:
                keys.append(_cell_key(pl.col(f"c{at}"), types[f"c{at}"], seed))
        keys += [pl.lit(crc32("\0".join(one).encode()), pl.UInt64) for one in self.defaults.items()]
        # One sum for all: what chains an operation a column takes minutes where there are thousands.
        return pl.sum_horizontal(keys).cast(pl.UInt64).alias("row")

    @cached_property
    def sample(self) -> dict[str, pl.Series]:
        """The first rows of each field's column, as the fast reader gives them; nothing where there is none."""
        if self.fast is None:
            return {}
        at = {field: f"c{taken.position}" for field, taken in self.taken.items()}
        first = engine.collect(
            self.fast.select(*dict.fromkeys(at.values())).head(expressions.SAMPLE)
        )
        return {field: first[column] for field, column in at.items()}

    @property
    def faults(self) -> pl.LazyFrame:
        """Lines that are no rows."""
        return self.content.faults

    @property
    def by_column(self) -> bool:
        """Whether a column is read apart for no more than reading it with the others takes."""
        return self.source.format is Format.PARQUET

    @property
    def encoding(self) -> str:
        """The text's encoding; empty for other formats."""
        return self.content.encoding

    @property
    def delimiter(self) -> str:
        """The text's delimiter; empty for other formats."""
        return self.content.delimiter

    @property
    def size(self) -> int:
        """How many bytes it has; 0 for a frame."""
        return self.source.path.stat().st_size if self.source.path.is_file() else 0

    @property
    def rows_about(self) -> int:
        """About how many rows it has: by a Parquet's footer, or the first lines of a text; else 0."""
        if self.source.format is Format.PARQUET and self.size:
            footer = pl.scan_parquet(self.source.path, glob=False).select(pl.len())
            return int(engine.collect(footer).item())
        if self.content.text is None:
            return 0
        with self.content.text.open("rb") as text:
            head = text.read(_HEAD)
        lines = max(head.count(b"\n"), 1)
        return self.content.text.stat().st_size * lines // max(len(head), 1)

    @property
    def preset(self) -> str:
        """The maker's name; empty for none."""
        return self.maker.name if self.maker else ""

    def statuses(self, options: ReadOptions) -> Mapping[str, Status]:
        """What each status word means, lower case: the user's say, the maker's, the common one."""
        return (
            known_statuses()
            | dict(self.maker.meanings if self.maker else {})
            | dict(options.statuses)
        )

    def taking(self, taken: Taken, note: Note) -> Export:
        """The same with another column for a field."""
        return replace(self, taken=self.taken | {taken.field: taken}, notes=(*self.notes, note))

    def raw(self, lines: Iterable[int]) -> dict[int, str]:
        """What stands on some lines of the export."""
        wanted = set(lines)
        if not wanted:
            return {}
        if self.saved:
            return self.saved.raw(wanted)
        if self.content.text:
            path = self.content.text
            with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as text:
                return _records_at(text, wanted)
        rows = engine.collect(self.rows.filter(pl.col(LINE).is_in(sorted(wanted))))
        rows = rows.with_columns(
            times.as_text(pl.col(name), type)
            for name, type in rows.schema.items()
            if type == pl.Date or isinstance(type, pl.Datetime)
        )
        return {
            row.pop(LINE): json.dumps(
                dict(zip(self.header, row.values(), strict=True)), default=str, ensure_ascii=False
            )
            for row in rows.iter_rows(named=True)
        }


def _cell_key(cell: pl.Expr, type: pl.DataType, seed: int) -> pl.Expr:
    """A number of what a cell says; null where it says nothing."""
    key = cell
    if isinstance(type, pl.Datetime):
        # What lies beyond any calendar can't be brought to other units.
        known = times.in_calendar(cell, type).dt.cast_time_unit("us").to_physical()
        key = pl.coalesce(known, cell.to_physical())
    elif type.is_numeric() or isinstance(type, (pl.Categorical, pl.Enum)):
        key = cell.cast(pl.String)
    said = cell.is_not_null()
    if type == pl.String:
        said &= cell != ""
    return pl.when(said).then(key.hash(seed=seed))


def _records_at(text: Iterable[str], wanted: set[int]) -> dict[int, str]:
    """The records that begin on some lines: more than the line where a quote stays open."""
    records: dict[int, str] = {}
    more: list[str] = []
    open_at, last = 0, max(wanted)
    for number, line in enumerate(text, start=1):
        if number in wanted:
            records[number], more = line, []
            open_at = number if line.count('"') % 2 else 0
        elif open_at:
            more.append(line)
            if line.count('"') % 2:
                records[open_at] += "".join(more)
            if line.count('"') % 2 or len(more) > _MAX_RAW:
                open_at = 0
        if number >= last and not open_at:
            break
    return {number: record.rstrip("\r\n") for number, record in records.items()}


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Whatever Polars finds wrong with a file is an input that can't be used."""
    try:
        with panics.unprinted():
            yield
    except (UseropsError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except (pl.exceptions.PolarsError, OSError, MemoryError, pl.exceptions.PanicException) as error:
        if lacking := temporary.lacking(error):
            raise lacking from None
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{name}: can't be read: {first}", mend="a damaged file? export it again"
        ) from None


def open_export(name: str, dataset: Dataset, options: ReadOptions, folder: Path) -> Export:
    """Open one export of a dataset, in whichever format it is.

    Raises:
        InputError: it can't be used, and why.
    """
    return looked_at(opened(open_source(name, folder), dataset, options, folder), options)


def opened(source: Source, dataset: Dataset, options: ReadOptions, folder: Path) -> Export:
    """The export that a file on this machine holds.

    Raises:
        InputError: it can't be used, and why.
    """
    content = content_of(source, dataset, options, folder)
    with reading(source.name):
        return export_of(source, content, dataset, options)


def content_of(source: Source, dataset: Dataset, options: ReadOptions, folder: Path) -> Content:
    """What a file on this machine holds, whichever its columns are.

    Raises:
        InputError: it can't be used, and why.
    """

    def recognise(header: Sequence[str]) -> int:
        by_maker = 2 if presets.find(dataset, header, None) else 0
        return columns.count_known(dataset, header, options.named) + by_maker

    with reading(source.name):
        match source.format:
            case Format.PARQUET:
                return typed.open_parquet(source)
            case Format.EXCEL:
                return workbooks.open_workbook(source, recognise, folder, headed=options.header)
            case Format.TEXT:
                if (log := chats.open_chat(source, dataset.name, options)) is not None:
                    return log
                return texts.open_text(
                    source, recognise, options.encoding, folder, header=options.header
                )


def open_all(
    names: Sequence[str | pl.LazyFrame], dataset: Dataset, options: ReadOptions, folder: Path
) -> list[Export]:
    """The exports of one dataset, of several that a run reads: files, globs, folders, or frames.

    Columns that are named for other datasets, too, are taken where these exports have them.

    Raises:
        InputError: one of them can't be used.
    """
    return open_each(names, dataset, suited(options, dataset), folder)


def open_each(
    names: Sequence[str | pl.LazyFrame], dataset: Dataset, options: ReadOptions, folder: Path
) -> list[Export]:
    """The same, where every named column must be there.

    Raises:
        InputError: one of them can't be used.
    """
    with naming(dataset, options):
        return _open_each(names, dataset, options, folder)


def _open_each(
    names: Sequence[str | pl.LazyFrame], dataset: Dataset, options: ReadOptions, folder: Path
) -> list[Export]:
    frames = [name for name in names if isinstance(name, pl.LazyFrame)]
    sources = (
        Source(f"frame {number}", Path(), Format.PARQUET) for number in range(1, len(frames) + 1)
    )
    files = [name for name in names if isinstance(name, str)]
    opened = [
        looked_at(of_frame(source, frame, dataset, options), options)
        for source, frame in zip(sources, frames, strict=True)
    ]
    open_one = partial(open_export, dataset=dataset, options=options, folder=folder)
    named, notes = chats.but_quiet(expand(files) if files else [], dataset.name, open_one)
    opened = dated_lists.told_apart([*opened, *named], dataset)
    if dataset.name in chats.DATASETS:
        notes += chats.not_read(files)
    if notes:
        opened[-1] = replace(opened[-1], notes=(*opened[-1].notes, *notes))
    return opened


def of_frame(source: Source, frame: pl.LazyFrame, dataset: Dataset, options: ReadOptions) -> Export:
    """An export of rows that have types already; its lines are its rows, from 1."""
    return export_of(source, typed.of_frame(frame), dataset, options)


def export_of(source: Source, content: Content, dataset: Dataset, options: ReadOptions) -> Export:
    """The export of what a file holds: its maker, and which column is which.

    Raises:
        InputError: it can't be used, and why.
    """
    maker = presets.find(dataset, content.header, options.source)
    check_events(source.name, content.header, dataset, maker, options)
    notes = [*source.notes, *content.notes]
    if maker:
        notes.append(recognised(source.name, maker, content.header, options))
    names = set(map(folded, content.header))
    named = {
        field: column
        for field, column in options.named.items()
        if (dataset.name, field) not in options.spared or folded(column) in names
    }
    check_rows(source.name, content, dataset, named, headed=options.header)
    content = without_descriptions(content)
    defaults = defaults_of(source.name, content, dataset, maker, options)
    told = dataset is ORDERS and options.amount is not None
    without = [*defaults, *(["amount"] if options.without_amount or told else [])]
    known = None if dataset.of_chats else options.shop_ids
    found = taken_columns(source.name, content, dataset, named, maker, without, known)
    content, profiles, taken = found
    if content.merged:
        notes.append(merged.note(source.name, content))
    taken, passed_over = without_nested(source.name, dataset, content, taken, options)
    notes += [*passed_over, *clocks(source.name, dataset, content, taken, options)]
    defaults = left_to_say(defaults, taken, dataset)
    notes += said_of_all(source.name, defaults)
    if maker:
        by_rules, taken, said_of_rules = maker_rules.applied(source.name, content, taken, maker)
        if by_rules is not content:
            content, profiles = by_rules, Profiles(by_rules)
        notes += said_of_rules
        content = replace(apart.set_apart(content, taken, maker), clock=maker.timezone)
    for one in taken.values():
        if dataset[one.field].type.value == "id" and one.position in content.damaged:
            raise damaged(source.name, one, content.damaged[one.position])
    totals = None
    if dataset is ORDERS:
        evidence = _settled(source.name, content, taken, profiles, options, maker)
        taken, totals = evidence.taken, evidence.totals
        notes += evidence.notes
    content, powers, said = counted_in(source.name, dataset, content, taken)
    notes += said
    user = taken.get("user_id")
    return Export(
        source,
        content,
        taken,
        maker,
        tuple(notes),
        totals=totals,
        defaults=defaults,
        powers=powers,
        counts_from_zero=user is not None and profiles[user.position].counts_from_zero,
    )


def _settled(
    name: str,
    content: Content,
    taken: dict[str, Taken],
    profiles: Profiles,
    options: ReadOptions,
    maker: Preset | None,
) -> Evidence:
    """What the columns of an export of orders mean, by their values.

    Raises:
        InputError: something can't be told.
    """

    def whole(positions: Sequence[int]) -> pl.DataFrame:
        return engine.collect(_rows(content).select(f"c{position}" for position in positions))

    totals = maker.amounts if maker else None
    evidence = Evidence(name, content.header, taken, profiles, options, maker, whole, totals)
    meaning.settle(evidence)
    return evidence


def _rows(content: Content) -> pl.LazyFrame:
    """All rows, the way that takes least."""
    return content.rows if content.fast is None else content.fast
