"""From a report's material to its sections, and to a format.

`sections` turns an analysis' Tables into a Section, `charts` gives drawings their geometry,
`page`, `mail`, `text` and `book` write the whole in a format. Templates see Sections only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from userops.analyses import ANALYSES
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.shown import visible
from userops.core.table import Table
from userops.render import cells
from userops.report.material import Input, Material
from userops.report.parts import Section
from userops.report.privacy import cover, cover_note, cover_text, mask
from userops.report.sections import ANALYSIS_OF, SECTIONS
from userops.report.sections.definitions import definitions_of

__all__ = ["FORMATS", "SECTIONS", "Input", "Material", "Report", "build", "write"]

FORMATS = ("html", "md", "xlsx")
LISTS = (
    "kpis.winback",
    "repurchase.due",
    "contacts.ready",
)  # of users: tables that may have millions of rows
LONGEST = 5_000  # rows of them
# Sections by the question that they answer.
GROUPS: dict[str, tuple[str, ...]] = {
    "group now": ("week", "headline", "changes", "sales", "goals", "business"),
    "group who": ("segments", "lifecycle", "screen", "members", "portrait"),
    "group back": ("cohorts", "repurchase", "replenishment", "activity", "funnel"),
    "group growth": (
        "ltv", "channels", "referral", "campaigns", "contacts", "community", "points",
    ),
    "group record": ("data", "definitions", "run"),
}  # fmt: skip
# What the page itself says.
WORDS = (
    "contents", "absent", "copy", "copied", "download", "file", "notes", "tables", "all rows",
    "since last", "to the list", "listed", "said of",
)  # fmt: skip
# Which modules define the words of a section, the likeliest first.
MODULES: dict[str, tuple[str, ...]] = {
    "headline": ("measures", "periods", "compared", "ltv_by_period", "ltv", "acquisition"),
    "changes": ("revenue_change", "measures", "periods"),
    "sales": ("sales", "measures", "periods"),
    "week": ("contacts",),
    "goals": ("goals",),
    "segments": ("movements", "rfm"),
    "lifecycle": ("lifecycle",),
    "cohorts": ("cohorts",),
    "repurchase": ("repurchase", "survival"),
    "replenishment": ("replenishment",),
    "ltv": ("ltv", "acquisition"),
    "activity": ("activity",),
    "funnel": ("funnel",),
}
MODULES |= {
    section: (analysis.name,)
    for analysis in ANALYSES.values()
    for section in analysis.sections
    if section not in MODULES
}


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the templates read it."""

    title: str
    subtitle: str
    lang: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    words: Mapping[str, str]  # of the page itself: what buttons and folds are called
    summary: str
    banner: str = ""  # what makes all of it doubtful
    since_last: tuple[str, ...] | None = None  # what changed since the last report

    @property
    def groups(self) -> tuple[tuple[str, tuple[Section, ...]], ...]:
        """Sections that have something to show, by the question that they answer."""
        names = dict.fromkeys(section.group for section in self.present)
        return tuple(
            (name, tuple(section for section in self.present if section.group == name))
            for name in names
        )

    @property
    def present(self) -> tuple[Section, ...]:
        """Sections that have something to show."""
        return tuple(section for section in self.sections if not section.missing)

    @property
    def absent(self) -> tuple[Section, ...]:
        """Sections that say what would bring them."""
        return tuple(section for section in self.sections if section.missing)


def build(
    material: Material,
    names: Sequence[str] | None = None,
    title: str | None = None,
    treat: Callable[[str], str] | None = None,
) -> Report:
    """The report of some material; `names` are its sections, all by default.

    `treat` is what becomes of personal data.

    Raises:
        UsageError: there is no section of a name.
    """
    for name in names or ():
        if name not in SECTIONS:
            raise UsageError.unknown("section", name, SECTIONS)
    material = for_readers(material, treat)
    material = replace(material, masked=treat is mask)
    section_names = [name for name in SECTIONS if not names or name in names]
    sections = [SECTIONS[name](material.of(ANALYSIS_OF.get(name, ""))) for name in section_names]
    if "definitions" in section_names:
        index = section_names.index("definitions")
        sections[index] = definitions_of(material, sections, MODULES)
    sections = [_finished(material, section) for section in sections]
    comparison = material.comparison
    days = material.days(comparison.now) if comparison else ""
    facts = [material.say("as of", day=material.window.as_of)] if material.window.as_of else []
    if comparison is not None:
        facts.append(
            material.say("against previous", days=material.days(comparison.before))
            if comparison.before
            else material.against_nothing
        )
    if material.currency.code:
        facts.append(visible(material.currency.code))
    headline = next((section for section in sections if section.name == "headline"), None)
    return Report(
        visible(title) if title else material.say(f"title {material.period.value}"),
        days,
        "zh-CN" if material.lang == "zh" else "en",
        tuple(facts),
        tuple(sections),
        {name: material.say(name) for name in WORDS},
        headline.prose[0] if headline is not None and headline.prose else "",
        material.note(material.warning) if material.warning else "",
        material.since_last,
    )


def _finished(material: Material, section: Section) -> Section:
    """A section with its days, its place in the contents, and what heads of columns mean."""
    tips = _tips(material, section)
    grids = [
        replace(
            grid,
            columns=tuple(replace(cell, tip=tips.get(cell.text, "")) for cell in grid.columns),
            notes=(),
        )
        for grid in section.grids
    ]
    notes = [*section.notes, *(note for grid in section.grids for note in grid.notes)]
    group = next((name for name, names in GROUPS.items() if section.name in names), "group more")
    return replace(
        section, grids=tuple(grids), notes=tuple(dict.fromkeys(filter(None, notes))),
        group=material.say(group), window=section.window or _window(material, section),
    )  # fmt: skip


def _window(material: Material, section: Section) -> str:
    """The days that a section speaks of, by its first table."""
    window = section.tables[0].window if section.tables else None
    if window is None or window.first_day is None or window.as_of is None:
        return ""
    return material.say("days from to", first=window.first_day, last=window.as_of)


def _tips(material: Material, section: Section) -> dict[str, str]:
    """What the labels of a section's columns mean."""
    tips: dict[str, str] = {}
    for table in section.tables:
        for column in table.columns:
            defined = material.define(MODULES.get(section.name, ()), column)
            if defined is not None:
                tips.setdefault(cells.label(column, table, material.lang), defined[1])
    return tips


def for_readers(material: Material, treat: Callable[[str], str] | None) -> Material:
    """What readers may see: lists no longer than they take in, personal data treated."""
    tables = {
        name: (_first_rows(table) if name in LISTS else table).of(name.partition(".")[0])
        for name, table in material.tables.items()
        if name != "kpis.users"
    }
    whole_tables = {name: table for name, table in material.tables.items() if name in LISTS}
    if treat is None:
        return replace(material, tables=tables, whole=whole_tables)
    return replace(
        material,
        tables={name: cover(table, treat) for name, table in tables.items()},
        whole=whole_tables,
        notes=tuple(cover_note(note, treat) for note in material.notes),
        missing={name: cover_note(text, treat) for name, text in material.missing.items()},
        inputs=tuple(replace(file, name=cover_text(file.name, treat)) for file in material.inputs),
        settings=tuple((name, cover_text(text, treat)) for name, text in material.settings),
    )


def _first_rows(table: Table) -> Table:
    """`--lists` has all of it."""
    rows = table.frame.height
    if rows <= LONGEST:
        return table
    note = Note(
        "the first {shown:,} of {rows:,} rows; --lists writes all", shown=LONGEST, rows=rows
    )
    return table.but(frame=table.frame.head(LONGEST), notes=(*table.notes, note))


def write(
    report: Report, fmt: str, *, template_dir: Path | None = None, email: bool = False
) -> bytes:
    """The report in a format; `template_dir` is a directory whose templates stand in for ours."""
    if fmt == "xlsx":
        from userops.report.book import workbook

        return workbook(report)
    from userops.report import page

    if fmt == "md":
        return page.markdown(report, template_dir)
    return page.mail(report, template_dir) if email else page.html(report, template_dir)
