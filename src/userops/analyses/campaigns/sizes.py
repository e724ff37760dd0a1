"""Whether the groups of a campaign have the sizes that they were to have."""

from __future__ import annotations

from collections.abc import Mapping

from userops.stats.proportions import sample_ratio

# Shares that people give a control, beside equal groups.
_USUAL = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 1 / 3, 0.4, 0.5)


def planned_share(counts: Mapping[str, int], control: str) -> float:
    """The control's usual share that is nearest to what it has."""
    total, held = sum(counts.values()), counts[control]
    usual = {*_USUAL, 1 / len(counts)}
    return min(usual, key=lambda share: (abs(held / total - share), share))


def ratio_p(counts: Mapping[str, int], control: str, share: float) -> float:
    """The chance of such sizes, where the control has a share and the other groups equal parts."""
    others = len(counts) - 1
    shares = [share if name == control else (1 - share) / others for name in counts]
    return sample_ratio(list(counts.values()), shares).p
