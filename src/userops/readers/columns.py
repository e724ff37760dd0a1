"""From header to field: which column of an export is which, by name and by what its values support."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

import polars as pl

from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.datasets import field_called
from userops.datasets.fields import Dataset, Field
from userops.readers.meaning.claims import fits, is_nearly_empty
from userops.readers.meaning.headers import bare, folded, spellings
from userops.readers.meaning.missing import misnamed, missing
from userops.readers.meaning.profile import Profiles
from userops.readers.meaning.taken import Taken
from userops.readers.values.text import clean_id


@cache
def _spelled(names: tuple[str, ...]) -> frozenset[str]:
    """Names as headers are compared: many rows are held to them until one is the header."""
    return frozenset(map(folded, names))


def count_known(dataset: Dataset, header: Sequence[str], named: Mapping[str, str]) -> int:
    """How many fields a header serves, with the columns named for some."""
    have = spellings(header) - {""}
    known = sum(not have.isdisjoint(_spelled(field.names)) for field in dataset.fields)
    return known + sum(folded(column) in have for column in named.values())


def take(
    name: str,
    dataset: Dataset,
    header: Sequence[str],
    named: Mapping[str, str],
    preset: Mapping[str, Sequence[str]] | None = None,
    blank: Mapping[str, Sequence[str]] | None = None,
    profiles: Profiles | None = None,
    without: Collection[str] = (),
    shop_ids: Callable[[], pl.Series] | None = None,
) -> dict[str, Taken]:
    """The column for each field of an export that has one.

    `shop_ids` gives the ids of the orders' users.

    `named` is what the user says (field: column), `preset` what the recognised source
    says (field: columns, best first), and `blank` the source's columns for rows where that
    is blank; the rest is found by the common names. Of several columns whose names claim a field
    the first counts whose values, in `profiles`, support it. Of needed fields, an export does
    `without` some, and without those that others it has stand in for.

    Raises:
        InputError: a named column isn't there, needed fields have none, or a needed
            column stands twice.
        UsageError: a named field isn't one.
    """
    known = [field.name for field in dataset.fields]
    for said in named:
        if said not in known:
            raise UsageError.unknown(
                "field in --map", said, known, field_called(said, [dataset.name])
            )
    positions: dict[str, list[int]] = {}
    for position, column in enumerate(header):
        positions.setdefault(folded(column), []).append(position)
    without_units: dict[str, int] = {}
    for position, column in enumerate(header):
        without_units.setdefault(bare(column), position)
    before = _before_known(dataset, positions, preset or {})
    taken: dict[str, Taken] = {}
    for field in dataset.fields:
        used = {have.position for have in taken.values()}
        why, there = _offered(field, positions, without_units, used, named, preset or {})
        if not there:
            if why == "map":
                raise misnamed(name, field.name, named[field.name], header)
            continue
        reason = ""
        if why != "map" and profiles is not None:
            there, reason = _supported(field, there, profiles, before)
            if field.name == "user_id" and why == "name" and shop_ids and len(there) > 1:
                there = _known_first(there, profiles, shop_ids())
        best = there[0]
        same = positions[folded(header[best])]
        if len(same) > 1:
            raise InputError(
                f"{name}: the column {header[best]!r} stands "
                f"{len(same)} times, and {field.name} needs it",
                mend="rename one of them",
            )
        # Whoever names the maker's own column, as `init` does, means it as the maker does.
        own = map(folded, (preset or {}).get(field.name, ()))
        as_source = why == "source" or folded(header[best]) in own
        behind = [folded(column) for column in (blank or {}).get(field.name, ()) if as_source]
        taken[field.name] = Taken(
            field.name,
            header[best],
            best,
            why,
            tuple(header[at] for at in there[1:]),
            tuple(
                (header[positions[spelling][0]], positions[spelling][0])
                for spelling in behind
                if spelling in positions and positions[spelling][0] != best
            ),
            reason=reason,
        )
    told = {*taken, *without}
    lacking = [
        dataset[needed]
        for needed in dataset.needed
        if told.isdisjoint((needed, *dataset[needed].instead))
    ]
    if lacking:
        spare = {one.position for one in taken.values()}
        raise missing(name, lacking, header, profiles, spare, dataset=dataset.name)
    return taken


def _known_first(there: list[int], profiles: Profiles, shop_ids: pl.Series) -> list[int]:
    """Columns that may be users', first one of whose ids the orders have some, where they have none of the first's.

    Only one that is as full will do.
    """

    def is_known(at: int) -> bool:
        ids = pl.select(clean_id(pl.lit(profiles[at].values))).to_series().drop_nulls()
        return bool(ids.is_in(shop_ids.implode()).any())

    least = profiles[there[0]].filled
    if is_known(there[0]):
        return there
    known = [at for at in there[1:] if profiles[at].filled >= least and is_known(at)][:1]
    return [*known, *(at for at in there if at not in known)]


def _before_known(
    dataset: Dataset, positions: Mapping[str, list[int]], preset: Mapping[str, Sequence[str]]
) -> set[int]:
    """Columns of what users went by before they were known: these are full where users are blank."""
    fields = [field for field in dataset.fields if field.name == "anonymous_id"]
    said = [name for field in fields for name in (*preset.get(field.name, ()), *field.names)]
    return {at for name in said for at in positions.get(folded(name), [])}


def _supported(
    field: Field, there: Sequence[int], profiles: Profiles, before: Collection[int]
) -> tuple[list[int], str]:
    """The columns that claim a field, those first whose values support the claim; and why.

    A column is nearly empty beside a fuller one, but not beside those of `before`.
    """
    if len(there) < 2:
        return list(there), ""
    fitting = [at for at in there if fits(field, profiles[at])]
    fullest = max((profiles[at].filled for at in fitting if at not in before), default=0.0)
    telling = [at for at in fitting if not is_nearly_empty(field, profiles[at], fullest)]
    order = [*telling, *(at for at in there if at not in telling)]
    if order[0] == there[0]:
        return order, ""
    passed = profiles[there[0]]
    why = Note("no value of {column!r} fits", column=passed.name)
    if there[0] in fitting:
        why = Note("{column!r} is nearly empty ({filled:.0%} of the rows)", column=passed.name, filled=passed.filled)  # fmt: skip
    return order, why


def serving(taken: Mapping[str, Taken], name: str) -> str | None:
    """The field that a name means: its own, or that of the column taken for it; None for neither."""
    if name in taken:
        return name
    same = (one.field for one in taken.values() if folded(one.column) == folded(name))
    return next(same, None)


def _offered(
    field: Field,
    positions: Mapping[str, list[int]],
    without_units: Mapping[str, int],
    used: set[int],
    named: Mapping[str, str],
    preset: Mapping[str, Sequence[str]],
) -> tuple[str, list[int]]:
    """The first of the user, the source and the common names to know columns here, and which."""
    if field.name in named:
        return "map", positions.get(folded(named[field.name]), [])[:1]

    def place(name: str) -> int | None:
        # A name with its unit in brackets is that name, if no column bears it alone.
        return positions[name][0] if name in positions else without_units.get(name)

    by_source = [place(folded(name)) for name in preset.get(field.name, ())]
    there = dict.fromkeys(at for at in by_source if at is not None)
    if there:
        return "source", list(there)
    places = [place(name) for name in dict.fromkeys(map(folded, field.names))]
    there = dict.fromkeys(at for at in places if at is not None and at not in used)
    return "name", list(there)
