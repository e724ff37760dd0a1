"""Makers of exports: recognised, named, overridden; the same shop gives the same segments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from corpus import makers
from helpers.running import userops
from userops.core.errors import InputError
from userops.datasets import DATASETS
from userops.readers import presets
from userops.readers.events import Events
from userops.readers.exports import open_all
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.strict import read as strict
from userops.readers.strict.read import StrictRows
from userops.readers.values import text as text_values

SHOP = makers.shop()
HERE = ["--tz", "Asia/Shanghai"]


def segments(path: Path, *options: str) -> tuple[list[dict[str, object]], str]:
    ran = userops("segment", path, *HERE, "-f", "json", *options)
    assert ran.code == 0, ran.err
    return json.loads(ran.out), ran.err


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    path = tmp_path_factory.mktemp("generic") / "orders.csv"
    path.write_bytes(makers.generic(SHOP))
    return segments(path)[0]


@pytest.mark.parametrize("maker", makers.ORDERS)
def test_the_same_shop_gives_the_same_segments(
    maker: str, tmp_path: Path, expected: list[dict[str, object]]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(makers.ORDERS[maker](SHOP))
    found, said = segments(path)
    assert found == expected
    assert "refused" not in said
    if maker != "generic":
        title = next(preset.title for preset in presets.known() if preset.name == maker)
        assert f"{title} (for it has" in said


@pytest.mark.parametrize("maker", makers.ORDERS)
def test_each_can_be_named(maker: str, tmp_path: Path, expected: list[dict[str, object]]) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(makers.ORDERS[maker](SHOP))
    assert segments(path, "--source", maker.upper())[0] == expected


def test_an_unknown_source_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(makers.generic(SHOP))
    ran = userops("segment", path, "--source", "shopfy")
    assert ran.code == 2
    assert "unknown source: shopfy" in ran.err
    assert "did you mean shopify?" in ran.err


def test_amazon_is_refused_unless_a_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.txt"
    path.write_bytes(makers.amazon(SHOP))
    ran = userops("segment", path)
    assert ran.code == 3
    assert "doesn't say who bought" in ran.err
    assert userops("segment", path, "--map", "user_id=merchant-order-id").code == 0


def test_map_and_status_override_the_maker(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(makers.shopify(SHOP))
    found, said = segments(path, "--map", "user_id=Phone", "--status", "pending=valid")
    assert {row["user_id"] for row in found} == {
        order.user for order in SHOP if order.fate != "whole"
    }
    assert "cancelled, unpaid or closed" not in said


def test_generic_turns_the_maker_off(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(makers.youzan(SHOP))
    _, said = segments(path, "--source", "generic")
    assert "Youzan" not in said


def test_a_second_column_serves_when_the_first_is_masked(
    tmp_path: Path, expected: list[dict[str, object]]
) -> None:
    text = makers.taobao(SHOP).decode("gbk")
    names = {order.user for order in SHOP}
    for name in names:  # the member's name is masked, the account isn't
        text = text.replace(f"{name},a***@qq.com", f"t**1,{name}")
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    found, said = segments(path)
    assert found == expected
    assert "user_id from '买家支付宝账号', for '买家会员名' is masked" in said


def read(name: str, content: bytes, folder: Path, dataset: str = "events") -> StrictRows:
    path = folder / name
    path.write_bytes(content)
    how = ReadOptions(timezone="Asia/Shanghai")
    with workspace() as space:
        exports = open_all([str(path)], DATASETS[dataset], how, space)
        return strict.whole(exports, DATASETS[dataset], how)


@pytest.mark.parametrize("maker", makers.EVENTS)
def test_the_same_visits_give_the_same_events(maker: str, tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(makers.EVENTS[maker](SHOP))
    with workspace() as space:
        events = Events.open([str(path)], ReadOptions(timezone="Asia/Shanghai"), space)
        (rows,), facts = events.reduce([everything])
        assert events.exports[0].preset == maker
    wanted = sorted(
        (user, event, time.replace(tzinfo=None)) for user, time, event, _ in makers.visits(SHOP)
    )
    assert sorted(rows.iter_rows()) == wanted
    assert facts.tally.used == len(wanted)
    assert sum(facts.tally.left_out.values()) == (7 if maker == "mixpanel" else 0)


def everything(events: pl.LazyFrame) -> pl.LazyFrame:
    return events.select("user_id", "event", pl.col("event_time").dt.truncate("1s"))


def test_json_lines_refuse_what_is_no_object(tmp_path: Path) -> None:
    lines = makers.mixpanel(SHOP[:3]).decode().splitlines()[:3]
    deep = '{"a":' * 20 + "1" + "}" * 20
    bad = ['{"event":', "[1]", "", deep, "{" * 100_000]
    found = read("events.jsonl", "\n".join([*lines, *bad]).encode(), tmp_path)
    assert len(found.good) == 3
    assert found.tally(3, {}).refused == {
        "not JSON": 2,
        "not a JSON object": 1,
        "too deeply nested": 1,
    }
    assert found.rejects()["line"].to_list() == [4, 5, 7, 8]


def test_json_lines_keep_long_ids(tmp_path: Path) -> None:
    row = '{"order_id": 1234567890123456789, "user_id": 9007199254740993, "date": "2024-01-01", "amount": 1.10}'
    found = read("orders.jsonl", row.encode(), tmp_path, "orders")
    assert found.good.row(0, named=True)["user_id"] == "9007199254740993"
    assert found.good["amount"].to_list() == [110]


@pytest.mark.parametrize(
    "whole", ["[{row},{row2},5]", "[\n {row},\n {row2}, 5]", '{{"errcode": 0, "orders": [{row}, {row2}, 5]}}', '{{\n"orders": [{row}, {row2}, 5]\n}}']
)  # fmt: skip
def test_a_json_document_is_read_whole(tmp_path: Path, whole: str) -> None:
    row = '{"order_id": 1234567890123456789, "user_id": "u1", "date": "2024-01-01", "amount": 1.10}'
    text = whole.format(row=row, row2=row.replace("789,", "780,"))
    found = read("orders.json", text.encode(), tmp_path, "orders")
    assert found.good["order_id"].to_list() == ["1234567890123456789", "1234567890123456780"]
    assert found.rejects().select("line", "reason").rows() == [(3, "not a JSON object")]


def test_an_object_with_a_list_is_a_row(tmp_path: Path) -> None:
    row = b'{"order_id": 1, "user_id": "u1", "date": "2024-01-01", "amount": 1.10, "items": [{"sku": 5}, {"sku": 6}]}'
    assert read("orders.jsonl", row, tmp_path, "orders").good["order_id"].to_list() == ["1"]


def test_a_large_json_array_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("userops.readers.files.jsonlines._MOST", 5)
    with pytest.raises(InputError, match="is one JSON array"):
        read("orders.json", b'[{"a": 1}]', tmp_path, "orders")


def test_wecom_customers_are_users(tmp_path: Path) -> None:
    found = read("customers.csv", makers.wecom(SHOP), tmp_path, "users")
    assert found.exports[0].preset == "wecom"
    assert set(found.good["user_id"]) == {order.user for order in SHOP}
    assert found.good["registered_time"].null_count() == 0


@pytest.mark.parametrize("preset", presets.known(), ids=lambda preset: preset.name)
def test_each_preset_is_sound(preset: presets.Preset) -> None:
    dataset = DATASETS[preset.dataset]
    fields = {field.name for field in dataset.fields}
    assert set(preset.columns) <= fields
    assert set(preset.blank) <= set(preset.columns)
    assert preset.tell
    for columns in preset.tell:
        assert presets.find(dataset, columns, None) is not None
    if preset.masked:
        assert pl.Series([preset.masked]).str.contains(text_values.MASKED).all()
    needed = set(dataset.needed) - ({"user_id"} if preset.refuse else set())
    needed -= {"channel"} if preset.channel else set()
    if preset.refuse and not preset.columns:  # of sums without users nothing is read
        needed = set()
    needed -= {*preset.from_name}
    assert needed <= set(preset.columns)
    for product in preset.products:
        assert any(name.strip() in preset.columns["amount"] for name in product.split("*"))
    assert re.fullmatch("[a-z0-9]+", preset.name)
