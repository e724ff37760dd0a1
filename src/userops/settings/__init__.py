"""`userops.toml`: what a project has settled once, as checked data.

Every table of the file is a frozen model; an unknown key or a wrong value is an error
that names the file, the line and the nearest right key. Paths are relative to the
file's own folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from userops.core.errors import InputError, UsageError
from userops.core.params import (
    ActivityParams,
    CohortParams,
    FunnelParams,
    Goal,
    GoalMetric,
    LifecycleParams,
    LtvParams,
    ReplenishmentParams,
    RepurchaseParams,
    RfmParams,
)
from userops.core.rule_tables import RFM8, SCALE, TABLES, TIERS, Rule, RuleTable
from userops.datasets.orders import Status
from userops.rfm import METRICS, Cuts
from userops.settings import errors as mistakes

NAME = "userops.toml"
_Params = TypeVar("_Params", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exports(_Part):
    """`[exports]`: which files hold what; globs are allowed."""

    orders: list[str] = []
    events: list[str] = []
    users: list[str] = []
    costs: list[str] = []


class ReadingSettings(_Part):
    """`[reading]`: how exports are read, where they don't say it."""

    source: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: Literal[".", ","] | None = None
    tz: str | None = None
    max_rejects: str = "1%"
    totals: Literal["order", "lines"] | None = None


def _rate(rate: object) -> str:
    """A rate as its digits say it: amounts are multiplied exactly."""
    text = str(rate)
    try:
        known = Decimal(text)
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not (known.is_finite() and 0 < known < 10**12):
        raise ValueError("must be greater than 0")
    return text


class CurrencySettings(_Part):
    """`[currency]`: the base currency, and what others are worth in it."""

    code: str | None = None
    rates: dict[str, Annotated[str, BeforeValidator(_rate)]] = {}


def _exact(point: object) -> str:
    try:
        Fraction(str(point))
    except (ValueError, ZeroDivisionError):
        raise ValueError("must be a number") from None
    return str(point)


_Exact = Annotated[str, BeforeValidator(_exact)]
_Point = Annotated[int, Field(ge=1, le=SCALE)]


def _flat(table: object) -> dict[str, str]:
    """A table of configuration, whose names have dots in quotes or stand in tables of tables."""
    if not isinstance(table, dict):
        raise ValueError("must be a table")
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= {f"{key}.{rest}": text for rest, text in _flat(value).items()}
        else:
            found[str(key)] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


class EngineSettings(_Part):
    """`[engine]`: what reads orders; `[engine.spark]` is Spark's own configuration."""

    name: Literal["polars", "spark"] = "polars"
    spark: Annotated[dict[str, str], BeforeValidator(_flat)] = {}


class CutsSettings(_Part):
    """`[cuts]`: fixed cut points, ascending; money in whole currency units."""

    recency: list[_Exact]
    frequency: list[_Exact]
    monetary: list[_Exact]


class RuleSettings(_Part):
    """A row of a rule table: inclusive score ranges from 1 to 5."""

    name: str
    r: tuple[_Point, _Point] = (1, SCALE)
    f: tuple[_Point, _Point] = (1, SCALE)
    m: tuple[_Point, _Point] = (1, SCALE)
    action: str = ""


class SegmentSettings(_Part):
    """`[segments.NAME]`: a rule table of one's own."""

    rules: list[RuleSettings] = Field(min_length=1)
    otherwise: str | None = None


class Settings(_Part):
    """The whole file. Every table and key may be left out."""

    lang: Literal["en", "zh"] = "en"
    memory: str | None = None
    week_start: Literal[
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
    ] = "monday"
    exports: Exports = Exports()
    reading: ReadingSettings = ReadingSettings()
    columns: dict[str, str] = {}
    status: dict[str, Status] = {}
    currency: CurrencySettings = CurrencySettings()
    engine: EngineSettings = EngineSettings()
    rfm: RfmParams = Field(default_factory=RfmParams)
    cuts: CutsSettings | None = None
    lifecycle: LifecycleParams = Field(default_factory=LifecycleParams)
    cohorts: CohortParams = Field(default_factory=CohortParams)
    repurchase: RepurchaseParams = Field(default_factory=RepurchaseParams)
    replenishment: ReplenishmentParams = Field(default_factory=ReplenishmentParams)
    ltv: LtvParams = Field(default_factory=LtvParams)
    activity: ActivityParams = Field(default_factory=ActivityParams)
    funnel: FunnelParams = Field(default_factory=FunnelParams)
    goals: dict[GoalMetric, Goal] = {}
    segments: dict[str, SegmentSettings] = {}
    playbook: dict[str, str] = {}

    def rule_table(self, name: str) -> RuleTable | None:
        """The rule table of a name, with the playbook's lines; None for `rfm8`.

        Raises:
            UsageError: there is none of that name.
        """
        if name == "rfm8":
            return None
        if name in self.segments:
            own = self.segments[name]
            rules = tuple(Rule(row.name, row.r, row.f, row.m, row.action) for row in own.rules)
            return RuleTable(name, rules, Rule(own.otherwise) if own.otherwise else None)
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
        return Settings(), None
    try:
        text = file.read_text(encoding="utf-8-sig")
        settings = Settings.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not TOML: {error}", mend="mend that line") from None
    except OSError as error:
        raise InputError(
            f"{file}: can't be read: {error.strerror}", mend="check its permissions"
        ) from None
    except ValidationError as error:
        raise mistakes.wrong(file, text, Settings, error) from None
    known = _playbook_names(settings) if settings.playbook else []
    for name in settings.playbook:
        if name not in known:
            raise mistakes.unknown(file, text, ("playbook", name), known)
    return settings, file


def _playbook_names(settings: Settings) -> list[str]:
    """What the playbook can have a line for."""
    from userops.customers.stages import STAGES

    own = settings.segments.values()
    names = [
        *(row.name for table in own for row in table.rules),
        *(table.otherwise for table in own if table.otherwise),
        *(rule.name for table in TABLES.values() for rule in table.segments),
        *(rule.name for rule in (*RFM8, *TIERS, *STAGES)),
    ]
    return list(dict.fromkeys(names))


def params(base: _Params, **given: object) -> _Params:
    """Parameters of the settings, with what the command line gives in their place.

    Raises:
        UsageError: a value is out of bounds.
    """
    told = {name: value for name, value in given.items() if value is not None}
    try:
        return type(base).model_validate(base.model_dump(exclude_unset=True) | told)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "ascending":
            raise _not_ascending(told, first.get("ctx", {})) from None
        option, given_ = _option(str(first["loc"][0])), first["input"]
        value = ",".join(map(str, given_)) if isinstance(given_, (list, tuple)) else given_
        raise UsageError(f"{option} {value}: {mistakes.said(first)}", mend="see --help") from None


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _not_ascending(told: Mapping[str, object], facts: Mapping[str, Any]) -> UsageError:
    """Names what was given; what it collides with may be a default, or of the settings."""
    low, high = _option(facts["low"]), _option(facts["high"])
    below, above = facts["below"], facts["above"]
    if facts["low"] in told:
        return UsageError(
            f"{low} {below}: must be less than {high}, which is {above}",
            mend=f"{low} {above - 1} or less, or {high} {below + 1} or more",
        )
    return UsageError(
        f"{high} {above}: must be more than {low}, which is {below}",
        mend=f"{high} {below + 1} or more, or {low} {above - 1} or less",
    )
