"""What to do this week: the three lists with most at stake, and what last week's earned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from userops.core.table import Table
from userops.report.material import Material
from userops.report.parts import Action, Cell, Grid, Section, grid, rows
from userops.report.takeaway import with_file
from userops.stats.means import FEWEST_BUYERS

_THINGS = 3
_ROWS = 10
_LIST = ("user_id", "days_since_order", "last_contact", "value", "priority", "also")
_DONE = ("reason", "listed", "reached", "converted", "conversion", "revenue")


def section(material: Material) -> Section:
    """Three things to do, with their lists; last week's lists and what they earned."""
    title = material.say("section week")
    reasons, ready = (material.tables.get(f"contacts.{name}") for name in ("reasons", "ready"))
    if reasons is None or ready is None:
        return Section("week", title, missing=material.nothing)
    things = [row for row in rows(reasons) if row["ready"]][:_THINGS]
    lists = [_list(material, ready, row, place) for place, row in enumerate(things, 1)]
    recent = material.tables.get("contacts.recent")
    grids, prose = list(lists), []
    if not things:
        prose.append(material.say("week nobody"))
    prose += _calls(material)
    if recent is not None and recent.frame.height:
        grids.append(_done(material, recent))
        prose += _earned(material, recent)
    elif "contacts" in material.tallies:
        prose.append(material.say("week no lists"))
    if len(things) < _THINGS:
        title = material.say("section week less")
    return Section(
        "week",
        title,
        tuple(prose),
        grids=tuple(grids),
        notes=tuple(_notes(material, things, recent)),
        tables=tuple(table for table in (reasons, recent) if table is not None),
        window=_window(material),
        actions=tuple(
            _action(material, row, place, listed)
            for place, (row, listed) in enumerate(zip(things, lists, strict=True), 1)
        ),
    )


def _calls(material: Material) -> list[str]:
    """How many calls the agents have room for that day, where an export says who they are."""
    agents = material.tables.get("contacts.agents")
    if agents is None or not agents.frame.height:
        return []
    there = agents.frame.filter(~pl.col("off"))
    calls = int(there["capacity"].sum())
    return [material.say("week calls", agents=there.height, calls=calls)]


def _window(material: Material) -> str:
    """The day that the lists are for; the calendar's last day has none behind it."""
    day = material.window.as_of
    if day is None or day == date.max:
        return ""
    return material.say("week window", day=day + timedelta(days=1))


def _action(material: Material, row: dict[str, Any], place: int, listed: Grid) -> Action:
    key = f"do {row['reason']}"
    known = material.has(key)
    title = material.say(key if known else "do other", users=row["ready"], name=row["reason"])
    stake = material.say(f"stake {row['basis']}", value=material.money(row["priority"]))
    facts = [material.say("of users", users=row["users"])]
    if row["held_back"]:
        facts.append(material.say("held back", users=row["held_back"]))
    if others := row["users"] - row["ready"] - row["held_back"]:
        facts.append(material.say("not now", users=others))
    if effect := _effect(material, row["reason"]):
        facts.append(effect)
    return Action(
        title, stake, tuple(facts), f"week-table-{place}",
        material.say("see list", users=row["ready"]), listed.file,
    )  # fmt: skip


def _effect(material: Material, reason: str) -> str:
    """What such lists have brought so far, where a comparison tells."""
    table = material.tables.get("contacts.effect")
    row = next((row for row in rows(table) if row["reason"] == reason), None) if table else None
    if row is None or row["revenue_difference"] is None:
        return ""
    if row["fewest_buyers"] < FEWEST_BUYERS:
        return buyers_of_100(material, row, "effect buyers", "effect buyers unclear")
    each, low, high = (
        material.money(row[name]) for name in ("revenue_difference", "revenue_low", "revenue_high")
    )
    is_told = row["revenue_low"] > 0 or row["revenue_high"] < 0
    return material.say("effect each" if is_told else "effect unclear", value=each, low=low, high=high)  # fmt: skip


def buyers_of_100(material: Material, row: dict[str, Any], told: str, unclear: str) -> str:
    """What lists brought in buyers, where too few bought to say it in money."""
    value, low, high = (f"{row[name] * 100:z.1f}" for name in ("difference", "low", "high"))
    key = told if row["low"] > 0 or row["high"] < 0 else unclear
    return material.say(
        key, value=value, low=low, high=high, listed=row["listed"], held=row["held_back"]
    )


def _list(material: Material, ready: Table, row: dict[str, Any], place: int) -> Grid:
    """The users of a reason, best first."""
    reason = row["reason"]
    of_reason = ready.but(frame=ready.frame.filter(pl.col("reason") == reason), notes=())
    columns = [
        name for name in _LIST if of_reason.frame[name].null_count() < of_reason.frame.height
    ]
    title = material.say("list title", name=material.word(reason), place=place)
    shown = grid(
        of_reason, material.lang, title=title, columns=columns, rows=_ROWS, notes=False,
        folded=True, row_count=row["ready"],
    )  # fmt: skip
    return with_file(material, shown, of_reason, columns, "contacts.ready", f"{place}-{reason}")


def _done(material: Material, recent: Table) -> Grid:
    """Last week's lists, three of them: what came of each, and what it brought beyond chance."""
    most = recent.but(frame=recent.frame.sort("listed", "reason", descending=[True, False]))
    shown = grid(most, material.lang, columns=_DONE, rows=_THINGS, notes=False)
    brought = tuple(
        (_extra_cell(material, row), _earned_cell(material, row)) for row in rows(most)[:_THINGS]
    )
    head = tuple(Cell(material.label(name), "n") for name in ("extra_buyers", "earned"))
    first, last = most.frame["list_from"][0], most.frame["list_to"][0]
    return Grid(
        material.say("done title", first=first, last=last),
        (*shown.columns, *head),
        tuple((*cells, *more) for cells, more in zip(shown.rows, brought, strict=True)),
        shown.more,
    )


def _earned_cell(material: Material, row: dict[str, Any]) -> Cell:
    """What a list earned, with its interval; grey where that holds 0, or too few bought for one."""
    if row["earned"] is None:
        return Cell(material.say("not compared"), "t quiet")
    largest = max(abs(row[name]) for name in ("earned", "earned_low", "earned_high"))
    value, low, high = (
        material.money(row[name], beside=largest)
        for name in ("earned", "earned_low", "earned_high")
    )
    if row["fewest_buyers"] < FEWEST_BUYERS:
        return Cell(material.say("few buyers", value=value), "n quiet")
    return Cell(
        material.say("goal range", value=value, low=low, high=high),
        "n" if _is_told(row, "earned") else "n quiet",
    )


def _extra_cell(material: Material, row: dict[str, Any]) -> Cell:
    """How many bought because of a list, with its interval; grey where that holds 0."""
    if row["extra_buyers"] is None:
        return Cell("–", "n quiet")
    value, low, high = (
        f"{row[name]:z.1f}" for name in ("extra_buyers", "extra_buyers_low", "extra_buyers_high")
    )
    return Cell(
        material.say("goal range", value=value, low=low, high=high),
        "n" if _is_told(row, "extra_buyers") else "n quiet",
    )


def _is_told(row: dict[str, Any], name: str) -> bool:
    """Whether an interval lies on one side of 0."""
    return bool(row[f"{name}_low"] > 0 or row[f"{name}_high"] < 0)


def _earned(material: Material, recent: Table) -> list[str]:
    """Last week's lists in a sentence."""
    done = rows(recent)
    told = [row for row in done if row["earned"] is not None]
    facts = {"listed": sum(row["listed"] for row in done), "converted": sum(row["converted"] for row in done)}  # fmt: skip
    if not told:
        return [material.say("done untold", **facts)]
    enough = [row for row in told if row["fewest_buyers"] >= FEWEST_BUYERS]
    if clear := [row for row in enough if _is_told(row, "earned")]:
        value = material.money(sum(row["earned"] for row in clear))
        names = _names(material, clear)
        return [material.say("done earned", value=value, names=names, **facts)]
    clear = [row for row in told if row not in enough and _is_told(row, "extra_buyers")]
    extra = round(sum(row["extra_buyers"] for row in clear))
    if extra <= 0:
        return [material.say("done unclear", **facts)]
    return [material.say("done buyers", value=extra, names=_names(material, clear), **facts)]


def _names(material: Material, lists: list[dict[str, Any]]) -> str:
    """The reasons of some lists."""
    return material.say("and").join(material.word(row["reason"]) for row in lists)


def _notes(material: Material, things: list[dict[str, Any]], recent: Table | None) -> list[str]:
    notes = [material.say(f"note {basis}") for basis in dict.fromkeys(row["basis"] for row in things)]  # fmt: skip
    if recent is not None and recent.frame["earned"].null_count() < recent.frame.height:
        notes.append(material.say("note earned"))
    if things and material.masked:
        notes.append(material.say("note masked" if material.whole_beside else "note masked here"))
    return notes
