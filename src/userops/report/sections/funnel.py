"""The golden path, step by step."""

from __future__ import annotations

from userops.report.material import Material
from userops.report.parts import Section


def section(material: Material) -> Section:
    """Absent until events are given."""
    title = material.say("section funnel")
    missing = material.missing.get("funnel") or material.say("missing funnel")
    return Section("funnel", title, missing=missing)
