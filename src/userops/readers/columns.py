"""From header to field: which column of an export is which."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from userops.core.errors import InputError, UsageError
from userops.datasets.fields import Dataset, Field


def folded(header: str) -> str:
    """A header without what spellings differ in: width, case, padding, spaces, `_` and `-`."""
    plain = unicodedata.normalize("NFKC", header).strip("\ufeff \t\r\n'\"").casefold()
    return "".join(character for character in plain if character not in " _-\t\u3000")


@dataclass(frozen=True, slots=True)
class Taken:
    """The column that serves a field, and others that could have. `why`: map, source or name.

    `blank` are columns (name, position) that say it on the rows where this one is blank.
    """

    field: str
    column: str
    position: int
    why: str
    passed_over: tuple[str, ...] = ()
    blank: tuple[tuple[str, int], ...] = ()

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns passed over of which no row is read."""
        return tuple(name for name in self.passed_over if name not in dict(self.blank))


def count_known(dataset: Dataset, header: Sequence[str], named: Mapping[str, str]) -> int:
    """How many fields a header serves, with the columns named for some."""
    have = {folded(column) for column in header} - {""}
    known = sum(any(folded(name) in have for name in field.names) for field in dataset.fields)
    return known + sum(folded(column) in have for column in named.values())


def take(
    name: str,
    dataset: Dataset,
    header: Sequence[str],
    named: Mapping[str, str],
    preset: Mapping[str, Sequence[str]] | None = None,
    blank: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Taken]:
    """The column for each field of an export that has one.

    `named` is what the user says (field: column), `preset` what the recognised source
    says (field: columns, best first), and `blank` the source's columns for rows where that
    is blank; the rest is found by the common names.

    Raises:
        InputError: a named column isn't there, a needed field has none, or a needed
            column stands twice.
        UsageError: a named field isn't one.
    """
    known = [field.name for field in dataset.fields]
    for said in named:
        if said not in known:
            raise UsageError.unknown("field in --map", said, known)
    positions: dict[str, list[int]] = {}
    for position, column in enumerate(header):
        positions.setdefault(folded(column), []).append(position)
    taken: dict[str, Taken] = {}
    for field in dataset.fields:
        used = {have.position for have in taken.values()}
        why, there = _offered(field, positions, used, named, preset or {})
        if not there:
            if why == "map":
                raise _missing(name, field, header, said=named[field.name])
            continue
        if len(positions[there[0]]) > 1:
            raise InputError(
                f"{name}: the column {header[positions[there[0]][0]]!r} stands "
                f"{len(positions[there[0]])} times, and {field.name} needs it",
                mend="rename one of them",
            )
        best, *others = (header[positions[spelling][0]] for spelling in there)
        behind = [folded(column) for column in (blank or {}).get(field.name, ()) if why == "source"]
        taken[field.name] = Taken(
            field.name,
            best,
            positions[there[0]][0],
            why,
            tuple(others),
            tuple(
                (header[positions[spelling][0]], positions[spelling][0])
                for spelling in behind
                if spelling in positions and spelling != there[0]
            ),
        )
    for needed in dataset.needed:
        if needed not in taken:
            spare = {one.position for one in taken.values()}
            raise _missing(name, dataset[needed], header, spare=spare)
    return taken


def serving(taken: Mapping[str, Taken], name: str) -> str | None:
    """The field that a name means: its own, or that of the column taken for it; None for neither."""
    if name in taken:
        return name
    same = (one.field for one in taken.values() if folded(one.column) == folded(name))
    return next(same, None)


def _offered(
    field: Field,
    positions: Mapping[str, list[int]],
    used: set[int],
    named: Mapping[str, str],
    preset: Mapping[str, Sequence[str]],
) -> tuple[str, list[str]]:
    """The first of the user, the source and the common names to know columns here, and which."""
    offers = [("source", preset.get(field.name, ())), ("name", field.names)]
    if field.name in named:
        offers = [("map", (named[field.name],))]
    for why, wanted in offers:
        there = [
            spelling
            for spelling in dict.fromkeys(map(folded, wanted))
            if spelling in positions and (why != "name" or positions[spelling][0] not in used)
        ]
        if there:
            return why, there
    return offers[0][0], []


_GUESSED_FROM = 400  # columns: of a header of thousands no name is worth the time


def _missing(
    name: str,
    field: Field,
    header: Sequence[str],
    *,
    said: str | None = None,
    spare: Collection[int] = (),
) -> InputError:
    """No column serves a field; the mend names the nearest.

    Nearest to what the user `said`, else to any name that the field goes by, columns that
    serve other fields left out.
    """
    columns = [column for column in header if column.strip()]
    free = [
        column
        for at, column in enumerate(header[:_GUESSED_FROM])
        if column.strip() and at not in spare
    ]
    near = _nearest(free, (said,), 0.4) if said else _nearest(free, field.names, 0.7)
    shown = ", ".join(columns[:40]) + (
        f", and {len(columns) - 40} more" if len(columns) > 40 else ""
    )
    problem = f"no column named {said!r}" if said else "no column"
    return InputError(
        f"{name}: {problem} for {field.name}",
        mend=f"--map {field.name}={near or 'COLUMN'}; the file has: {shown}",
    )


def _nearest(columns: Sequence[str], names: Sequence[str], cutoff: float) -> str | None:
    """The column that is spelled most like one of some names, if any is at all."""
    likeness = {
        column: max(SequenceMatcher(None, folded(column), folded(name)).ratio() for name in names)
        for column in columns
    }
    best = max(columns, key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= cutoff else None
