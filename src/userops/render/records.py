"""Formats for programs: JSON, JSON Lines, Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, BinaryIO, Protocol

import polars as pl

from userops.core.shown import escaped
from userops.core.table import Result, Table
from userops.render import cells


class Sink(Protocol):
    """What records are written to."""

    def write(self, block: bytes, /) -> int:
        """Write a block of bytes."""


def jsonl(table: Table, sink: Sink) -> None:
    """Write a record a line."""
    for lines in _records(table, "\n"):
        sink.write(lines + b"\n")


def json_array(table: Table, sink: Sink) -> None:
    """Write an array of records."""
    _write_array(table, sink)
    sink.write(b"\n")


def bundle(result: Result, tables: Sequence[Table], sink: Sink) -> None:
    """Write one JSON object: the command, its window, currency, tally, and the tables.

    `tally` is of the exports that the command is about. Where it read others, too, `tallies`
    has those of all, by dataset (orders, events, users, costs).
    """
    circumstances = {
        "command": result.command,
        "window": asdict(tables[0].window),
        "currency": tables[0].currency.code,
        "tally": result.tally.counts if result.tally else None,
    }
    if result.tallies:
        circumstances["tallies"] = {
            dataset: tally.counts for dataset, tally in result.tallies.items()
        }
    sink.write(_dumps(circumstances)[:-1] + b',"tables":{\n')
    for number, table in enumerate(tables):
        kinds = {name: kind.value for name, kind in table.columns.items()}
        facts = _dumps({"columns": kinds, "notes": table.notes})[:-1]
        sink.write(b",\n" * (number > 0) + _dumps(table.name) + b":" + facts + b',"rows":')
        _write_array(table, sink)
        sink.write(b"}")
    sink.write(b"\n}}\n")


def parquet(table: Table, sink: BinaryIO) -> None:
    """Write plain columns: text, Date, Decimal, Int64, Float64, Boolean."""
    # Row groups follow chunks, and those how fast threads were.
    frame = cells.machine(table.frame, table).rechunk()
    frame.write_parquet(sink, compression="zstd", compression_level=1)


class ForTerminal:
    """A sink of JSON that's read on a terminal: in it nothing of the data acts."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink

    def write(self, block: bytes) -> int:
        """Write whole characters of JSON."""
        return self._sink.write(escaped(block.decode()).encode())


WRITERS: dict[str, Callable[[Table, Any], None]] = {
    "json": json_array,
    "jsonl": jsonl,
    "parquet": parquet,
}


def _write_array(table: Table, sink: Sink) -> None:
    sink.write(b"[")
    separator = b"\n"
    for lines in _records(table, ",\n"):
        sink.write(separator + lines)
        separator = b",\n"
    sink.write(b"\n]")


def _records(table: Table, separator: str) -> Iterator[bytes]:
    """The rows as JSON objects, in joined chunks.

    Polars writes decimals as JSON strings. So runs of other columns are encoded as structs,
    and money is put between them as the number it is.
    """
    if not table.frame.height:
        return
    for chunk in cells.chunks(table):
        frame = cells.machine(chunk, table)
        members: list[pl.Expr] = []
        for is_decimal, columns in groupby(
            frame.iter_columns(), lambda column: column.dtype == pl.Decimal
        ):
            names = [column.name for column in columns]
            if is_decimal:
                members += map(_number, names)
            else:
                encoded = pl.struct(names).struct.json_encode()
                members.append(encoded.str.strip_prefix("{").str.strip_suffix("}"))
        object_parts = [pl.lit("{"), *_between(members, ","), pl.lit("}")]
        yield frame.select(pl.concat_str(object_parts).str.join(separator)).item().encode()


def _number(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String).fill_null("null")
    return pl.lit(_dumps(name).decode() + ":") + text


def _between(members: list[pl.Expr], comma: str) -> Iterator[pl.Expr]:
    for number, member in enumerate(members):
        if number:
            yield pl.lit(comma)
        yield member


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode()
