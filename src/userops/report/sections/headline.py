"""The headline: the period's numbers, each beside the one before, and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from userops.core.dates import to_day
from userops.core.table import Kind, Table
from userops.customers import measures
from userops.customers.calendar import KNOWN
from userops.customers.measures import Comparison, Span
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.charts.spark import spark
from userops.report.material import Material
from userops.report.parts import Figure, Section, rows

# In the order in which they're asked after.
SHOWN = ("revenue", "orders", "active", "new", "users", "aov", "repurchase_rate")
LONGEST = 13  # periods of a sparkline or trend


def section(material: Material) -> Section:
    """Figures, sparklines and two trends."""
    title = material.say("section headline")
    comparison = material.comparison
    table = material.tables.get("kpis.periods")
    if comparison is None or table is None:
        return Section("headline", title, missing=material.nothing)
    series = rows(table)
    figures = [
        _figure(
            material, name, measures.PERIODS_KINDS[name], material.label(name), series, comparison
        )
        for name in SHOWN
    ]
    figures.append(_ltv_cac_figure(material, comparison))
    figures = [_beside_noise(material, figure) for figure in figures]
    notes, chart_notes = [], []
    if comparison.running is not None and comparison.now is not comparison.running:
        notes.append(material.say("partial", days=material.days(comparison.running)))
        chart_notes.append(material.say("hollow"))
    return Section(
        "headline",
        title,
        prose=(_sentence(material, series, comparison), *_unlike(material, comparison)),
        figures=tuple(figures),
        charts=_trends(material, table, series),
        notes=tuple(notes),
        drawn=tuple(chart_notes),
        window=material.days(comparison.now),
        tables=tuple(
            filter(None, (table, *map(material.tables.get, ("kpis.compared", "kpis.ltv_periods"))))
        ),
    )


def _row_of_day(series: Sequence[dict[str, Any]], day: int | None) -> dict[str, Any] | None:
    return next((row for row in series if day is not None and to_day(row["period"]) == day), None)


def _figure(
    material: Material,
    name: str,
    kind: Kind,
    label: str,
    series: Sequence[dict[str, Any]],
    comparison: Comparison,
) -> Figure:
    now = _row_of_day(series, comparison.now.first)
    before = _row_of_day(series, comparison.before.first if comparison.before else None)
    value = now[name] if now else None
    value_before = before[name] if before else None
    change = measures.change(kind, value, value_before)
    running = None
    if comparison.running is not None and comparison.running is not comparison.now:
        running = _row_of_day(series, comparison.running.first)
    recent = series[-LONGEST:]
    sparkline = spark(_trend_text(material, label, kind, recent, name), [row[name] for row in recent],
                  running=not comparison.spans[-1].complete)  # fmt: skip
    return Figure(
        name,
        label,
        _shown(material, kind, value),
        change_text(material, kind, change),
        direction(change),
        material.say("before", value=_with_counts(material, name, before)) if value_before is not None else "",
        material.say("so far", value=_shown(material, kind, running[name]), period=material.period_name)
        if running and running[name] is not None
        else "",
        sparkline,
        _counts(material, name, now),
    )  # fmt: skip


def _beside_noise(material: Material, figure: Figure) -> Figure:
    """A figure with what its change is of, and grey where that's within noise or can't be told."""
    table = material.tables.get("kpis.compared")
    told = [] if table is None else [row for row in rows(table) if row["measure"] == figure.name]
    if not told or not figure.change or told[0]["beyond_noise"] is None:
        return replace(figure, direction="flat")
    row = told[0]
    said = "beyond noise" if row["beyond_noise"] else "within noise"
    return replace(
        figure,
        direction=figure.direction if row["beyond_noise"] else "flat",
        noise=material.say(said, n=row["n"], before=row["n_before"]),
    )


def _counts(material: Material, name: str, row: dict[str, Any] | None) -> str:
    """What a rate of the headline is of, with its interval; nothing of other measures."""
    if name != "repurchase_rate" or row is None or not row["observed_users"]:
        return ""
    return material.counts(row["repurchased_users"], row["observed_users"])


def _with_counts(material: Material, name: str, row: dict[str, Any] | None) -> str:
    """A measure's value, and what it's of where it's a rate."""
    kind = measures.PERIODS_KINDS.get(name, Kind.NUMBER)
    value = _shown(material, kind, row[name] if row else None)
    if name != "repurchase_rate" or row is None:
        return value
    return material.say(
        "of", value=value, part=row["repurchased_users"], whole=row["observed_users"]
    )


def _shown(material: Material, kind: Kind, value: Any) -> str:
    return "–" if value is None else material.shown(kind, value)


def change_text(material: Material, kind: Kind, change: float | None) -> str:
    """A change as a signed percentage, or of proportions in points."""
    if change is None:
        return ""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    if kind is Kind.RATE:
        return material.say("points", value=f"{sign}{abs(change) * 100:.1f}")
    return f"{sign}{abs(change) * 100:.1f} %"


def direction(change: float | None) -> str:
    """Up, down or flat, as it would be shown."""
    if change is None or abs(change) < 0.0005:
        return "flat"
    return "up" if change > 0 else "down"


def _ltv_cac_figure(material: Material, comparison: Comparison) -> Figure:
    """LTV / CAC of everyone whom costs have won so far, where they are known."""
    table = material.tables.get("kpis.ltv_periods")
    of_revenue = table is not None and "ltv_cac" in table.called
    label = material.say("revenue to cac" if of_revenue else "ltv to cac")
    if table is None:
        reason = "ltv to cac none" if "costs" in material.tallies else "ltv to cac missing"
        return Figure("ltv_cac", label, "–", before=material.say(reason))
    series = rows(table)
    now = _row_of_day(series, comparison.now.first)
    if now is None or now["ltv_cac"] is None:
        return Figure("ltv_cac", label, "–", before=material.say("ltv to cac none"))
    figure = _figure(material, "ltv_cac", Kind.NUMBER, label, series, comparison)
    parts = f"{material.money(now['ltv_to_date'])} / {material.money(now['cac'])}"
    return replace(figure, parts=parts)


def _sentence(material: Material, series: Sequence[dict[str, Any]], comparison: Comparison) -> str:
    now = _row_of_day(series, comparison.now.first) or series[-1]
    before = _row_of_day(series, comparison.before.first if comparison.before else None)
    days, value = material.days(comparison.now), material.money(now["revenue"])
    change = measures.change(Kind.MONEY, now["revenue"], before["revenue"]) if before else None
    if change is None or comparison.before is None:
        return material.say("headline alone", days=days, value=value)
    by = f"{abs(change) * 100:.1f} %"
    sentence_key = {"up": "up", "down": "down", "flat": "same"}[direction(change)]
    sentence = material.say(
        "headline revenue", days=days, value=value,
        change=material.say(sentence_key, by=by), before=material.days(comparison.before),
    )  # fmt: skip
    beyond = beyond_noise(material, "revenue")
    if beyond is None or direction(change) == "flat":
        return sentence
    return f"{sentence}{material.say('sentence beyond' if beyond else 'sentence within')}"


def beyond_noise(material: Material, measure: str) -> bool | None:
    """Whether a measure's change is beyond noise; None where it can't be told."""
    table = material.tables.get("kpis.compared")
    told = [] if table is None else [row for row in rows(table) if row["measure"] == measure]
    return told[0]["beyond_noise"] if told else None


def _trend_text(
    material: Material, name: str, kind: Kind, series: Sequence[dict[str, Any]], column: str
) -> str:
    values = [row[column] for row in series if row[column] is not None]
    if not values:
        return name
    first, last, low, high = (
        _shown(material, kind, value) for value in (values[0], values[-1], min(values), max(values))
    )
    return material.say(
        "trend text", name=name, count=len(values), first=first, last=last, low=low, high=high
    )


def _trends(material: Material, table: Table, every: Sequence[dict[str, Any]]) -> tuple[Chart, ...]:
    """Revenue and users by period, revenue beside the year before."""
    series = every[-LONGEST:]
    if len(series) < 2:
        return ()
    period = material.period_name
    marks = _named(material, series)

    def line(column: str, style: str) -> Line:
        kind = table.columns[column]
        name = material.label(column)
        points = [
            Point(
                material.tick(row["period"]),
                row[column],
                f"{row['period']}: {name} {_shown(material, kind, row[column])}"
                + _days_named(material, row)
                + ("" if row["complete"] else f" ({material.say('not whole')})"),
                whole=row["complete"],
            )
            for row in series
        ]
        return Line(name, points, style)

    revenue = lines(
        material.say("trend of revenue", period=period),
        _trend_text(material, material.label("revenue"), Kind.MONEY, series, "revenue"),
        [line("revenue", "c1"), *_year_before(material, every, series)], Kind.MONEY, table.currency,
        material.lang, marks=marks,
    )  # fmt: skip
    users = lines(
        material.say("trend of users", period=period),
        _trend_text(material, material.label("active"), Kind.COUNT, series, "active"),
        [line("active", "c1"), line("new", "c2")], Kind.COUNT, table.currency, material.lang,
        marks=marks,
    )  # fmt: skip
    return revenue, users


def _year_before(
    material: Material, every: Sequence[dict[str, Any]], series: Sequence[dict[str, Any]]
) -> list[Line]:
    """Revenue of the same weeks, 52 before, or of the same months a year before."""
    by_day = {row["period"]: row for row in every}
    name = material.say("year before")
    points = []
    for row in series:
        day = row["period"]
        then = (
            day - timedelta(days=364)
            if material.period.value == "week"
            else day.replace(year=day.year - 1)
        )
        value = by_day[then]["revenue"] if then in by_day else None
        points.append(Point(material.tick(day), value, ""))
    if sum(point.value is not None for point in points) < 2:
        return []
    return [Line(name, points, "last", plain=True)]


def _special_days(material: Material, row: dict[str, Any]) -> list[str]:
    """Names of days in a period of the series that aren't like others."""
    first = to_day(row["period"])
    spans = material.comparison.spans if material.comparison else ()
    span = next((one for one in spans if one.first == first), Span(first, first))
    return [material.word(name) for name in _days_by_name(material, span)]


def _days_by_name(material: Material, span: Span) -> Counter[str]:
    """How many days of a span have a name, as they aren't like others; names in their order."""
    names = (material.special.get(day) for day in range(span.first, span.last + 1))
    return Counter(name for name in names if name)


def _unlike(material: Material, comparison: Comparison) -> list[str]:
    """That one of two periods compared had named days which the other hadn't, or not as many of them."""
    if comparison.before is None:
        return []
    now, before = (_days_by_name(material, span) for span in (comparison.now, comparison.before))
    if material.currency.code not in (None, "CNY"):  # China's days are news to a shop in China
        for name in KNOWN:
            now.pop(name, None)
            before.pop(name, None)

    def other_than(these: Counter[str], those: Counter[str]) -> list[str]:
        return [
            material.say("named days", name=material.word(name), days=days)
            if name in those
            else material.word(name)
            for name, days in these.items()
            if days != those[name]
        ]

    names, others = other_than(now, before), other_than(before, now)
    if not names and not others:
        return []
    key = "named both" if names and others else "named now" if names else "named before"
    return [
        material.say(
            key,
            days=material.days(comparison.now),
            before=material.days(comparison.before),
            names=material.say("and").join(names or others),
            others=material.say("and").join(others),
        )
    ]


def _named(material: Material, series: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Which of some periods have such days."""
    named = ((place, _special_days(material, row)) for place, row in enumerate(series))
    return {place: material.say("and").join(names) for place, names in named if names}


def _days_named(material: Material, row: dict[str, Any]) -> str:
    names = material.say("and").join(_special_days(material, row))
    return f"; {names}" if names else ""
