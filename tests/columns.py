"""Every table's columns, read from the source: dictionaries from a name to a `Kind`."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "userops"


def columns() -> dict[str, set[str]]:
    """Names of columns by the module that declares them."""
    found: dict[str, set[str]] = {}
    for file in sorted(SOURCE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict) and any(map(_is_kind, node.values)):
                names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                found.setdefault(file.stem, set()).update(map(str, names))
    return found


def _is_kind(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
    )
