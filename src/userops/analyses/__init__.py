"""The analyses, a folder each, in the order in which people meet them."""

from __future__ import annotations

from userops.analyses import (
    activity,
    business,
    campaigns,
    channels,
    check,
    cohorts,
    community,
    contacts,
    funnel,
    goals,
    kpis,
    lifecycle,
    ltv,
    members,
    points,
    portrait,
    referral,
    repurchase,
    screen,
    segment,
    split,
)
from userops.analyses.analysis import Analysis

ANALYSES: dict[str, Analysis] = {
    module.ANALYSIS.name: module.ANALYSIS
    for module in (
        segment,
        lifecycle,
        cohorts,
        repurchase,
        ltv,
        activity,
        funnel,
        channels,
        referral,
        community,
        goals,
        screen,
        split,
        campaigns,
        members,
        points,
        business,
        portrait,
        contacts,
        check,
        kpis,
    )
}
