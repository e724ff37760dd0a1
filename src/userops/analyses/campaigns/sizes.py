"""Whether the groups of a campaign have the sizes that they were to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from userops.stats.proportions import sample_ratio

# Shares that people give a control, beside equal groups.
_USUAL = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 1 / 3, 0.4, 0.5)


def planned_share(counts: Mapping[str, int], control: str) -> float:
    """The control's usual share that is nearest to what it has."""
    total, held = sum(counts.values()), counts[control]
    usual = {*_USUAL, 1 / len(counts)}
    return min(usual, key=lambda share: (abs(held / total - share), share))


def planned_shares(
    counts: Mapping[str, int], control: str, share: float, planned: Mapping[str, float]
) -> list[float]:
    """What each group was to have of all, in their order.

    As planned, where that says all of them; else the control its share, and the others equal parts.
    """
    if set(counts) <= set(planned):
        whole = sum(planned[name] for name in counts)
        return [planned[name] / whole for name in counts]
    others = len(counts) - 1
    return [share if name == control else (1 - share) / others for name in counts]


def ratio_p(counts: Mapping[str, int], shares: Sequence[float]) -> float:
    """The chance of such sizes, where groups were to have such shares."""
    return sample_ratio(list(counts.values()), shares).p
