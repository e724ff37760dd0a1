"""The differences of two recordings, case by case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from . import shelf

_WIDEST = 300  # characters of a line


def patterns(path: Path | None) -> list[str]:
    """The patterns of a file, one a line; what follows # at a line's beginning is a remark."""
    if path is None:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def matches(name: str, wanted: Sequence[str]) -> bool:
    """Whether a case is meant by some patterns."""
    return any(fnmatchcase(name, pattern) for pattern in wanted)


def compare(
    before: Path, after: Path, allowed: Sequence[str], only: Sequence[str], lines: int
) -> int:
    """Print what differs; how many cases do that aren't allowed to."""
    old, new = shelf.get(before), shelf.get(after)
    names = [name for name in sorted({*old, *new}) if not only or matches(name, only)]
    differing, tolerated = [], 0
    for name in names:
        found = list(differences(old.get(name), new.get(name), lines))
        if not found:
            continue
        if matches(name, allowed):
            tolerated += 1
            continue
        differing.append(name)
        print(f"\n{name}")
        for line in found:
            print(f"    {line[:_WIDEST]}")
    _summary(names, differing, tolerated)
    return len(differing)


def _summary(names: Sequence[str], differing: Sequence[str], tolerated: int) -> None:
    groups = Counter("/".join(name.split("/")[:2]) for name in differing)
    if groups:
        print("\nDifferences by group:")
        for group, count in groups.most_common():
            print(f"  {count:6,}  {group}")
    more = f", {tolerated:,} differ as allowed" if tolerated else ""
    print(f"\n{len(names):,} cases: {len(differing):,} differ{more}")


def differences(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, lines: int
) -> Iterator[str]:
    """What differs in a case; nothing where nothing does."""
    if old is None or new is None:
        yield "is new" if old is None else "is gone"
        return
    if old["code"] != new["code"]:
        yield f"exit code: {old['code']} -> {new['code']}"
    yield from _changed("standard error", old["stderr"], new["stderr"], lines)
    yield from _content("standard output", old["stdout"], new["stdout"], lines)
    for path in sorted({*old["files"], *new["files"]}):
        was, now = old["files"].get(path), new["files"].get(path)
        if was is None or now is None:
            yield f"{path}: is {'written now' if was is None else 'written no more'}"
        else:
            yield from _content(path, was, now, lines)


def _content(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], lines: int
) -> Iterator[str]:
    if old["sha256"] == new["sha256"]:
        return
    was, now = shelf.text_of(old), shelf.text_of(new)
    if was is None or now is None:
        yield (
            f"{what}: {old['bytes']:,} bytes ({old['sha256'][:12]}) -> "
            f"{new['bytes']:,} bytes ({new['sha256'][:12]})"
        )
    else:
        yield from _changed(what, was, now, lines)


def _changed(what: str, was: str, now: str, lines: int) -> Iterator[str]:
    """A diff of texts, no more than its first lines."""
    if was == now:
        return
    yield f"{what}:"
    found = unified_diff(was.splitlines(), now.splitlines(), "before", "after", lineterm="", n=1)
    shown = list(islice(found, lines + 1))
    yield from (f"  {line}" for line in shown[:lines])
    if not shown:
        yield "  the ends of lines differ"
    elif len(shown) > lines:
        yield "  ..."
