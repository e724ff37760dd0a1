"""`userops.toml`: what a project has settled once, as checked data.

Every table of the file is a frozen model; an unknown key or a wrong value is an error
that names the file, the line and the nearest right key. Paths are relative to the
file's own folder; `load` gives them as they start from here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, create_model

from userops import analyses
from userops.analyses.report_params import ReportParams
from userops.core.dates import WeekStart
from userops.core.errors import InputError, UsageError
from userops.core.params import PATHS, Declared, Params, listed, settable
from userops.core.rule_tables import RFM8, SCALE, TABLES, TIERS, Rule, RuleTable
from userops.customers.frozen_cuts import METRICS, Cuts
from userops.datasets import DATASETS
from userops.datasets.orders import Status
from userops.settings import checked, errors
from userops.settings.checked import Part

NAME = "userops.toml"
P = TypeVar("P", bound=Params)


def _exports() -> type[Part]:
    """`[exports]`: which files hold what, by dataset; globs are allowed."""
    fields: dict[str, Any] = {name: (list[str], []) for name in DATASETS}
    return create_model("Exports", __base__=Part, __doc__=_exports.__doc__, **fields)


if TYPE_CHECKING:
    Exports = Part
else:
    Exports = _exports()


class ReadingSettings(Part):
    """`[reading]`: how exports are read, where they don't say it."""

    source: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: Literal[".", ","] | None = None
    tz: str | None = None
    max_rejects: str = "1%"
    totals: Literal["order", "lines"] | None = None
    amount: str | None = None
    refunds: Literal["gross", "net"] | None = None
    refunds_by: Literal["column", "rows", "both"] | None = None
    order_id: str | None = None
    nobody: list[str] = Field(default_factory=list)
    header: bool = True
    lines: str | None = None
    channel: str | None = None


def _rate(rate: object) -> str:
    """A rate as its digits say it: amounts are multiplied exactly."""
    text = str(rate)
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not (decimal.is_finite() and 0 < decimal < 10**12):
        raise ValueError("must be greater than 0")
    return text


class CurrencySettings(Part):
    """`[currency]`: the base currency, and what others are worth in it."""

    code: str | None = None
    rates: dict[str, Annotated[str, BeforeValidator(_rate)]] = Field(default_factory=dict)


def _exact(point: object) -> str:
    try:
        Fraction(str(point))
    except (ValueError, ZeroDivisionError):
        raise ValueError("must be a number") from None
    return str(point)


_Exact = Annotated[str, BeforeValidator(_exact)]


def _ascending(points: list[str]) -> list[str]:
    values = [Fraction(point) for point in points]
    if values != sorted(values):
        raise ValueError("must be ascending")
    return points


_Ascending = Annotated[list[_Exact], AfterValidator(_ascending)]
_Point = Annotated[int, Field(ge=1, le=SCALE)]


def _flat(table: object) -> dict[str, str]:
    """A table of configuration, whose names have dots in quotes or stand in tables of tables."""
    if not isinstance(table, dict):
        raise ValueError("must be a table")
    entries: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            entries |= {f"{key}.{name}": text for name, text in _flat(value).items()}
        else:
            entries[str(key)] = str(value).lower() if isinstance(value, bool) else str(value)
    return entries


class EngineSettings(Part):
    """`[engine]`: what reads orders and events; `[engine.spark]` is Spark's own configuration."""

    name: Literal["polars", "spark"] = "polars"
    spark: Annotated[dict[str, str], BeforeValidator(_flat)] = Field(default_factory=dict)


class CutsSettings(Part):
    """`[cuts]`: fixed cut points, ascending; money in whole currency units."""

    recency: _Ascending
    frequency: _Ascending
    monetary: _Ascending


class RuleSettings(Part):
    """A row of a rule table: inclusive score ranges from 1 to 5."""

    name: str
    r: tuple[_Point, _Point] = (1, SCALE)
    f: tuple[_Point, _Point] = (1, SCALE)
    m: tuple[_Point, _Point] = (1, SCALE)
    action: str = ""


class SegmentSettings(Part):
    """`[segments.NAME]`: a rule table of one's own."""

    rules: list[RuleSettings] = Field(min_length=1)
    otherwise: str | None = None


class Settings(Part):
    """What a project settles: every table and key may be left out.

    Of a file (`load`) it has the parameters of every analysis, too, a table each; where nothing is
    set there are none, for their models take longer to build than a small run.
    """

    lang: Literal["en", "zh"] = "en"
    memory: str | None = None
    week_start: WeekStart = "monday"
    exports: Exports = Field(default_factory=Exports.model_construct)
    reading: ReadingSettings = Field(default_factory=ReadingSettings.model_construct)
    columns: Annotated[dict[str, str], BeforeValidator(checked.dotted)] = Field(
        default_factory=dict
    )
    status: dict[str, Status] = Field(default_factory=dict)
    currency: CurrencySettings = Field(default_factory=CurrencySettings.model_construct)
    engine: EngineSettings = Field(default_factory=EngineSettings.model_construct)
    cuts: CutsSettings | None = None
    segments: dict[str, SegmentSettings] = Field(default_factory=dict)
    playbook: dict[str, str] = Field(default_factory=dict)

    def rule_table(self, name: str) -> RuleTable | None:
        """The rule table of a name, with the playbook's lines; None for `rfm8`.

        Raises:
            UsageError: there is none of that name.
        """
        if name == "rfm8":
            return None
        if name in self.segments:
            segment_settings = self.segments[name]
            rules = tuple(
                Rule(row.name, row.r, row.f, row.m, row.action) for row in segment_settings.rules
            )
            return RuleTable(
                name,
                rules,
                Rule(segment_settings.otherwise) if segment_settings.otherwise else None,
            )
        if name in TABLES:
            return TABLES[name]
        raise UsageError.unknown("segments", name, [*TABLES, "rfm8", *self.segments])

    def fixed_cuts(self, places: int) -> Cuts | None:
        """The settings' cut points in inner units, where there are any."""
        if self.cuts is None:
            return None
        points = self.cuts.model_dump()
        return {
            metric: [
                Fraction(str(point)) * (10**places if metric == "monetary" else 1)
                for point in points[metric]
            ]
            for metric in METRICS
        }

    def params(self, params: type[P], **values: object) -> P:
        """Parameters of a class, as set here, with what is given in their place; None is nothing.

        Raises:
            UsageError: a value is out of bounds.
        """
        base: dict[str, object] = {}
        for table in tables_of(params):
            table_settings = getattr(self, table, None) if table else self
            names = [
                declared_param.name
                for declared_param in settable(params)
                if declared_param.table == table
            ]
            if table_settings is None or not table_settings.model_fields_set:
                continue
            set_values = table_settings.model_dump(exclude_unset=True)
            base |= {name: set_values[name] for name in names if name in set_values}
        return checked.checked_params(params, base, values)


def named_as(settings: Settings, *kinds: str) -> list[str]:
    """What the settings name by parameters of some kinds: columns to split by, files to read."""
    if not settings.model_fields_set:
        return []
    named = (
        getattr(getattr(settings, one.table), one.name)
        for one in taken_as(*kinds)
        if hasattr(settings, one.table)
    )
    return [name for names in named for name in listed(names)]


def tables_of(params: type[Params]) -> list[str]:
    """The tables of `userops.toml` that a class' parameters stand in; the file itself is an empty name."""
    return list(dict.fromkeys(declared_param.table for declared_param in settable(params)))


def _params_classes() -> tuple[type[Params], ...]:
    return (*(one.params for one in analyses.ANALYSES.values()), ReportParams)


def taken_as(*kinds: str) -> Iterator[Declared]:
    """Parameters that settings may have, of some kinds (`Param.taken`)."""
    for params in _params_classes():
        yield from (one for one in settable(params) if one.param.taken in kinds)


@cache
def whole() -> type[Settings]:
    """The model of a whole file: what a project settles, and the parameters of every analysis."""
    fields: dict[str, Any] = {}
    for params in _params_classes():
        for table in tables_of(params):
            model = checked.model_of(params, table)
            if table and table != params.TABLE and table in fields:
                continue  # another class' table, which declares what both share
            if table:
                fields[table] = (model, Field(default_factory=model.model_construct))
            else:
                fields |= {
                    name: (field.annotation, field) for name, field in model.model_fields.items()
                }
    return create_model("Settings", __base__=Settings, __doc__=Settings.__doc__, **fields)


def load(path: str | None) -> tuple[Settings, Path | None]:
    """The settings of a file, or of `userops.toml` here if there is one, and where they stand.

    Raises:
        UsageError: the file named isn't there, or something in it can't be.
    """
    file = Path(path) if path else Path(NAME)
    if not file.is_file():
        if path:
            raise UsageError(
                f"{path}: no such settings file", mend=f"userops init EXPORTS writes {NAME}"
            )
        return Settings.model_construct(), None
    try:
        text = file.read_text(encoding="utf-8-sig")
        settings = whole().model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise errors.settings_error(file, text, whole(), error) from None
    except RecursionError:
        raise UsageError(
            f"{file}: not TOML that can be read: nested too deeply", mend="settings have two levels"
        ) from None
    except ValueError as error:  # not TOML, not UTF-8, or a number of thousands of digits
        raise UsageError(f"{file}: not TOML: {error}", mend="mend that line") from None
    except OSError as error:
        raise InputError(
            f"{file}: can't be read: {error.strerror}", mend="check its permissions"
        ) from None
    names = _playbook_names(settings) if settings.playbook else []
    for name in settings.playbook:
        if name not in names:
            raise errors.unknown_key_error(file, text, ("playbook", name), names)
    return _from_here(settings, file.parent), file


def _from_here(settings: Settings, folder: Path) -> Settings:
    """The settings with the paths of parameters, which start from a folder, as they start from here."""
    if lines := settings.reading.lines:
        reading = settings.reading.model_copy(update={"lines": str(folder / lines)})
        settings = settings.model_copy(update={"reading": reading})
    for one in taken_as(*PATHS):
        table = getattr(settings, one.table)
        if path := getattr(table, one.name):
            table = table.model_copy(update={one.name: str(folder / path)})
            settings = settings.model_copy(update={one.table: table})
    return settings


def _playbook_names(settings: Settings) -> list[str]:
    """What the playbook can have a line for."""
    from userops.customers.stages import STAGES

    own_tables = settings.segments.values()
    names = [
        *(row.name for table in own_tables for row in table.rules),
        *(table.otherwise for table in own_tables if table.otherwise),
        *(rule.name for table in TABLES.values() for rule in table.segments),
        *(rule.name for rule in (*RFM8, *TIERS, *STAGES)),
    ]
    return list(dict.fromkeys(names))
