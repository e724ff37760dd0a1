"""Rows of rules in the settings: checked one by one, each mistake with its line."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, ValidationError, create_model

from userops.core.errors import UsageError
from userops.core.params import Param, Params
from userops.settings import checked, errors


@dataclass(frozen=True, slots=True)
class Rule(Params):
    """A rule of a toy."""

    name: Annotated[str, Param("its name", "名称")]
    when: Annotated[str | None, Param("whom it's for", "条件", taken="condition")] = None
    points: Annotated[int, Param("how many", "多少", ge=0)] = 0


@dataclass(frozen=True, slots=True)
class ToyParams(Params, table="toy"):
    """Parameters of a toy."""

    rules: Annotated[tuple[Rule, ...], Param("the rules", "规则", taken="rows")] = ()


MODEL = create_model("Settings", __base__=checked.Part, toy=(checked.model_of(ToyParams), Field()))


def load(text: str) -> ToyParams:
    try:
        settings = MODEL.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise errors.settings_error(Path("userops.toml"), text, MODEL, error) from None
    return checked.checked_params(ToyParams, settings.model_dump(exclude_unset=True)["toy"], {})


def test_rules_are_rows_of_their_own_class() -> None:
    params = load(
        '[[toy.rules]]\nname = "a"\nwhen = "orders > 3"\n\n[[toy.rules]]\nname = "b"\npoints = 2\n'
    )
    assert params.rules == (Rule("a", "orders > 3"), Rule("b", points=2))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('name = "b"\nwhen = "orders >"', "line 5: toy.rules, row 2, when: 'orders >': a value"),
        ('name = "b"\npoints = -1', "line 5: toy.rules, row 2, points: must be greater than"),
        ('name = "b"\nwhat = 1', "line 5: unknown key toy.rules, row 2, what"),
        ("points = 1", "line 3: toy.rules, row 2, name: is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line(row: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        load(f'[[toy.rules]]\nname = "a"\n[[toy.rules]]\n{row}\n')
    assert says in error.value.problem


def test_rules_from_python() -> None:
    given = [{"name": "a", "points": 1}, Rule("b")]
    assert checked.checked_params(ToyParams, {}, {"rules": given}).rules == (
        Rule("a", points=1),
        Rule("b"),
    )
    with pytest.raises(UsageError, match="rules, row 1, when: 'x y'"):
        checked.checked_params(ToyParams, {}, {"rules": [{"name": "a", "when": "x y"}]})
