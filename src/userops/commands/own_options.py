"""An analysis' own options, from its declared parameters, and what they give.

Made by `options_of`, read by `values_of`: so `--within` is declared in the analysis' `params.py` alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from userops.commands import completion
from userops.commands.help import said
from userops.commands.options import option, parameter
from userops.core.errors import UsageError
from userops.core.params import Declared, Params, declared
from userops.language.spoken import spoken


def options_of(params: type[Params]) -> list[inspect.Parameter]:
    """The options of declared parameters."""
    return [
        parameter(
            declared_param.name,
            Annotated[_declared_type(declared_param), _declared_option(declared_param)],
        )
        for declared_param in declared(params)
        if not declared_param.is_rows
    ]


def values_of(params: type[Params], options: Mapping[str, Any]) -> dict[str, Any]:
    """What options give, as declared parameters hold it; None where they give nothing.

    Raises:
        UsageError: one that is NAME=VALUE isn't.
    """
    return {
        declared_param.name: _value(
            declared_param,
            options[declared_param.name],
            next(iter(declared_param.param.names), f"--{declared_param.name.replace('_', '-')}"),
        )
        for declared_param in declared(params)
        if not declared_param.is_rows
    }


def _declared_option(declared_param: Declared) -> Any:
    extra: dict[str, Any] = (
        {"metavar": declared_param.param.metavar} if declared_param.param.metavar else {}
    )
    if declared_param.param.taken == "day":
        extra["autocompletion"] = completion.days
    if declared_param.name == "sections":
        extra["autocompletion"] = completion.several_of(completion.sections)
    return option(*declared_param.param.names, help=_line(declared_param), **extra)


def _line(declared_param: Declared) -> str:
    """What a parameter is, and what holds without it, in the reader's language."""
    default, text = declared_param.default_text(), declared_param.line(spoken())
    if spoken() == "en":
        text = f"{text[:1].upper()}{text[1:]}."
        return f"{text} Default: {default}." if default else text
    shown = said(default) if default == declared_param.param.unset else default
    return f"{text}。默认：{shown}。" if default else f"{text}。"


def _declared_type(declared_param: Declared) -> Any:
    """What Typer reads an option as; None is not given."""
    if declared_param.choices:
        return _choices(declared_param.name, declared_param.choices) | None
    if declared_param.is_list or declared_param.param.share:
        return str | None
    if declared_param.is_mapping:
        return list[str] | None
    return declared_param.bare | None


@cache
def _choices(name: str, values: tuple[str, ...]) -> type[StrEnum]:
    members = {value.upper().replace("-", "_"): value for value in values}
    enum: type[StrEnum] = StrEnum(name, members)  # type: ignore[misc]
    return enum


def _value(declared_param: Declared, given: Any, option: str) -> Any:
    """What an option gives, as the parameter holds it: lists and mappings are written as text.

    Raises:
        UsageError: it isn't NAME=VALUE where that's needed.
    """
    if given is None or (declared_param.is_mapping and not given):
        return None
    if declared_param.is_list:
        return [part.strip() for part in given.split(",") if part.strip()]
    if declared_param.is_mapping:
        return _mapping(given, option, declared_param.param.alone)
    return given


def _mapping(texts: Sequence[str], option: str, alone: str) -> dict[str, Any]:
    """Values by name, each name once: which of two was meant nobody knows.

    Raises:
        UsageError: one isn't NAME=VALUE, or a name is there twice.
    """
    values: dict[str, Any] = {}
    for name, value in pairs(option, _named(texts, alone)):
        if name in values:
            twice = option if name == alone else f"{option} {name}"
            raise UsageError(f"{twice}: given twice", mend="give it once")
        values[name] = tuple(value.split(",")) if "," in value else value
    return values


def _named(texts: Sequence[str], alone: str) -> list[str]:
    """Values by name, one without by the name that stands for none."""
    return [f"{alone}={text}" if alone and "=" not in text else text for text in texts]


def pairs(option: str, texts: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """Names and values of an option that is repeated as NAME=VALUE.

    Raises:
        UsageError: it isn't.
    """
    for text in texts or ():
        left, equals, right = text.partition("=") if option == "--map" else text.rpartition("=")
        if not equals or not right.strip():
            raise UsageError(
                f"{option} {text}: not NAME=VALUE", mend=f"{option} {text or 'NAME'}=VALUE"
            )
        yield left.strip(), right.strip()
