"""Check: what some exports hold, what was refused or left out, and what looks wrong.

topic, item, value : text
    What the summary says something of, and what it says.
file, line : text, number
    The export, and the line in it that a refused row begins on.
column, field : text
    A column of the export, and what it was taken for.
reason, raw : text
    The rule that refused the row, and the row as it stands in the file; of a column, what in its
    values spoke for it, where its name alone didn't.
why : text
    How a column was found to be the field's.
passed_over : text
    Other columns that could have been it.
filled : proportion
    The part of the export's rows that hold something there, refused ones included.

Tables: `summary` (topic, item, value), `rejects` (every refused row), `columns`
(which column was taken for which field, and why).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis

ANALYSIS = Analysis(
    name="check",
    says=(
        "Check exports: what was read, refused and left out, and what looks wrong.",
        "导出里有什么，哪些行被拒绝或不计入，哪里看着不对。",
    ),
    tables=("summary", "rejects", "findings", "columns"),
    params_class="CheckParams",
    examples=(
        "userops check orders.csv",
        "userops check exports/ --show findings",
        "userops check users.csv --dataset users",
    ),
    more=(
        "Tables: summary (default), rejects, findings (of orders), columns. Exit 0, 3 or 4 as the "
        "data deserves."
    ),
    stored=False,
    shows_rejects=True,
    scoped=True,
    sections={"data": ("findings",)},
)
