"""What errors and messages call options, as Python's keywords."""

from __future__ import annotations

import re

from userops.analyses.analysis import Analysis
from userops.core.errors import UseropsError
from userops.core.params import declared

_OPTION = re.compile(r"--[a-z]+(?:-[a-z]+)*")
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
        "--help": f"help(userops.api.{analysis.name})",
        **{f"--{name}": name for name in (analysis.about, *analysis.helped_by)},
    }
    for param in declared(analysis.params):
        options = param.param.names[0] if param.param.names else f"--{param.name.replace('_', '-')}"
        on, _, off = options.partition("/")
        names |= {on: param.name, **({off: f"{param.name}=False"} if off else {})}
    return _OPTION.sub(lambda option: names.get(option[0], option[0]), text)


def reworded(error: UseropsError, analysis: Analysis) -> UseropsError:
    """The same error, in the words of whoever called a function."""
    error.problem = as_keywords(error.problem, analysis)
    error.mend = as_keywords(error.mend, analysis)
    error.args = (error.problem,)
    return error
