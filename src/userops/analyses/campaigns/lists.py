"""Who was assigned to what, and who of them counts."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

CONTROLS = frozenset(
    [
        "control",
        "control group",
        "controls",
        "holdout",
        "hold-out",
        "hold out",
        "holdout group",
        "none",
        "no contact",
        "not contacted",
        "untreated",
        "baseline",
        "对照组",
        "对照",
        "空白组",
        "空白",
        "空白对照组",
        "不触达",
        "不触达组",
        "未触达",
        "不发送",
        "留白组",
        "保留组",
    ]
)
ONE = "campaign"  # what a list without a column of campaigns is called
SENT = "sent"  # and the group of one without a column of groups
IN, TOO_RECENT, SEVERAL_GROUPS = "in", "too_recent", "several_groups"
_NO = [
    "",
    "0",
    "false",
    "no",
    "n",
    "f",
    "否",
    "未",
    "未送达",
    "失败",
    "未打开",
    "未点击",
    "failed",
    "bounced",
]


@dataclass(frozen=True, slots=True)
class Lists:
    """Assignments, a row a campaign and user.

    `users`: `campaign, thing, version, group, is_control, user_id, assigned_time, day, reached,
    contact_cost, state`, by campaign, group and user_id. A user of several groups has a row for each.
    `reached` and `contact_cost` are null throughout a campaign whose list doesn't say. `blank` are rows
    without a group in a campaign that has groups: left out.
    """

    users: pl.DataFrame
    blank: int = 0

    @property
    def counted(self) -> pl.DataFrame:
        """Those who count."""
        return self.users.filter(pl.col("state") == IN)

    @property
    def campaigns(self) -> list[str]:
        """Their names, sorted."""
        return self.users["campaign"].unique().sort().to_list()


def lists_of(rows: pl.DataFrame, as_of: int, days: int, control: str | None) -> Lists:
    """Assignments of the rows of an export.

    Args:
        rows: as the dataset `assignments` has them, none after as_of.
        as_of: the last day that counts.
        days: of the window.
        control: what the control is called; by default any usual name.
    """
    named = rows.with_columns(
        thing=pl.col("campaign").fill_null(ONE), version=pl.col("version").str.strip_chars()
    ).with_columns(campaign=pl.concat_str("thing", "version", separator=" ", ignore_nulls=True))
    grouped = pl.col("group").is_not_null()
    whole = named.filter(grouped | ~grouped.any().over("campaign"))
    whole = whole.with_columns(pl.col("group").fill_null(SENT))
    # A list may name a user once more, as by the day: the earliest counts.
    once = whole.group_by("campaign", "thing", "version", "group", "user_id").agg(
        pl.col("assigned_time", "day").min(),
        reached=_said("delivered").any(),
        contact_cost=pl.col("contact_cost").sum(),
        _says_reached=pl.col("delivered").is_not_null().any(),
        _says_cost=pl.col("contact_cost").is_not_null().any(),
    )
    groups = pl.col("group").n_unique().over("campaign", "user_id")
    called = pl.col("group").str.strip_chars().str.to_lowercase()
    names = [control.strip().lower()] if control else sorted(CONTROLS)
    state = (
        pl.when(groups > 1)
        .then(pl.lit(SEVERAL_GROUPS))
        .when(pl.col("day") + days > as_of)
        .then(pl.lit(TOO_RECENT))
        .otherwise(pl.lit(IN))
    )
    users = once.with_columns(is_control=called.is_in(names), state=state)
    says = {
        "reached": pl.col("_says_reached").any().over("campaign"),
        "contact_cost": pl.col("_says_cost").any().over("campaign"),
    }
    known = users.with_columns(pl.when(said).then(name).alias(name) for name, said in says.items())
    ordered = known.drop("_says_reached", "_says_cost").sort("campaign", "group", "user_id")
    return Lists(ordered, rows.height - whole.height)


def _said(name: str) -> pl.Expr:
    """Whether a column says yes: anything but no, 0 and the like."""
    text = pl.col(name).fill_null("").str.strip_chars().str.to_lowercase()
    return ~text.is_in(_NO)
