"""The log of calls and lists: what each row says, and what is known of each user by a day."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.analyses.contacts.params import ContactsParams
from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers import phones
from userops.readers.dataset import Rows

REACHED, TRIED, PLANNED = "reached", "tried", "planned"
LISTED, HELD = "listed", "holdout"
_REACHED_WORDS = frozenset(
    [
        "reached",
        "answered",
        "connected",
        "success",
        "successful",
        "completed",
        "talked",
        "ok",
        "yes",
        "已接通",
        "接通",
        "已接",
        "已接听",
        "接听",
        "成功",
        "已联系",
        "已沟通",
        "通话成功",
        "已完成",
        "正常",
        "双方接听",
    ]
)
_TRIED_WORDS = frozenset(
    [
        "not reached",
        "no answer",
        "no_answer",
        "noanswer",
        "unanswered",
        "busy",
        "failed",
        "voicemail",
        "missed",
        "rejected",
        "declined",
        "tried",
        "no",
        "cancelled",
        "canceled",
        "wrong number",
        "unreachable",
        "未接通",
        "未接",
        "未接听",
        "无人接听",
        "无应答",
        "忙线",
        "占线",
        "用户忙",
        "关机",
        "停机",
        "空号",
        "拒接",
        "挂断",
        "失败",
        "未联系上",
        "无法接通",
    ]
)
_PLANNED_WORDS = frozenset(
    ["planned", "to do", "todo", "open", "计划", "待联系", "待拨打", "未拨打"]
)
_HELD_WORDS = frozenset(
    [
        "control",
        "holdout",
        "held back",
        "held_back",
        "none",
        "no contact",
        "对照组",
        "对照",
        "空白组",
        "空白",
        "不触达",
        "留空",
    ]
)
# Any other word of a group, such as a dialler's group of agents, says nothing of a list.
_LISTED_WORDS = frozenset(
    [
        "listed",
        "list",
        "treatment",
        "treated",
        "列入名单",
        "列入",
        "名单",
        "实验组",
        "试验组",
        "处理组",
        "触达组",
        "触达",
    ]
)
# A call tells how a list's row went if it's of that day, or so many days after.
ANSWERS_WITHIN = 7

CALLS = {
    "user_id": pl.String, "day": pl.Int32, "state": pl.String, "group": pl.String,
    "agent_id": pl.String, "reason": pl.String, "rank": pl.String, "also": pl.String,
    "script": pl.String, "priority": pl.String, "basis": pl.String, "last_contact": pl.String,
    "days_since_order": pl.String, "value": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Log:
    """The log's rows up to a day: `CALLS`, by user, day and state; and what to say of them."""

    rows: pl.DataFrame
    notes: tuple[Note, ...] = ()

    def before(self, day: int) -> Log:
        """The rows of earlier days."""
        return Log(self.rows.filter(pl.col("day") < day), self.notes)

    def planned_for(self, day: int) -> pl.DataFrame:
        """The list that was made for a day, held back users too; without rows where there was none."""
        return self.rows.filter((pl.col("day") == day) & (pl.col("state") == PLANNED))

    def waiting(self) -> pl.DataFrame:
        """Rows of lists, `user_id, day`, whose call is nowhere to be found yet."""
        planned = self.rows.filter((pl.col("state") == PLANNED) & (pl.col("group") != HELD))
        calls = self.rows.filter(pl.col("state").is_in([REACHED, TRIED]))
        answered = planned.join(calls.select("user_id", called="day"), on="user_id").filter(
            (pl.col("called") - pl.col("day")).is_between(0, ANSWERS_WITHIN)
        )
        return planned.join(answered, on=["user_id", "day"], how="anti").select("user_id", "day")


def read(
    rows: Rows | None,
    numbers: pl.DataFrame,
    shop_ids: pl.Series,
    pairs: pl.DataFrame | None,
    day: int,
    params: ContactsParams,
) -> Log:
    """The log up to and with a day.

    Calls of whom the shop doesn't know are left out, and counted: nobody can tell whether they bought.

    Args:
        rows: of the dataset.
        numbers: `user_id, phone` of users whose phone is nobody else's, digits alone, for rows without a user.
        shop_ids: ids of all users that the orders or the users export know.
        pairs: `member_id, user_id`, whom an identities export says that the log's users are.
        day: that the list is for.
        params: words of statuses, and from how long a talk on a user was reached.

    Raises:
        InputError: a status' word isn't known, and nothing else tells.
    """
    if rows is None:
        return Log(pl.DataFrame(schema=CALLS))
    frame = rows.frame.filter(pl.col("day") <= day)
    if pairs is not None:
        known = pairs.rename({"member_id": "user_id", "user_id": "identified"})
        frame = frame.join(known, on="user_id", how="left", maintain_order="left").with_columns(
            user_id=pl.coalesce("identified", "user_id")
        )
    frame, notes = _with_users(frame, numbers, shop_ids)
    told = _told(frame, params)
    unknown = told.filter(pl.col("state").is_null() & (pl.col("group") != HELD).fill_null(value=True))  # fmt: skip
    if len(unknown):
        raise _unknown_status(unknown)
    calls = told.with_columns(
        # Whoever was held back wasn't called, whatever the row says.
        state=pl.when(pl.col("group") == HELD).then(pl.lit(PLANNED)).otherwise("state")
    ).select(pl.col(name).cast(dtype) for name, dtype in CALLS.items())
    return Log(calls.sort("user_id", "day", "state", "agent_id", "reason", nulls_last=True), notes)


def _told(frame: pl.DataFrame, params: ContactsParams) -> pl.DataFrame:
    """The rows with their `state` (null: not told), and `group`: listed, holdout or null for a call."""
    state, word = _state(params), _group_word()
    return frame.with_columns(
        state.alias("state"),
        pl.when(word.is_in(_HELD_WORDS))
        .then(pl.lit(HELD))
        .when(word.is_in(_LISTED_WORDS) | (state == PLANNED).fill_null(value=False))
        .then(pl.lit(LISTED))
        .alias("group"),
    )


def _group_word() -> pl.Expr:
    return pl.col("group").str.to_lowercase().str.strip_chars().fill_null("")


def _state(params: ContactsParams) -> pl.Expr:
    """What became of a call: by its status, else by an answer, else by how long was talked."""
    word = pl.col("status").str.to_lowercase().str.strip_chars()
    reached = [*_REACHED_WORDS, *(one.strip().lower() for one in params.reached)]
    tried = [*_TRIED_WORDS, *(one.strip().lower() for one in params.not_reached)]
    seconds = _seconds(pl.col("duration"))
    talked = (
        pl.when(seconds > params.reached_seconds)
        .then(pl.lit(REACHED))
        .when(seconds.is_not_null())
        .then(pl.lit(TRIED))
    )
    return (
        pl.when(word.is_in(tried))
        .then(pl.lit(TRIED))
        .when(word.is_in(reached))
        .then(pl.lit(REACHED))
        .when(word.is_in(_PLANNED_WORDS))
        .then(pl.lit(PLANNED))
        .when(pl.col("answered_time").is_not_null())
        .then(pl.lit(REACHED))
        .otherwise(talked)
    )


def _seconds(text: pl.Expr) -> pl.Expr:
    """Seconds of `85`, `85.0`, `1:25`, `00:01:25`, `85秒` and `1分25秒`; null for anything else."""
    plain = text.str.strip_chars()

    def part(pattern: str, group: int = 1) -> pl.Expr:
        return plain.str.extract(pattern, group).cast(pl.Int64, strict=False)

    clock = r"^(?:(\d+):)?(\d+):(\d{1,2})$"
    said = r"^(?:(\d+)(?:小时|时))?(?:(\d+)分钟?)?(?:(\d+)秒)?$"
    of_clock = part(clock, 1).fill_null(0) * 3600 + part(clock, 2) * 60 + part(clock, 3)
    units = [part(said, group).fill_null(0) for group in (1, 2, 3)]
    of_words = pl.when(plain.str.contains(r"^[\d小时分钟秒]*[时分钟秒]$")).then(
        units[0] * 3600 + units[1] * 60 + units[2]
    )
    return pl.coalesce(part(r"^(\d+)(?:\.\d+)?\s*s?$"), of_clock, of_words)


def _unknown_status(unknown: pl.DataFrame) -> InputError:
    words = unknown["status"].drop_nulls().unique().sort().to_list()
    if not words:
        return InputError(
            f"contacts: {len(unknown):,} calls of which nothing says whether the user was reached",
            mend="name a column with --map contacts.status=COLUMN, contacts.duration=COLUMN or contacts.answered_time=COLUMN",
        )
    listed = ", ".join(map(repr, words[:5]))
    return InputError(
        f"contacts: status words that aren't known: {listed}",
        mend=f"--reached {words[0]} where it means that the user was reached, else --not-reached {words[0]}",
    )


def _with_users(
    frame: pl.DataFrame, numbers: pl.DataFrame, shop_ids: pl.Series
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The rows with their users, by the phone where no user is named; without those of unknown ones."""
    by_phone = numbers.rename({"user_id": "by_phone", "phone": "plain"})
    is_of_shop = pl.col("user_id").is_in(shop_ids.implode())
    # An id that nobody has may be a number, written otherwise than the orders do.
    of_id = pl.when(~is_of_shop).then(phones.plain(phones.of_id(pl.col("user_id"))))
    dialled = pl.when(pl.col("user_id").is_null()).then(phones.plain(pl.col("phone")))
    named = pl.coalesce(pl.when(is_of_shop).then("user_id"), "by_phone", "user_id")
    frame = (
        frame.with_columns(plain=pl.coalesce(dialled, of_id))
        .join(by_phone, on="plain", how="left", maintain_order="left")
        .with_columns(named.alias("user_id"))
    )
    # A list of ours names users that were known when it was made.
    is_ours = _group_word().is_in(_HELD_WORDS | _LISTED_WORDS)
    is_known = is_of_shop | (is_ours & pl.col("user_id").is_not_null())
    found = frame.filter(is_known.fill_null(value=False))
    unknown = len(frame) - len(found)
    note = Note(
        "{count:contact|contacts} of {all:,} with people in neither the orders nor the users export: left out",
        count=unknown,
        all=len(frame),
    )
    return found, (note,) if unknown else ()
