"""How the tables of `userops campaigns` are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.campaigns import (
    checks,
    coupons,
    lists,
    outcomes,
    overlap,
    plan,
    redeemed,
    segments,
    series,
    tables,
)
from userops.analyses.campaigns.before import Before
from userops.analyses.campaigns.compared import Campaigns, Shop, past_days
from userops.analyses.campaigns.expected import expected_of
from userops.analyses.campaigns.framed import Row, framed
from userops.analyses.campaigns.listed import Listed
from userops.analyses.campaigns.lists import Lists
from userops.analyses.campaigns.notes import (
    ALIKE,
    CHAINED,
    CLAIMED,
    EXACT,
    NO_ORDER,
    ONE_LOOK,
    exact_note,
    margin_note,
    notes_of,
    orderless_note,
)
from userops.analyses.campaigns.params import CampaignParams
from userops.analyses.campaigns.straight import straight
from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.core.table import Kind, Table, Varied
from userops.customers.params import LtvParams
from userops.engines.reductions import Query, Reduction
from userops.ledger.customers import CUSTOMERS, first_values
from userops.ledger.timeline import SORT_KEYS_WITH_AMOUNTS

_MANY = 20
# Tables for which everyone's orders are looked at, not only those of whom the lists name.
_OF_EVERYONE = ("segments", "users", "plan")


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
    if shop.lists is not None and params.control:
        _check_control(shop.lists, params.control)
    campaigns = Campaigns(shop, params, inputs)
    if shop.lists is not None:
        for name in wanted:
            yield _OF_LISTS[name](campaigns)
    if shop.coupons is not None and inputs.wants("coupons"):
        yield _coupons(campaigns)
    if inputs.wants("plan"):
        yield _plan(campaigns)


def _read(inputs: Inputs, params: CampaignParams) -> Shop | None:
    """The lists, and what the orders say of everyone and of those on them; None without orders."""
    direct = straight(inputs)
    rows = None if direct else inputs.dataset("assignments")
    coupon_rows = inputs.dataset("coupons")
    listed = direct.listed if direct else Listed.of(rows.frame) if rows else None
    assigned = listed.rows if listed else None
    given = coupon_rows.frame if coupon_rows else None
    days = None
    if assigned is not None and given is None and assigned.height:
        first, last = assigned.select(pl.col("day").min(), last=pl.col("day").max()).row(0)
        days = first - max(1, past_days(inputs, params)), last + params.days
    asked: list[Query]
    if direct and days:
        asked = [*direct.orders_of(days)]
    else:
        people = [one["user_id"] for one in (assigned, given) if one is not None]
        named = pl.concat(people) if people else pl.Series("user_id", [], pl.String)
        asked = [outcomes.orders_of(named, days), outcomes.others_of(named)]
    says_coupons = given is None and "coupon" in inputs.orders.fields and inputs.wants("coupons")
    if says_coupons:
        asked.append(redeemed.of_orders)
    alone = listed is not None and lists.has_one_without_control(listed.kinds, params.control)
    if alone or any(map(inputs.wants, _OF_EVERYONE)):
        # With ids as they are, for customers go by these.
        before, found = _before(inputs, *(Reduction.of(one).query for one in asked))
        facts, names = before.facts, None
    else:
        found, facts = inputs.reduce(*asked)
        before, names = None, inputs.orders.id_names
    if facts.window.as_of is None:
        return None
    _, as_of = facts.window.ends
    orders = direct.own(found[0], names) if direct and days else found[0]
    coupons_used = None
    if given is not None:
        coupons_used = redeemed.used(given, orders, as_of, _named_orders(inputs, given))
    elif says_coupons:
        coupons_used = redeemed.own(found[2])
    known = listed and listed.until(as_of)
    shop = Shop(
        as_of,
        facts.window,
        facts.currency,
        lambda: before or _before(inputs)[0],
        orders,
        None if known is None else lists.lists_of(known, as_of, params.days, params.control),
        coupons_used,
        direct.form if direct else None,
    )
    if assigned is not None and orders.is_empty():
        users = direct.users if direct else assigned["user_id"]
        _check_known(users, shop.before.customers["user_id"])
    return shop


def _before(inputs: Inputs, *more: Query) -> tuple[Before, list[pl.DataFrame]]:
    """Everyone's orders over time, and what more the pass gives."""
    asked = [first_values("channel")] if "channel" in inputs.orders.fields else []
    customers, line, found, facts = inputs.timeline(
        CUSTOMERS, SORT_KEYS_WITH_AMOUNTS, *more, *asked
    )
    channels = found[len(more)] if asked else None
    return Before(customers, line, inputs, facts, channels), found[: len(more)]


def _named_orders(inputs: Inputs, given: pl.DataFrame) -> pl.DataFrame | None:
    """The orders that coupons name; None where they name none, or none by the ids that orders have."""
    ids = given["order_id"].drop_nulls()
    if not inputs.wants("coupons") or ids.is_empty() or "order_id" not in inputs.orders.fields:
        return None
    orders = inputs.orders.numbered(redeemed.of_numbers(ids), inputs.as_of)
    if orders.is_empty() and len(ids) >= _MANY:
        inputs.message(NO_ORDER)
        return None
    return orders


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
        "--map assignments.user_id=COLUMN takes another column",
    )


def _table(
    campaigns: Campaigns,
    name: str,
    rows: Sequence[Row],
    kinds: Mapping[str, Kind],
    *notes: Note,
    varied: Mapping[str, Varied] | None = None,
) -> Table:
    shop = campaigns.shop
    return framed(name, rows, kinds, shop.window, shop.currency, notes, varied)


def _check_control(found: Lists, control: str) -> None:
    """See that some campaign has the group that is called the control.

    Raises:
        UsageError: none has.
    """
    if found.users.height and not found.counts["is_control"].any():
        groups = found.counts["group"].unique().sort().to_list()
        raise UsageError.unknown("group", control, groups)


def _summary(campaigns: Campaigns) -> Table:
    """A row a campaign and group."""
    rows = [row for one in campaigns.shown for row in tables.summary_rows(one, campaigns.params)]
    kinds = tables.summary_kinds(campaigns.params.metric)
    return _table(campaigns, "summary", rows, kinds, *notes_of(campaigns))


def _metrics(campaigns: Campaigns) -> Table:
    """A row a campaign, group and metric."""
    rows = [
        row
        for one in campaigns.shown
        for row in tables.metric_rows(one, campaigns.params, campaigns.shop.currency)
    ]
    notes = exact_note(campaigns)
    return _table(campaigns, "metrics", rows, tables.METRIC_ROWS, *notes, varied=tables.VARIED)


def _segments(campaigns: Campaigns) -> Table:
    """A row a campaign, group and segment."""
    celled = campaigns.shop.before.cells(campaigns.counted, campaigns.params.by)
    rows = [
        row
        for one in campaigns.shown
        if one.trial is not None
        for row in segments.rows_of(
            celled.filter(pl.col("campaign") == one.campaign),
            one.trial,
            campaigns.params,
        )
    ]
    kinds = segments.kinds(campaigns.params, tables.difference_kind(campaigns.params.metric))
    notes = [ALIKE, *margin_note(campaigns.params)]
    if campaigns.params.metric == "conversion" and not campaigns.params.peeking:
        notes.append(EXACT)  # cells are small
    return _table(campaigns, "segments", rows, kinds, *notes)


def _checks(campaigns: Campaigns) -> Table:
    """A row a campaign and check."""
    rows: list[Row] = []
    pairs = overlap.rows_of(campaigns.lists.users, campaigns.params.days)
    for one in campaigns.shown:
        users = campaigns.lists.users.filter(pl.col("campaign") == one.campaign)
        if one.trial is None and one.compared is None:
            continue
        if one.trial is None:
            recipients = campaigns.counted.filter(pl.col("campaign") == one.campaign)
            named = campaigns.shop.named(recipients)
            expected = expected_of(named, campaigns.shop.before, campaigns.params.days)
            unit = tables.unit_of(campaigns.params.metric, campaigns.shop.currency)
            found = checks.rows_without_control(one.compared, expected, unit)
        else:
            sizes = checks.sizes_of(
                campaigns.lists, one.campaign, one.trial.control, campaigns.params
            )
            found = checks.rows_of(one.trial, users, sizes, campaigns.params, one.unknown)
        shared = [pair for pair in pairs if pair["campaign"] == one.campaign]
        rows += checks.with_campaign(one.campaign, chain(found, checks.of_overlap(shared)))
    varied = checks.varied(tables.difference_kind(campaigns.params.metric))
    return _table(campaigns, "checks", rows, checks.CHECKS, varied=varied)


def _series(campaigns: Campaigns) -> Table:
    """A row a version."""
    trials = [one.trial for one in campaigns.shown if one.trial is not None]
    rows = series.rows_of(campaigns.lists.things, trials, campaigns.params)
    notes = [ONE_LOOK] if campaigns.params.peeking else []
    return _table(campaigns, "series", rows, series.SERIES, CHAINED, *notes)


def _overlap(campaigns: Campaigns) -> Table:
    """A row a pair of campaigns."""
    return _table(
        campaigns,
        "overlap",
        overlap.rows_of(campaigns.shown_of(campaigns.lists.users), campaigns.params.days),
        overlap.OVERLAP,
    )


def _users(campaigns: Campaigns) -> Table:
    """A row a campaign and user."""
    before = campaigns.shop.before
    celled = before.cells(
        before.cells(campaigns.counted, "segment").rename({"cell": "segment"}), "tier"
    )
    frame = tables.users_frame(campaigns.lists.users, celled.rename({"cell": "tier"}))
    return Table("users", frame, tables.USERS, campaigns.shop.window, campaigns.shop.currency)


def _coupons(campaigns: Campaigns) -> Table:
    """A row a coupon."""
    assert campaigns.shop.coupons is not None
    has_lists = campaigns.shop.lists is not None
    trials = [one.trial for one in campaigns.all if one.trial is not None] if has_lists else []
    users = campaigns.lists.users if has_lists else _NOBODY
    rows = coupons.rows_of(campaigns.shop.coupons, trials, users, campaigns.params)
    return _table(
        campaigns,
        "coupons",
        rows,
        coupons.COUPONS,
        CLAIMED,
        *orderless_note(campaigns.shop.coupons),
        *margin_note(campaigns.params),
    )


def _plan(campaigns: Campaigns) -> Table:
    """A row an audience and effect."""
    rows = plan.rows_of(campaigns.shop.before, campaigns.shop.as_of, campaigns.params)
    return _table(campaigns, "plan", rows, plan.PLAN)


_OF_LISTS = {
    "summary": _summary,
    "metrics": _metrics,
    "segments": _segments,
    "checks": _checks,
    "series": _series,
    "overlap": _overlap,
    "users": _users,
}
_NOBODY = pl.DataFrame(
    schema={
        "campaign": pl.String,
        "group": pl.String,
        "is_control": pl.Boolean,
        "user_id": pl.String,
        "assigned_time": pl.Datetime("us"),
        "day": pl.Int32,
        "state": pl.String,
    }
)
