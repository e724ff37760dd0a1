"""Tags: who fulfils a condition of the settings, since when, and who bears two that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from userops.analyses.portrait.attributes import UNKNOWN, Portrait
from userops.analyses.portrait.groups import over
from userops.analyses.portrait.params import PortraitParams, TagParams
from userops.core.conditions import columns_of, parsed
from userops.core.conditions.expressions import expression
from userops.core.dates import Window, to_day
from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.stats.intervals import wilson_high, wilson_low

Held = pl.DataFrame

TAGS: dict[str, Kind] = {
    "tag": Kind.TEXT,
    "group": Kind.TEXT,
    "users": Kind.COUNT,
    "coverage": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "conflicts": Kind.COUNT,
    "changed": Kind.COUNT,
    "gained": Kind.COUNT,
    "lost": Kind.COUNT,
}
USERS: dict[str, Kind] = {"user_id": Kind.ID, "tag": Kind.TEXT, "since": Kind.DATE}
# What a condition can ask of a user beside the attributes.
FACTS: dict[str, Kind] = {
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "average_order": Kind.MONEY,
    "recency_days": Kind.DAYS,
    "first_order": Kind.DATE,
    "last_order": Kind.DATE,
}
_BETWEEN = "、"  # tags of one group in a cell of WeCom's form


def columns_asked(tags: Sequence[TagParams]) -> tuple[str, ...]:
    """Columns that conditions ask about, which the users export may have."""
    return tuple(dict.fromkeys(name for tag in tags for name in columns_of(parsed(tag.when))))


def held(portrait: Portrait, tags: Sequence[TagParams], as_of: date | None, places: int) -> Held:
    """`user_id`, and whether each tag holds, a column a tag.

    Raises:
        UsageError: two tags are called the same, or a condition asks what isn't known of users.
    """
    names = [tag.name for tag in tags]
    for name in names:
        if names.count(name) > 1 or name == "user_id":
            raise UsageError(f"[[tags]] {name}: more than one", mend="give each a name of its own")
    day = to_day(as_of) if as_of else 0
    orders = pl.col("orders")
    bought = orders > 0
    kinds = {**FACTS, **dict.fromkeys(portrait.attributes, Kind.WORD)}
    rows = portrait.users.select(
        "user_id",
        "orders",
        pl.col("amount").alias("revenue"),
        pl.when(bought).then(pl.col("amount") / orders).alias("average_order"),
        (day - pl.col("last_day")).cast(pl.Int64).alias("recency_days"),
        pl.col("first_day").cast(pl.Date).alias("first_order"),
        pl.col("last_day").cast(pl.Date).alias("last_order"),
        # What isn't known is empty to a condition.
        *(
            pl.when(pl.col(name) != UNKNOWN).then(name).alias(name)
            for name in portrait.attributes
            if name not in FACTS
        ),
    )
    return rows.select(
        "user_id", *(expression(tag.when, kinds, places).alias(tag.name) for tag in tags)
    )


def summary(now: Held, then: Held, tags: Sequence[TagParams], window: Window, since: date) -> Table:
    """The table `tags`."""
    everyone = len(now)
    both = _beside(now, then, tags)
    rows = []
    for tag in tags:
        bears, bore = pl.col(tag.name), pl.col(f"then {tag.name}")
        rivals = [other.name for other in tags if tag.group and other.group == tag.group]
        rivals.remove(tag.name) if tag.name in rivals else None
        clash = bears & pl.any_horizontal(rivals) if rivals else pl.lit(value=False)
        counts = both.select(
            bears.sum().alias("users"),
            clash.sum().alias("conflicts"),
            (bears & ~bore).sum().alias("gained"),
            (bore & ~bears).sum().alias("lost"),
        ).row(0)
        rows.append((tag.name, tag.group or None, *counts))
    schema = {"tag": pl.String, "group": pl.String} | dict.fromkeys(
        ("users", "conflicts", "gained", "lost"), pl.Int64
    )
    users, total = pl.col("users"), pl.lit(everyone, pl.Int64)
    counted = pl.DataFrame(rows, schema=schema, orient="row")
    frame = counted.select(
        "tag",
        "group",
        "users",
        coverage=over(counted["users"], everyone),
        low=wilson_low(users, total),
        high=wilson_high(users, total),
        conflicts="conflicts",
        changed=pl.col("gained") + pl.col("lost"),
        gained="gained",
        lost="lost",
    )
    notes = [Note("changed since {day}, of {count:user|users}", day=since, count=everyone)]
    if not tags:
        notes = [_NO_TAGS]
    return Table("tags", frame, TAGS, window, notes=tuple(notes), bars=("coverage",))


_NO_TAGS = Note("no tags: [[tags]] of userops.toml has a name and a condition (when) for each")


def _beside(now: Held, then: Held, tags: Sequence[TagParams]) -> pl.DataFrame:
    """Tags now and then: whoever wasn't known then bore none, and whoever is known no more bears none."""
    before = then.rename({tag.name: f"then {tag.name}" for tag in tags})
    both = now.join(before, on="user_id", how="full", coalesce=True)
    return both.with_columns(pl.exclude("user_id").fill_null(value=False)).sort("user_id")


def users(
    now: Held,
    then: Held,
    params: PortraitParams,
    window: Window,
    since: date,
    previous: Mapping[tuple[str, str], date],
) -> Table:
    """The table `users`: a row a user and tag, or in WeCom's form a row a user."""
    both = _beside(now, then, params.tags)
    if params.form == "wecom":
        return _spread(both, params.tags, window)
    parts = [
        both.filter(pl.col(tag.name)).select(
            "user_id",
            tag=pl.lit(tag.name),
            place=pl.lit(place),
            bore=pl.col(f"then {tag.name}"),
            since=pl.when(pl.col(f"then {tag.name}")).then(pl.lit(since)).otherwise(window.as_of),
        )
        for place, tag in enumerate(params.tags)
    ]
    if not parts:
        frame = pl.DataFrame(schema={"user_id": pl.String, "tag": pl.String, "since": pl.Date})
        return Table("users", frame, USERS, window, notes=(_NO_TAGS,))
    frame = pl.concat(parts)
    known = pl.DataFrame(
        [(user, tag, day) for (user, tag), day in previous.items()],
        schema={"user_id": pl.String, "tag": pl.String, "before": pl.Date},
        orient="row",
    )
    frame = (
        frame.join(known, on=["user_id", "tag"], how="left")
        .sort("user_id", "place")
        # A tag that didn't hold at `since` has been lost since an earlier list's day.
        .with_columns(before=pl.when(pl.col("bore") | (pl.col("before") > since)).then("before"))
        .select("user_id", "tag", since=pl.min_horizontal("since", "before"))
    )
    return Table("users", frame, USERS, window)


def previous_days(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], date]:
    """Since when tags held, by an earlier list.

    Raises:
        InputError: it's no such list.
    """
    try:
        return {(row["user_id"], row["tag"]): date.fromisoformat(row["since"]) for row in rows}
    except (KeyError, ValueError, TypeError):
        raise InputError(
            "the previous list has no user_id, tag and since in each row",
            mend="write one with --show users -o FILE",
        ) from None


def _spread(both: pl.DataFrame, tags: Sequence[TagParams], window: Window) -> Table:
    """A row a user with a tag, a column a group: its tags, or nothing."""
    groups = list(dict.fromkeys(tag.group or tag.name for tag in tags))
    columns = [
        pl.concat_list(
            pl.when(pl.col(tag.name)).then(pl.lit(tag.name)).otherwise(pl.lit(None, pl.String))
            for tag in tags
            if (tag.group or tag.name) == group
        )
        .list.drop_nulls()
        .list.join(_BETWEEN)
        .alias(group)
        for group in groups
    ]
    frame = both.select("user_id", *columns).with_columns(
        pl.when(pl.col(group) != "").then(group).alias(group) for group in groups
    )
    some = [pl.col(group).is_not_null() for group in groups]
    frame = frame.filter(pl.any_horizontal(some)) if some else frame.head(0)
    kinds = {"user_id": Kind.ID, **dict.fromkeys(groups, Kind.TEXT)}
    return Table("users", frame, kinds, window, notes=() if tags else (_NO_TAGS,))
