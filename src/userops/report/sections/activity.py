"""How many come, how often, and how many are new."""

from __future__ import annotations

from userops.report.material import Material
from userops.report.parts import Section


def section(material: Material) -> Section:
    """Absent until events are given."""
    title = material.say("section activity")
    missing = material.missing.get("activity") or material.say("missing activity")
    return Section("activity", title, missing=missing)
