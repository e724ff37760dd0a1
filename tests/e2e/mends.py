"""Every mend that names an option, as its text stands in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import userops

SOURCE = Path(userops.__file__).parent


@cache
def templates() -> dict[str, re.Pattern[str]]:
    """By `module: text`, holes as `{}`: what a mend with an option looks like."""
    return {
        f"{path.relative_to(SOURCE).as_posix()}: {text}": _pattern(text)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "mend"
        for text in _texts(node.value)
        if "--" in text
    }


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be, a hole for what isn't known before it runs."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in values
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (a + b for a in _texts(left) for b in [*_texts(right)] or ["{}"])
        case ast.BoolOp(values=values):
            yield from (text for one in values for text in _texts(one))
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))
        case ast.Call(func=ast.Name(id="Note"), args=[ast.Constant(value=str(text)), *_]):
            yield re.sub(r"\{.*?\}", "{}", text)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("{}"))))
