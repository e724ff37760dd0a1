"""Stays: who was in which group from when to when, from whatever an export of memberships holds.

Stays, logs and lists of members are all read as steps: someone came, someone went. Steps that say
what is so already are passed over; at one instant whoever is in leaves first, and whoever is out comes
first. Someone first seen leaving or writing was in before: the export begins midway, and nobody knows
how many others were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from userops.core.dates import to_date
from userops.core.errors import InputError
from userops.core.messages import Note, counted
from userops.customers import snapshots
from userops.customers.chat_lines import is_staff

JOIN, LEAVE, FOUND, DISSOLVE, IGNORE = "join", "leave", "found", "dissolve", "ignore"
LEFT, REMOVED, DISSOLVED = "left", "removed", "dissolved"
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    FOUND: (
        *("create", "created", "found", "founded", "founding", "creategroup"),
        *("建群", "创建", "创建群", "创建群聊", "建群邀请"),
    ),
    JOIN: (
        *("join", "joined", "joins", "enter", "entered", "add", "added", "addmember", "invite", "invited"),
        *("invitemembers", "joingroupbylink", "joingroupbyrequest", "rejoin", "rejoined", "in"),
        *("入群", "加入", "加入群聊", "进群", "加群", "邀请", "邀请入群", "扫码入群", "新增", "进入", "重新入群"),
    ),
    DISSOLVE: (
        *("dissolve", "dissolved", "dismiss", "dismissed", "disband", "disbanded", "deletegroup"),
        *("解散", "解散群", "解散群聊", "群解散"),
    ),
    LEAVE: (
        *("leave", "left", "leaves", "quit", "exit", "exited", "part", "out", "delmember"),
        *("退群", "退出", "退出群聊", "离开", "离群", "主动退群"),
    ),
    REMOVED: (
        *("remove", "removed", "removemembers", "kick", "kicked", "ban", "banned", "removemember"),
        *("移出", "移出群聊", "被移出", "被移出群聊", "踢出", "被踢", "移除"),
    ),
}  # fmt: skip
_REASONS = {
    LEFT: (*_ACTIONS[LEAVE], "0", "self", "voluntary", "主动"),
    REMOVED: (*_ACTIONS[REMOVED], "1"),
    DISSOLVED: _ACTIONS[DISSOLVE],
}
_FOUNDED = (*_ACTIONS[FOUND], "creation", "invited at creation", "建群时邀请", "创建时加入")
_SAME_INSTANT = pl.duration(minutes=1)
_KEY = ("group_id", "member_id")
_IN, _OUT, _BEFORE = "in", "out", "before"
_STEPS: dict[str, Any] = {
    "group_id": pl.String,
    "member_id": pl.String,
    "time": pl.Datetime("us"),
    "step": pl.String,
    "founding": pl.Boolean,
    "reason": pl.String,
}
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stays:
    """Who was where.

    `frame` is `group_id, member_id, joined, left, founding, reason, joined_day, left_day`, a row a
    stay, by group, member and time. `joined` is null where the member was in before anybody looked,
    `left` where the member is in at the end. `groups` is `group_id, group, owner`, and whether who
    came (`sees_joining`) and who went (`sees_leaving`) can be told, and whether some were in before
    (`midway`), by group_id.
    """

    frame: pl.DataFrame
    groups: pl.DataFrame
    notes: tuple[Note, ...] = ()


EMPTY = Stays(
    pl.DataFrame(
        schema={
            "group_id": pl.String,
            "member_id": pl.String,
            "joined": pl.Datetime("us"),
            "left": pl.Datetime("us"),
            "founding": pl.Boolean,
            "reason": pl.String,
            "joined_day": pl.Int32,
            "left_day": pl.Int32,
        }
    ),
    pl.DataFrame(
        schema={
            "group_id": pl.String,
            "group": pl.String,
            "owner": pl.String,
            "sees_joining": pl.Boolean,
            "sees_leaving": pl.Boolean,
            "midway": pl.Boolean,
        }
    ),
)


def read(
    rows: pl.DataFrame,
    as_of: int,
    *,
    staff: Collection[str] = (),
    actions: Mapping[str, str] | None = None,
    written: pl.DataFrame | None = None,
    tells_leaving: bool = True,
) -> Stays:
    """The stays that rows of a memberships export tell of, up to the end of a day.

    Args:
        rows: as `inputs.dataset("memberships")` gives them, none of a day after as_of.
        as_of: the last day that counts.
        staff: ids of staff and robots.
        actions: what words of a log mean beside the known ones.
        written: `group_id, member_id, time`: when each member wrote first; who writes is in.
        tells_leaving: whether the export has a column that says who left.

    Raises:
        InputError: an action isn't known, or a row doesn't say what happened.
    """
    known = _known(rows, as_of, actions or {})
    _check_told(known)
    members = _without_staff(known, staff)
    logged = members.filter(pl.col("snapshot").is_null())
    with_log = logged["group_id"].unique().implode()
    listed = members.filter(pl.col("snapshot").is_not_null(), ~pl.col("group_id").is_in(with_log))
    steps = [_of_spans(logged), _of_log(logged), snapshots.steps(listed).select(list(_STEPS))]
    # Of a list of members whoever wrote and isn't on it has left, nobody knows when.
    if written is not None and tells_leaving:
        told = known.filter(pl.col("snapshot").is_null())["group_id"].unique()
        told = told.filter(~told.is_in(listed["group_id"].implode()))  # also of staff alone
        steps.append(_of_writing(written, told.implode(), staff))
    dissolved = _dissolved(known)
    stays = _paired(pl.concat(steps, how="vertical"))
    frame = _ended(stays, dissolved)
    groups = _groups(known, listed, frame, tells_leaving=tells_leaving)
    return Stays(_with_days(frame), groups, tuple(_notes(members, frame, groups)))


def _known(rows: pl.DataFrame, as_of: int, actions: Mapping[str, str]) -> pl.DataFrame:
    """Rows with the group they're of and what their actions mean; what's after as_of isn't known yet."""
    end = pl.lit(to_date(as_of + 1)).cast(pl.Datetime("us"))
    times = ("joined", "left", "group_dissolved", "group_created")
    words = _meanings(rows["action"], actions)
    return (
        rows.with_columns(
            group_id=pl.coalesce("group_id", "group"),
            member_id=pl.col("user_id"),
            acts=_folded("action").replace_strict(words, default=None, return_dtype=pl.String),
            **{name: pl.when(pl.col(name) < end).then(pl.col(name)) for name in times},
        )
        .filter(pl.col("group_id").is_not_null(), pl.col("acts").ne_missing(IGNORE))
        .drop("user_id")
    )


def _check_told(known: pl.DataFrame) -> None:
    """See that each row says whether somebody came or went.

    Raises:
        InputError: some have a time alone.
    """
    silent = known.filter(
        pl.all_horizontal(pl.col("acts", "joined", "left", "snapshot").is_null()),
        pl.col("time").is_not_null(),
    )
    if len(silent):
        raise InputError(
            f"memberships: {counted(len(silent), 'row')} with a time, and nothing that says whether "
            "somebody came or went then",
            mend="name the column with --map memberships.action=COLUMN, or, where it's when they joined, "
            "--map memberships.joined=COLUMN; where it's the day of a list of members, --map memberships.snapshot=COLUMN",
        )


def _folded(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.replace_all(r"[\s_-]", "")


def _meanings(said: pl.Series, actions: Mapping[str, str]) -> dict[str, str]:
    """What each word of a log means.

    Raises:
        InputError: some aren't known.
    """
    own = {_fold(word): meaning for word, meaning in actions.items()}
    known = {word: meaning for meaning, words in _ACTIONS.items() for word in words} | own
    words = {str(word): _fold(str(word)) for word in said.drop_nulls().unique().sort()}
    unknown = [word for word, folded in words.items() if folded not in known]
    if unknown:
        listed = ", ".join(map(repr, unknown[:_SHOWN]))
        raise InputError(
            f"memberships: actions that are neither joining nor leaving: {listed}",
            mend=f"say what they are, as --actions {unknown[0]}=join (or leave, ignore), or in "
            "[community.actions]",
        )
    return {folded: known[folded] for folded in words.values()}


def _fold(word: str) -> str:
    return "".join(part for part in word.casefold() if not part.isspace() and part not in "_-")


def _without_staff(known: pl.DataFrame, staff: Collection[str]) -> pl.DataFrame:
    """Rows of members: whoever is staff in one row is in all."""
    theirs = known.filter(is_staff(staff, "member_id"))["member_id"].unique()
    return known.filter(
        pl.col("member_id").is_not_null(), ~pl.col("member_id").is_in(theirs.implode())
    )


def _of_spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Steps of rows that are stays."""
    spans = rows.filter(pl.col("acts").is_null())
    came = spans.filter(pl.col("joined").is_not_null()).select(
        *_KEY, time="joined", step=pl.lit(_IN), founding=_is_founding("joined"), reason=_nothing()
    )
    went = spans.filter(
        pl.col("left").is_not_null()
        & (pl.col("joined").is_null() | (pl.col("left") >= pl.col("joined")))
    ).select(*_KEY, time="left", step=pl.lit(_OUT), founding=pl.lit(False), reason=_reason())
    return pl.concat([came, went])


def _of_log(rows: pl.DataFrame) -> pl.DataFrame:
    """Steps of rows that are steps."""
    at = pl.coalesce("time", "joined", "left")
    acts = rows.filter(pl.col("acts").is_not_null()).with_columns(time=at)
    removed = pl.when(pl.col("acts") == REMOVED).then(pl.lit(REMOVED))
    dissolved = pl.when(pl.col("acts") == DISSOLVE).then(pl.lit(DISSOLVED))
    return acts.select(
        *_KEY,
        "time",
        step=pl.when(pl.col("acts").is_in([JOIN, FOUND])).then(pl.lit(_IN)).otherwise(pl.lit(_OUT)),
        founding=(pl.col("acts") == FOUND) | _is_founding("time"),
        reason=pl.coalesce(removed, dissolved, _reason()),
    ).filter(pl.col("time").is_not_null())


def _of_writing(
    written: pl.DataFrame, groups: pl.Expr | pl.Series, staff: Collection[str]
) -> pl.DataFrame:
    """Who writes is in: the first message of each, in groups whose comings and goings are told."""
    return written.filter(
        pl.col("group_id").is_in(groups), ~pl.col("member_id").is_in(list(staff))
    ).select(*_KEY, "time", step=pl.lit(_BEFORE), founding=pl.lit(False), reason=_nothing())


def _nothing() -> pl.Expr:
    return pl.lit(None, pl.String)


def _is_founding(at: str) -> pl.Expr:
    """Whether somebody came as the group was made: it's said so, or was that instant."""
    said = pl.col("how").str.to_lowercase().str.strip_chars().is_in(_FOUNDED)
    instant = (pl.col(at) - pl.col("group_created")).abs() < _SAME_INSTANT
    return (said.fill_null(False) | instant.fill_null(False)).alias("founding")


def _reason() -> pl.Expr:
    """Why somebody went, in our words where these are known, else as it stands."""
    words = {_fold(word): reason for reason, known in _REASONS.items() for word in known}
    said = _folded("reason").replace_strict(words, default=None, return_dtype=pl.String)
    return pl.coalesce(said, pl.col("reason"), pl.lit(LEFT))


def _paired(steps: pl.DataFrame) -> pl.DataFrame:
    """Steps as stays: each coming with the going after it.

    A message is a step only where nothing was known before it.
    """
    told, wrote = steps.filter(pl.col("step") != _BEFORE), steps.filter(pl.col("step") == _BEFORE)
    firsts = told.group_by(_KEY).agg(first=pl.col("time").min())
    # Whoever writes at the instant of the first step has just come.
    new = pl.col("first").is_null() | (pl.col("time") < pl.col("first"))
    wrote = wrote.join(firsts, on=_KEY, how="left").filter(new).select(steps.columns)
    goes = pl.col("step") == _OUT
    # In their order a step's neighbours tell whose it is: grouping by texts takes many times as long.
    ordered = pl.concat([told, wrote]).sort(*_KEY, "time")
    instants = (
        ordered.group_by(instant=_begins(*_KEY, "time").cum_sum(), maintain_order=True)
        .agg(
            pl.col(*_KEY, "time").first(),
            comes=(~goes).any(),
            goes=goes.any(),
            before=(pl.col("step") == _BEFORE).any(),
            founding=pl.col("founding").any(),
            reason=pl.when(goes).then("reason").min(),
        )
        .drop("instant")
    )
    return _stays(_ordered(instants.with_columns(who=_begins(*_KEY).cum_sum())))


def _begins(*columns: str) -> pl.Expr:
    """Whether a row has other values than the one before it."""
    other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in columns)
    return other | (pl.int_range(pl.len()) == 0)


def _ordered(instants: pl.DataFrame) -> pl.DataFrame:
    """A row a step that changes something, in order; `is_in` is what it leads to."""
    alone = pl.when(pl.col("comes") != pl.col("goes")).then(pl.col("comes"))
    was_in = alone.forward_fill().over("who").fill_null(False)
    both = pl.col("comes") & pl.col("goes")
    steps = instants.with_columns(
        is_in=pl.when(both)
        .then(pl.when(was_in).then(pl.lit([False, True])).otherwise(pl.lit([True, False])))
        .otherwise(pl.concat_list(pl.col("comes")))
    ).explode("is_in")
    return steps.filter(_begins("who", "is_in"))


def _stays(steps: pl.DataFrame) -> pl.DataFrame:
    """Steps in turn as stays."""
    return (
        steps.group_by(stay=(pl.col("is_in") | _begins("who")).cum_sum(), maintain_order=True)
        .agg(
            pl.col(*_KEY).first(),
            joined=pl.col("time").filter(pl.col("is_in") & ~pl.col("before")).first(),
            left=pl.col("time").filter(~pl.col("is_in")).first(),
            founding=(pl.col("founding") & pl.col("is_in")).any(),
            reason=pl.col("reason").filter(~pl.col("is_in")).first(),
        )
        .drop("stay")
    )


def _dissolved(known: pl.DataFrame) -> pl.DataFrame:
    """`group_id, end`: when groups were dissolved as a whole."""
    whole = pl.when((pl.col("acts") == DISSOLVE) & pl.col("member_id").is_null()).then(
        pl.coalesce("time", "left", "joined")
    )
    return (
        known.group_by("group_id")
        .agg(end=pl.min_horizontal(pl.col("group_dissolved").min(), whole.min()))
        .drop_nulls()
    )


def _ended(stays: pl.DataFrame, dissolved: pl.DataFrame) -> pl.DataFrame:
    """Stays, all that were left then ended as their group was dissolved."""
    found = stays.join(dissolved, on="group_id", how="left")
    cut = pl.col("end").is_not_null() & (pl.col("left").is_null() | (pl.col("left") >= pl.col("end")))  # fmt: skip
    return (
        found.filter(
            pl.col("end").is_null()
            | pl.col("joined").is_null()
            | (pl.col("joined") <= pl.col("end"))
        )
        .with_columns(
            left=pl.when(cut).then("end").otherwise("left"),
            reason=pl.when(cut).then(pl.lit(DISSOLVED)).otherwise("reason"),
        )
        .drop("end")
        .sort(*_KEY, "joined", "left", nulls_last=[False, False, False, True])
    )


def _with_days(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        joined_day=pl.col("joined").dt.date().cast(pl.Int32),
        left_day=pl.col("left").dt.date().cast(pl.Int32),
    )


def _groups(
    known: pl.DataFrame, listed: pl.DataFrame, frame: pl.DataFrame, *, tells_leaving: bool
) -> pl.DataFrame:
    """What is known of each group."""
    names = known.group_by("group_id").agg(_latest("group"), _latest("owner"))
    lists = listed.group_by("group_id").agg(
        lists=pl.col("snapshot").n_unique(), with_joins=pl.col("joined").is_not_null().any()
    )
    midway = frame.group_by("group_id").agg(midway=pl.col("joined").is_null().any())
    is_log, several = pl.col("lists").is_null(), pl.col("lists") > 1
    return (
        names.join(lists, on="group_id", how="left")
        .join(midway, on="group_id", how="left")
        .select(
            "group_id",
            "group",
            "owner",
            sees_joining=is_log | several | pl.col("with_joins"),
            sees_leaving=pl.when(is_log).then(pl.lit(tells_leaving)).otherwise(several),
            midway=pl.col("midway").fill_null(False),
        )
        .sort("group_id")
    )


def _latest(name: str) -> pl.Expr:
    """What the last row says that says something; of rows of one day the last text."""
    return pl.col(name).sort_by("day", name).drop_nulls().last()


def _notes(members: pl.DataFrame, frame: pl.DataFrame, groups: pl.DataFrame) -> list[Note]:
    """What to say of what the export doesn't."""
    notes = []
    backwards = len(members.filter(pl.col("left") < pl.col("joined")))
    if backwards:
        notes.append(
            Note(
                "{count:membership ends|memberships end} before it begins: its leaving is left out",
                count=backwards,
            )
        )
    unseen = len(groups.filter(~pl.col("sees_leaving")))
    if unseen:
        notes.append(
            Note(
                "{count:group tells|groups tell} of nobody who left: a list of members holds those who "
                "stayed alone, so that left and lost are empty",
                count=unseen,
            )
        )
    midway = len(groups.filter("midway"))
    if midway:
        notes.append(
            Note(
                "{count:group begins|groups begin} midway: some were members before the export begins, so "
                "that members at the start are at least so many",
                count=midway,
            )
        )
    return notes
