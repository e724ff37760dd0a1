"""Lays out a new analysis: five files with a working example, its test, its line in the registry.

    python scripts/new_analysis.py basket

The example says how many users have ordered how often. It's a command, a Python function and a
section of the report at once; change it from there. `--root` is the checkout, by default this one.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

INIT = '''"""{Title}: how many users have ordered how often.

times : count
    Valid orders of a user; the last row is that many or more.
users : users
    Users with so many orders.
users_share : proportion
    users / all users.

Tables: `summary` (a row a number of orders).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis

ANALYSIS = Analysis(
    name="{name}",
    says=("Say how many users have ordered how often.", "多少用户下过几单。"),
    tables=("summary",),
    params_class="{Title}Params",
    examples=("userops {name} orders.csv",),
    sections={{"{name}": ("summary",)}},
)
'''

PARAMS = '''"""Parameters of `userops {name}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class {Title}Params(Params, table="{name}"):
    """What is counted."""

    most: Annotated[
        int, Param("orders from which users are counted together", "从几单起合并计数", ge=2)
    ] = 5
'''

RUN = '''"""How the tables of `userops {name}` are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.analysis import Inputs
from userops.analyses.{name} import tables
from userops.analyses.{name}.params import {Title}Params
from userops.core.table import Table
from userops.ledger.customers import CUSTOMERS


def run(inputs: Inputs, params: {Title}Params) -> Iterator[Table]:
    """How many users have ordered how often."""
    (customers,), facts = inputs.reduce(CUSTOMERS)
    yield tables.summary(customers, facts.window, params)
'''

TABLES = '''"""The tables of `userops {name}`."""

from __future__ import annotations

import polars as pl

from userops.analyses.{name}.params import {Title}Params
from userops.core.dates import Window
from userops.core.table import Kind, Table

SUMMARY: dict[str, Kind] = {{"times": Kind.COUNT, "users": Kind.COUNT, "users_share": Kind.RATE}}


def summary(customers: pl.DataFrame, window: Window, params: {Title}Params) -> Table:
    """The table `summary`.

    Args:
        customers: `user_id, orders`, a row a user.
        window: the days that the orders are of.
        params: the number of orders from which users are counted together.
    """
    times = pl.col("orders").clip(upper_bound=params.most).cast(pl.Int64).alias("times")
    frame = (
        customers.group_by(times)
        .agg(users=pl.len().cast(pl.Int64))
        .with_columns(users_share=pl.col("users") / pl.col("users").sum())
        .sort("times")
    )
    return Table("summary", frame, SUMMARY, window)
'''

WORDS = """# Words of `{name}`.

[columns]
times = ["Orders", "订单数"]

[titles]
summary = ["{Title}", "{Title} 汇总"]
{name} = ["{Title}", "{Title} 汇总"]

[tables]
summary = "每种订单数一行"

[definitions]
times = "用户的有效订单数；最后一行为该数及以上。"
users = "有这么多订单的用户数。"
users_share = "users / 全部用户。"
"""

TEST = '''"""`userops {name}`: small cases by hand."""

from __future__ import annotations

import polars as pl

from userops import api


def test_users_by_the_number_of_their_orders() -> None:
    orders = pl.DataFrame(
        {{
            "user_id": ["a", "a", "a", "b", "c", "c"],
            "order_id": ["1", "2", "3", "4", "5", "6"],
            "order_time": ["2025-01-0" + day for day in "123456"],
            "amount": ["1.00"] * 6,
        }}
    )
    table = api.{name}(orders, most=2)["summary"]
    assert table.frame.rows() == [(1, 1, 1 / 3), (2, 2, 2 / 3)]
'''

FILES = {
    "src/userops/analyses/{name}/__init__.py": INIT,
    "src/userops/analyses/{name}/params.py": PARAMS,
    "src/userops/analyses/{name}/run.py": RUN,
    "src/userops/analyses/{name}/tables.py": TABLES,
    "src/userops/analyses/{name}/words.toml": WORDS,
    "tests/analyses/test_{name}.py": TEST,
}
REGISTRY = "src/userops/analyses/__init__.py"
CHANGELOG = "CHANGELOG.md"


def lay_out(name: str, root: Path) -> list[Path]:
    """Write the files, and the lines in the registry and the changelog; gives all that was touched.

    Raises:
        ValueError: the name can't be a module's, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name}: a name is lower case, as basket")
    paths = {root / path.format(name=name): text for path, text in FILES.items()}
    if any(path.exists() for path in paths):
        raise ValueError(f"{name}: there is one of that name")
    title = "".join(part.capitalize() for part in name.split("_"))
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, Title=title), encoding="utf-8")
    registry, changelog = root / REGISTRY, root / CHANGELOG
    registry.write_text(_registered(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
    text = changelog.read_text(encoding="utf-8")
    line = f"- `userops {name}`: how many users have ordered how often.\n"
    changelog.write_text(text.replace("### Added\n\n", f"### Added\n\n{line}", 1), encoding="utf-8")
    return [*paths, registry, changelog]


def _registered(text: str, name: str) -> str:
    """The registry with one more: imported among the others, and last in their order."""
    imports = re.search(r"from userops\.analyses import \(\n(.*?)\)\n", text, re.DOTALL)
    order = re.search(r"for module in \((.*?)\)\n", text, re.DOTALL)
    if imports is None or order is None:
        raise ValueError("the registry isn't as expected")
    names = sorted([*re.findall(r"\w+", imports[1]), name])
    listed = "".join(f"    {one},\n" for one in names)
    text = text.replace(imports[1], listed, 1)
    in_order = re.findall(r"\w+", order[1])
    listed = "".join(f"        {one},\n" for one in [*in_order, name])
    return text.replace(order[1], f"\n{listed}    ", 1)


def main() -> None:
    """Lay out what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    given = parser.parse_args()
    for path in lay_out(given.name, given.root):
        print(path.relative_to(given.root))


if __name__ == "__main__":
    main()
