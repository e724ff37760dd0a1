"""Users with what is told of each: the attributes of the users export, and derived ones by rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import floor

import polars as pl

from userops.analyses.portrait.params import PortraitParams
from userops.analyses.portrait.sources import Said
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.customers import birthdays, regions

UNKNOWN, NONE = "unknown", "none"
DAYPARTS = ("00:00-05:59", "06:00-11:59", "12:00-17:59", "18:00-23:59")
NO_USUAL_TIME = "no usual time"
ONLINE_SHARES = ("offline only", "mostly offline", "mostly online", "online only")
_OFFLINE_WORDS = (
    "offline",
    "in store",
    "in-store",
    "in_store",
    "线下",
    "门店",
    "实体店",
    "到店",
    "专柜",
)
_OFFLINE_NAMES = ("pos", "store", "shop", "retail", "point of sale")
# An attribute of more values than this, for more than every second user, tells users apart.
_MOST_VALUES, _SHARE = 100, 2


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: from where, its values in their order (else by users), and who is in conflict."""

    name: str
    source: str
    order: tuple[str, ...] = ()
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Portrait:
    """Users by user_id, and what is told of them.

    `orders, amount, first_day, last_day` (0 and null without orders), `online_` and `offline_orders`
    and `_amount`, and a column of text for each of the attributes.
    """

    users: pl.DataFrame
    attributes: dict[str, Attribute]
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> list[str]:
        """The attributes that are shown where none is asked for."""
        return [name for name in self.attributes if name not in ("tier", "segment")]


@dataclass(slots=True)
class Building:
    """A portrait while attributes are added to it."""

    users: pl.DataFrame
    said: Said | None
    params: PortraitParams
    as_of: date | None
    places: int
    attributes: dict[str, Attribute] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def add(
        self, name: str, values: pl.Expr, source: str, order: Sequence[str] = (), conflicts: int = 0
    ) -> None:
        """Add an attribute as an expression over the users."""
        self.users = self.users.with_columns(values.cast(pl.String).fill_null(UNKNOWN).alias(name))
        self.attributes[name] = Attribute(name, source, tuple(order), conflicts)

    def join(self, frame: pl.DataFrame) -> None:
        """Add columns by user_id."""
        self.users = self.users.join(frame, on="user_id", how="left", maintain_order="left")

    def without_channels(self) -> None:
        """Orders that say no channel: none is known to be online or offline."""
        sides = ("online_orders", "online_amount", "offline_orders", "offline_amount")
        self.users = self.users.with_columns(pl.lit(None, pl.Int64).alias(one) for one in sides)

    def done(self) -> Portrait:
        """The portrait."""
        return Portrait(self.users, self.attributes, tuple(self.notes))


def population(customers: pl.DataFrame, said: Said | None) -> pl.DataFrame:
    """Who there is: with a valid order, or in the users export; by user_id."""
    known = customers.select("user_id", "first_day", "last_day", "orders", "amount")
    if said is None:
        return known.with_columns(pl.col("orders").cast(pl.Int64))
    everyone = pl.concat([known.select("user_id"), said.users.select("user_id")]).unique()
    return (
        everyone.sort("user_id")
        .join(known, on="user_id", how="left", maintain_order="left")
        .with_columns(pl.col("orders").cast(pl.Int64).fill_null(0), pl.col("amount").fill_null(0))
    )


def of_users_export(building: Building, by: Sequence[str]) -> None:
    """Attributes that the users export tells."""
    said = building.said
    if said is None:
        return
    building.join(said.users.rename({name: f"said {name}" for name in said.columns}))

    def add(attribute: str, column: str, values: pl.Expr, order: Sequence[str] = ()) -> None:
        building.add(attribute, values, column, order, said.conflicts[column])

    if column := said.first_of("gender"):
        add("gender", column, pl.col(f"said {column}"))
    _add_age(building, said)
    if column := said.first_of("region"):
        add("region", column, regions.region(pl.col(f"said {column}")))
    elif column := said.first_of("address"):
        add("region", column, regions.region_of_address(pl.col(f"said {column}")))
    if column := said.first_of("channel"):
        add("channel", column, pl.col(f"said {column}"))
    for name in by:
        if name in said.columns and name not in building.attributes:
            add(name, name, pl.col(f"said {name}"))


def _add_age(building: Building, said: Said) -> None:
    edges, as_of = building.params.age_edges, building.as_of
    bands = age_bands(edges)
    birthday, age, band = (said.first_of(name) for name in ("birthday", "age", "age_band"))
    if birthday and as_of:
        years = birthdays.age(pl.col(f"said {birthday}"), as_of)
        building.add("age_band", age_band(years, edges), birthday, bands, said.conflicts[birthday])
    elif age:
        years = pl.col(f"said {age}").str.extract(r"^(\d{1,3})(?:\.\d+)?(?:岁)?$", 1).cast(pl.Int32)
        building.add("age_band", age_band(years, edges), age, bands, said.conflicts[age])
    elif band:
        building.add(
            "age_band", pl.col(f"said {band}"), band, _by_number(said, band), said.conflicts[band]
        )


def _by_number(said: Said, column: str) -> list[str]:
    """Bands as a column has them, by the first number in each."""
    values = said.users[column].drop_nulls().unique().to_list()

    def place(text: str) -> tuple[int, int, str]:
        number = re.search(r"\d+", text)
        opens = text.strip().startswith(("<", "under", "below"))
        return (int(number[0]) if number else 0, not opens, text)

    return sorted(values, key=place)


def age_bands(edges: Sequence[int]) -> list[str]:
    """The names of bands, youngest first.

    >>> age_bands((20, 25, 30))
    ['under 20', '20-24', '25-29', '30+']
    """
    pairs = pairwise(edges)
    return [f"under {edges[0]}", *(f"{low}-{high - 1}" for low, high in pairs), f"{edges[-1]}+"]


def age_band(years: pl.Expr, edges: Sequence[int]) -> pl.Expr:
    """The band of an age in whole years."""
    band = pl.sum_horizontal((years >= edge).cast(pl.UInt32) for edge in edges)
    names = pl.lit(pl.Series(age_bands(edges)))
    return pl.when(years.is_not_null()).then(names.gather(band))


def of_orders(building: Building, facts: pl.DataFrame) -> None:
    """Attributes that the orders' amounts and times tell; `facts` as `ORDER_FACTS` gives them."""
    building.join(facts)
    cuts = _spending_cuts(building, facts)
    bought = pl.col("median2").is_not_null()
    level = pl.lit(0, pl.UInt32)  # of nobody there are no cuts
    for cut in cuts:
        level += (pl.col("median2") > cut).cast(pl.UInt32)
    names = pl.lit(pl.Series([str(number + 1) for number in range(len(cuts) + 1)]))
    building.add(
        "spending_power", pl.when(bought).then(names.gather(level)), "orders",
        [str(number + 1) for number in range(len(cuts) + 1)],
    )  # fmt: skip
    parts = [pl.col(f"part_{part}") for part in range(len(DAYPARTS))]
    most = pl.max_horizontal(parts)
    best = pl.sum_horizontal((part == most).cast(pl.Int32) for part in parts)
    usual = pl.coalesce(
        pl.when(part == most).then(pl.lit(name)) for part, name in zip(parts, DAYPARTS, strict=True)
    )
    chosen = pl.when(best > 1).then(pl.lit(NO_USUAL_TIME)).otherwise(usual)
    building.add("order_time", pl.when(most > 0).then(chosen), "orders", [*DAYPARTS, NO_USUAL_TIME])


def _spending_cuts(building: Building, facts: pl.DataFrame) -> list[int]:
    """Cut points of twice the median, so that whole numbers decide: a value above one exceeds its floor."""
    minor = 10**building.places
    if building.params.spending_cuts:
        fixed = [Fraction(str(cut)) * minor * 2 for cut in building.params.spending_cuts]
        if fixed != sorted(fixed):
            raise UsageError("spending_cuts aren't ascending", mend="write the lowest first")
        return [floor(cut) for cut in fixed]
    cuts = quintiles(facts["median2"])
    if cuts:
        shown = tuple(f"{float(cut) / 2 / minor:g}" for cut in cuts)
        building.notes.append(
            Note(
                "spending power: quintiles of the median order value, cut at {cuts}; [portrait] "
                "spending_cuts of the settings keeps them",
                cuts=shown,
            )
        )
    return [floor(cut) for cut in cuts]


def quintiles(values: pl.Series) -> list[Fraction]:
    """Cut points at 1/5 to 4/5, exact: Hyndman & Fan (1996), type 7; none of nothing."""
    ordered = values.drop_nulls().sort()
    if ordered.is_empty():
        return []
    last, cuts = len(ordered) - 1, []
    for k in range(1, 5):
        position, remainder = divmod(last * k, 5)
        low, high = ordered[position], ordered[min(position + 1, last)]
        cuts.append(low + Fraction((high - low) * remainder, 5))
    return cuts


def of_categories(building: Building, categories: pl.DataFrame) -> None:
    """`preferred_category`; `categories` as `USER_CATEGORIES` gives them."""
    best = (
        categories.filter(pl.col("days") == pl.col("days").max().over("user_id"))
        .filter(pl.col("amount") == pl.col("amount").max().over("user_id"))
        .group_by("user_id")
        .agg(
            preferred=pl.when(pl.len() == 1)
            .then(pl.col("category").first())
            .otherwise(pl.lit(NONE))
        )
    )
    building.join(best)
    building.add("preferred_category", pl.col("preferred"), "orders")


def of_channels(building: Building, channels: pl.DataFrame) -> None:
    """Orders online and offline, `online_share`, and `channel` where only orders know it.

    `channels` as `USER_CHANNELS` gives them.
    """
    offline = offline_channels(channels["channel"].drop_nulls().unique(), building.params.offline)
    is_offline = pl.col("channel").is_in(offline)
    known = channels.filter(pl.col("channel").is_not_null())
    sides = known.group_by("user_id").agg(
        (pl.col(name).filter(side).sum()).alias(f"{prefix}_{name}")
        for prefix, side in (("online", ~is_offline), ("offline", is_offline))
        for name in ("orders", "amount")
    )
    building.join(sides)
    online, there = pl.col("online_orders"), pl.col("online_orders") + pl.col("offline_orders")
    share = (
        pl.when(online == 0).then(0).when(online * 2 < there).then(1).when(online < there).then(2)
    )
    names = pl.lit(pl.Series(ONLINE_SHARES))
    banded = pl.when(there > 0).then(names.gather(share.otherwise(3).cast(pl.UInt32)))
    building.add("online_share", banded, "orders", ONLINE_SHARES)
    if "channel" not in building.attributes:
        latest = (
            known.sort("last", "channel", descending=[True, False])
            .group_by("user_id", maintain_order=True)
            .agg(pl.col("channel").first().alias("latest channel"), count=pl.len())
        )
        building.join(latest.select("user_id", "latest channel"))
        several = int((latest["count"] > 1).sum())
        building.add("channel", pl.col("latest channel"), "orders", conflicts=several)


def offline_channels(names: pl.Series, given: Sequence[str]) -> list[str]:
    """Which channels are a shop's own place: those given, else by their names."""
    if given:
        wanted = {name.strip().casefold() for name in given}
        return sorted(name for name in names if name.casefold() in wanted)
    return sorted(
        name
        for name in names
        if name.strip().casefold() in _OFFLINE_NAMES
        or any(word in name.casefold() for word in _OFFLINE_WORDS)
    )


def check_groups(portrait: Portrait, names: Sequence[str]) -> None:
    """See that an attribute that's asked for makes groups.

    Raises:
        UsageError: there's none of that name, or it tells users from each other.
    """
    for name in names:
        if name not in portrait.attributes:
            raise UsageError.unknown("attribute", name, portrait.attributes)
        values = portrait.users[name].n_unique()
        if values > _MOST_VALUES and values * _SHARE > len(portrait.users):
            raise UsageError(
                f"--by {name}: {values:,} values of {len(portrait.users):,} users, nearly a group each",
                mend="--by a column of fewer values",
            )
