"""Canonical rows in parts: one in memory, or many on disk where there are too many rows.

In each part every order is whole, and so is everything a user bought without order ids:
what has to be looked at together stands together. Work goes part by part, so that memory
holds one part at a time however long the exports are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

# As many rows are kept in memory; more go to disk, in parts of about as many bytes of export.
_IN_MEMORY = 2_000_000
_BYTES_A_PART = 32 << 20
_MAX_PARTS = 256


@dataclass(frozen=True, slots=True)
class Parts:
    """Frames of the same columns, or the files that hold them."""

    held: tuple[pl.DataFrame | tuple[Path, ...], ...]

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for part in self.held:
            yield part if isinstance(part, pl.DataFrame) else _read(part)

    @property
    def on_disk(self) -> bool:
        """Whether they are files."""
        return not any(isinstance(part, pl.DataFrame) for part in self.held)

    def whole(self) -> pl.DataFrame:
        """All rows at once."""
        return pl.concat(list(self)) if len(self.held) > 1 else next(iter(self))

    def map(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Parts:
        """Each part changed, where it is."""
        changed: list[pl.DataFrame | tuple[Path, ...]] = []
        for part in self.held:
            if isinstance(part, pl.DataFrame):
                changed.append(change(part))
            else:
                first, *others = part
                _write(change(_read(part)), first)
                for path in others:
                    path.unlink()
                changed.append((first,))
        return Parts(tuple(changed))

    def stored_with(self, number: int, name: str, frame: pl.DataFrame) -> pl.LazyFrame:
        """A frame made from a part, stored where the part is: in memory or on disk."""
        part = self.held[number]
        if isinstance(part, pl.DataFrame):
            return frame.lazy()
        path = part[0].with_name(f"{part[0].name}.{name}")
        _write(frame, path)
        return pl.scan_parquet(path, glob=False)


def partition(
    batches: Iterable[pl.DataFrame],
    empty: pl.DataFrame,
    key: pl.Expr,
    folder: Path | None,
    size: int,
) -> Parts:
    """Divides batches into parts by a key; on disk in `folder` where there are many rows.

    `size` is how many bytes of exports they come from.
    """
    held: list[pl.DataFrame] = []
    count = min(_MAX_PARTS, max(8, size // _BYTES_A_PART))
    files: list[list[Path]] = [[] for _ in range(count)]
    rows = number = 0
    for batch in batches:
        held.append(batch)
        rows += len(batch)
        if folder is not None and rows > _IN_MEMORY:
            for frame in held:
                _spill(frame, key, files, folder / f"rows{number}")
                number += 1
            held.clear()
    if not number:
        return Parts((pl.concat([empty, *held]),))
    assert folder is not None
    for frame in held:
        _spill(frame, key, files, folder / f"rows{number}")
        number += 1
    return Parts(tuple(tuple(paths) for paths in files if paths))


def _spill(frame: pl.DataFrame, key: pl.Expr, files: list[list[Path]], base: Path) -> None:
    number = pl.Series("part", frame.select(key.hash(seed=0) % len(files))).cast(pl.Int64)
    for (part,), rows in (
        frame.with_columns(number).partition_by("part", as_dict=True, include_key=False).items()
    ):
        path = base.with_name(f"{base.name}-{part}")
        _write(rows, path)
        files[int(str(part))].append(path)


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="lz4", statistics=False)


def _read(paths: tuple[Path, ...]) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths])
