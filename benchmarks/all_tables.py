"""All tables of four analyses from one reading: python all_tables.py orders.parquet FOLDER."""

import sys
from pathlib import Path

from userops import api
from userops.core.table import Result


def write(name: str, result: Result, folder: Path) -> None:
    for table in result.tables:
        api.frame(table).write_parquet(folder / f"{name}-{table.name}.parquet")


if __name__ == "__main__":
    path, target = sys.argv[1:]
    folder = Path(target)
    with api.open_orders(path) as orders:
        write("segment", api.segment(orders), folder)
        write("lifecycle", api.lifecycle(orders), folder)
        for period in ("month", "week"):
            write(f"cohorts-{period}", api.cohorts(orders, period=period), folder)
        write("repurchase", api.repurchase(orders), folder)
