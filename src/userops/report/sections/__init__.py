"""The report's sections: one module each, from Tables to a Section."""

from __future__ import annotations

from collections.abc import Callable

from userops.report.material import Material
from userops.report.parts import Section
from userops.report.sections import (
    activity,
    changes,
    cohorts,
    data,
    definitions,
    funnel,
    goals,
    headline,
    lifecycle,
    ltv,
    replenishment,
    repurchase,
    run,
    segments,
)

# In the order they're read; definitions come after all whose words they explain.
SECTIONS: dict[str, Callable[[Material], Section]] = {
    "headline": headline.section,
    "changes": changes.section,
    "goals": goals.section,
    "segments": segments.section,
    "lifecycle": lifecycle.section,
    "cohorts": cohorts.section,
    "repurchase": repurchase.section,
    "replenishment": replenishment.section,
    "ltv": ltv.section,
    "activity": activity.section,
    "funnel": funnel.section,
    "data": data.section,
    "definitions": definitions.section,
    "run": run.section,
}
