"""Costs as ad platforms export them: spans, units, totals, the file as the channel, grain by spacing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.customers.costs import Costs, spans_of
from userops.datasets.costs import COSTS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

# Makers' files: the channel, the currency, and rows of campaign, first day, last day, minor units.
META = """Campaign name,Ad set name,Amount spent (USD),Impressions,Reach,Results,Link clicks,Purchases,Reporting starts,Reporting ends
,,150.50,3000,2000,12,90,6,2026-01-01,2026-01-31
Winter,Broad,100.25,2000,1500,8,60,4,2026-01-01,2026-01-31
Retarget,Warm,50.25,1000,700,4,30,2,2026-01-01,2026-01-31
"""
META_BY_DAY = """Campaign name,Day,Amount spent (EUR),Impressions,Reporting starts,Reporting ends
,,30.00,300,2026-01-01,2026-01-02
Winter,2026-01-01,10.00,100,2026-01-01,2026-01-01
Winter,2026-01-02,20.00,200,2026-01-02,2026-01-02
"""
GOOGLE = """Campaign report
"January 1, 2026 - January 31, 2026"
Campaign,Campaign state,Campaign type,Day,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value
Brand,Enabled,Search,2026-01-01,USD,"1,000.00",900,80,8,400.00
Generic,Enabled,Search,2026-01-02,USD,20.00,300,20,1,30.00
Total: Campaigns, --, --, --, --,"1,020.00",1200,100,9,430.00
Total: Account, --, --, --, --,"1,020.00",1200,100,9,430.00
"""
OCEAN = """日期,计划名称,消耗(元),展示数,点击数,转化数,成交金额
2026-01-01,新客A,100.00,1000,100,5,300.00
2026-01-02,新客A,50.50,500,50,2,120.00
合计,,150.50,1500,150,7,420.00
"""
TENCENT = """日期,创意名称,花费,曝光次数,点击次数,注册次数
2026-01-01,图1,30.00,300,30,3
2026-01-02,图2,20.00,200,20,1
合计,-,50.00,500,50,4
"""
XIAOHONGSHU = """时间,标题,笔记ID,发布作者,类型,消费,展现量,点击量
2026-01-01,春天,65a,小红,合作,12.00,100,9
2026-01-02,夏天,65b,小红,合作,8.00,90,7
"""
BAIDU = """日期,推广计划名称,展现,点击,消费
2026-01-01,品牌词,100,10,5.50
2026-01-02,品牌词,90,9,4.50
总计,,190,19,10.00
"""


def day(text: str) -> int:
    return to_day(date.fromisoformat(text))


def read(folder: Path, *texts: str, **options: object) -> Rows:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"costs-{number}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    with workspace() as space:
        how = ReadOptions(max_rejects="0", **options)  # type: ignore[arg-type]
        return Opened.open(paths, COSTS, how, space).rows()


def spent(rows: Rows) -> list[tuple[str, str | None, int, int, int]]:
    spans, _ = spans_of(rows.frame)
    cells = rows.frame.select("channel", "campaign", "cost").rows()
    return [
        (channel, campaign, *span, cost)
        for (channel, campaign, cost), span in zip(cells, spans, strict=True)
    ]


@pytest.mark.parametrize(
    ("maker", "text", "currency", "left_out", "expected"),
    [
        ("metaads", META, "USD", 1, [
            ("meta", "Winter", day("2026-01-01"), day("2026-01-31"), 10025),
            ("meta", "Retarget", day("2026-01-01"), day("2026-01-31"), 5025),
        ]),
        ("metaads", META_BY_DAY, "EUR", 1, [
            ("meta", "Winter", day("2026-01-01"), day("2026-01-01"), 1000),
            ("meta", "Winter", day("2026-01-02"), day("2026-01-02"), 2000),
        ]),
        ("googleads", GOOGLE, "USD", 2, [
            ("google", "Brand", day("2026-01-01"), day("2026-01-01"), 100000),
            ("google", "Generic", day("2026-01-02"), day("2026-01-02"), 2000),
        ]),
        ("oceanengine", OCEAN, "CNY", 1, [
            ("巨量", "新客A", day("2026-01-01"), day("2026-01-01"), 10000),
            ("巨量", "新客A", day("2026-01-02"), day("2026-01-02"), 5050),
        ]),
        ("tencentads", TENCENT, None, 1, [
            ("腾讯", "图1", day("2026-01-01"), day("2026-01-01"), 3000),
            ("腾讯", "图2", day("2026-01-02"), day("2026-01-02"), 2000),
        ]),
        ("xiaohongshu", XIAOHONGSHU, None, 0, [
            ("小红书", "春天", day("2026-01-01"), day("2026-01-01"), 1200),
            ("小红书", "夏天", day("2026-01-02"), day("2026-01-02"), 800),
        ]),
        ("baiduads", BAIDU, None, 1, [
            ("百度", "品牌词", day("2026-01-01"), day("2026-01-01"), 550),
            ("百度", "品牌词", day("2026-01-02"), day("2026-01-02"), 450),
        ]),
    ],
)  # fmt: skip
def test_makers_of_ads(
    maker: str, text: str, currency: str | None, left_out: int, expected: object, tmp_path: Path
) -> None:
    rows = read(tmp_path, text)
    assert rows.exports[0].preset == maker
    assert spent(rows) == expected
    assert rows.facts.currency.code == currency
    assert rows.facts.tally.refused == {}
    totals = {"a row of totals": left_out} if left_out else {}
    assert rows.facts.tally.left_out == totals
    assert rows.rejects().is_empty()


@pytest.mark.parametrize(
    "above",
    [
        '"January 1, 2026 - January 31, 2026"',
        "January 1, 2026 - January 31, 2026",
        "Jan 1, 2026 – Jan 31, 2026",
        "日期范围：2026年1月1日至2026年1月31日",
        "01/01/2026 - 31/01/2026",
    ],
)
def test_the_days_above_the_header_are_those_of_costs_without_days(
    above: str, tmp_path: Path
) -> None:
    text = f"Campaign report\n{above}\nCampaign,Campaign state,Cost\nBrand,Enabled,20.00\n"
    rows = read(tmp_path, text)
    assert spent(rows) == [("google", "Brand", day("2026-01-01"), day("2026-01-31"), 2000)]


@pytest.mark.parametrize(
    "above", ["01/02/2026 - 03/02/2026", "All time", "2026-03-01 - 2026-02-01"]
)
def test_days_that_cant_be_told_are_asked_for(above: str, tmp_path: Path) -> None:
    text = f"Campaign report\n{above}\nCampaign,Campaign state,Cost\nBrand,Enabled,20.00\n"
    with pytest.raises(InputError, match="no column for period"):
        read(tmp_path, text)


def test_files_of_several_makers_are_channels_beside_each_other(tmp_path: Path) -> None:
    rows = read(tmp_path, TENCENT, BAIDU)
    assert {row[0] for row in spent(rows)} == {"腾讯", "百度"}


def test_a_channel_can_be_named_for_a_file_that_names_none(tmp_path: Path) -> None:
    text = "campaign,date,cost\nA,2026-01-01,5.00\nB,2026-01-02,6.00\n"
    with pytest.raises(InputError, match="no column for channel") as caught:
        read(tmp_path, text)
    assert "--channel NAME" in caught.value.mend
    assert [row[:2] for row in spent(read(tmp_path, text, channel="mail"))] == [
        ("mail", "A"),
        ("mail", "B"),
    ]
    # It names no channel where there is a column.
    named = read(tmp_path, "channel,date,cost\nads,2026-01-01,5.00\n", channel="mail")
    assert spent(named)[0][0] == "ads"


def test_the_option_wins_over_the_maker_and_reaches_the_tables(tmp_path: Path) -> None:
    orders, costs = tmp_path / "orders.csv", tmp_path / "costs.csv"
    orders.write_text("order_id,user_id,date,amount,channel\n1,u1,2026-01-05,90.00,fb\n2,u2,2026-01-06,60.00,fb\n3,u3,2026-01-31,1.00,mail\n")  # fmt: skip
    costs.write_text(META, encoding="utf-8")
    asked = ("--show", "channels", "-f", "json")
    ran = userops("ltv", orders, "--costs", costs, "--channel", "fb", *asked)
    assert ran.code == 0, ran.err
    cost = {row["channel"]: row["cost"] for row in json.loads(ran.out)}
    assert cost["fb"] == 150.5
    assert "channel is 'fb'" in ran.err
    assert "1 left out (1 a row of totals)" in ran.err


def test_each_of_several_files_can_have_its_channel(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,user_id,date,amount,channel\n1,u1,2026-01-01,90.00,bing\n2,u2,2026-01-02,60.00,mail\n")  # fmt: skip
    for name, cost in (("bing", "5.00"), ("letters", "7.00")):
        (tmp_path / f"{name}.csv").write_text(f"date,cost\n2026-01-01,{cost}\n")
    costs = ("--costs", tmp_path / "bing.csv", "--costs", tmp_path / "letters.csv")
    asked = ("ltv", orders, *costs, "--show", "channels", "-f", "json")
    assert "or --channel NAME" in userops(*asked).err
    named = ("--channel", "bing.csv=bing", "--channel", "letters.csv=mail")
    rows = json.loads(userops(*asked, *named).out)
    assert {row["channel"]: row["cost"] for row in rows if row["cost"]} == {"bing": 5, "mail": 7}


def test_a_campaign_is_never_a_channel(tmp_path: Path) -> None:
    text = "campaign,channel,date,cost\nA,ads,2026-01-01,5.00\nA,ads,2026-01-01,5.00\nB,ads,2026-01-01,5.00\n"
    rows = read(tmp_path, text)
    assert [row[:2] for row in spent(rows)] == [("ads", "A"), ("ads", "A"), ("ads", "B")]


def test_two_campaigns_of_one_cost_in_two_exports_are_two(tmp_path: Path) -> None:
    one, two = (f"campaign,channel,date,cost\n{name},ads,2026-01-01,5.00\n" for name in "AB")
    assert len(read(tmp_path, one, two).frame) == 2
    assert len(read(tmp_path, one, one).frame) == 1


def test_no_period_at_all_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column for period") as caught:
        read(tmp_path, "创意名称,花费,曝光次数,点击次数,注册次数\n图1,30.00,300,30,3\n")
    assert "export it by day, or with columns from and to" in caught.value.mend


def test_a_month_beside_its_days_is_said() -> None:
    export = pl.DataFrame(
        {
            "channel": ["a", "a", "a", "b", "b"],
            "period": ["2025-01", "2025-01-05", "2025-01-06", "2025-01", "2025-02"],
            "cost": [100, 1, 1, 5, 5],
        }
    )
    first = to_day(date(2025, 1, 1))
    notes = Costs.of(export, first, first + 60).notes
    assert [note.facts["channels"] for note in notes if note.startswith("costs: spans")] == [("a",)]
