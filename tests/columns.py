"""Every table's columns and every rule's words, read from the source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "userops"


@cache
def columns() -> dict[str, set[str]]:
    """Names of columns by the module that declares them: dictionaries from a name to a `Kind`."""
    found: dict[str, set[str]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict) and any(map(_is_kind, node.values)):
                names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                found.setdefault(_name(file), set()).update(map(str, names))
    return found


def _name(file: Path) -> str:
    """A module by its place: `rfm`, `analyses.repurchase.tables`."""
    return ".".join(file.relative_to(SOURCE).with_suffix("").parts)


@cache
def rules() -> list[str]:
    """Names and actions of segments, tiers and stages: what is given to `Rule`."""
    found: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        if "charts" in file.parts:  # whose rules are lines
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rule":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                found |= {one.value for one in given if _is_text(one)}
    return sorted(found)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_kind(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
    )
