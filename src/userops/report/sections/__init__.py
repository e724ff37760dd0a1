"""The report's sections: one module each, from Tables to a Section."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from userops.analyses import ANALYSES
from userops.report.material import Material
from userops.report.parts import Section
from userops.report.sections import (
    activity,
    business,
    campaigns,
    changes,
    channels,
    cohorts,
    community,
    contacts,
    data,
    definitions,
    funnel,
    goals,
    headline,
    lifecycle,
    ltv,
    members,
    plain,
    points,
    portrait,
    referral,
    replenishment,
    repurchase,
    run,
    sales,
    screen,
    segments,
    week,
)

Write = Callable[[Material], Section]

_FIRST: dict[str, Write] = {
    # What to do, and what happened.
    "week": week.section,
    "headline": headline.section,
    "changes": changes.section,
    "sales": sales.section,
    "goals": goals.section,
    "business": business.section,
    # Who they are.
    "segments": segments.section,
    "lifecycle": lifecycle.section,
    "screen": screen.section,
    "members": members.section,
    "portrait": portrait.section,
    # Whether they come back.
    "cohorts": cohorts.section,
    "repurchase": repurchase.section,
    "replenishment": replenishment.section,
    "activity": activity.section,
    "funnel": funnel.section,
    # What brings them, and what that costs.
    "ltv": ltv.section,
    "channels": channels.section,
    "referral": referral.section,
    "campaigns": campaigns.section,
    "contacts": contacts.section,
    "community": community.section,
    "points": points.section,
}
_LAST: dict[str, Write] = {
    "data": data.section,
    "definitions": definitions.section,
    "run": run.section,
}


def _plain_sections() -> dict[str, Write]:
    """Sections that analyses declare and no module writes."""
    return {
        name: partial(plain.section, name, analysis.name, tables)
        for analysis in ANALYSES.values()
        for name, tables in analysis.sections.items()
        if name not in _FIRST
    }


# In the order they're read; definitions come after all whose words they explain.
SECTIONS: dict[str, Write] = {**_FIRST, **_plain_sections(), **_LAST}
# Whose words a section speaks; the others speak of all.
ANALYSIS_OF: dict[str, str] = {
    section: analysis.name for analysis in ANALYSES.values() for section in analysis.sections
}
