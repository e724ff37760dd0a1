"""Classes of parameters as models that check values: bounds, types, and what must go together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from userops.core.dates import DAY_FORMS, day_text
from userops.core.errors import UsageError
from userops.core.params import Declared, Params, declared, settable
from userops.core.validity import parse_validity, parse_window
from userops.settings import errors

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

P = TypeVar("P", bound=Params)


class Part(BaseModel):
    """A table of `userops.toml`: what isn't known in it is an error.

    What checks its values is built when there are some: most commands have settings of few tables.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)


def _proportion(value: object) -> object:
    """A share written as 0.2 or as "20%"."""
    if not (isinstance(value, str) and value.strip().endswith("%")):
        return value
    try:
        return float(Decimal(value.strip()[:-1]) / 100)
    except InvalidOperation:
        raise PydanticCustomError("float_parsing", "must be a number") from None


def _day(value: object) -> object:
    """A day as text: TOML and Python have dates, too."""
    try:
        return day_text(value)
    except ValueError:
        raise PydanticCustomError("day", "must be a day: {forms}", {"forms": DAY_FORMS}) from None


def _table_of(params: type[Params]) -> Any:
    """A table as names and values: it may be the class itself, or one value that stands for it."""

    def table(value: object) -> object:
        if isinstance(value, Params):
            return {one.name: getattr(value, one.attribute) for one in declared(type(value))}
        if params.SHORT and isinstance(value, (str, int, float)):
            return {params.SHORT: value}
        return value

    return table


def _by_name(alone: str) -> Any:
    """Values by name, where one may stand without."""
    return lambda value: value if isinstance(value, Mapping) else {alone: value}


def _several(value: object) -> object:
    """Several texts where one, or days, may be written."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [day_text(one) if isinstance(one, date) else one for one in values]


def _alone(value: object) -> object:
    """One text where several may be written."""
    return [value] if isinstance(value, str) else value


def _path(value: object) -> object:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


_MODELS: dict[tuple[type[Params], str | None], type[Part]] = {}


def model_of(params: type[Params], table: str | None = None) -> type[Part]:
    """A model of those parameters of a class that stand in a table of the settings; by default of all."""
    if (params, table) not in _MODELS:
        _MODELS[params, table] = _model(params, table)
    return _MODELS[params, table]


def _model(params: type[Params], table: str | None) -> type[Part]:
    params_of_table = (
        [declared_param for declared_param in settable(params) if declared_param.table == table]
        if table is not None
        else declared(params)
    )
    fields: dict[str, Any] = {
        declared_param.name: (_type(declared_param), _field(declared_param))
        for declared_param in params_of_table
    }
    names = set(fields)
    checks: dict[str, Any] = {}
    pairs = tuple(pair for pair in params.ASCENDING if set(pair) <= names)
    if pairs:
        checks["ascending"] = model_validator(mode="after")(_ascending(pairs))
    if params.ONE_OF:
        checks["one_of"] = model_validator(mode="after")(_one_of(params.ONE_OF))
    if params.problem is not Params.problem:
        checks["together"] = model_validator(mode="after")(_together(params))
    model: type[Part] = create_model(
        params.__name__, __base__=Part, __validators__=checks, __doc__=params.__doc__, **fields
    )
    return model


def _type(declared_param: Declared) -> Any:
    annotation = declared_param.type
    if declared_param.param.each is not None:
        low, high = declared_param.param.each
        annotation = tuple[Annotated[int, Field(ge=low, le=high)], ...]
    if declared_param.is_mapping:
        key, value = get_args(declared_param.bare)
        nested = isinstance(value, type) and issubclass(value, Params)
        before = _table_of(value) if nested else _several if get_origin(value) is tuple else None
        inner = model_of(value) if nested else value
        inner = Annotated[inner, BeforeValidator(before)] if before else inner
        annotation = dict.__class_getitem__((key, inner))
        if alone := declared_param.param.alone:
            annotation = Annotated[annotation, BeforeValidator(_by_name(alone))]
    if declared_param.is_rows:
        row: Any = Annotated[
            model_of(declared_param.row), BeforeValidator(_table_of(declared_param.row))
        ]
        annotation = tuple.__class_getitem__((row, ...))
    before = _BEFORE.get(declared_param.param.taken)
    if declared_param.param.share:
        before = _proportion
    if declared_param.is_list and before is None:
        before = _alone
    return Annotated[annotation, BeforeValidator(before)] if before else annotation


def _condition(value: object) -> object:
    """A condition that can be read; whether there are its columns is seen where they're known."""
    if isinstance(value, str):
        from userops.core.conditions import ConditionError, parsed  # few settings have one

        try:
            parsed(value)
        except ConditionError as error:
            raise ValueError(error.problem.removeprefix("condition ")) from None
    return value


def _validity(value: object) -> object:
    if isinstance(value, str):
        parse_validity(value)
    return value


def _window(value: object) -> object:
    if isinstance(value, str):
        parse_window(value)
    return value


# What values of a kind are made from, beside what they are.
_BEFORE = {
    "day": _day,
    "file": _path,
    "output": _path,
    "condition": _condition,
    "validity": _validity,
    "window": _window,
}


def _field(declared_param: Declared) -> Any:
    bounds = {name: getattr(declared_param.param, name) for name in ("ge", "gt", "le", "lt")}
    constraints = {name: bound for name, bound in bounds.items() if bound is not None}
    if declared_param.param.least is not None:
        constraints["min_length"] = declared_param.param.least
    default = ... if declared_param.default is MISSING else declared_param.default
    return Field(default, description=declared_param.param.en, **constraints)


def _ascending(pairs: tuple[tuple[str, str], ...]) -> Any:
    def check(self: BaseModel) -> BaseModel:
        for low, high in pairs:
            below, above = getattr(self, low), getattr(self, high)
            if below >= above:
                raise PydanticCustomError(
                    "ascending",
                    "{low} {below} must be less than {high} {above}",
                    {"low": low, "below": below, "high": high, "above": above},
                )
        return self

    return check


def _one_of(names: tuple[str, ...]) -> Any:
    def check(self: BaseModel) -> BaseModel:
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"needs either {' or '.join(names)}")
        return self

    return check


def _together(params: type[Params]) -> Any:
    def check(self: BaseModel) -> BaseModel:
        values = {name: getattr(self, name) for name in type(self).model_fields}
        if problem := params(**values).problem():
            name, why = problem
            mistake = InitErrorDetails(
                type=PydanticCustomError("together", "{why}", {"why": why}),
                loc=(name,),
                input=values[name],
            )
            raise ValidationError.from_exception_data(params.__name__, [mistake])
        return self

    return check


T = TypeVar("T", bound=Part)


def checked_table(model: type[T], table: Mapping[str, object], name: str) -> T:
    """A table of settings that is given in Python by a name.

    Raises:
        UsageError: something in it can't be.
    """
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, (name, *first["loc"])))
        raise UsageError(
            f"{place}: {errors.error_text(first)}",
            mend=f"{name} has {', '.join(model.model_fields)}",
        ) from None


def checked_params(params: type[P], base: Mapping[str, object], values: Mapping[str, object]) -> P:
    """Parameters of a class: those of the settings, with what is given in their place.

    Args:
        params: the class.
        base: what the settings have set.
        values: what an option or a keyword gives, by name; None is nothing.

    Raises:
        UsageError: a value is out of bounds.
    """
    values_given = {name: value for name, value in values.items() if value is not None}
    try:
        checked = model_of(params).model_validate({**base, **values_given})
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "ascending":
            raise _not_ascending(values_given, first.get("ctx", {})) from None
        name = str(first["loc"][0])
        if first["type"] != "day" and _is_rows(params, name):
            raise _wrong_row(first) from None
        option, value = _option(params, name), first["input"]
        if len(first["loc"]) == 1:  # as it was given, before it was made a number of
            value = values_given.get(name, value)
        if first["type"] == "day":
            raise UsageError(f"{option} {value} is not a day", mend=f"write {DAY_FORMS}") from None
        value_text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        raise UsageError(
            f"{option} {value_text}: {errors.error_text(first)}", mend="see --help"
        ) from None
    return params(**{name: _plain(params, name, checked) for name in model_of(params).model_fields})


def _plain(params: type[Params], name: str, checked: BaseModel) -> Any:
    """A checked value as the dataclass holds it: nested models are of their own classes again."""
    value = getattr(checked, name)
    declared_param = next(param for param in declared(params) if param.name == name)
    if declared_param.is_rows:
        attributes = {one.name: one.attribute for one in declared(declared_param.row)}
        return tuple(
            declared_param.row(**{attributes[key]: what for key, what in dict(row).items()})
            for row in value
        )
    if not declared_param.is_mapping:
        return value
    inner = get_args(declared_param.bare)[1]
    if not (isinstance(inner, type) and issubclass(inner, Params)):
        return value
    return {key: inner(**dict(param)) for key, param in value.items()}


def _is_rows(params: type[Params], name: str) -> bool:
    return any(param.name == name and param.is_rows for param in declared(params))


def _wrong_row(error: ErrorDetails) -> UsageError:
    """What is wrong in a row that Python gave."""
    name, *place = error["loc"]
    where = [f"row {one + 1}" if isinstance(one, int) else str(one) for one in place]
    return UsageError(
        f"{', '.join([str(name), *where])}: {errors.error_text(error)}", mend="mend that row"
    )


def _option(params: type[Params], name: str) -> str:
    declared_param = next((param for param in declared(params) if param.name == name), None)
    if declared_param is not None and declared_param.param.names:
        return declared_param.param.names[0].partition("/")[0]
    return f"--{name.replace('_', '-')}"


def _not_ascending(values_given: Mapping[str, object], facts: Mapping[str, Any]) -> UsageError:
    """Names what was given; what it collides with may be a default, or of the settings."""
    low, high = (f"--{facts[name].replace('_', '-')}" for name in ("low", "high"))
    below, above = facts["below"], facts["above"]
    if facts["low"] in values_given:
        return UsageError(
            f"{low} {below}: must be less than {high}, which is {above}",
            mend=f"{low} {above - 1} or less, or {high} {below + 1} or more",
        )
    return UsageError(
        f"{high} {above}: must be more than {low}, which is {below}",
        mend=f"{high} {below + 1} or more, or {low} {above - 1} or less",
    )


def dotted(columns: object) -> object:
    """Columns by field; those of a table of their own, as `contacts.status`, by both names."""
    if not isinstance(columns, dict):
        return columns
    flat: dict[object, object] = {}
    for field, column in columns.items():
        inner = column if isinstance(column, dict) else None
        flat |= {field: column} if inner is None else {f"{field}.{one}": name for one, name in inner.items()}  # fmt: skip
    return flat
