"""What errors and messages call options, as Python's keywords."""

from __future__ import annotations

import re
import shlex

from userops.analyses.analysis import Analysis
from userops.core.errors import UseropsError
from userops.core.params import declared

_OPTION = re.compile(r"--[a-z]+(?:-[a-z]+)*")
# Options with what they're given, as messages show them to be pasted.
_GIVEN = r"--(?P<name>[a-z]+(?:-[a-z]+)*) (?P<value>(?:'[^']*'|[^\s;,()'])+)"
_ONE = re.compile(_GIVEN)
_ALL = re.compile(
    rf"{re.sub(r'[?]P<[a-z]+>', '?:', _GIVEN)}(?: {re.sub(r'[?]P<[a-z]+>', '?:', _GIVEN)})*"
)
# What all functions take, and what of `ReadOptions` has an option of another name.
_SHARED = {
    "--as-of": "as_of",
    "--map": "columns",
    "--config": "config",
    "--week-start": "week_start",
    "--nobody": "nobody",
    "--tz": "reading.timezone",
    "--status": "reading.statuses",
    **{
        f"--{name.replace('_', '-')}": f"reading.{name}"
        for name in (
            "source",
            "encoding",
            "date_format",
            "decimal",
            "totals",
            "amount",
            "refunds",
            "refunds_by",
            "order_id",
            "header",
            "lines",
            "max_rejects",
        )
    },
}


def as_keywords(text: str, analysis: Analysis) -> str:
    """A text whose options are named as keywords of an analysis' function; itself where there's none."""
    names = {
        **_SHARED,
        "--help": f"help(userops.{analysis.name})",
        **{f"--{name}": name for name in (analysis.about, *analysis.helped_by)},
    }
    for param in declared(analysis.params):
        options = param.param.names[0] if param.param.names else f"--{param.name.replace('_', '-')}"
        on, _, off = options.partition("/")
        names |= {on: param.name, **({off: f"{param.name}=False"} if off else {})}
    text = text.replace("--rejects FILE", "userops.check(...).rejects")
    text = _ALL.sub(_as_call, text)
    return _OPTION.sub(lambda option: names.get(option[0], option[0]), text)


def _as_call(options: re.Match[str]) -> str:
    """How a function is told what options are given: what's about reading in one `ReadOptions`."""
    columns: dict[str, str] = {}
    statuses: dict[str, str] = {}
    reading: dict[str, object] = {}
    others = []
    for option in _ONE.finditer(options[0]):
        value = " ".join(shlex.split(option["value"]))
        name = _SHARED.get(f"--{option['name']}", "")
        if name == "columns":
            field, _, column = value.partition("=")
            columns[field] = column
        elif name == "reading.statuses":
            word, _, meaning = value.rpartition("=")
            statuses[word.casefold()] = meaning
        elif name.startswith("reading."):
            flag = {"no": False, "yes": True} if name == "reading.header" else {}
            reading[name.removeprefix("reading.")] = flag.get(value, value)
        else:
            others.append(f"nobody=[{value!r}]" if name == "nobody" else option[0])
    if statuses:
        reading["statuses"] = statuses
    told = ", ".join(f"{name}={value!r}" for name, value in reading.items())
    calls = [f"columns={columns!r}"] * bool(columns) + [f"reading=ReadOptions({told})"] * bool(told)
    return ", ".join([*calls, *others])


def reworded(error: UseropsError, analysis: Analysis) -> UseropsError:
    """The same error, in the words of whoever called a function."""
    error.problem = as_keywords(error.problem, analysis)
    error.mend = as_keywords(error.mend, analysis)
    error.args = (error.problem,)
    return error
