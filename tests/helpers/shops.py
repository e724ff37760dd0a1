"""Made-up order exports: rows with all that nets, ties, repeats and leaves out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from hypothesis import strategies as st

FIRST_DAY = date(2024, 1, 1)
MEANINGS = {
    "completed": "valid",
    "Paid": "valid",
    "交易成功": "valid",
    "cancelled": "void",
    "待付款": "void",
    "refunded": "refunded",
    "退款成功": "refunded",
}


@dataclass(frozen=True)
class Row:
    """A row of an export; money in cents."""

    order_id: str | None
    user_id: str
    day: date
    amount: int
    refund: int = 0
    status: str = "completed"

    @property
    def meaning(self) -> str:
        return MEANINGS[self.status]


@dataclass(frozen=True)
class Shape:
    """What may occur in a shop."""

    users: int = 12
    rows: int = 60
    days: int = 60
    amounts: tuple[int, ...] = (0, 1, 100, 100, 999, 1000, 5000, 123456)
    ids: bool = True
    refunds: bool = True  # in a column of their own
    returns: bool = True  # as negative rows
    statuses: bool = True


CLEAN = Shape(returns=False)
SHAPES = (
    Shape(),
    CLEAN,
    Shape(ids=False),
    Shape(rows=400, users=90),
    Shape(users=40, rows=45, amounts=(100,), refunds=False, returns=False),  # nearly all equal
    Shape(users=1),
    Shape(days=1),
    Shape(users=5, rows=3),
    Shape(amounts=(0,)),
)


# Users' ids: numbers that can stand for them, and texts.
FORMS = ("{:04}", "U{:04}", "{}", "U{}", "{:x}-u")


def shop(random: Random, shape: Shape) -> list[Row]:
    """Rows of a shop, in no order of time. On the first day there's an order that counts."""
    form = random.choice(FORMS)
    users = [form.format(number) for number in random.sample(range(10_000), shape.users)]
    rows: list[Row] = []
    for number in range(random.randint(1, shape.rows)):
        order = f"{10**18 + number}" if shape.ids and random.random() > 0.05 else None
        amount = random.choice(shape.amounts)
        day = FIRST_DAY + timedelta(random.randrange(shape.days))
        status = random.choice(list(MEANINGS)) if random.random() < 0.3 else "completed"
        refund = random.choice([amount // 3, amount, 0]) if random.random() < 0.2 else 0
        user = random.choice(users)
        rows.append(
            Row(
                order if shape.ids else None,
                user,
                day,
                amount,
                refund if shape.refunds else 0,
                status if shape.statuses else "completed",
            )
        )
        if shape.returns and random.random() < 0.15:
            # A refund in the column and another one in rows is asked about.
            rows[-1] = replace(rows[-1], refund=0)
            back = [_returned(random, rows[-1], shape) for _ in range(random.randint(1, 2))]
            rows += dict.fromkeys(back)  # a row that stands twice counts once
    order = f"{2 * 10**18}" if shape.ids else None
    rows.append(Row(order, users[0], FIRST_DAY, shape.amounts[-1]))
    random.shuffle(rows)
    return rows


def _returned(random: Random, bought: Row, shape: Shape) -> Row:
    """A negative row: of that order, of one that isn't there, or of none."""
    order = bought.order_id
    if shape.ids and (order is None or random.random() < 0.3):
        order = f"elsewhere-{random.randrange(10**6)}" if random.random() < 0.7 else None
    return Row(
        order if shape.ids else None,
        bought.user_id,
        bought.day + timedelta(random.randrange(5)),
        -random.choice([1, max(abs(bought.amount) // 2, 1), max(abs(bought.amount), 1)]),
        0,
        random.choice(["completed", "completed", "refunded", "cancelled"])
        if shape.statuses
        else "completed",
    )


def shops(shapes: Sequence[Shape] = SHAPES) -> st.SearchStrategy[list[Row]]:
    """Shops of some shapes."""
    return st.builds(
        lambda seed, shape: shop(Random(seed), shape),
        st.integers(0, 2**32),
        st.sampled_from(shapes),
    )


def money(cents: int) -> str:
    """Cents as exports write them."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


HEADER = ("order_id", "user_id", "order_time", "amount", "refund_amount", "status")


def cells(row: Row, *, times: int = 1) -> list[str]:
    """A row as text, amounts multiplied."""
    paid, back = money(row.amount * times), money(row.refund * times)
    return [row.order_id or "", row.user_id, row.day.isoformat(), paid, back, row.status]


def as_csv(rows: Sequence[Row], *, times: int = 1) -> str:
    """An export of the rows. Without an order id anywhere it has no such column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    skip = 0 if not rows or any(row.order_id for row in rows) else 1
    writer.writerow(HEADER[skip:])
    writer.writerows(cells(row, times=times)[skip:] for row in rows)
    return text.getvalue()


def write(path: Path, rows: Sequence[Row], *, times: int = 1) -> str:
    """Write an export; its name."""
    path.write_text(as_csv(rows, times=times), encoding="utf-8")
    return str(path)
