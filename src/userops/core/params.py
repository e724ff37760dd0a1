"""Parameters, each declared once: name, type, default, bounds, and a line on it in two languages.

A class of parameters is a frozen dataclass whose fields are annotated with a `Param`. From it
come the options of the command and their help, the table of `userops.toml` and what `init`
writes there, and the keywords of the Python function with their lines in its docstring. This
module is light: nothing here waits for what checks values (`settings/checked.py`).

    @dataclass(frozen=True, slots=True)
    class RepurchaseParams(Params, table="repurchase"):
        grain: Annotated[Grain, Param("what counts as a purchase", "什么算一次购买")] = "day"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from keyword import iskeyword
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

# What becomes of a value before an analysis sees it.
Taken = Literal[
    "value",  # itself
    "day",  # text as `--as-of` takes it
    "file",  # the name of a file that the run reads
    "output",  # the name of a file that the run writes
    "attribute",  # a column that an open dataset may have, as users, beside its fields
    "condition",  # what a rule asks of a row, in the words of `core.conditions`
    "validity",  # how long something lives, in the words of `core.validity`
    "window",  # of which time something counts, in the words of `core.validity`
    "rows",  # rows of a table, each with the parameters of a class of its own: no option
]
PATHS = ("file", "output")  # in userops.toml they start from its folder


@dataclass(frozen=True, slots=True)
class Param:
    """What a parameter is, beside its name, type and default."""

    en: str
    zh: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    least: int | None = None  # values, of a list
    each: tuple[int, int] | None = None  # bounds of each value of a list
    share: bool = False  # may be written as "20%"
    names: tuple[str, ...] = ()  # of the option, where they aren't made from the parameter's
    metavar: str | None = None
    unset: str = ""  # what holds where there's no value, for the help
    taken: Taken = "value"
    table: str | None = None  # of userops.toml, where it isn't the class's own
    only_for: tuple[str, ...] = ()  # the tables that it changes, where not all
    alone: str = ""  # of values by name: the name of one that's given without
    adds_to: str = ""  # the dataset that the file is an export of, too, once it's there
    settable: bool = True  # whether userops.toml can set it; else it's asked for run by run


class Params:
    """What all classes of parameters have.

    `TABLE` is the table of `userops.toml`. Of each pair in `ASCENDING` the first must be less
    than the second; of those in `ONE_OF` exactly one is given. A single value in place of a whole
    table is that of `SHORT`.
    """

    __slots__ = ()
    TABLE: ClassVar[str] = ""
    ASCENDING: ClassVar[tuple[tuple[str, str], ...]] = ()
    ONE_OF: ClassVar[tuple[str, ...]] = ()
    SHORT: ClassVar[str] = ""

    def problem(self) -> tuple[str, str] | None:
        """The name of a value that doesn't go with the others, and why; asked where values are read."""
        return None

    def __init_subclass__(cls, table: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        if table:
            cls.TABLE = table


@dataclass(frozen=True, slots=True)
class Declared:
    """One parameter of a class: what `Param` says of it, with its name, type and default."""

    name: str
    type: Any
    default: Any
    param: Param
    table: str

    @property
    def attribute(self) -> str:
        """What the class calls it: its name, save where Python keeps that word for itself."""
        return f"{self.name}_" if iskeyword(self.name) else self.name

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it may be; none where it's no choice."""
        kind = self.bare
        return tuple(get_args(kind)) if get_origin(kind) is Literal else ()

    @property
    def bare(self) -> Any:
        """Its type without `| None`."""
        parts = [part for part in get_args(self.type) if part is not type(None)]
        optional = type(None) in get_args(self.type)
        return parts[0] if optional and len(parts) == 1 else self.type

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return get_origin(self.bare) is tuple

    @property
    def is_rows(self) -> bool:
        """Whether it holds rows of a table, `[[points.rules]]`: of the settings and of Python alone."""
        return self.param.taken == "rows"

    @property
    def rows_table(self) -> str:
        """The table that its rows stand in, without brackets: `points.rules`."""
        return f"{self.table}.{self.name}" if self.table else self.name

    @property
    def row(self) -> type[Params]:
        """The class of its rows."""
        row: type[Params] = get_args(self.bare)[0]
        return row

    @property
    def is_mapping(self) -> bool:
        """Whether it holds values by name."""
        return get_origin(self.bare) in (dict, Mapping)

    def line(self, lang: Literal["en", "zh"] = "en") -> str:
        """What it is, in a language."""
        return self.param.zh if lang == "zh" else self.param.en

    def default_text(self) -> str:
        """Its default as the command line would write it; what holds without one; else nothing."""
        if self.default is None or self.default is MISSING:
            return self.param.unset
        if isinstance(self.default, bool):
            return self._default_flag()
        if isinstance(self.default, tuple):
            return ",".join(map(str, self.default))
        if isinstance(self.default, Mapping):
            return ""
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)

    def _default_flag(self) -> str:
        on, slash, off = (self.param.names or ("on/off",))[0].removeprefix("--").partition("/")
        if not slash:
            return ""
        return on if self.default else off.removeprefix("--")


def listed(value: object) -> list[str]:
    """The names that a parameter gives: of one the text, of a list its texts; none of nothing."""
    return (
        [str(one) for one in value]
        if isinstance(value, (list, tuple))
        else [str(value)] * bool(value)
    )


_DECLARED: dict[type[Params], tuple[Declared, ...]] = {}


def declared(params: type[Params]) -> tuple[Declared, ...]:
    """The parameters of a class, in their order.

    Raises:
        TypeError: a field has no `Param`.
    """
    if params not in _DECLARED:
        _DECLARED[params] = tuple(_fields(params))
    return _DECLARED[params]


def settable(params: type[Params]) -> tuple[Declared, ...]:
    """Those of the parameters of a class that userops.toml can set."""
    return tuple(
        declared_param for declared_param in declared(params) if declared_param.param.settable
    )


def _fields(params: type[Params]) -> Iterator[Declared]:
    hints = get_type_hints(params, include_extras=True)
    for field in fields(params):  # type: ignore[arg-type]  # a dataclass, by its decorator
        hint = hints[field.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{params.__name__}.{field.name} has no Param")
        kind, *metadata = get_args(hint)
        param = next(mark for mark in metadata if isinstance(mark, Param))
        default = field.default if field.default is not MISSING else _factory_default(field)
        table = params.TABLE if param.table is None else param.table
        # A key that Python keeps for itself, as `from`, has a line beneath in the class: `from_`.
        yield Declared(field.name.removesuffix("_"), kind, default, param, table)


def _factory_default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else MISSING
