"""Which columns of an opened file serve which fields, merged cells filled and nested ones left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from userops.core.errors import InputError, NoColumn
from userops.core.messages import Note, Word, counted
from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset, Type
from userops.datasets.orders import ORDERS
from userops.readers import above_header, columns, from_names, presets
from userops.readers.files import merged
from userops.readers.files.contents import Content
from userops.readers.meaning.headers import power_of_ten
from userops.readers.meaning.profile import Profiles
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions
from userops.readers.presets import Preset

if TYPE_CHECKING:
    import polars as pl


def check_events(
    name: str, header: Sequence[str], dataset: Dataset, maker: Preset | None, options: ReadOptions
) -> None:
    """That what is read as events isn't some maker's export of orders: its numbers would be events.

    Raises:
        NoColumn: it is.
    """
    if dataset is not EVENTS or maker or options.source or "event" in options.named:
        return
    if (seller := presets.find(ORDERS, header, None)) is not None:
        raise NoColumn(
            f"{name}: holds {seller.title}, and no events",
            mend="--map event=COLUMN",
            file=name,
            dataset=dataset.name,
        )


def taken_columns(
    name: str,
    content: Content,
    dataset: Dataset,
    named: Mapping[str, str],
    maker: Preset | None,
    without: Collection[str] = (),
    shop_ids: Callable[[], pl.Series] | None = None,
) -> tuple[Content, Profiles, dict[str, Taken]]:
    """Which column is which; what merged cells say stands on all their lines then, amounts once.

    Of needed fields it does `without` some; `shop_ids` gives the ids of the orders' users.
    """
    whole = merged.filled_down(content, ())
    profiles = Profiles(whole)
    taken = columns.take(
        name,
        dataset,
        content.header,
        named,
        maker.columns if maker else None,
        maker.blank if maker else None,
        profiles,
        without,
        shop_ids,
    )
    if whole is content:
        return content, profiles, taken
    added = (Type.MONEY, Type.NUMBER)
    figures = [one.position for one in taken.values() if dataset[one.field].type in added]
    content = merged.filled_down(content, figures)
    return content, Profiles(content), taken


def clocks(
    name: str, dataset: Dataset, content: Content, taken: Mapping[str, Taken], options: ReadOptions
) -> list[Note]:
    """What's said of times whose column has a time zone, where the shop's isn't known."""
    if options.timezone or content.text is not None:
        return []
    types = content.rows.collect_schema()
    zones = {
        one.column: getattr(types.get(f"c{one.position}"), "time_zone", None)
        for field, one in taken.items()
        if dataset[field].type is Type.TIME
    }
    return [
        Note(
            "{file}: {column!r}: times are in {zone}, {clock}",
            file=name, column=column, zone=zone, clock=Note("taken as written; --tz converts them to one time zone"),
        )
        for column, zone in zones.items()
        if zone is not None
    ]  # fmt: skip


def counted_in(
    name: str, dataset: Dataset, content: Content, taken: Mapping[str, Taken]
) -> tuple[Content, dict[int, int], list[Note]]:
    """The powers of ten that figures are counted in, by position, as their headers say; and what's said of it.

    The strict way alone reckons with them: there's no fast one then.
    """
    header = content.header
    powers: dict[int, int] = {}
    notes = []
    for one in taken.values():
        kind = dataset[one.field].type
        if kind not in (Type.MONEY, Type.NUMBER):
            continue
        others = [part[1] for part in (one.times, one.plus, *one.blank) if part]
        for position in (one.position, *others):
            power, unit = power_of_ten(header[position])
            # A number in 分 is one of points.
            if position in powers or not power or (power < 0 and kind is not Type.MONEY):
                continue
            powers[position] = power
            times = f"x {10**power:,}" if power > 0 else f"/ {10**-power:,}"
            notes.append(
                Note("{file}: {column!r} is counted in {unit}: its figures are taken {times}",
                     file=name, column=header[position], unit=unit, times=times)
            )  # fmt: skip
    return (replace(content, fast=None) if powers else content), powers, notes


def without_nested(
    name: str,
    dataset: Dataset,
    content: Content,
    taken: Mapping[str, Taken],
    options: ReadOptions,
) -> tuple[dict[str, Taken], list[Note]]:
    """The columns taken, less those of lists or structs, which are no values; and what's said of these.

    Raises:
        InputError: one of them is needed, or was named.
    """
    kept: dict[str, Taken] = {}
    notes = []
    for field, one in taken.items():
        what = content.nested.get(one.position)
        if what is None:
            kept[field] = one
        elif field in dataset.needed or field in options.named:
            raise InputError(
                f"{name}: {one.column!r} holds {what}, and no {field} can be told from those",
                mend=f"name another column with --map {field}=COLUMN, or export one of plain values",
            )
        else:
            notes.append(
                Note("{file}: {column!r} holds {what}: skipped", file=name, column=one.column,
                     what=what)
            )  # fmt: skip
    return kept, notes


def recognised(name: str, maker: Preset, header: Sequence[str], options: ReadOptions) -> Note:
    """What an export's maker was told by.

    Raises:
        InputError: an export of that maker can't serve.
    """
    if maker.refuses(header) and "user_id" not in options.named:
        raise InputError(f"{name}: {maker.refuse}", mend=maker.mend)
    why = Note("as told")
    if not options.source:
        why = Note("for it has {columns}", columns=tuple(map(repr, maker.tells(header))))
    return Note(
        "{file}: {maker} ({why}); --source overrides it",
        file=name,
        maker=Word(maker.title),
        why=why,
    )


def defaults_of(
    name: str, content: Content, dataset: Dataset, maker: Preset | None, options: ReadOptions
) -> dict[str, str]:
    """What all rows of an export say where it has no column for it.

    Costs are a channel's, and of the days that stand above the header. Of other makers' exports
    it's what their file's name says.

    Raises:
        InputError: a file's name has to say the day, and doesn't.
    """
    if dataset.name != "costs":
        of_name = maker.from_name if maker else {}
        left = {field: what for field, what in of_name.items() if field not in options.named}
        day = from_names.day_of(name) if dataset.listed and not of_name else None
        dated = {dataset.listed.day: day} if dataset.listed and day else {}
        return {**dated, **from_names.said(name, left)}
    channel = options.channel_of(name) or (maker.channel if maker else None)
    days = above_header.span(content.above)
    return {**({"channel": channel} if channel else {}), **days}


def left_to_say(
    defaults: Mapping[str, str], taken: Collection[str], dataset: Dataset
) -> dict[str, str]:
    """What no column says already; rows that say when they're of need no other days."""
    said = {*taken, *(("from", "to") if {"period", "from", "to"} & {*taken} else ())}
    if (listed := dataset.listed) and {listed.since, *listed.unless} & {*taken}:
        said.add(listed.day)
    return {field: text for field, text in defaults.items() if field not in said}


def said_of_all(file: str, defaults: Mapping[str, str]) -> list[Note]:
    """What all rows of an export say, for its file is called so or somebody said it."""
    days = {field: text for field, text in defaults.items() if field in ("from", "to")}
    notes = [
        said_channel(file, text)
        if field == "channel"
        else Note("{file}: {field} is {text!r}, by its name", file=file, field=field, text=text)
        for field, text in defaults.items()
        if field not in days
    ]
    if days:
        notes.append(
            Note(
                "{file}: costs of {first} to {last}, as the lines above its header say",
                file=file, first=days["from"], last=days["to"],
            )
        )  # fmt: skip
    return notes


def said_channel(file: str, channel: str) -> Note:
    """That all rows of an export of costs are a channel's."""
    return Note(
        "{file}: channel is {channel!r}; --channel overrides it", file=file, channel=channel
    )


def damaged(name: str, taken: Taken, example: str, rows: int | None = None) -> InputError:
    """A spreadsheet has rounded the ids."""
    many = f" ({counted(rows, 'row')})" if rows else ""
    return InputError(
        f"{name}: {taken.column!r} holds {example}: a spreadsheet turned long ids into rounded "
        f"numbers{many}, and the digits are gone",
        mend="export it again and don't save it from a spreadsheet, or name another column "
        f"with --map {taken.field}=COLUMN",
    )
