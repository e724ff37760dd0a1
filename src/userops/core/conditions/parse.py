"""From a condition's text to what it asks, and where in the text a mistake stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn

from userops.core.errors import UsageError

Operator = Literal["=", "!=", "<", "<=", ">", ">="]


class ConditionError(UsageError):
    """A condition that can't be read; `place` is the character that the mistake stands at, from 1."""

    def __init__(self, text: str, place: int, problem: str, mend: str = "") -> None:
        self.place = place
        where = f"at character {place}" if place <= len(text) else "at its end"
        super().__init__(
            f"condition {text!r}: {problem}, {where}",
            mend=mend or "write it as orders >= 3 and region in (north, 'far east')",
        )


@dataclass(frozen=True, slots=True)
class Value:
    """What a column is compared with: as it's written, and what it may mean; `place` is for errors."""

    text: str
    means: Decimal | date | bool | None  # None: a word
    place: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column beside a value."""

    column: str
    operator: Operator
    value: Value
    place: int


@dataclass(frozen=True, slots=True)
class Membership:
    """A column that is one of some values, or none of them."""

    column: str
    values: tuple[Value, ...]
    negated: bool
    place: int


@dataclass(frozen=True, slots=True)
class Emptiness:
    """A column that says nothing, or something."""

    column: str
    negated: bool
    place: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A column of yes and no that says yes."""

    column: str
    place: int


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All of some conditions."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some conditions, or several."""

    parts: tuple[Condition, ...]


Condition = Comparison | Membership | Emptiness | Flag | Not | Every | OneOf


def parsed(text: str) -> Condition:
    """What a condition asks.

    >>> parsed("orders > 3")
    Comparison(column='orders', operator='>', value=Value(text='3', means=Decimal('3'), place=10), place=1)

    Raises:
        ConditionError: it can't be read.
    """
    return _Reader(text).whole()


def columns_of(condition: Condition) -> list[str]:
    """The columns that a condition asks about, once each, in their order."""
    return list(dict.fromkeys(one.column for one in leaves(condition)))


def leaves(condition: Condition) -> Iterator[Comparison | Membership | Emptiness | Flag]:
    """The questions about single columns, in their order."""
    match condition:
        case Not(inner):
            yield from leaves(inner)
        case Every(parts) | OneOf(parts):
            for part in parts:
                yield from leaves(part)
        case one:
            yield one


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, day, quoted, name, column, sign or end
    text: str
    place: int


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<day>\d{4}-\d{2}-\d{2}(?!\w)) |
    (?P<number>-?\d+(?:\.\d+)?%?(?![\w.])) |
    '(?P<quoted>(?:[^']|'')*)' | "(?P<double>(?:[^"]|"")*)" |
    `(?P<column>[^`]+)` |
    (?P<name>[^\W\d]\w*) |
    (?P<sign><=|>=|!=|<>|==|≤|≥|≠|[=<>(),])
    )""",
    re.VERBOSE,
)
_OPERATORS: dict[str, Operator] = {
    "=": "=", "==": "=", "!=": "!=", "<>": "!=", "≠": "!=",
    "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=",
}  # fmt: skip
_RESERVED = frozenset({"and", "or", "not", "in", "is", "empty", "true", "false"})
_DEEPEST = 20  # brackets in brackets


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            if text[start] in "'\"`":
                raise ConditionError(text, start + 1, f"a {text[start]} that isn't closed")
            raise ConditionError(
                text,
                start + 1,
                f"{text[start]!r} isn't understood here",
                mend="put words that hold more than letters and digits in quotes",
            )
        kind, content = found.lastgroup, found[found.lastgroup]
        if kind == "double":
            kind, content = "quoted", content.replace('""', '"')
        elif kind == "quoted":
            content = content.replace("''", "'")
        yield _Token(
            kind, content, found.start(found.lastgroup) + (kind not in ("quoted", "column"))
        )
        at = found.end()
    yield _Token("end", "", len(text) + 1)


class _Reader:
    """Reads a condition from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*_tokens(text)]
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> Condition:
        if self.next.kind == "end":
            self.fail("nothing stands in it")
        condition = self.one_of()
        if self.next.kind != "end":
            self.fail(f"and, or or the end is expected, not {self.next.text!r}")
        return condition

    def one_of(self) -> Condition:
        parts = [self.every()]
        while self.takes("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else OneOf(tuple(parts))

    def every(self) -> Condition:
        parts = [self.single()]
        while self.takes("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def single(self) -> Condition:
        if self.depth > _DEEPEST:
            self.fail("too many brackets in brackets")
        self.depth += 1
        try:
            if self.takes("not"):
                return Not(self.single())
            if self.takes_sign("("):
                inner = self.one_of()
                self.needs_sign(")")
                return inner
            return self.question()
        finally:
            self.depth -= 1

    def question(self) -> Condition:
        token = self.next
        column = token.text if token.kind == "column" else self.plain_name("a column's name")
        if token.kind == "column":
            self.at += 1
        if self.takes("is"):
            negated = self.takes("not")
            if not self.takes("empty"):
                self.fail("`is` goes with `empty` or `not empty`; to compare, write =")
            return Emptiness(column, negated, token.place)
        negated = self.takes("not")
        if self.takes("in"):
            return Membership(column, self.values(), negated, token.place)
        if negated:
            self.fail("`not` after a column goes with `in`")
        operator = _OPERATORS.get(self.next.text) if self.next.kind == "sign" else None
        if operator is None:
            return Flag(column, token.place)
        self.at += 1
        return Comparison(column, operator, self.value(), token.place)

    def plain_name(self, what: str) -> str:
        token = self.next
        if token.kind != "name" or token.text.casefold() in _RESERVED:
            self.fail(f"{what} is expected" + (f", not {token.text!r}" if token.text else ""))
        self.at += 1
        return token.text

    def values(self) -> tuple[Value, ...]:
        self.needs_sign("(")
        values = [self.value()]
        while self.takes_sign(","):
            values.append(self.value())
        self.needs_sign(")")
        return tuple(values)

    def value(self) -> Value:
        token = self.next
        word = token.text.casefold()
        means: Decimal | date | bool | None = None
        match token.kind:
            case "number":
                share = token.text.endswith("%")
                means = Decimal(token.text.rstrip("%")) / (100 if share else 1)
            case "day":
                means = self.day(token)
            case "name" if word in ("true", "false"):
                means = word == "true"
            case "name" if word not in _RESERVED:
                pass
            case "quoted":
                pass
            case _:
                self.fail(
                    "a value is expected"
                    + (f", not {token.text!r}" if token.text else "")
                    + " (a number, a day, a word)"
                )
        self.at += 1
        return Value(token.text, means, token.place)

    def day(self, token: _Token) -> date:
        try:
            return date.fromisoformat(token.text)
        except ValueError:
            raise ConditionError(self.text, token.place, f"{token.text} is no day") from None

    def takes(self, word: str) -> bool:
        taken = self.next.kind == "name" and self.next.text.casefold() == word
        self.at += taken
        return taken

    def takes_sign(self, sign: str) -> bool:
        taken = self.next.kind == "sign" and self.next.text == sign
        self.at += taken
        return taken

    def needs_sign(self, sign: str) -> None:
        if not self.takes_sign(sign):
            self.fail(
                f"{sign} is expected" + (f", not {self.next.text!r}" if self.next.text else "")
            )

    def fail(self, problem: str) -> NoReturn:
        raise ConditionError(self.text, self.next.place, problem)
