"""How the tables of `userops contacts` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.contacts import effect, gathered, log, reasons, tables, weeks
from userops.analyses.contacts.agents import Agent, agents_on
from userops.analyses.contacts.assign import Candidate, assign
from userops.analyses.contacts.effect import Arm
from userops.analyses.contacts.eligible import (
    ADDED_LATER,
    HOLDOUT,
    agents_of_users,
    rules_against,
)
from userops.analyses.contacts.gathered import Asked, Gathered, Users
from userops.analyses.contacts.log import HELD, LISTED, Log
from userops.analyses.contacts.params import ContactsParams
from userops.analyses.contacts.reasons import KINDS
from userops.analyses.contacts.scripts import scripts
from userops.core.dates import LAST_DAY, Window, to_date
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.table import Currency, Table
from userops.customers.holdout import is_below
from userops.customers.left_alone import left_alone
from userops.stats.hash_draw import hash_numbers

_LIST_TABLES = ("list", "agents", "skipped", "ready", "reasons", "weeks")


@dataclass(frozen=True, slots=True)
class _Day:
    """What a list is made for: the day, the log before it, what came of that, and effects measured."""

    day: int
    log: Log
    found: pl.DataFrame
    arms: dict[str, dict[str, Arm]]
    window: Window
    currency: Currency


@dataclass(frozen=True, slots=True)
class _List:
    """Who is listed, who would have been but is held back, who is skipped; and what to say of it."""

    listed: pl.DataFrame
    held: pl.DataFrame
    skipped: pl.DataFrame
    notes: tuple[Note, ...] = ()


def run(inputs: Inputs, params: ContactsParams) -> Iterator[Table]:
    """Who is called on a day, why and by whom; and what earlier calls brought."""
    if params.append and not params.log:
        raise UsageError("--append without a log", mend="--log contacts.csv --append")
    asked_day = inputs.day("for_day", params.for_day)
    read = gathered.orders(inputs, asked_day)
    day = asked_day if asked_day is not None else min(read.as_of + 1, LAST_DAY)
    if day < read.as_of:
        raise UsageError(
            f"a list for {to_date(day)}, but orders count up to {to_date(read.as_of)}",
            mend=f"--as-of {to_date(day - 1)}, or a later --for",
        )
    listing = params.append or any(map(inputs.wants, _LIST_TABLES))
    asked = gathered.ask(inputs, params, read.as_of, day, listing=listing)
    people = gathered.users(asked.users, read.buyers["user_id"], params, read.as_of)
    everything = _log(inputs, params, day, asked, people)
    before = everything.before(day)
    theirs = gathered.orders_of(read, before.rows["user_id"])
    found = effect.episodes(before, theirs, read.as_of, params)
    arms = effect.arms(found)
    about = _Day(day, everything, found, arms, read.facts.window, read.facts.currency)
    if listing:
        yield from _list_tables(inputs, params, about, read, asked, people)
    order = reasons.order_of(params)
    if inputs.wants("recent"):
        yield effect.recent(found, arms, order, (read.as_of, about.window, about.currency), params)
    if inputs.wants("outcomes"):
        yield effect.outcomes(found, order, about.window, about.currency)
    if inputs.wants("effect"):
        yield effect.effect(arms, order, about.window, about.currency, params)


def _log(inputs: Inputs, params: ContactsParams, day: int, asked: Asked, people: Users) -> Log:
    """The log up to and with the day of the list."""
    pairs = gathered.identified(asked.identities, asked.contacts, people.ids)
    numbers = people.own_numbers if asked.contacts is not None else people.told.clear()
    found = log.read(asked.contacts, numbers, people.ids, pairs, day, params)
    for note in found.notes:
        inputs.message(note)
    return found


def _list_tables(
    inputs: Inputs, params: ContactsParams, about: _Day, read: Gathered, asked: Asked, people: Users
) -> Iterator[Table]:
    candidates, notes = _candidates(inputs, params, about, read, asked, people)
    agents = agents_on(asked.agents, to_date(about.day), params.capacity)
    own = _own_agents(about, people, agents)
    before = about.log.before(about.day)
    alone = left_alone(asked.banned, people.told, people.ids)
    if alone.doubt:
        inputs.warn(alone.doubt)
    notes += alone.notes
    judged = rules_against(candidates, before, alone.users, about.day, params)
    planned = about.log.planned_for(about.day)
    made = (
        _as_planned(judged, planned, people, about)
        if len(planned)
        else _made(inputs, params, judged, own, agents, people, about.day)
    )
    notes += made.notes
    if inputs.wants("list"):
        yield tables.list_table(made.listed, about.window, about.currency, notes)
    if inputs.wants("agents"):
        yield tables.agents_table(agents, made.listed, own, about.window, about.currency)
    if inputs.wants("skipped"):
        yield tables.skipped_table(made.skipped, about.window, about.currency)
    if inputs.wants("ready") or inputs.wants("reasons"):
        ready = _ready(judged, made, people)
        yield tables.ready_table(ready, about.window, about.currency, notes)
        yield tables.reasons_table(
            judged, ready, made.skipped, reasons.order_of(params), about.window, about.currency
        )
    if inputs.wants("weeks"):
        yield weeks.weeks(
            pl.concat(
                [
                    weeks.earlier(about.found, before, about.currency.places),
                    weeks.planned(made.listed, made.held, about.day),
                ]
            ),
            reasons.order_of(params),
            inputs.settings.week_start,
            about.window,
            about.currency,
        )
    if params.append and params.log and not len(planned):
        rows = tables.log_table(
            made.listed, made.held, to_date(about.day), about.window, about.currency
        )
        inputs.append(params.log, rows)


def _ready(judged: pl.DataFrame, made: _List, people: Users) -> pl.DataFrame:
    """Whoever may be called, whether or not an agent has room today; the best first."""
    held = made.skipped.filter(pl.col("rule") == HOLDOUT)["user_id"]
    free = judged.filter(pl.col("rule").is_null(), ~pl.col("user_id").is_in(held.implode()))
    return free.join(people.phones, on="user_id", how="left", maintain_order="left")


def _candidates(
    inputs: Inputs, params: ContactsParams, about: _Day, read: Gathered, asked: Asked, people: Users
) -> tuple[pl.DataFrame, list[Note]]:
    """Users with a reason, the best first, with their priority; and what to say of it."""
    known, notes = gathered.known(inputs, read, asked, people, params, about.day)
    chosen, absent = reasons.candidates(known, params, about.currency.places)
    if absent:
        notes.append(
            Note("no data for {reasons}: left out", reasons=tuple(Word(one) for one in absent))
        )
    facts = known.users.select(
        "user_id", "at_risk", *(name for name in KINDS if name in known.users.columns)
    )
    frame = chosen.join(facts, on="user_id", how="left", maintain_order="left")
    measured = effect.measured(about.arms, params)
    effects = pl.col("reason").replace_strict(measured, default=None, return_dtype=pl.Float64)
    value = pl.col("value")
    forecast = frame["at_risk"].null_count() < len(frame) or not len(frame)
    otherwise = pl.col("at_risk") if forecast else value
    frame = frame.with_columns(
        priority=pl.coalesce((effects * value).round().cast(pl.Int64), otherwise).fill_null(0),
        basis=pl.when(effects.is_not_null() & value.is_not_null())
        .then(pl.lit(tables.MEASURED))
        .otherwise(pl.lit(tables.AT_RISK if forecast else tables.PAST)),
        number=hash_numbers(params.salt, frame["user_id"]),
    ).sort(
        "priority", "place", "value", "number", "user_id",
        descending=[True, False, True, False, False], nulls_last=True,
    )  # fmt: skip
    return frame, [*notes, *_priority_notes(frame, measured)]


def _priority_notes(frame: pl.DataFrame, measured: dict[str, float]) -> list[Note]:
    bases = set(frame["basis"].unique())
    notes = []
    if tables.MEASURED in bases:
        names = tuple(Word(reason) for reason in measured)
        notes.append(Note("priority is the measured effect x value for {reasons}", reasons=names))
    if tables.AT_RISK in bases:
        notes.append(
            Note(
                "priority is the value at risk where no effect was measured: risk isn't response, and whom "
                "a call brings back only a holdout tells"
            )
        )
    if tables.PAST in bases:
        notes.append(
            Note(
                "priority is what users brought in the last 365 days: there's too little for a forecast"
            )
        )
    return notes


def _own_agents(about: _Day, people: Users, agents: list[Agent]) -> pl.DataFrame:
    """`user_id, agent_id` of users who have an agent of these: by the log, else by the users export."""
    ids = [one.agent_id for one in agents]
    said = people.frame.select("user_id", "agent_id").drop_nulls()
    called = agents_of_users(about.log.before(about.day))
    both = pl.concat([called, said]).filter(pl.col("agent_id").is_in(ids))
    return both.unique("user_id", keep="first", maintain_order=True).sort("user_id")


def _made(
    inputs: Inputs,
    params: ContactsParams,
    judged: pl.DataFrame,
    own: pl.DataFrame,
    agents: list[Agent],
    people: Users,
    day: int,
) -> _List:
    """A new list: who may be called is taken down by priority, as far as there's room."""
    free = judged.filter(pl.col("rule").is_null()).join(
        own, on="user_id", how="left", maintain_order="left"
    )
    free = free.with_columns(held=is_below(free["number"], params.holdout))
    dealt = assign(
        [Candidate(*row) for row in free.select("user_id", "agent_id", "held").iter_rows()],
        {one.agent_id: one.room for one in agents},
    )
    chosen = free.join(people.reached, on="user_id", how="left", maintain_order="left")
    listed = tables.ranked(chosen, dealt.agents)
    listed = listed.with_columns(scripts(listed, params.rules, chinese=inputs.lang == "zh"))
    rule = pl.col("user_id").replace_strict(dealt.rules, default=None, return_dtype=pl.String)
    skipped = judged.with_columns(rule=pl.coalesce("rule", rule)).filter(
        pl.col("rule").is_not_null()
    )
    held = free.filter(pl.col("user_id").is_in(list(dealt.held))).drop("agent_id", "held")
    notes = [
        Note(
            "{day}: {listed:user|users} listed of {all:,} with a reason, {held:,} held back",
            day=to_date(day),
            listed=len(listed),
            all=len(judged),
            held=int((skipped["rule"] == HOLDOUT).sum()),
        )
    ]
    if not params.holdout:
        notes.append(
            Note(
                "there's no holdout, so the effect of calls can't be measured: holdout = \"10%\" in "
                "[contacts] holds back a tenth at random"
            )
        )
    return _List(listed, held, skipped, tuple(notes))


def _as_planned(judged: pl.DataFrame, planned: pl.DataFrame, people: Users, about: _Day) -> _List:
    """The list that the log has for the day; whoever has a reason only since then waits for the next one."""
    listed_rows = planned.filter(pl.col("group") == LISTED)
    listed = tables.of_log(listed_rows, people.reached, about.currency.places)
    held = planned.filter(pl.col("group") == HELD).with_columns(
        priority=weeks.minor(pl.col("priority"), about.currency.places)
    )
    skipped = judged.filter(~pl.col("user_id").is_in(listed["user_id"].implode())).with_columns(
        rule=pl.coalesce(
            "rule",
            pl.when(pl.col("user_id").is_in(held["user_id"].implode())).then(pl.lit(HOLDOUT)),
            pl.lit(ADDED_LATER),
        )
    )
    note = Note("the log already has the list for {day}: shown as it was", day=to_date(about.day))
    return _List(listed, held, skipped, (note,))
