"""Make a chat archive, the stays of its groups and a small orders export: seeded, by time, as an archive writes it.

    python benchmarks/generate_chats.py 20_000_000

Messages: message_id (10 characters), group_id (6), user_id (9), time, kind, text (a few words of Chinese, of which
one in fifty names an order), over the year 2025. Fifty messages to a member, of whom few write most; two hundred
members to a group. Stays: who joined before the year or in its first half; one in five leaves in its second half
and writes until then. The orders are a thousand users'. Holds all rows in memory: 20 million take 6 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from generate import DATA

YEAR = 1_735_689_600  # 2025-01-01, seconds
DAY, DAYS = 86_400, 365
TEXTS = ("好的", "收到，谢谢", "这款奶粉什么时候有货", "已下单", "请问怎么用券", "宝宝很喜欢", "明天发货吗", "+1")  # fmt: skip


def _numbered(letter: str, digits: int, numbers: pl.Expr) -> pl.Expr:
    return letter + numbers.cast(pl.String).str.zfill(digits)


def _times(seconds: np.ndarray) -> pl.Series:
    return pl.Series((seconds * 1_000_000).astype(np.int64)).cast(pl.Datetime("us"))


def stays(members: int, random: np.random.Generator) -> pl.DataFrame:
    """`member, group, joined, left`: seconds, NaN of who is still there."""
    joined = YEAR + random.integers(-180 * DAY, 180 * DAY, members)
    left = YEAR + random.integers(190 * DAY, DAYS * DAY, members).astype(np.float64)
    left[random.random(members) > 0.2] = np.nan
    return pl.DataFrame(
        {
            "member": np.arange(members),
            "group": np.arange(members) // 200,
            "joined": joined,
            "left": left,
        }
    )


def messages(rows: int, of: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """`member, group, second, text` of each message, by time."""
    members = of.height
    member = (members * random.random(rows) ** 2).astype(np.int64).clip(0, members - 1)
    member = random.permutation(members)[member]
    first = np.maximum(of["joined"].to_numpy()[member], YEAR)
    last = np.nan_to_num(of["left"].to_numpy(), nan=YEAR + DAYS * DAY)[member] - 1
    second = first + (random.random(rows) * (last - first)).astype(np.int64)
    return (
        pl.DataFrame(
            {"member": member, "second": second, "text": random.integers(0, len(TEXTS), rows)}
        )
        .sort("second", "member")
        .with_columns(group=pl.col("member") // 200)
    )


def export(rows: int, seed: int = 1) -> Path:
    """The messages as Parquet, with `-memberships` and `-orders` beside them, made unless they're there."""
    name = f"{rows // 1_000_000}m" if rows % 1_000_000 == 0 else f"{rows}"
    target = DATA / f"chats-{name}.parquet"
    if target.exists():
        return target
    DATA.mkdir(exist_ok=True)
    random = np.random.default_rng(seed)
    people = stays(max(rows // 50, 1), random)
    user = _numbered("wx", 7, pl.col("member"))
    group = _numbered("g", 5, pl.col("group"))
    people.select(
        group_id=group, user_id=user, joined=_times(people["joined"].to_numpy()),
        left=pl.Series(people["left"].to_numpy() * 1e6).fill_nan(None).cast(pl.Int64).cast(pl.Datetime("us")),
    ).write_parquet(target.with_name(f"{target.stem}-memberships.parquet"))  # fmt: skip
    order = pl.int_range(1_000)
    pl.DataFrame({"n": range(1_000)}).select(
        order_id=_numbered("o", 9, pl.col("n")), user_id=_numbered("u", 8, pl.col("n")),
        order_time=pl.lit(YEAR * 1_000_000).cast(pl.Datetime("us")) + pl.duration(minutes=order * 525),
        amount=pl.lit(50.0),
    ).write_parquet(target.with_name(f"{target.stem}-orders.parquet"))  # fmt: skip
    written = messages(rows, people, random)
    texts = pl.Series(TEXTS)
    written.select(
        message_id=_numbered("m", 9, pl.int_range(pl.len())), group_id=group, user_id=user,
        time=_times(written["second"].to_numpy()), kind=pl.lit("text"),
        text=pl.lit(texts).gather(pl.col("text").cast(pl.UInt32)),
    ).write_parquet(target)  # fmt: skip
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    print(export(parser.parse_args().rows))
