"""What one argument names, as Spark reads it, and what its first rows tell of its columns."""

from __future__ import annotations

import csv
import os
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl
import pyarrow.parquet

from userops.core import shown
from userops.core.errors import InputError, UsageError
from userops.datasets.fields import Dataset
from userops.engines import query as engine
from userops.engines import spark
from userops.readers.exports import Export, of_frame, opened, reading
from userops.readers.fast import expressions
from userops.readers.files.open import Format, Source, container, expand, no_export
from userops.readers.files.records import columns_of
from userops.readers.options import ReadOptions
from userops.readers.spark import crowds
from userops.readers.strict import profiles

# Where a row is from: its file, the block of it, and its place among the rows of a block.
PATH, BLOCK, NTH = "path", "block", "nth"
# Of text: the line as it is, and whether it isn't made of as many cells as the header.
TEXT, BROKEN = "text", "broken"
ELSEWHERE = "leave out --engine spark, or unpack and convert it first"
# How workbooks, archives and UTF-16 begin.
_OTHERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")
# What Spark unpacks, by the names of files.
_PACKED = (".gz", ".bz2", ".deflate", ".snappy", ".lz4", ".zst")
_A_PART = 1 << 20
_CHARSETS = {"cp1252": "windows-1252", "latin_1": "ISO-8859-1"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Exports of one header: what an argument of the command line names.

    `export` holds the first rows, `sample` those by position; `frame` is all of them as Spark
    sees them (columns by position, and where a row is from), `files` their names in order.
    """

    export: Export
    sample: pl.DataFrame
    frame: Any
    files: tuple[str, ...]
    header: str | None = None  # of text: its first line

    def places(self, paths: Iterable[str]) -> dict[str, int]:
        """The numbers of files that rows name."""
        known = {_absolute(name): number for number, name in enumerate(self.files)}
        return {path: known[_plain(path)] for path in paths}

    def without(self, paths: Iterable[str]) -> list[str]:
        """Its files other than those that rows name."""
        named = set(map(_plain, paths))
        return [name for name in self.files if _absolute(name) not in named]


def open_shelves(
    session: Any, names: Sequence[str], dataset: Dataset, options: ReadOptions, folder: Path
) -> list[Shelf]:
    """What files, globs, folders and addresses hold, each a shelf.

    Raises:
        InputError: one of them can't be used, or not on Spark.
        UsageError: an option can't be had there, or a file is named twice.
    """
    if options.timezone:
        raise UsageError("--tz isn't for --engine spark", mend=ELSEWHERE)
    with spark.reading(", ".join(names)):
        shelves = [
            _open_shelf(session, name, dataset, options, folder) for name in dict.fromkeys(names)
        ]
    files = Counter(file for shelf in shelves for file in shelf.files)
    again = [file for file, times in files.items() if times > 1]
    if again:
        raise UsageError(f"{again[0]} is named more than once", mend="name it once")
    return shelves


def _open_shelf(
    session: Any, name: str, dataset: Dataset, options: ReadOptions, folder: Path
) -> Shelf:
    """An argument, its columns found as those of files are.

    Raises:
        InputError: it can't be used, or not on Spark.
    """
    if name == "-":
        raise UsageError("--engine spark: standard input isn't read on Spark", mend=ELSEWHERE)
    if "://" in name:
        listed = session.read.format("binaryFile").load(name).select("path").collect()
        files = sorted(_plain(row.path) for row in listed)
    else:
        files = expand([name])
    if not files:
        raise InputError(f"{name}: no file there", mend="check the path")
    hidden = [file for file in files if Path(file).name.startswith(("_", "."))]
    if hidden:
        raise InputError(
            f"{hidden[0]}: Spark passes over files whose names begin with _ or a point",
            mend="give it another name, or leave out --engine spark",
        )
    if len(files) == 1 and "://" not in name:
        name = files[0]
    if _is_parquet(session, files[0]):
        shelf = _parquet(session, name, files, dataset, options)
    else:
        shelf = _text(session, name, files, dataset, options, folder)
    maker = shelf.export.maker
    if maker is not None and maker.has_rules(shelf.export.header):
        raise InputError(
            f"{name}: {maker.title}: an amount or a status takes several columns, which Spark doesn't read",
            mend=ELSEWHERE,
        )
    if shelf.export.powers:
        column = shelf.export.header[min(shelf.export.powers)]
        raise InputError(
            f"{name}: {column!r} is counted in another unit than money's, which Spark doesn't read",
            mend=ELSEWHERE,
        )
    return shelf


def _absolute(name: str) -> str:
    return name if "://" in name else os.path.abspath(name)


def _plain(path: str) -> str:
    """A path that Spark names: a local one as such, another as it is."""
    parts = urlsplit(path)
    return unquote(parts.path) if parts.scheme == "file" else path


def _is_parquet(session: Any, file: str) -> bool:
    """Whether a file is Parquet, by its content; else it's text.

    Raises:
        InputError: it's neither.
    """
    if "://" in file:
        first = session.read.text(file).limit(1).select("value").collect()
        head = first[0].value.encode()[:8] if first else b""
    else:
        head = _checked_head(file)
    packed = head[:2] == b"\x1f\x8b" and not file.endswith(".gz")
    if packed or head[:4] in _OTHERS or head[:2] in _OTHERS:
        raise InputError(
            f"{file}: Spark reads Parquet and delimited text; this is another format",
            mend=ELSEWHERE,
        )
    return bytes(head[:4]) == b"PAR1"


def _checked_head(file: str) -> bytes:
    """The first bytes of a file on this machine.

    Raises:
        InputError: it can't be read, is an archive or the like, or has a name that Spark can't take.
    """
    path = Path(file)
    try:
        with path.open("rb") as opened_file:
            head = opened_file.read(8)
        what = container(path)
    except (EOFError, zlib.error):
        raise InputError(f"{file}: a damaged gzip", mend="export it again") from None
    except OSError as error:
        raise InputError(
            f"{file}: can't be read: {error.strerror or error}",
            mend="check the path and its permissions",
        ) from None
    if what:
        raise no_export(file, what)
    try:
        file.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{shown.named(file)}: its name isn't UTF-8, which Spark can't take",
            mend="give it another name, or leave out --engine spark",
        ) from None
    return head


def _whence() -> list[Any]:
    from pyspark.sql import functions as f

    return [
        f.col("_metadata.file_path").alias(PATH),
        f.col("_metadata.file_block_start").alias(BLOCK),
        f.monotonically_increasing_id().alias(NTH),
    ]


def _parquet(
    session: Any, name: str, files: Sequence[str], dataset: Dataset, options: ReadOptions
) -> Shelf:
    from pyspark.sql import functions as f

    if "://" not in files[0]:
        _check_zones(files[0])
    # A column that only some of the files have mustn't be lost.
    reader = session.read.option("mergeSchema", len(files) > 1)
    whole = reader.parquet(*map(spark.pattern, files))
    names = columns_of(len(whole.columns))
    columns = [
        f.col(f"`{column.replace('`', '``')}`").alias(place)
        for column, place in zip(whole.columns, names, strict=True)
    ]
    sample = pl.from_arrow(whole.limit(expressions.SAMPLE).toArrow())
    assert isinstance(sample, pl.DataFrame)
    with reading(name):
        source = Source(name, Path(), Format.PARQUET)
        export = profiles.unmasked(of_frame(source, sample.lazy(), dataset, options))
    by_position = sample.rename(dict(zip(whole.columns, names, strict=True)))
    shelf = Shelf(export, by_position, whole.select(*columns, *_whence()), tuple(files))
    return crowds.looked_at(shelf, options)


def _check_zones(file: str) -> None:
    """Spark keeps instants, not the zone that a file names beside them.

    Raises:
        InputError: it names one, or the file is damaged.
    """
    try:
        schema = pyarrow.parquet.read_schema(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"{file}: a damaged Parquet file: {str(error).splitlines()[0]}", mend="export it again"
        ) from None
    for column in schema:
        zone = getattr(column.type, "tz", None)
        if zone not in (None, "UTC", "Etc/UTC", "+00:00"):
            raise InputError(
                f"{file}: {column.name!r} has times of {zone}, which Spark takes for UTC's",
                mend="leave out --engine spark, or write local times without a zone",
            )


def _text(
    session: Any,
    name: str,
    files: Sequence[str],
    dataset: Dataset,
    options: ReadOptions,
    folder: Path,
) -> Shelf:
    from pyspark.sql import functions as f

    raw = _first_lines(session, files[0])
    if not raw:
        raise InputError(f"{files[0]}: is empty", mend="export it again")
    head = Path(tempfile.mkdtemp(dir=folder)) / "head"
    head.write_bytes(b"\n".join(raw) + b"\n")
    export = opened(Source(name, head, Format.TEXT), dataset, options, folder)
    charset = _charset(export, name)
    header = raw[0].decode(export.encoding).removeprefix("\ufeff")
    cells = next(csv.reader([header], delimiter=export.delimiter), [])
    if [cell.strip() for cell in cells] != [cell.strip() for cell in export.header]:
        raise InputError(f"{name}: its header isn't the first line", mend=ELSEWHERE)
    value = f.col("value")
    if charset:
        value = f.decode(value.cast("binary"), charset)
    shape = {
        "sep": export.delimiter,
        "quote": '"',
        "escape": '"',
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": "_",
    }
    names = columns_of(len(export.header))
    schema = ", ".join(f"{column} string" for column in (*names, "_"))
    # Cells are plain or wholly quoted; what else a line may be is looked at with care.
    comma = re.escape(export.delimiter)
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{comma}]*+)'
    odd = f.col(TEXT).contains('"') & ~f.col(TEXT).rlike(rf"\A{cell}(?:{comma}{cell})*+\z")
    broken = f.col("cells._").isNotNull() | odd | f.col(TEXT).contains("\0")
    frame = (
        session.read.text([spark.pattern(file) for file in files])
        .select("value", *_whence())
        .withColumn(TEXT, value)
        .withColumn("cells", f.from_csv(TEXT, schema, shape))
        .select("cells.*", PATH, BLOCK, NTH, TEXT, broken.alias(BROKEN))
        .drop("_")
    )
    with reading(name):
        export = profiles.unmasked(export)
        sample = engine.collect(export.rows.select(names).head(expressions.SAMPLE))
    return crowds.looked_at(Shelf(export, sample, frame, tuple(files), header), options)


def _first_lines(session: Any, file: str) -> list[bytes]:
    """A text's first lines, as Spark parts it."""
    from pyspark.sql import functions as f

    path = Path(file)
    if "://" in file or path.suffix in _PACKED:
        first = session.read.text(spark.pattern(file)).select(
            f.col("value").cast("binary"), *_whence()
        )
        first = first.filter(f.col(BLOCK) == 0).orderBy(NTH).limit(expressions.SAMPLE).toArrow()
        return [bytes(value) for value in first["value"].to_pylist()]
    lines: list[bytes] = []
    with path.open("rb") as text:  # a job less
        while len(lines) < expressions.SAMPLE and (part := text.readlines(_A_PART)):
            lines += b"".join(part).splitlines()
    return lines[: expressions.SAMPLE]


def _charset(export: Export, name: str) -> str | None:
    """What Spark decodes lines with; None for UTF-8, which it takes them for."""
    if not export.delimiter or export.encoding.startswith("utf-16"):
        raise InputError(
            f"{name}: Spark reads Parquet and delimited text in UTF-8 or the like; this is another format",
            mend=ELSEWHERE,
        )
    if export.encoding in ("utf-8", "utf-8-sig"):
        return None
    return _CHARSETS.get(export.encoding, export.encoding)
