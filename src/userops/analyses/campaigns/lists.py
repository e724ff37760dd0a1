"""Who was assigned to what, and who of them counts."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.analyses.campaigns import outcomes
from userops.analyses.campaigns.listed import Listed
from userops.core.errors import InputError
from userops.engines.duplicates import pairs_differ

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
# What a column of deliveries says, in lower case and with spaces; beside these a number or a time.
_NO = frozenset(
    [
        *(
            "",
            "-",
            "--",
            "—",
            "——",
            "/",
            "none",
            "null",
            "nan",
            "n/a",
            "na",
            "false",
            "no",
            "n",
            "f",
        ),
        *("failed", "failure", "fail", "error", "bounced", "bounce", "hard bounce", "soft bounce"),
        *("undelivered", "not delivered", "undeliverable", "not reached", "unreached", "not sent"),
        *("unsent", "not received", "rejected", "blocked", "dropped", "skipped", "suppressed"),
        *(
            "pending",
            "queued",
            "scheduled",
            "sending",
            "deferred",
            "expired",
            "cancelled",
            "canceled",
        ),
        *("unsubscribed", "invalid", "holdout", "control"),
        *(
            "否",
            "未",
            "无",
            "没有",
            "未送达",
            "未触达",
            "未发送",
            "未下发",
            "未收到",
            "未到达",
            "未成功",
        ),
        *(
            "失败",
            "发送失败",
            "触达失败",
            "推送失败",
            "送达失败",
            "投递失败",
            "提交失败",
            "不触达",
            "不发送",
        ),
        *(
            "待发送",
            "待触达",
            "待推送",
            "发送中",
            "等待中",
            "排队中",
            "已取消",
            "已过期",
            "已拦截",
            "被拦截",
        ),
        *("退信", "退订", "拒收", "屏蔽", "黑名单", "空号", "停机", "关机", "无效", "异常", "错误"),
        *("未打开", "未点击", "对照", "对照组"),
    ]
)
_YES = frozenset(
    [
        *("true", "yes", "y", "t", "x", "ok", "success", "succeeded", "successful", "delivered"),
        *(
            "reached",
            "received",
            "sent",
            "opened",
            "open",
            "read",
            "clicked",
            "click",
            "seen",
            "shown",
        ),
        *("displayed", "exposed", "complete", "completed", "done", "converted"),
        *(
            "是",
            "有",
            "已",
            "√",
            "✓",
            "成功",
            "发送成功",
            "触达成功",
            "推送成功",
            "送达成功",
            "投递成功",
        ),
        *(
            "已送达",
            "送达",
            "已触达",
            "触达",
            "已发送",
            "已推送",
            "已下发",
            "已到达",
            "已收到",
            "已接收",
        ),
        *("已打开", "打开", "已读", "已阅读", "已点击", "点击", "已曝光", "已完成", "完成", "正常"),
    ]
)
_NOUGHT = r"^[+-]?0*[.,]?0*$|^0000-00-00"
_NUMBER = r"^[+-]?\d+([.,]\d+)?$"
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_TIME = rf"^\d{{1,4}} ?[-/.年:]\s?\d{{1,2}}|^\d{{1,2}}[ -.]*({_MONTH})|^([a-z]{{3,9}}[, ]+)?({_MONTH})[a-z]*\.? +\d"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Lists:
    """Assignments, a row a campaign and user.

    `users`: `campaign, group, is_control, user_id, assigned_time, day, reached, contact_cost, state`, in no
    order; words are an Enum, by the alphabet. A user of several groups has a row for each.
    `reached` and `contact_cost` are null throughout a campaign whose list doesn't say.
    `counts` are their numbers (`outcomes.numbers_by`) by `campaign, group, is_control, state, day`; `things` tell of each campaign
    `thing, version`. `blank` are rows without a group in a campaign that has groups: left out.
    """

    users: pl.DataFrame
    counts: pl.DataFrame
    things: pl.DataFrame
    blank: int = 0

    @property
    def counted(self) -> pl.DataFrame:
        """Those who count."""
        if (self.counts["state"] == IN).all():
            return self.users
        return self.users.filter(pl.col("state") == IN)

    @property
    def campaigns(self) -> list[str]:
        """Their names, sorted."""
        return self.counts["campaign"].unique().sort().to_list()


def has_one_without_control(kinds: pl.DataFrame, control: str | None) -> bool:
    """Whether a list has a campaign of one group, which is no control."""
    of = kinds.group_by("campaign", "version").agg(
        pl.col("group").drop_nulls().n_unique(), held=_is_control(control).any()
    )
    return bool(
        of.select(((pl.col("group") < 2) & ~pl.col("held").fill_null(value=False)).any()).item()
    )


def lists_of(listed: Listed, as_of: int, days: int, control: str | None) -> Lists:
    """Assignments of the rows of an export.

    Args:
        listed: the rows, none after as_of.
        as_of: the last day that counts.
        days: of the window.
        control: what the control is called; by default any usual name.

    Raises:
        InputError: it isn't known what some say of deliveries.
    """
    _check_said(listed.kinds, "delivered")
    named = listed.saying(
        thing=pl.col("campaign").fill_null(ONE), version=pl.col("version").str.strip_chars()
    ).saying(campaign=pl.concat_str("thing", "version", separator=" ", ignore_nulls=True))
    grouped = pl.col("group").is_not_null()
    whole = named.only(grouped | ~grouped.any().over("campaign"))
    whole = whole.saying(
        pl.col("group").fill_null(SENT),
        reached=pl.when(pl.col("delivered").is_not_null().any().over("campaign")).then(_SAYS_YES),
    ).saying(is_control=_is_control(control))
    for name in ("campaign", "group"):
        texts = whole.kinds[name].unique().sort()
        whole = whole.saying(pl.col(name).cast(pl.Enum(texts)))
    once, several = _once(
        whole.spread("campaign", "group", "is_control", "reached"), apart=whole.names_once
    )
    state = (
        pl.when(several)
        .then(pl.lit(SEVERAL_GROUPS, _STATE))
        .when(pl.col("day") + days > as_of)
        .then(pl.lit(TOO_RECENT, _STATE))
        .otherwise(pl.lit(IN, _STATE))
    )
    users = once.select(*_COLUMNS_OF_USERS, state=state)
    by = ("campaign", "group", "is_control", "state", "day")
    counts = outcomes.numbers_by(users, by)
    things = whole.kinds.select("campaign", "thing", "version").unique()
    return Lists(users, counts, things, named.rows.height - whole.rows.height)


_STATE = pl.Enum([IN, TOO_RECENT, SEVERAL_GROUPS])
_COLUMNS_OF_USERS = (
    *("campaign", "group", "is_control", "user_id", "assigned_time", "day"),
    *("reached", "contact_cost"),
)


def _is_control(control: str | None) -> pl.Expr:
    """Whether a group is called as a control is."""
    names = [control.strip().lower()] if control else sorted(CONTROLS)
    return pl.col("group").str.strip_chars().str.to_lowercase().is_in(names)


def _once(rows: pl.DataFrame, *, apart: bool) -> tuple[pl.DataFrame, pl.Expr]:
    """Rows, one of each user in a group, and whether somebody stands in several of a campaign's.

    A list may name a user once more, as by the day: the earliest counts. None does where rows are `apart`.
    """
    cost = pl.col("contact_cost")
    if rows["contact_cost"].null_count() < rows.height:
        said = cost.is_not_null().any().over("campaign")
        rows = rows.with_columns(contact_cost=pl.when(said).then(cost.fill_null(0)))
    if apart or pairs_differ(
        rows, "user_id", "campaign"
    ):  # by far the most lists: nobody stands twice
        return rows, pl.lit(value=False)
    once = rows.group_by("campaign", "group", "is_control", "user_id").agg(
        pl.col("assigned_time", "day").min(),
        pl.col("reached").any(ignore_nulls=False),
        contact_cost=pl.when(cost.is_not_null().any()).then(cost.sum()),
    )
    return once, pl.col("group").n_unique().over("campaign", "user_id") > 1


def _plain(name: str) -> pl.Expr:
    text = pl.col(name).fill_null("").str.strip_chars().str.to_lowercase()
    return text.str.replace_all(r"[_\s]+", " ")


# Of a column that `_check_said` has seen.
_SAYS_YES = ~(_plain("delivered").is_in(_NO) | _plain("delivered").str.contains(_NOUGHT))


def _check_said(kinds: pl.DataFrame, name: str) -> None:
    """See that a column says yes or no, a number or a time.

    Raises:
        InputError: it says other words, of which nobody knows what they mean.
    """
    text = _plain(name)
    known = (
        text.is_in(_NO)
        | text.is_in(_YES)
        | text.str.contains(_NOUGHT)
        | text.str.contains(_NUMBER)
        | text.str.contains(_TIME)
    )
    unknown = kinds.filter(~known)[name].str.strip_chars().unique().sort()
    if unknown.is_empty():
        return
    words, more = ", ".join(unknown[:_NAMED]), len(unknown) - _NAMED
    raise InputError(
        f"what {name} says of the lists is neither yes nor no: {words}{f' and {more:,} more' if more > 0 else ''}",
        mend=f"write yes or no there, or a time; --map assignments.{name}=COLUMN takes another column",
    )
