"""Portrait: what sets the best users apart, beyond what chance makes of so many comparisons."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from userops.analyses import ANALYSES
from userops.report.material import Material
from userops.report.parts import Section, rows
from userops.report.sections import plain
from userops.stats.multiple_tests import holm
from userops.stats.tails import normal_two_sided, two_sided_quantile

_NAME = "portrait"
# What the group is chosen by can't tell how it differs.
_CHOSEN_BY = ("tier", "segment", "spending_power")
_UNKNOWN = "unknown"
_LEVEL = 0.95  # of the indices' intervals, and of all the sentence's values together
_MOST = 3  # values that a sentence names


def section(material: Material) -> Section:
    """The tables, and in which values the group differs most."""
    shown = plain.section(_NAME, _NAME, ANALYSES[_NAME].sections[_NAME], material)
    return shown if shown.missing else replace(shown, prose=tuple(_prose(material)))


def _prose(material: Material) -> Iterator[str]:
    """What is more and what is less common in the group, by Holm's adjusted p-values."""
    groups = material.tables.get(f"{_NAME}.groups")
    told = [] if groups is None else [row for row in rows(groups) if _is_told(row)]
    if not told:
        return
    chosen = ANALYSES[_NAME].in_report.fixed["segment"]
    group = material.of("segment").word(str(chosen))
    p_values = holm([_p_value(row) for row in told])
    apart = [row for row, p in zip(told, p_values, strict=True) if p < 1 - _LEVEL]
    more = sorted((row for row in apart if row["index"] > 100), key=_by_index, reverse=True)
    less = sorted((row for row in apart if row["index"] < 100), key=_by_index)
    if more:
        yield material.say("portrait more", group=group, values=_named(material, more))
    if less:
        yield material.say("portrait less", group=group, values=_named(material, less))
    if not apart:
        yield material.say("portrait alike", group=group)


def _is_told(row: dict[str, Any]) -> bool:
    """Whether a value's index says anything of how the group differs."""
    ends = (row["index"], row["index_low"], row["index_high"])
    is_known = row["attribute"] not in _CHOSEN_BY and row["value"] != _UNKNOWN
    return is_known and all(ends)


def _p_value(row: dict[str, Any]) -> float:
    """Of an index of 100: its interval is even about the logarithm."""
    width = math.log(row["index_high"]) - math.log(row["index_low"])
    error = width / (2 * two_sided_quantile(_LEVEL))
    return normal_two_sided(math.log(row["index"] / 100) / error) if error else 1.0


def _by_index(row: dict[str, Any]) -> tuple[float, str, str]:
    return row["index"], row["attribute"], row["value"]


def _named(material: Material, values: Sequence[dict[str, Any]]) -> str:
    """Values with what they're of and their index."""
    return material.say("and").join(
        material.say(
            "portrait value",
            value=material.word(row["value"]),
            attribute=material.word(row["attribute"]).replace("_", " "),
            index=f"{row['index']:.0f}",
        )
        for row in values[:_MOST]
    )
