"""What groups are put together by: what their names say by the settings' rules, or a file of groups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from userops.analyses.community.params import GroupRule
from userops.core.errors import UsageError

BY_RULES = ("province", "interest", "tier", "owner")
_REFERENCE = re.compile(r"\$(\d+)")


def values_of(
    groups: pl.DataFrame,
    by: str,
    rules: Sequence[GroupRule],
    file: Sequence[Mapping[str, str]] | None,
) -> pl.DataFrame:
    """`group_id, value`, a row a group: null where nothing says it.

    A file goes before rules, rules before what the memberships say of the owner.

    Raises:
        UsageError: nothing says any group's, or a rule is none.
    """
    known = dict.fromkeys(groups["group_id"])
    if by == "owner":
        known = dict(groups.select("group_id", "owner").rows())
    compiled = _compiled(rules)
    for group_id, name in groups.select("group_id", "group").rows():
        said = _by_rules(str(name or group_id), by, compiled)
        known[group_id] = said if said is not None else known[group_id]
    known |= _by_file(known, by, file or ())
    if not any(value is not None for value in known.values()):
        raise UsageError(
            f"--by {by}: nothing says any group's {by}",
            mend=f'write [[community.groups]], and under it match = "^(..)" and {by} = "$1", or --groups-file FILE',
        )
    rows = sorted(known.items())
    return pl.DataFrame(rows, {"group_id": pl.String, "value": pl.String}, orient="row")


def _compiled(rules: Sequence[GroupRule]) -> list[tuple[re.Pattern[str], GroupRule]]:
    compiled = []
    for rule in rules:
        try:
            compiled.append((re.compile(rule.match), rule))
        except re.error as error:
            raise UsageError(
                f"[[community.groups]] match = {rule.match!r}: {error}", mend="mend the expression"
            ) from None
    return compiled


def _by_rules(name: str, by: str, rules: Sequence[tuple[re.Pattern[str], GroupRule]]) -> str | None:
    """What the first rule that matches a name, and says it, says of it."""
    for pattern, rule in rules:
        template, found = getattr(rule, by, None), pattern.search(name)
        if found is not None and template is not None:
            return _filled(template, found) or None
    return None


def _filled(template: str, found: re.Match[str]) -> str:
    """A template with what the brackets matched in place of $1, $2, ...; $0 is the whole."""

    def part(reference: re.Match[str]) -> str:
        number = int(reference[1])
        return (found[number] or "") if number <= len(found.groups()) else reference[0]

    return _REFERENCE.sub(part, template)


def _by_file(
    known: Mapping[str, str | None], by: str, rows: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """What a file of groups says."""
    if rows and by not in rows[0]:
        raise UsageError.unknown("column in --groups-file", by, [*rows[0]])
    said = {row.get("group_id") or row.get("群ID"): row[by].strip() for row in rows if row.get(by)}
    return {str(group): value for group, value in said.items() if group in known and value}
