"""Lines of chats: which are messages, of whom, and how many of each in one grouping of all lines.

A line's words say that it's the system's, recalled or of staff. Spelled as exports spell them they're told
by comparing; only where a log has a word of another spelling is every line looked at more closely.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from userops.engines import query as engine
from userops.engines.reductions import MOST_DIGITS
from userops.readers.fast.integer_ids import IdForm, number_of

if TYPE_CHECKING:
    from userops.analyses.analysis import Inputs
    from userops.readers.dataset import LazyRows, Rows

_STAFF = (
    *("1", "true", "yes", "y", "staff", "employee", "internal", "agent", "bot", "robot", "service"),
    *("员工", "企业成员", "内部", "内部成员", "客服", "机器人", "群机器人", "是"),
)
_SYSTEM = (
    *("system", "sys", "service", "notice", "event", "join", "leave", "switch", "10000", "10002"),
    *("agree", "disagree"),  # of WeCom's archive: to being kept in it
    *("系统", "系统消息", "系统通知", "通知", "入群", "退群"),
)
_RECALLED = ("recall", "recalled", "revoke", "revoked", "deleted", "撤回", "已撤回", "撤回消息")
_YES = ("1", "true", "yes", "y", "t", "是", "已撤回", "recalled", "revoked", "system")
# What a column says in which words.
_Says = Mapping[str, tuple[str, ...]]
_BY_STAFF: _Says = {"member_type": _STAFF}
_TAKES_BACK: _Says = {"kind": _RECALLED}
_NO_MESSAGE: _Says = {"system": _YES, "kind": (*_SYSTEM, *_RECALLED), "recalled": _YES}
_FLAGS = ("member_type", "kind", "system", "recalled")
_MADE = ("group_id", "group", "user_id", *_FLAGS)


def is_staff(staff: Collection[str], member: str = "user_id") -> pl.Expr:
    """Whether a row of members or messages is of staff or a robot."""
    of_them = pl.col(member).is_in([str(one) for one in staff]).fill_null(False)
    return _means(_BY_STAFF) | of_them


def takes_back() -> pl.Expr:
    """Whether a row of messages says that another was taken back: one that was itself may answer another."""
    return _means(_TAKES_BACK)


def whole(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with `group_id`, `member_id` and every column that says something of a line."""
    known = rows.collect_schema().names()
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(one) for one in _MADE if one not in known
    )
    return rows.with_columns(group_id=pl.coalesce("group_id", "group"), member_id=pl.col("user_id"))


def asked(inputs: Inputs, memberships: Rows | None, as_of: int | None) -> LazyRows | None:
    """What was written, by the groups' ids, with the answers to `queries`; None without messages."""

    def named(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if memberships is None else with_ids(rows, memberships.frame)

    found = inputs.lazily("messages", as_of, lambda rows, forms: queries(named(rows), forms))
    return replace(found, frame=named(found.frame)) if found else None


def with_ids(rows: pl.LazyFrame, memberships: pl.DataFrame) -> pl.LazyFrame:
    """Rows with the group as memberships know it: by the id of the one group of that name, or by name alone."""
    names = rows.collect_schema().names()
    if "group" not in names:
        return rows
    told = pl.col("ids").is_in([0, 1] if "group_id" in names else [1])
    named = _ids_of_names(memberships).filter(told)
    if named.is_empty():
        return rows
    found = rows.join(named.lazy(), on="group", how="left")
    group_id = pl.coalesce("group_id", "named") if "group_id" in names else pl.col("named")
    by_name = pl.when(pl.col("ids") == 0).then("group")
    return found.with_columns(group_id=pl.coalesce(by_name, group_id)).drop("named", "ids")


def with_own_ids(memberships: pl.DataFrame) -> pl.DataFrame:
    """Memberships, those that say a group's name alone with the id of the one group that others call so."""
    known = _ids_of_names(memberships).filter(pl.col("ids") == 1)
    if known.is_empty():
        return memberships
    by_name = pl.col("group").replace_strict(
        known["group"], known["named"], default=None, return_dtype=pl.String
    )
    return memberships.with_columns(group_id=pl.coalesce("group_id", by_name))


def _ids_of_names(memberships: pl.DataFrame) -> pl.DataFrame:
    """`group, named, ids`: of each name of a group how many ids have it, and one of them."""
    return (
        memberships.drop_nulls("group")
        .group_by("group")
        .agg(ids=pl.col("group_id").drop_nulls().unique())
        .select("group", named=pl.col("ids").list.first(), ids=pl.col("ids").list.len())
    )


def queries(rows: pl.LazyFrame, forms: Mapping[str, IdForm] | None = None) -> list[pl.LazyFrame]:
    """What `Lines.of` asks of rows, for whoever reads them to run in the same pass.

    Args:
        rows: of messages.
        forms: of fields whose ids all have one; then the rows have their numbers, too.
    """
    flags = _flags(rows)
    words = [rows.select(pl.col(name).cast(pl.String).unique()) for name in flags]
    other, of_staff = (_is_spelled(says, flags) for says in (_NO_MESSAGE, _BY_STAFF))
    return [_written(whole(rows), other, of_staff, Pairs.of(rows, forms)), *words]


@dataclass(frozen=True)
class Lines:
    """All lines by group and member, and which of them are messages.

    `written` is `group_id, member_id, time, messages, of_staff`, also of lines that are none (0 messages,
    no time): when each wrote first, how much, and whether a message says that staff did. `days` are those
    of any line, `is_message` tells messages, and `some` whether there are lines that are none;
    `takes_back` whether some say that another was recalled.
    """

    written: pl.DataFrame
    days: pl.Series
    is_message: pl.Expr
    some: bool
    takes_back: bool
    _other: pl.Expr
    _of_staff: pl.Expr

    @classmethod
    def of(
        cls,
        rows: pl.LazyFrame,
        answers: Sequence[pl.DataFrame] | None = None,
        days: pl.Series | None = None,
    ) -> Lines:
        """The lines of messages' rows; `answers` are what `queries` gave of these, `days` theirs, where known."""
        flags = _flags(rows)
        written, *found = engine.collect_all(queries(rows)) if answers is None else answers
        if days is None:
            days = engine.collect(rows.select(pl.col("day").drop_nulls().unique())).to_series()
        words = dict(zip(flags, found, strict=True))
        other, of_staff = (_is_spelled(says, flags) for says in (_NO_MESSAGE, _BY_STAFF))
        if not all(_are_spelled(one, name) for name, one in words.items()):
            other, of_staff = (_means(says, flags) for says in (_NO_MESSAGE, _BY_STAFF))
            written = engine.collect(_written(whole(rows), other, of_staff, Pairs()))
        return cls(
            written,
            days.sort(),
            pl.col("member_id").is_not_null() & ~other,
            written["member_id"].has_nulls() or _any_means(words, _NO_MESSAGE),
            _any_means(words, _TAKES_BACK),
            other,
            of_staff,
        )

    def again(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """`written` of a part of the rows."""
        return engine.collect(_written(rows, self._other, self._of_staff, Pairs()))


@dataclass(frozen=True, slots=True)
class Pairs:
    """A group and a member as one number, where ids of both have a form: grouping takes half as long."""

    group: IdForm | None = None
    member: IdForm | None = None

    @classmethod
    def of(cls, rows: pl.LazyFrame, forms: Mapping[str, IdForm] | None) -> Pairs:
        """Of rows; as they are, where their ids aren't known to have forms."""
        group, member = ((forms or {}).get(name) for name in ("group_id", "user_id"))
        # What a group is called stands in for an id that isn't there.
        if group is None or member is None or "group" in rows.collect_schema().names():
            return cls()
        return cls(group, member) if group.digits + member.digits <= MOST_DIGITS else cls()

    @property
    def key(self) -> dict[str, pl.Expr]:
        """What to group by."""
        if self.group is None or self.member is None:
            return {name: pl.col(name) for name in ("group_id", "member_id")}
        group, member = (
            (pl.col(number_of(name)) + 1).fill_null(0)  # 0 is of none
            for name in ("group_id", "user_id")
        )
        return {"pair": group * self._most + member}

    @property
    def _most(self) -> int:
        return 10**self.member.digits + 1 if self.member else 1

    def named(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What was grouped, with `group_id` and `member_id`."""
        if self.group is None or self.member is None:
            return rows
        numbers = {
            "group_id": pl.col("pair") // self._most,
            "member_id": pl.col("pair") % self._most,
        }
        ids = {
            name: pl.when(numbers[name] > 0).then(form.text(numbers[name].cast(pl.Int64) - 1))
            for name, form in (("group_id", self.group), ("member_id", self.member))
        }
        return rows.select(**ids, time="time", messages="messages", of_staff="of_staff")


def _written(rows: pl.LazyFrame, other: pl.Expr, of_staff: pl.Expr, pairs: Pairs) -> pl.LazyFrame:
    """As `Lines.written`, of rows that are whole."""
    lines = rows.select(**pairs.key, time=pl.when(~other).then("time"), of_staff=of_staff & ~other)
    return pairs.named(
        lines.group_by(list(pairs.key)).agg(
            pl.col("time").min(),
            messages=pl.col("time").count().cast(pl.Int64),
            of_staff=pl.col("of_staff").any(),
        )
    )


def _flags(rows: pl.LazyFrame) -> list[str]:
    known = rows.collect_schema().names()
    return [name for name in _FLAGS if name in known]


def _word(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")


def _means(says: _Says, flags: Collection[str] = _FLAGS) -> pl.Expr:
    """Whether a line says so in any spelling."""
    found = [_word(name).is_in(words) for name, words in says.items() if name in flags]
    return pl.any_horizontal(found) if found else pl.lit(False)


def _is_spelled(says: _Says, flags: Collection[str]) -> pl.Expr:
    """Whether a line says so in the spelling of exports."""
    found = [
        pl.col(name).cast(pl.String).is_in(_spellings(words)).fill_null(False)
        for name, words in says.items()
        if name in flags
    ]
    return pl.any_horizontal(found) if found else pl.lit(False)


def _spellings(words: Collection[str]) -> list[str]:
    return sorted({form for word in words for form in (word, word.upper(), word.capitalize())})


def _are_spelled(words: pl.DataFrame, column: str) -> bool:
    """Whether all words of a column mean what their spelling says."""
    alike = [
        (_means({column: says[column]}) == _is_spelled({column: says[column]}, [column])).all()
        for says in (_BY_STAFF, _NO_MESSAGE)
        if column in says
    ]
    return bool(words.select(pl.all_horizontal(alike)).item())


def _any_means(words: Mapping[str, pl.DataFrame], says: _Says) -> bool:
    return any(
        words[name].select(_means({name: meant}).any()).item()
        for name, meant in says.items()
        if name in words
    )
