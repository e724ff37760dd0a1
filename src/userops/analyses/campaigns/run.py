"""How the tables of `userops campaigns` are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.campaigns import (
    checks,
    coupons,
    effects,
    lists,
    matched,
    outcomes,
    overlap,
    plan,
    segments,
    series,
    tables,
)
from userops.analyses.campaigns.before import Before
from userops.analyses.campaigns.effects import Arm
from userops.analyses.campaigns.expected import expected_of
from userops.analyses.campaigns.framed import Row, framed
from userops.analyses.campaigns.lists import Lists
from userops.analyses.campaigns.params import CampaignParams
from userops.analyses.campaigns.tables import Found
from userops.core.dates import Window
from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.customers.params import LtvParams
from userops.engines.reductions import Query
from userops.ledger.customers import CUSTOMERS, FIRST_VALUES
from userops.ledger.timeline import SORT_KEYS_WITH_AMOUNTS

_OF_LISTS = ("summary", "metrics", "segments", "checks", "series", "overlap", "users")
_SEVERAL = 0.01
_MANY = 20
CLAIMED = Note("claimed_roi is what orders with a coupon came to by its cost: not incremental")
MARGIN = Note("roi and net take all net revenue as earned: --margin says what part is")


def run(inputs: Inputs, params: CampaignParams) -> Iterator[Table]:
    """Whether campaigns worked, for whom, and what they brought."""
    if params.margin is None:
        params = replace(params, margin=inputs.settings.params(LtvParams).margin)
    wanted = [name for name in _OF_LISTS if inputs.wants(name)]
    if not inputs.has("assignments") and inputs.demands(*_OF_LISTS):
        raise UsageError(
            "no campaign lists",
            mend="--assignments FILE: user_id, campaign, group, assigned_time; userops split makes one",
        )
    has_coupons = inputs.has("coupons") or "coupon" in inputs.orders.fields
    if not has_coupons and inputs.demands("coupons"):
        raise UsageError(
            "no coupons",
            mend="--coupons FILE, or orders with a column of them: --map coupon=COLUMN",
        )
    shop = _read(inputs, params)
    if shop is None:
        return
    trials = Campaigns(shop, params, inputs)
    if shop.lists is not None and wanted:
        yield from _of_lists(trials, wanted)
    if shop.coupons is not None and inputs.wants("coupons"):
        yield trials.coupons()
    if inputs.wants("plan"):
        yield trials.plan()


@dataclass(frozen=True)
class Shop:
    """What was read."""

    as_of: int
    window: Window
    currency: Currency
    before: Before
    orders: pl.DataFrame
    channels: pl.DataFrame | None
    lists: Lists | None
    coupons: pl.DataFrame | None


def _read(inputs: Inputs, params: CampaignParams) -> Shop | None:
    """The lists, and what the orders say of everyone and of those on them; None without orders."""
    assigned = inputs.dataset("assignments")
    given = inputs.dataset("coupons")
    people = [rows.frame["user_id"] for rows in (assigned, given) if rows is not None]
    named = pl.concat(people) if people else pl.Series("user_id", [], pl.String)
    more: list[Query] = [outcomes.orders_of(named)]
    if "channel" in inputs.orders.fields:
        more.append(FIRST_VALUES.given(name="channel"))
    says_coupons = given is None and "coupon" in inputs.orders.fields and inputs.wants("coupons")
    if says_coupons:
        more.append(coupons.of_orders)
    customers, line, found, facts = inputs.timeline(CUSTOMERS, SORT_KEYS_WITH_AMOUNTS, *more)
    if facts.window.as_of is None:
        return None
    _, as_of = facts.window.ends
    if assigned is not None:
        _check_known(assigned.frame["user_id"], customers["user_id"])
    before = Before(customers, line, inputs, facts.currency, facts.window)
    rows = None if assigned is None else assigned.frame.filter(pl.col("day") <= as_of)
    coupon_rows = None
    if given is not None:
        coupon_rows = coupons.used(given.frame, found[0], as_of)
    elif says_coupons:
        coupon_rows = coupons.own(found.pop())
    return Shop(
        as_of,
        facts.window,
        facts.currency,
        before,
        found[0],
        found[1] if len(found) > 1 else None,
        None if rows is None else lists.lists_of(rows, as_of, params.days, params.control),
        coupon_rows,
    )


def _check_known(listed: pl.Series, customers: pl.Series) -> None:
    """See that somebody on the lists has ever ordered.

    Raises:
        InputError: nobody has, of many: the exports write users differently.
    """
    users = listed.unique()
    if min(len(users), len(customers)) < _MANY or users.is_in(customers.implode()).any():
        return
    raise InputError(
        f"none of the {len(users):,} users on the lists has an order",
        mend=f"see that both exports write users alike: a list has {users.sort()[0]}, orders have {customers[0]}; "
        "--map user_id=COLUMN takes another column",
    )


def _of_lists(campaigns: Campaigns, wanted: Sequence[str]) -> Iterator[Table]:
    makers = {
        "summary": campaigns.summary,
        "metrics": campaigns.metrics,
        "segments": campaigns.segments,
        "checks": campaigns.checks,
        "series": campaigns.series,
        "overlap": campaigns.overlap,
        "users": campaigns.users,
    }
    for name in wanted:
        yield makers[name]()


@dataclass(frozen=True)
class Campaigns:
    """Campaigns, compared; each table is made when it's asked for."""

    shop: Shop
    params: CampaignParams
    inputs: Inputs

    @property
    def lists(self) -> Lists:
        """The lists."""
        assert self.shop.lists is not None
        return self.shop.lists

    @cached_property
    def shown(self) -> list[Found]:
        """The campaigns asked for: all, or those whose last window ends after a day."""
        since = self.inputs.day("since", self.params.since)
        return [one for one in self.all if since is None or one.last_day > since]

    @property
    def shown_users(self) -> pl.DataFrame:
        """Their lists."""
        return self.lists.users.filter(
            pl.col("campaign").is_in([one.campaign for one in self.shown])
        )

    @cached_property
    def counted(self) -> pl.DataFrame:
        """Users who count, with their outcomes."""
        params = self.params
        users = outcomes.outcomes(
            self.lists.counted, self.shop.orders, params.days, params.pre_days
        )
        return outcomes.capped(users, params.cap)

    @cached_property
    def all(self) -> list[Found]:
        """Every campaign with users who count, by name."""
        sums = outcomes.sums_by(self.counted, ["campaign", "group"]).to_dicts()
        return [
            self._found(name, {row["group"]: Arm(row, self.params.earned) for row in rows})
            for name in self.lists.campaigns
            if (rows := [row for row in sums if row["campaign"] == name])
        ]

    def _found(self, campaign: str, arms: Mapping[str, Arm]) -> Found:
        users = self.lists.users.filter(pl.col("campaign") == campaign)
        controls = users.filter("is_control")["group"].unique().sort().to_list()
        last: int = users.select((pl.col("day") + self.params.days).max()).item()
        plain = Found(campaign, arms, self._early(last), last)
        if len(controls) != 1:
            return replace(plain, compared=self._compared(campaign))
        if controls[0] not in arms or len(arms) < 2:
            return plain  # nobody of the one or the other counts yet
        planned = dict(users.group_by("group").agg(pl.len()).iter_rows())
        sizes = checks.sizes_of(self.lists, campaign, controls[0], self.params)
        return replace(
            plain,
            trial=effects.trial(campaign, arms, controls[0], self.params, planned),
            srm_p=sizes.after,
            fair=(sizes.before, sizes.after),
        )

    def _early(self, last: int) -> bool:
        """Whether the campaign isn't over, and nobody said that one looks on the way."""
        if self.params.peeking:
            return False
        end = self.inputs.day("end", self.params.end)
        return self.shop.as_of < (last if end is None else end)

    def _compared(self, campaign: str) -> matched.Comparison:
        users = self.counted.filter((pl.col("campaign") == campaign) & ~pl.col("is_control"))
        return matched.compare(users, self.shop.before, self.shop.channels, self.params)

    # Tables.

    def _table(
        self, name: str, rows: Sequence[Row], kinds: Mapping[str, Kind], *notes: Note
    ) -> Table:
        return framed(name, rows, kinds, self.shop.window, self.shop.currency, notes)

    def summary(self) -> Table:
        """A row a campaign and group."""
        rows = [row for one in self.shown for row in tables.summary_rows(one, self.params)]
        kinds = tables.summary_kinds(self.params.metric)
        return self._table("summary", rows, kinds, *self._notes())

    def metrics(self) -> Table:
        """A row a campaign, group and metric."""
        rows = [
            row
            for one in self.shown
            for row in tables.metric_rows(one, self.params, self.shop.currency)
        ]
        return self._table("metrics", rows, tables.METRIC_ROWS)

    def segments(self) -> Table:
        """A row a campaign, group and segment."""
        celled = self.shop.before.cells(self.counted, self.params.by)
        rows = [
            row
            for one in self.shown
            if one.trial is not None
            for row in segments.rows_of(
                celled.filter(pl.col("campaign") == one.campaign),
                one.campaign,
                one.trial.control,
                self.params,
            )
        ]
        kinds = segments.kinds(self.params, tables.difference_kind(self.params.metric))
        alike = Note(
            "where homogeneity_p is .05 or more, nothing shows that segments differ: read the campaign as a whole"
        )
        return self._table("segments", rows, kinds, alike, *self._margin_note())

    def checks(self) -> Table:
        """A row a campaign and check."""
        rows: list[Row] = []
        pairs = overlap.rows_of(self.lists.users, self.params.days)
        for one in self.shown:
            users = self.lists.users.filter(pl.col("campaign") == one.campaign)
            if one.trial is None and one.compared is None:
                continue
            if one.trial is None:
                recipients = self.counted.filter(pl.col("campaign") == one.campaign)
                expected = expected_of(recipients, self.shop.before, self.params.days)
                found = checks.rows_without_control(one.compared, expected)
            else:
                sizes = checks.sizes_of(self.lists, one.campaign, one.trial.control, self.params)
                found = checks.rows_of(one.trial, users, sizes, self.params)
            shared = [pair for pair in pairs if pair["campaign"] == one.campaign]
            rows += checks.with_campaign(one.campaign, chain(found, checks.of_overlap(shared)))
        return self._table("checks", rows, checks.CHECKS)

    def series(self) -> Table:
        """A row a version."""
        trials = [one.trial for one in self.shown if one.trial is not None]
        rows = series.rows_of(self.shown_users, trials, self.params)
        note = Note("chained holds where each version was compared with the one before it")
        return self._table("series", rows, series.SERIES, note)

    def overlap(self) -> Table:
        """A row a pair of campaigns."""
        return self._table(
            "overlap", overlap.rows_of(self.shown_users, self.params.days), overlap.OVERLAP
        )

    def users(self) -> Table:
        """A row a campaign and user."""
        before = self.shop.before
        celled = before.cells(
            before.cells(self.counted, "segment").rename({"cell": "segment"}), "tier"
        )
        frame = tables.users_frame(self.lists.users, celled.rename({"cell": "tier"}))
        return Table("users", frame, tables.USERS, self.shop.window, self.shop.currency)

    def coupons(self) -> Table:
        """A row a coupon."""
        assert self.shop.coupons is not None
        has_lists = self.shop.lists is not None
        trials = [one.trial for one in self.all if one.trial is not None] if has_lists else []
        users = self.counted if has_lists else _NOBODY
        rows = coupons.rows_of(self.shop.coupons, trials, users, self.params)
        return self._table("coupons", rows, coupons.COUPONS, CLAIMED, *self._margin_note())

    def plan(self) -> Table:
        """A row an audience and effect."""
        rows = plan.rows_of(self.shop.before, self.shop.as_of, self.params)
        return self._table("plan", rows, plan.PLAN)

    def _margin_note(self) -> list[Note]:
        return [MARGIN] if self.params.earned == 1 else []

    def _notes(self) -> Iterator[Note]:
        """What summary has to say beside its rows."""
        states = dict(
            self.shown_users.group_by("state")
            .agg(pl.col("user_id").len())
            .sort("state")
            .iter_rows()
        )
        if recent := states.get(lists.TOO_RECENT):
            yield Note(
                "{count:assignment is|assignments are} left out: the {days} days after it aren't over",
                count=recent, days=self.params.days,
            )  # fmt: skip
        yield from self._several()
        if self.shown_users["contact_cost"].is_not_null().any():
            yield from self._margin_note()
        for one in self.shown:
            yield from self._without_control(one)
        if self.params.adjust == "pre":
            yield Note("differences are adjusted by the time before; lifts aren't")

    def _several(self) -> Iterator[Note]:
        users = self.shown_users
        everyone = users.select("campaign", "user_id").n_unique() if users.height else 0
        several = users.filter(pl.col("state") == lists.SEVERAL_GROUPS)
        count = several.select("campaign", "user_id").n_unique() if several.height else 0
        if count:
            note = Note(
                "{count:user stands|users stand} in several groups of a campaign, and count in none",
                count=count,
            )
            yield note
            if count > _SEVERAL * everyone:
                self.inputs.message(note)

    def _without_control(self, one: Found) -> Iterator[Note]:
        if one.trial is not None or one.compared is None:
            return
        groups = sorted(one.arms)
        if len(groups) > 1:
            yield Note(
                "{campaign}: none of its groups ({groups}) is a control; --control {example} compares with one",
                campaign=one.campaign, groups=tuple(groups), example=groups[0],
            )  # fmt: skip
        if one.compared.difference is None:
            yield Note(
                "{campaign}: nobody was held back, and too few others are like its users: nothing can be said",
                campaign=one.campaign,
            )
        elif one.compared.withheld:
            yield Note(
                "{campaign}: nobody was held back, and the groups differed before: no estimate is shown",
                campaign=one.campaign,
            )
        else:
            yield Note(
                "{campaign}: nobody was held back; its users differ from others like them, which isn't what it brought",
                campaign=one.campaign,
            )


_NOBODY = pl.DataFrame(
    schema={
        "campaign": pl.String,
        "group": pl.String,
        "is_control": pl.Boolean,
        "user_id": pl.String,
    }
)
