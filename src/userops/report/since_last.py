"""What changed since the last report made in a place: told from a small file that it left there.

The file holds two reports: the last one, and the one before it. A report that's made again, from the
same exports and settings, is compared with what it was compared with the first time, so that it's the
same bytes again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from userops.analyses import ANALYSES
from userops.core.errors import InputError
from userops.language import definitions
from userops.language.words import title
from userops.report.material import Material
from userops.report.parts import rows

FORMAT = 1
_SHOWN = 4  # restated periods, changed settings and words that are told one by one
_MEASURES = ("revenue", "orders")
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The last report made in a place and the one before, oldest first; none at the first time."""

    reports: tuple[State, ...] = ()

    def baseline(self, state: State) -> State | None:
        """What a report is compared with: the last one that isn't itself."""
        others = [report for report in self.reports if report != state]
        return others[-1] if others else None

    def followed_by(self, state: State) -> bytes:
        """The file with a report as its last."""
        before = self.baseline(state)
        reports = [state] if before is None else [before, state]
        text = json.dumps(
            {"userops_report": FORMAT, "reports": reports}, ensure_ascii=False, indent=1,
            sort_keys=True,
        )  # fmt: skip
        return f"{text}\n".encode()


def read(path: str) -> Kept:
    """What a place has kept; nothing where no report was made yet.

    Raises:
        InputError: the file is something else.
    """
    file = Path(path)
    if not file.exists():
        return Kept()
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        if held["userops_report"] != FORMAT:
            raise ValueError(held["userops_report"])
        reports = tuple(dict(report) for report in held["reports"])
        if not all(_are_periods(report.get("periods")) for report in reports):
            raise ValueError("periods")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} isn't what a report keeps for the next one: {error}",
            mend="remove it, and the next report begins anew",
        ) from None
    return Kept(reports)


def _are_periods(held: object) -> bool:
    """Whether these are periods with their numbers, as a report left them."""
    return isinstance(held, dict) and all(
        isinstance(period, dict)
        and all(value is None or type(value) is int for value in period.values())
        for period in held.values()
    )


def state_of(material: Material) -> State:
    """What the next report has to know of this one."""
    return {
        "version": material.version,
        "as_of": str(material.window.as_of or ""),
        "period": material.period.value,
        "settings": dict(material.settings),
        "inputs": {file.name: file.digest for file in material.inputs},
        "definitions": _definitions(),
        "periods": _periods(material),
    }


def _definitions() -> dict[str, str]:
    """Every word that's defined, by what its definition says."""
    return {
        f"{one.module}.{one.name}": sha256(one.text.encode()).hexdigest()[:8]
        for one in definitions.definitions()
        if one.kind == definitions.TERM
    }


def _periods(material: Material) -> dict[str, dict[str, int | None]]:
    """Whole periods with their revenue, orders, and orders that were given back."""
    table, sales = (material.tables.get(f"kpis.{name}") for name in ("periods", "sales"))
    if table is None:
        return {}
    refunded = {row["period"]: row["refunded_orders"] for row in rows(sales)} if sales else {}
    return {
        str(row["period"]): {
            **{name: row[name] for name in _MEASURES},
            "refunded": refunded.get(row["period"]),
        }
        for row in rows(table)
        if row["complete"]
    }


def told(material: Material, before: State | None, now: State) -> tuple[str, ...]:
    """What changed from one report to another, in sentences; that nothing did, where it didn't."""
    if before is None:
        return (material.say("since none"),)
    lines = [material.say("since day", before=before.get("as_of"), now=now["as_of"])]
    if before.get("version") != now["version"]:
        lines.append(
            material.say("since version", before=before.get("version"), now=now["version"])
        )
    lines += _words_changed(material, _of(before, "definitions"), now["definitions"])
    lines += _settings_changed(material, _of(before, "settings"), now["settings"])
    lines += _files_changed(material, _of(before, "inputs"), now["inputs"])
    if before.get("period") == now["period"]:
        lines += _restated(material, before["periods"], now["periods"])
    else:
        lines.append(material.say("since other period"))
    return tuple(lines) if len(lines) > 1 else (*lines, material.say("since same"))


def _of(state: State, part: str) -> dict[str, Any]:
    held = state.get(part)
    return held if isinstance(held, dict) else {}


def _words_changed(material: Material, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:  # fmt: skip
    """Words that mean something else now; new ones are no change of what was said."""
    changed = sorted(name for name in before if name in now and before[name] != now[name])
    if not changed:
        return []
    names = list(dict.fromkeys(_word(material, name) for name in changed))
    shown = material.say("and").join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")
    return [material.say("since words", names=shown, count=len(changed))]


def _word(material: Material, key: str) -> str:
    """A word that's defined as readers know it, and of an analysis' words whose it is."""
    module, _, name = key.partition(".")
    defined = material.define((module,), name)
    word = defined[0] if defined else name
    if module not in ANALYSES:
        return word
    return material.say("in place", word=word, place=title(module, material.lang, analysis=module))


def _settings_changed(
    material: Material, before: Mapping[str, str], now: Mapping[str, str]
) -> list[str]:
    nothing = material.say("since unset")
    changed = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    lines = [
        material.say(
            "since setting", name=name.lstrip("-"), before=before.get(name, nothing),
            now=now.get(name, nothing),
        )
        for name in changed[:_SHOWN]
    ]  # fmt: skip
    rest = len(changed) - len(lines)
    return [*lines, material.say("since settings more", count=rest)] if rest else lines


def _files_changed(
    material: Material, before: Mapping[str, str], now: Mapping[str, str]
) -> list[str]:
    """Exports that came or went; that their bytes are others is what's expected."""
    lines = []
    for key, names in (("since files new", set(now) - set(before)), ("since files gone", set(before) - set(now))):  # fmt: skip
        if names:
            lines.append(material.say(key, names=material.say("and").join(sorted(names))))
    return lines


def _restated(
    material: Material, before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[str]:  # fmt: skip
    """Late refunds, and periods whose numbers aren't what they were."""
    shared = [day for day in sorted(now) if day in before]
    lines = []
    refunds = sum(max(_more(before[day], now[day], "refunded"), 0) for day in shared)
    if refunds:
        lines.append(material.say("since refunds", count=refunds))
    restated = [
        day for day in shared if any(_more(before[day], now[day], name) for name in _MEASURES)
    ]
    if not restated:
        return lines
    changes = {day: _more(before[day], now[day], "revenue") for day in restated}
    change = material.money(sum(changes.values()), sign=True)
    lines.append(material.say("since restated", count=len(restated), change=change))
    largest = sorted(restated, key=lambda day: (-abs(changes[day]), day))[:_SHOWN]
    lines += [_one_restated(material, day, before[day], now[day]) for day in sorted(largest)]
    return lines


def _more(before: Mapping[str, Any], now: Mapping[str, Any], name: str) -> int:
    """By how much a number is another now; 0 where one of both isn't known."""
    then, value = before.get(name), now.get(name)
    return 0 if then is None or value is None else int(value) - int(then)


def _one_restated(
    material: Material, day: str, before: Mapping[str, Any], now: Mapping[str, Any]
) -> str:
    return material.say(
        "since one",
        day=day if material.period.value == "week" else day[:7],
        period=material.period_name,
        before=material.money(before.get("revenue") or 0),
        now=material.money(now.get("revenue") or 0),
        orders_before=before.get("orders") or 0,
        orders=now.get("orders") or 0,
    )
