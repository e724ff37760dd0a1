"""The CDNOW sample as the papers use it: calibration to 1997-09-30, in weeks, purchase days."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

SAMPLE = Path(__file__).parents[3] / "sample_data" / "cdnow" / "sample.csv"
END, LAST = date(1997, 9, 30), date(1998, 6, 30)


class Shop(NamedTuple):
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    m: np.ndarray  # mean worth of the repeat purchases, by day
    later: np.ndarray  # purchase days after END, to LAST


@cache
def shop() -> Shop:
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    with SAMPLE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            days[row["user_id"]][date.fromisoformat(row["order_date"])] += float(row["amount"])
    rows = []
    for _, spent in sorted(days.items()):
        seen = sorted(day for day in spent if day <= END)
        repeats = [spent[day] for day in seen[1:]]
        later = sum(END < day <= LAST for day in spent)
        first, last = seen[0], seen[-1]
        mean = sum(repeats) / len(repeats) if repeats else 0.0
        rows.append((len(repeats), (last - first).days / 7, (END - first).days / 7, mean, later))
    x, t_x, T, m, later = map(np.array, zip(*rows, strict=True))
    return Shop(x, t_x, T, m, later)
