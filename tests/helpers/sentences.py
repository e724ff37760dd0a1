"""Every sentence of ours that people are told on the command line, read from the source.

A sentence is found where it's handed to what says it: errors and their mends, notes that aren't
`Note`s, questions, help. What stands between its blanks is kept, `{}` for a blank, so that
`f"{path}: no such file"` is `{}: no such file`. Where it's put together of parts (a choice, a sum, a
local variable, a function of the same module), each way to put it together is one.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from functools import cache
from inspect import cleandoc

from columns import SOURCE

BLANK = "{}"
# What stands in sentences as it is: what's typed, in quotes, of settings; names of formats and makers.
AS_IT_IS = re.compile(
    r"\borders >= .*|\([^()]*'[^()]*\)|--?[\w-]+(=\S+)?|`[^`]*`|(?<![A-Za-z])'[^']*'|“[^”]*”|\[\[?[\w.]+\]?\]|\b[\w.]+\s*=\s*\S+|\buserops( [\w./*]+)+"
)
# What errors are called, and which of their arguments are sentences.
ERRORS = {
    "UsageError", "InputError", "UseropsError", "NoColumn", "Undecided", "TooManyRejects", "TooOld",
    "Busy", "Question", "cls", "self",
}  # fmt: skip
# Where what Python's own errors say is put into errors of ours.
CHECKS = ("settings/", "core/validity.py")
SAYING = {"message", "warn", "to_stderr", "working", "reading"}
OPTIONS = {"option", "file", "Option", "Argument", "App"}
OF_SENTENCES = {"epilog", "help", "mend", "unset", "also", "more"}
# Rooms that nobody meets at a terminal in Chinese: Python's own errors, faults of a programmer.
ASIDE = ("api/",)
_MOST = 64


def english_in(text: str) -> str | None:
    """Three or more words of English in a row, where there are any."""
    rest = AS_IT_IS.sub("。", text)
    found = re.search(r"[A-Za-z']{2,}(?: [A-Za-z']+){2,}", rest)
    return found[0] if found else None


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        file.relative_to(SOURCE).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(SOURCE.rglob("*.py"))
    }


@cache
def all_sentences() -> dict[str, str]:
    """Every sentence, as between its blanks, with where it stands."""
    found: dict[str, str] = {}
    for path, tree in _trees().items():
        if path.startswith(ASIDE):
            continue
        reader = _Reader(tree)
        for line, expression, scope in _said(tree, checks=path.startswith(CHECKS)):
            for text in [*reader.ways(expression, scope), *reader.fragments]:
                if _speaks(text):
                    found.setdefault(text, f"{path}:{line}")
            reader.fragments.clear()
    return found


def _speaks(text: str) -> bool:
    """Whether it says anything between its blanks: not a value, an option or a name alone."""
    typed = r"^(?:userops|pip) .*|--[\w-]+(?: [\w.+*=-]+)?(?= --|$)|--[\w-]+( \w*=\S*)?|'[^']*'|\{[^{}]*\}|\b[A-Z_]+=?[A-Z_]*\b"
    bare = re.sub(typed, " ", text)
    is_tail = text[:1] in ";,"  # of a sentence that's found as a whole
    return not is_tail and bool(re.search(r"\{:| .*[a-z]{2,}|[a-z]{2,}.* ", bare))


def _said(tree: ast.Module, *, checks: bool) -> Iterator[tuple[int, ast.expr, ast.AST]]:
    for scope, node in _scoped(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_command(node):
            for paragraph in (cleandoc(ast.get_docstring(node) or "")).split("\n\n"):
                if not paragraph.startswith("userops "):
                    yield node.lineno, ast.Constant(" ".join(paragraph.split())), scope
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        owner = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if name == "ConditionError":
            yield from ((node.lineno, one, scope) for one in node.args[2:])
        elif name == "unknown" and owner in ERRORS:
            yield node.lineno, node.args[0], scope
        elif name == "PydanticCustomError":
            yield node.lineno, node.args[1], scope
        elif name == "fail" and owner == "self":
            yield from ((node.lineno, one, scope) for one in node.args[:1])
        elif name in ERRORS or name in SAYING or (checks and name == "ValueError"):
            for one in node.args[: 2 if name in ("Undecided", "Question") else 1]:
                for part in one.elts if isinstance(one, ast.Tuple) else [one]:
                    yield node.lineno, part, scope
        if name in ERRORS or name in OPTIONS or name in ("ConditionError", "Param", "Analysis"):
            for keyword in node.keywords:
                if keyword.arg in OF_SENTENCES:
                    yield node.lineno, keyword.value, scope


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("app.command" in ast.unparse(one) for one in node.decorator_list)


def _scoped(tree: ast.AST, scope: ast.AST | None = None) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        yield scope or tree, node
        inner = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from _scoped(node, node if inner else scope or tree)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


class _Reader:
    """What expressions of a module can be, as texts with blanks."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        }
        self.fragments: list[str] = []  # what may stand in a blank, where that's found out

    def ways(self, node: ast.expr, scope: ast.AST, depth: int = 0) -> list[str]:
        """Each text that an expression can be."""
        if depth > 5:
            return [BLANK]
        made = self._ways(node, scope, depth + 1)
        return list(dict.fromkeys(made))[:_MOST]

    def _ways(self, node: ast.expr, scope: ast.AST, depth: int) -> list[str]:
        match node:
            case ast.Constant(value=str(text)):
                return [text.replace("{", "{{").replace("}", "}}")]
            case ast.JoinedStr(values=parts):
                return self._joined(parts, scope, depth)
            case ast.FormattedValue(value=value):
                if isinstance(value, (ast.IfExp, ast.Call, ast.BinOp)) or _is_text(value):
                    return self._worth(self.ways(value, scope, depth))
                if isinstance(value, ast.Name):
                    self.fragments += self.ways(value, scope, depth)
                return [BLANK]
            case ast.IfExp(body=body, orelse=other):
                return [*self.ways(body, scope, depth), *self.ways(other, scope, depth)]
            case ast.BoolOp(values=values):
                return [way for one in values for way in self.ways(one, scope, depth)]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._joined([left, right], scope, depth)
            case ast.BinOp(op=ast.Mult(), left=left):
                return ["", *self.ways(left, scope, depth)]
            case ast.Call(func=function, args=given):
                return self._called(_name(function), given, scope, depth)
            case ast.Name(id=name):
                return self._variable(name, scope, depth)
        return [BLANK]

    def _joined(self, parts: Iterable[ast.expr], scope: ast.AST, depth: int) -> list[str]:
        choices = [self.ways(part, scope, depth) for part in parts]
        return ["".join(way) for way in itertools.islice(itertools.product(*choices), _MOST)]

    def _worth(self, ways: list[str]) -> list[str]:
        """What stands in a blank: words where these are chosen among, else a blank."""
        if all(_is_part(way) for way in ways):
            return ways
        self.fragments += ways
        return [BLANK]

    def _called(self, name: str, given: list[ast.expr], scope: ast.AST, depth: int) -> list[str]:
        if name == "counted":
            nouns = [str(one.value) for one in given[1:] if isinstance(one, ast.Constant)]
            if not nouns:
                return [BLANK]
            return [f"{{:{nouns[0]}|{nouns[1] if len(nouns) > 1 else f'{nouns[0]}s'}}}"]
        if name in self.functions and name.startswith("_"):
            function = self.functions[name]
            returned = [
                one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value
            ]
            return [way for one in returned for way in self.ways(one, function, depth)] or [BLANK]
        return [BLANK]

    def _variable(self, name: str, scope: ast.AST, depth: int) -> list[str]:
        values = [
            one.value
            for one in ast.walk(scope)
            if isinstance(one, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in one.targets)
        ]
        values = values or [
            one.value
            for one in getattr(self.tree, "body", [])
            if isinstance(one, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in one.targets)
        ]
        return [way for one in values for way in self.ways(one, scope, depth)] or [BLANK]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_part(way: str) -> bool:
    return way == "" or bool(re.search("[a-z]{2}", way)) or way.startswith("{:")
