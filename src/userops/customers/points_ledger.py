"""A ledger of points: rebuilt from orders and events by rules, or as the shop exported it.

kind : earn, redeem, expire, reverse, restore, adjust
    What an entry is: `earn` and `redeem` speak for themselves; `expire` takes what has run out,
    `reverse` what an order earned that was given back, but what has expired of it; `restore` gives back what was redeemed for such
    an order; `adjust` is the shop's own correction. An exported ledger without a column that tells it has
    earnings and redemptions, by their signs; where no redemption, expiry or reversal of it is negative,
    the kind tells which way these go, and corrections keep their sign. Other words than the known ones are said in `[points.kinds]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.core.dates import to_date
from userops.core.errors import InputError
from userops.core.messages import Note
from userops.core.validity import parse_validity
from userops.customers.granting_rules import PointsRule, names_of
from userops.customers.point_books import ENTRIES
from userops.customers.point_lots import (
    ADJUST,
    EARN,
    EXPIRE,
    KINDS,
    REDEEM,
    RESTORE,
    REVERSE,
    as_day,
)
from userops.customers.point_openings import CARRIED_IN, said_by_balances

_WORDS = {
    EARN: (
        "earn,earned,gain,gained,add,added,grant,granted,award,awarded,credit,bonus,reward,in,"
        "获得,获取,增加,新增,赠送,发放,奖励,收入,签到,得分,积分获得,获得积分,消费获得,消费赠送,购物获得,"
        "购物赠送,下单赠送,订单赠送,签到获得,活动赠送,注册赠送"
    ),
    REDEEM: (
        "redeem,redeemed,redemption,spend,spent,use,used,burn,deduct,debit,out,"
        "兑换,使用,抵扣,抵现,消费,消耗,支出,核销,积分使用,使用积分"
    ),
    EXPIRE: "expire,expired,expiry,expiration,过期,失效,到期,清零,积分过期,过期失效,过期清零,到期清零,积分清零,年度清零,过期扣减,到期失效",
    REVERSE: (
        "reverse,reversed,reversal,revoke,revoked,clawback,refund,cancel,"
        "扣回,收回,撤销,撤回,退款扣回,退货扣回,退款扣减,冲正"
    ),
    RESTORE: "restore,restored,return,returned,give back,退回,返还,退还,退款返还,积分退回",
    ADJUST: "adjust,adjusted,adjustment,manual,correction,调整,人工调整,手工调整,手动调整,系统调整",
}
KIND_WORDS = {word.strip(): kind for kind, words in _WORDS.items() for word in words.split(",")}
DOWN = (REDEEM, EXPIRE, REVERSE)
BY_SIGN = Note(
    "no column for the kind of entry: positive entries count as earned, negative ones as redeemed"
)


@dataclass(frozen=True, slots=True)
class Validities:
    """How long points live that rules grant, and others."""

    default: str = "never"
    end_of: str | None = None
    rules: Sequence[PointsRule] = ()

    def dated(self, entries: pl.DataFrame) -> pl.DataFrame:
        """Entries with `last_day` (null for never) and `idle`, by their rule and day."""
        of_rule = {
            name: (rule.valid or self.default, rule.round or self.end_of)
            for name, rule in zip(names_of(tuple(self.rules)), self.rules, strict=True)
        }
        pairs = entries.select("rule", "day").unique()
        rows = []
        for rule, day in pairs.rows():
            text, end_of = of_rule.get(rule, (self.default, self.end_of))
            validity = parse_validity(text)
            last = None if validity.inactivity else validity.last_day(to_date(day), end_of)
            rows.append(
                (
                    rule,
                    day,
                    None if last is None else as_day(last),
                    text if validity.inactivity else None,
                )
            )
        schema = {"rule": pl.String, "day": pl.Int32, "last_day": pl.Int32, "idle": pl.String}
        known = pl.DataFrame(rows, schema=schema, orient="row")
        return entries.drop("last_day", "idle", strict=False).join(
            known, on=["rule", "day"], how="left", nulls_equal=True
        )


def rebuilt(
    granted: pl.DataFrame,
    redeemed: pl.DataFrame | None,
    validities: Validities,
    restored: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The ledger that rules make, in the form of `point_books.ENTRIES`.

    Args:
        granted: entries as `granting.granted` gives them.
        redeemed: events that redeem: `user_id, event_time, day, value`.
        validities: how long points live.
        restored: events that give back what was redeemed last, in the same form.
    """
    # What a day's orders earned has no order whose it is: its lot is the rule's and the day's.
    of_day = pl.when(pl.col("order_id").is_null()).then(
        pl.format("{} {}", pl.col("rule"), pl.col("granted_day"))
    )
    frames = [granted.filter(pl.col("points") != 0).with_columns(lot_id=of_day)]
    points = pl.col("value").fill_null(0).abs().floor().cast(pl.Int64)
    frames += [
        events.select(
            "user_id", "day", time=pl.col("event_time"), kind=pl.lit(kind), points=points * sign
        )
        for events, kind, sign in ((redeemed, REDEEM, -1), (restored, RESTORE, 1))
        if events is not None
    ]
    return _in_form(validities.dated(pl.concat(frames, how="diagonal")))


def _in_form(entries: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in ENTRIES.items()
        if name not in entries.columns
    ]
    return entries.with_columns(*missing).select(*ENTRIES).cast(ENTRIES)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Exported:
    """A shop's own ledger.

    `entries` are in the form of `point_books.ENTRIES`, with `before` and `after`, null where the
    export doesn't say, and among them what users had before its first (rule `CARRIED_IN`); `expires`, whether the ledger leaves it to time alone that points expire.
    """

    entries: pl.DataFrame
    expires: bool
    notes: tuple[Note, ...] = ()

    @property
    def own(self) -> pl.DataFrame:
        """What the export has as entries: without what users brought along."""
        return self.entries.filter(pl.col("rule").ne_missing(CARRIED_IN))


def exported(
    rows: pl.DataFrame,
    fields: set[str],
    words: Mapping[str, str],
    validities: Validities,
    signed: bool | None = None,
) -> Exported:
    """A shop's own ledger, from the rows of its export.

    Args:
        rows: as the dataset `points` is read.
        fields: what the export has columns for.
        words: what words of its column of kinds mean, beside those that are known.
        validities: how long points live that say nothing of it themselves.
        signed: whether points change the balance as they stand, where other rows of it tell.

    Raises:
        InputError: a word isn't known, or points aren't whole numbers.
    """
    _check_whole(rows)
    kinds, notes = _kinds(rows, fields, words)
    points = rows["points"].cast(pl.Int64)
    if signed is None:
        signed = bool(((points < 0) & kinds.is_in(list(DOWN))).any())
    entries = rows.with_columns(points=points, kind=kinds)
    if not signed and "kind" in fields:
        down = pl.col("kind").is_in(list(DOWN))
        entries = entries.with_columns(
            points=pl.when(down).then(-pl.col("points")).otherwise(pl.col("points"))
        )
    entries = entries.with_columns(kind=_as_signed())
    if {"before", "after"} & fields:
        balances = said_by_balances(entries)
        entries = pl.concat([balances.carried, entries], how="vertical_relaxed")
        notes += balances.notes
    dated = validities.dated(entries)
    if "valid_until" in fields:
        own = pl.col("valid_until").dt.date().cast(pl.Int32)
        said = own.is_not_null()
        dated = dated.with_columns(
            last_day=pl.coalesce(own, "last_day"),
            idle=pl.when(said).then(None).otherwise(pl.col("idle")),
        )
    formed = _in_form(dated)
    beside = dated.select(pl.col("before", "after").round().cast(pl.Int64))
    expires = not (formed["kind"] == EXPIRE).any()
    return Exported(pl.concat([formed, beside], how="horizontal"), expires, tuple(notes))


def _as_signed() -> pl.Expr:
    """Kinds as the signs allow them: what gives is no redemption, and what takes no earning."""
    kind, points = pl.col("kind"), pl.col("points")
    return (
        pl.when((points > 0) & (kind == REDEEM))
        .then(pl.lit(RESTORE))
        .when((points > 0) & kind.is_in([EXPIRE, REVERSE]))
        .then(pl.lit(ADJUST))
        .when((points < 0) & kind.is_in([EARN, RESTORE]))
        .then(pl.lit(REVERSE))
        .otherwise(kind)
    )


def _check_whole(rows: pl.DataFrame) -> None:
    part = rows.filter(pl.col("points") != pl.col("points").round())
    if len(part):
        raise InputError(
            f"points aren't whole numbers, such as {part['points'][0]:g}",
            mend="export them in the smallest unit that there is",
        )


def _kinds(
    rows: pl.DataFrame, fields: set[str], words: Mapping[str, str]
) -> tuple[pl.Series, list[Note]]:
    """What each entry is: by its word, else by its sign."""
    by_sign = pl.when(pl.col("points") >= 0).then(pl.lit(EARN)).otherwise(pl.lit(REDEEM))
    if "kind" not in fields:
        return rows.select(kind=by_sign).to_series(), [BY_SIGN]
    known = KIND_WORDS | {word.strip().casefold(): kind for word, kind in words.items()}
    word = pl.col("kind").str.strip_chars().str.to_lowercase()
    found = rows.select(
        kind=pl.when(word.is_null())
        .then(by_sign)
        .otherwise(word.replace_strict(known, default=None, return_dtype=pl.String)),
        word=pl.col("kind"),
    )
    unknown = found.filter(pl.col("kind").is_null())["word"].unique().sort().to_list()
    if unknown:
        listed = ", ".join(map(repr, unknown[:5]))
        raise InputError(
            f"kinds of entries that aren't known: {listed}",
            mend=f'under [points.kinds] in userops.toml: {unknown[0]!r} = "{_likely(unknown[0])}", or one of {", ".join(KINDS)}',
        )
    return found["kind"], []


def _likely(word: str) -> str:
    """The kind that a word most likely says: of the known words in it the one that ends last."""
    written = word.casefold()
    found = [
        (written.rfind(one) + len(one), len(one), kind)
        for one, kind in KIND_WORDS.items()
        if one in written
    ]
    return max(found)[2] if found else EARN
