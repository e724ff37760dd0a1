"""The tables `members` and `leavers`."""

from __future__ import annotations

import polars as pl

from userops.analyses.community import money, stock
from userops.analyses.community.sources import Community
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.table import Kind, Table

MEMBERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "groups": Kind.COUNT,
    "joined": Kind.DATE,
    "tenure_days": Kind.DAYS,
    "messages": Kind.COUNT,
    "chat_days": Kind.COUNT,
    "last_message": Kind.DATE,
    "responders": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "silent": Kind.FLAG,
    "matched": Kind.FLAG,
}
LEAVERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "group_id": Kind.ID,
    "joined": Kind.DATE,
    "left": Kind.DATE,
    "tenure_days": Kind.DAYS,
    "reason": Kind.WORD,
    "messages": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "days_since_order": Kind.DAYS,
    "matched": Kind.FLAG,
}
_NONE = pl.lit(None, pl.Int64)


def members(found: Community, silent_days: int) -> Table:
    """Who is a member at as_of, with what each wrote and bought as a member, by user_id."""
    here = stock.together(found.stays).filter(pl.col("end") > found.as_of)
    groups = (
        found.stays.filter(pl.col("end") > found.as_of)
        .group_by("person")
        .agg(groups=pl.col("group_id").n_unique())
    )
    rows = (
        here.join(groups, on="person")
        .join(found.persons, on="person")
        .with_columns(joined=_known_day("start"), tenure_days=_since("start", found.as_of))
    )
    rows = _with_words(found, rows, silent_days)
    bought = money.while_members(found).unique("order", keep="first", maintain_order=True)
    rows = _with_orders(found, rows, bought, ["person"]).sort("user_id", "person")
    notes = (*found.notes, *found.talk_notes, *_on_silence(found), *found.order_notes)
    return Table("members", rows.select(list(MEMBERS)), MEMBERS, found.window, found.currency, notes=notes)  # fmt: skip


def _on_silence(found: Community) -> tuple[Note, ...]:
    """What to say where nobody knows who wrote in the last days."""
    if found.talk_days is None or found.talk_days[1] >= found.as_of:
        return ()
    return (
        Note(
            "messages end on {last}, before {as_of}: who is silent isn't known; --as-of {last} tells",
            last=to_date(found.talk_days[1]),
            as_of=to_date(found.as_of),
        ),
    )


def _known_day(name: str) -> pl.Expr:
    """A day that's known, as a date."""
    known = (pl.col(name) > stock.BEFORE) & (pl.col(name) < stock.AFTER)
    return pl.when(known).then(pl.col(name)).cast(pl.Int32).cast(pl.Date)


def _since(name: str, day: int) -> pl.Expr:
    return pl.when(pl.col(name) > stock.BEFORE).then(day - pl.col(name))


def _with_words(found: Community, rows: pl.DataFrame, silent_days: int) -> pl.DataFrame:
    """Members with what they wrote, and whether they've fallen silent."""
    if found.chat is None:
        blank = (_NONE.alias(name) for name in ("messages", "chat_days", "responders"))
        return rows.with_columns(
            *blank, last_message=pl.lit(None, pl.Date), silent=pl.lit(None, pl.Boolean)
        )
    words = found.chat.by_person()
    answers = found.chat.edges.group_by("person").agg(responders=pl.col("responder").n_unique())
    stays = _told_of(found, found.stays.filter(pl.col("end") > found.as_of))
    joined = (
        rows.join(words, on="person", how="left")
        .join(answers, on="person", how="left")
        .join(stays.select("person", told=True).unique(), on="person", how="left")
    )
    begin = found.as_of - silent_days
    first, last = found.talk_days or (found.as_of + 1, found.as_of)
    told, spoke = pl.col("told").fill_null(False), (pl.col("last_day") > begin).fill_null(False)
    covered = told & pl.lit(first <= begin + 1 and last >= found.as_of)
    # In at the end of the day before the last so many days, and since.
    through = (pl.col("start") <= begin) & (covered | spoke)
    return joined.with_columns(
        pl.when(told | pl.col("messages").is_not_null()).then(
            pl.col("messages", "chat_days", "responders").fill_null(0)
        ),
        last_message=pl.col("last_day").cast(pl.Date),
        silent=pl.when(through).then(~spoke),
    )


def _told_of(found: Community, stays: pl.DataFrame) -> pl.DataFrame:
    """Those of some stays that messages tell anything of."""
    if found.chat is None or found.talk_days is None:
        return stays.clear()
    first, last = found.talk_days
    groups = found.chat.groups.implode()
    return stays.filter(
        pl.col("group_id").is_in(groups), pl.col("start") <= last, pl.col("end") >= first
    )


def _with_orders(
    found: Community, rows: pl.DataFrame, bought: pl.DataFrame, key: list[str]
) -> pl.DataFrame:
    """Rows with the orders and the revenue of those who are matched, where orders tell of the stay."""
    if found.orders is None or found.order_days is None:
        return rows.with_columns(_NONE.alias("orders"), _NONE.alias("revenue"))
    sums = bought.group_by(key).agg(
        orders=(pl.col("orders") > 0).sum().cast(pl.Int64), revenue=pl.col("amount").sum()
    )
    joined = rows.join(sums, on=key, how="left")
    first, last = found.order_days
    told = pl.col("matched") & (pl.col("start") <= last) & (pl.col("end") >= first)
    return joined.with_columns(pl.when(told).then(pl.col("orders", "revenue").fill_null(0)))


def leavers(found: Community) -> Table:
    """Who left a group, the last first, with what they had written and bought in it."""
    stays = found.stays.with_row_index("stay").with_columns(pl.col("stay").cast(pl.Int64))
    rows = stays.filter(pl.col("end").is_between(found.first, found.as_of)).join(
        found.persons, on="person"
    )
    rows = _with_messages(found, rows)
    rows = _with_orders(found, rows, money.while_members(found), ["stay"])
    rows = _with_last_order(found, rows)
    ordered = rows.sort(
        "left", "group_id", "user_id", "person", descending=[True, False, False, False]
    )
    frame = ordered.with_columns(
        joined=_known_day("start"),
        left=_known_day("end"),
        tenure_days=pl.when(pl.col("start") > stock.BEFORE).then(pl.col("end") - pl.col("start")),
    )
    notes = (*found.notes, *found.talk_notes, *found.order_notes)
    return Table(
        "leavers", frame.select(list(LEAVERS)), LEAVERS, found.window, found.currency, notes=notes,
        keeps=("left", "reason", "revenue", "orders", "tenure_days"),
    )  # fmt: skip


def _with_messages(found: Community, rows: pl.DataFrame) -> pl.DataFrame:
    """Leavers with their messages of that stay."""
    if found.chat is None:
        return rows.with_columns(messages=_NONE)
    counts = found.chat.of_stays(rows.select("stay", "group_id", "person", "joined", "left"))
    told = pl.col("stay").is_in(_told_of(found, rows)["stay"].implode())
    return rows.join(counts, on="stay", how="left").with_columns(
        pl.when(told).then(pl.col("messages").fill_null(0))
    )


def _with_last_order(found: Community, rows: pl.DataFrame) -> pl.DataFrame:
    """Leavers with how long before leaving their last order was, in the groups or before.

    Empty for those who left after the orders end.
    """
    if found.orders is None or found.order_days is None:
        return rows.with_columns(days_since_order=_NONE)
    orders = found.orders.filter(pl.col("person").is_not_null(), pl.col("orders") > 0)
    before = rows.select("stay", "person", "end").join(
        orders.select("person", order_day="day"), on="person"
    )
    last = (
        before.filter(pl.col("order_day") <= pl.col("end"))
        .group_by("stay")
        .agg(last_order=pl.col("order_day").max().cast(pl.Int64))
    )
    joined = rows.join(last, on="stay", how="left")
    known = pl.when(pl.col("end") <= found.order_days[1])
    return joined.with_columns(days_since_order=known.then(pl.col("end") - pl.col("last_order")))
