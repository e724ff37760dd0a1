"""Exports of more makers, each a small file in its shape: who bought, when, and what it came to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from helpers.ways import carefully
from userops.readers.events import Events
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions


@dataclass(frozen=True)
class Maker:
    """An export's text, and what its users spent in how many orders, the last of them when."""

    name: str
    title: str
    text: str
    users: dict[str, tuple[int, str, str]]  # orders, net amount, last day
    options: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())


MAKERS = [
    Maker(
        "bigcommerce",
        "BigCommerce orders",
        """Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Status,Subtotal (inc tax),Tax Total,Order Total (inc tax),Order Total (ex tax),Refund Amount,Order Currency Code,Total Quantity,Channel Name
100,5,Ann,ann@a.example,13/01/2026,Shipped,45.00,4.55,50.00,45.45,0.00,AUD,1,Web
101,6,Ben,ben@a.example,14/01/2026,Completed,55.00,5.45,60.00,54.55,0.00,AUD,2,Web
102,5,Ann,ann@a.example,15/01/2026,Partially Refunded,65.00,6.36,70.00,63.64,10.00,AUD,1,Web
103,6,Ben,ben@a.example,16/01/2026,Awaiting Payment,9.00,0.82,9.00,8.18,0.00,AUD,1,Web
""",
        {"5": (2, "110.00", "2026-01-15"), "6": (1, "60.00", "2026-01-14")},
        left_out=("1 cancelled, unpaid or closed",),
    ),
    Maker(
        "magento",
        "Magento orders",
        """ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,Customer Email,Subtotal,Shipping and Handling,Payment Method,Total Refunded
000000001,Main Website Store,2026-01-05 17:35:09,Ann A,Ann A,$34.00,$34.00,complete,ann@a.example,29.00,5.00,checkmo,$0.00
000000002,Main Website Store,2026-01-06 10:00:00,Ben B,Ben B,$20.00,$20.00,closed,ben@a.example,20.00,0.00,checkmo,$20.00
000000003,Main Website Store,2026-01-07 10:00:00,Ann A,Ann A,$50.00,$50.00,processing,ann@a.example,50.00,0.00,checkmo,$12.50
000000004,Main Website Store,2026-01-08 10:00:00,Ann A,Ann A,$11.00,$11.00,pending,ann@a.example,11.00,0.00,checkmo,
""",
        {"ann@a.example": (2, "71.50", "2026-01-07")},
        left_out=("1 fully refunded", "1 cancelled, unpaid or closed"),
    ),
    Maker(
        "prestashop",
        "PrestaShop orders",
        """ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date
5;KHWLILZLL;1;France;A. ANN;€20.90;Bank wire;Awaiting bank wire payment;2026-01-05 09:00:00
4;FFATNOMMJ;0;France;B. BEN;€14.90;Payment by check;Payment accepted;2026-01-04 09:00:00
3;UOYEVOLI;1;France;A. ANN;€61.80;Credit card;Delivered;2026-01-03 09:00:00
2;OHSATSERP;1;France;B. BEN;€69.90;Credit card;Refunded;2026-01-02 09:00:00
""",
        {"A. ANN": (1, "61.80", "2026-01-03"), "B. BEN": (1, "14.90", "2026-01-04")},
        left_out=("1 fully refunded", "1 cancelled, unpaid or closed"),
    ),
    Maker(
        "square",
        "Square transactions",
        """Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,Total Collected,Source,Card,Cash,Fees,Net Total,Transaction ID,Payment ID,Device Name,Details,Description,Event Type,Location,Customer ID,Customer Name,Customer Reference ID
2026-01-05,17:35:09,Eastern Time (US & Canada),$10.00,$0.00,$10.00,$0.00,$0.80,$1.00,$0.00,$11.80,Point of Sale,$11.80,$0.00,$0.40,$11.40,T1,P1,iPad,d,Tea,Payment,Shop,C1,Ann,
2026-01-06,10:00:00,Eastern Time (US & Canada),$20.00,$0.00,$20.00,$0.00,$1.60,$0.00,$0.00,$21.60,Point of Sale,$21.60,$0.00,$0.60,$21.00,T2,P2,iPad,d,Pot,Payment,Shop,C2,Ben,
2026-01-07,10:00:00,Eastern Time (US & Canada),($5.00),$0.00,($5.00),$0.00,($0.40),$0.00,$0.00,($5.40),Point of Sale,($5.40),$0.00,$0.00,($5.40),T3,P3,iPad,d,Pot,Refund,Shop,C2,Ben,
""",
        {"C1": (1, "11.80", "2026-01-05"), "C2": (1, "16.20", "2026-01-06")},
    ),
    Maker(
        "ebay",
        "eBay orders",
        """Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Item Number,Item Title,Custom Label,Quantity,Sold For,Shipping And Handling,Total Price,Payment Method,Sale Date,Paid On Date,Ship By Date
501,04-11111-00001,ann_1,Ann,a@e.example,2201,Lamp,L1,1,$12.00,$3.00,$15.00,PayPal,Sep-28-26,Sep-28-26,Sep-30-26
502,04-11111-00002,ben_2,Ben,b@e.example,,,,3,$40.00,$5.00,$45.00,PayPal,Sep-29-26,Sep-30-26,Oct-02-26
502,04-11111-00002,ben_2,Ben,b@e.example,2202,Chair,C1,1,$25.00,$5.00,,PayPal,Sep-29-26,Sep-30-26,Oct-02-26
502,04-11111-00002,ben_2,Ben,b@e.example,2203,Cup,C2,2,$15.00,$0.00,,PayPal,Sep-29-26,Sep-30-26,Oct-02-26

2,record(s) downloaded,,,,,,,,,,,,,,
Seller ID : lamps_and_more,,,,,,,,,,,,,,,
""",
        {"ann_1": (1, "15.00", "2026-09-28"), "ben_2": (1, "45.00", "2026-09-30")},
        left_out=("2 a remark",),
    ),
    Maker(
        "etsy",
        "Etsy orders",
        """Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Date Shipped,Currency,Order Value,Discount Amount,Shipping,Sales Tax,Order Total,Status,Card Processing Fees,Order Net,Adjusted Order Total,Adjusted Card Processing Fees,Adjusted Net Order Amount,Buyer,Order Type,Payment Type
01/05/26,9001,ann1,Ann A,Ann,A,1,Credit Card,01/06/26,USD,40.00,0,5.00,0,45.00,Shipped,2.00,43.00,0,0,0,Ann A (ann1),online,online_cc
01/07/26,9002,ben2,Ben B,Ben,B,2,Credit Card,01/08/26,USD,45.00,0,0,0,45.00,Shipped,2.00,43.00,38.89,2.00,36.89,Ben B (ben2),online,online_cc
01/20/26,9003,cat3,Cat C,Cat,C,1,Credit Card,,USD,30.00,0,0,0,30.00,Shipped,1.50,28.50,0,1.50,-1.50,Cat C (cat3),online,online_cc
""",
        {"ann1": (1, "45.00", "2026-01-05"), "ben2": (1, "38.89", "2026-01-07")},
        left_out=("1 fully refunded",),
    ),
    Maker(
        "tiktok",
        "TikTok Shop orders",
        """Order ID,Order Status,Order Substatus,Cancelation/Return Type,SKU ID,Seller SKU,Product Name,Variation,Quantity,Sku Quantity of return,SKU Unit Original Price,SKU Subtotal Before Discount,SKU Subtotal After Discount,Order Amount,Order Refund Amount,Created Time,Paid Time,Buyer Username,Product Category
577001,Completed,Delivered,,1,S1,Serum,,1,,20.00,20.00,18.00,36.00,0.00,2026-09-01 10:00:00,2026-09-01 10:05:00,user_a,Beauty
577001,Completed,Delivered,,2,S2,Mask,,2,,9.00,18.00,18.00,36.00,0.00,2026-09-01 10:00:00,2026-09-01 10:05:00,user_a,Beauty
577002,Completed,Delivered,Return/Refund,1,S1,Serum,,1,1,16.00,16.00,16.00,16.00,16.00,2026-09-14 10:00:00,2026-09-14 10:05:00,user_b,Beauty
577003,Completed,Delivered,Return/Refund,3,S3,Oil,,1,,15.00,15.00,15.00,15.00,5.00,2026-09-20 10:00:00,2026-09-20 10:05:00,user_a,Beauty
577004,Canceled,Canceled,Cancel,1,S1,Serum,,1,,18.00,18.00,18.00,18.00,0.00,2026-09-21 10:00:00,,user_c,Beauty
""",
        {"user_a": (2, "46.00", "2026-09-20")},
        left_out=("1 fully refunded", "1 cancelled, unpaid or closed"),
    ),
    Maker(
        "shopee",
        "Shopee orders",
        """Order ID,Order Status,Cancel reason,Return / Refund Status,Tracking Number*,Order Creation Date,Order Paid Time,Parent SKU Reference No.,Product Name,SKU Reference No.,Variation Name,Original Price,Deal Price,Quantity,Product Subtotal,Buyer Paid Shipping Fee,Grand Total,Username (Buyer),Receiver Name,Phone Number,Order Complete Time
2609010001,Completed,,,,2026-09-01 10:00,2026-09-01 10:05,,Soap,S1,,5.00,4.00,2,8.00,2.00,15.00,ann_s,Ann,****11,2026-09-05 10:00
2609010001,Completed,,,,2026-09-01 10:00,2026-09-01 10:05,,Gel,S2,,6.00,5.00,1,5.00,2.00,15.00,ann_s,Ann,****11,2026-09-05 10:00
2609020002,To ship,,,,2026-09-02 10:00,2026-09-02 10:05,,Soap,S1,,5.00,4.00,1,4.00,2.00,6.00,ben_s,Ben,****22,
2609030003,Cancelled,Out of stock,,,2026-09-03 10:00,,,Soap,S1,,5.00,4.00,1,4.00,2.00,6.00,ben_s,Ben,****22,
""",
        {"ann_s": (1, "15.00", "2026-09-01"), "ben_s": (1, "6.00", "2026-09-02")},
        left_out=("1 cancelled, unpaid or closed",),
    ),
    Maker(
        "lazada",
        "Lazada orders",
        """orderItemId;orderType;deliveryType;lazadaId;sellerSku;lazadaSku;wareHouse;createTime;updateTime;orderNumber;customerName;customerEmail;shippingName;payMethod;paidPrice;unitPrice;sellerDiscountTotal;shippingFee;itemName;variation;status;refundAmount
1;Normal;;L1;S1;S1-L;main;05 Jan 2026 18:10;06 Jan 2026 09:00;88001;Ann;ann@l.example;Ann;COD;12.00;12.00;0;0;Cup;;delivered;0
2;Normal;;L2;S2;S2-L;main;05 Jan 2026 18:10;06 Jan 2026 09:00;88001;Ann;ann@l.example;Ann;COD;8.00;10.00;2.00;0;Lid;;delivered;0
3;Normal;;L3;S1;S1-L;main;07 Jan 2026 18:10;08 Jan 2026 09:00;88002;Ben;ben@l.example;Ben;COD;12.00;12.00;0;0;Cup;;returned;12.00
4;Normal;;L4;S1;S1-L;main;09 Jan 2026 18:10;09 Jan 2026 19:00;88003;Ben;ben@l.example;Ben;COD;12.00;12.00;0;0;Cup;;confirmed;0
""",
        {"ann@l.example": (1, "20.00", "2026-01-05"), "ben@l.example": (1, "12.00", "2026-01-09")},
        left_out=("1 fully refunded",),
    ),
    Maker(
        "odoo",
        "Odoo sales orders",
        """Order Reference,Creation Date,Customer,Salesperson,Activities,Company,Total,Status
S00001,2026-01-05 10:00:00,Azure Interior,Mitchell,,Yours,150.00,Sales Order
S00002,2026-01-06 10:00:00,Deco Addict,Mitchell,,Yours,80.00,Quotation Sent
S00003,2026-01-07 10:00:00,Azure Interior,Mitchell,,Yours,20.00,Locked
""",
        {"Azure Interior": (2, "170.00", "2026-01-07")},
        left_out=("1 cancelled, unpaid or closed",),
    ),
    Maker(
        "olist",
        "Olist orders",
        """order_id,customer_id,customer_unique_id,order_status,order_purchase_timestamp,order_approved_at,payment_type,payment_value
a1,c1,ann,delivered,2018-01-05 10:00:00,2018-01-05 11:00:00,credit_card,35.90
a2,c2,ann,shipped,2018-02-05 10:00:00,2018-02-06 11:00:00,boleto,10.10
a3,c3,ben,canceled,2018-02-07 10:00:00,,credit_card,99.00
a4,c4,ben,invoiced,2018-02-08 10:00:00,,credit_card,12.00
""",
        {"ann": (2, "46.00", "2018-02-06"), "ben": (1, "12.00", "2018-02-08")},
        left_out=("1 cancelled, unpaid or closed",),
    ),
    Maker(
        "onlineretail",
        "Online Retail",
        """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
5001,A1,BALL,12,2024-12-01 07:45:00,7.00,101,Utopia
5001,A2,STAR,12,2024-12-01 07:45:00,6.00,101,Utopia
5002,A3,BOWL,3,2024-12-01 07:46:00,2.55,102,Utopia
C5003,A2,STAR,-12,2024-12-02 10:33:00,6.00,101,Utopia
""",
        {"101": (1, "84.00", "2024-12-01"), "102": (1, "7.65", "2024-12-01")},
    ),
    Maker(
        "youzan",
        "Youzan orders",
        """订单号,订单状态,订单创建时间,买家付款时间,买家手机号,订单实付金额,订单退款状态,订单已退款金额
E1,交易完成,2026-09-01 10:00:00,2026-09-01 10:01:00,13800000001,100.00,退款成功(部分退款),30.00
E2,交易完成,2026-09-05 10:00:00,2026-09-05 10:01:00,13800000002,80.00,退款成功(全额退款),80.00
E3,交易完成,2026-09-06 10:00:00,2026-09-06 10:01:00,13800000003,70.00,退款成功(全额退款),——
E4,已发货,2026-09-10 10:00:00,2026-09-10 10:01:00,13800000001,60.00,,0.00
""",
        {"13800000001": (2, "130.00", "2026-09-10")},
        left_out=("2 fully refunded",),
    ),
    Maker(
        "douyin",
        "Douyin orders",
        """主订单编号,子订单编号,选购商品,商品数量,订单应付金额,用户id,订单提交时间,订单状态,售后状态
D1,D1,茶,1,30.00,u1,2026-09-01 10:00:00,已完成,-
D2,D2a,茶,1,20.00,u1,2026-09-02 10:00:00,已完成,退款成功
D2,D2b,杯,1,15.00,u1,2026-09-02 10:00:00,已完成,-
D3,D3,茶,1,30.00,u2,2026-09-03 10:00:00,已完成,退款成功
""",
        {"u1": (2, "45.00", "2026-09-02")},
        left_out=("2 fully refunded",),
    ),
]  # fmt: skip


def spent(path: Path, *options: str) -> dict[str, tuple[int, str, str]]:
    ran = userops("segment", path, "-f", "json", "--max-rejects", "0", *options)
    assert ran.code == 0, ran.err
    return {
        row["user_id"]: (row["frequency"], f"{row['monetary']:.2f}", last_day(row))
        for row in json.loads(ran.out)
    }


def last_day(row: dict[str, object]) -> str:
    return str(row["last_order"])


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_a_small_file_in_its_shape(maker: Maker, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(maker.text, encoding="utf-8")
    assert spent(path, *maker.options) == maker.users
    with carefully():
        assert spent(path, *maker.options) == maker.users
    said = userops("segment", path, *maker.options).err
    assert f"{maker.title} (for it has" in said
    for reason in maker.left_out:
        assert reason in said


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_the_settings_that_init_writes_mean_the_same(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text(maker.text, encoding="utf-8")
    assert userops("init", "orders.csv", *maker.options).code == 0
    ran = userops("segment", "-f", "json", "--max-rejects", "0")
    assert ran.code == 0, ran.err
    found = {row["user_id"]: f"{row['monetary']:.2f}" for row in json.loads(ran.out)}
    assert found == {user: amount for user, (_, amount, _) in maker.users.items()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("onlineretail", "amount is 'Quantity' x 'Price'"),
        ("etsy", "a refund is 'Order Total' less 'Adjusted Order Total', where that was adjusted"),
        ("douyin", "'售后状态' overrules the status, where it speaks of a return"),
    ],
)
def test_what_a_rule_does_is_said(name: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(next(one.text for one in MAKERS if one.name == name), encoding="utf-8")
    assert said in userops("segment", path).err


def test_the_settings_keep_a_product_of_any_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("o.csv").write_text("order_id,user_id,date,qty,unit price\n1,u1,2025-01-01,3,2.00\n2,u2,2025-01-02,1,5.00\n")  # fmt: skip
    assert userops("init", "o.csv").code == 0
    assert 'amount = "qty * unit price"' in Path("userops.toml").read_text()
    rows = json.loads(userops("segment", "-f", "json").out)
    assert {row["user_id"]: row["monetary"] for row in rows} == {"u1": 6, "u2": 5}


def test_another_column_named_for_the_amount_is_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID,Line Total\n1,A,2,2024-12-01 07:45:00,3.00,u1,6.50\n")  # fmt: skip
    assert spent(path, "--map", "amount=Line Total") == {"u1": (1, "6.50", "2024-12-01")}
    assert spent(path, "--map", "amount=Price") == {"u1": (1, "6.00", "2024-12-01")}


def test_a_product_that_cant_be_made_is_refused_not_taken_for_the_price(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    head = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID"
    path.write_text(f"{head}\n1,A,B,2,2024-12-01 07:45:00,3.00,u1\n2,A,B,two,2024-12-01 07:45:00,3.00,u2\n3,A,B,,2024-12-01 07:45:00,3.00,u3\n")  # fmt: skip
    ran = userops("segment", path, "-f", "json", "--max-rejects", "2")
    assert [(row["user_id"], row["monetary"]) for row in json.loads(ran.out)] == [("u1", 6)]
    assert "2 refused (2 not an amount)" in ran.err


def test_an_olist_customer_id_is_no_user(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,customer_id,order_status,order_purchase_timestamp,price\n1,c1,delivered,2018-01-01 10:00:00,5.00\n")  # fmt: skip
    ran = userops("segment", path)
    assert ran.code == 3
    assert "customer_unique_id is the user" in ran.err


def test_youzan_customers_are_users(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("客户姓名,客户昵称,客户手机号,累计退款金额,分销员,来源渠道,来源方式,成为客户时间,成为会员时间\n张三,小张,13800000001,0.00,——,网店,扫码,2026-01-01 10:00:00,——\n李四,小李,13800000002,0.00,——,门店,扫码,——,2026-01-03 10:00:00\n", encoding="utf-8")  # fmt: skip
    ran = userops("check", path, "--dataset", "users", "--show", "columns", "-f", "json")
    assert ran.code == 0, ran.err
    fields = {row["field"]: row["column"] for row in json.loads(ran.out)}
    assert fields["user_id"] == "客户手机号"
    assert fields["registered_time"] == "成为客户时间"
    assert "Youzan customers" in ran.err


def test_ga4_records_of_keys_and_values_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    session = '{"key": "ga_session_id", "value": {"string_value": null, "int_value": "77"}}'
    page = '{"key": "page_location", "value": {"string_value": "https://s.example/a", "int_value": null}}'
    path.write_text(
        "\n".join(
            f'{{"event_date": "20210101", "event_timestamp": "{at}", "event_name": "{name}", '
            f'"event_params": [{session}, {page}], "user_pseudo_id": "p1", "items": []}}'
            for at, name in ((1609464800123456, "view_item"), (1609465000123456, "purchase"))
        )
    )
    with workspace() as space:
        events = Events.open([str(path)], ReadOptions(), space)
        taken = {one.field: one.column for one in events.exports[0].taken.values()}
        assert events.exports[0].preset == "ga4"
        assert taken["session_id"] == "event_params.ga_session_id"
        assert taken["page"] == "event_params.page_location"
        rows = events.rows().frame
        assert rows["session_id"].to_list() == ["77", "77"]


def test_ga4_records_in_parquet_are_columns_as_in_json(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    nothing = {"string_value": None, "int_value": None}
    rows = [
        {
            "event_timestamp": at,
            "event_name": name,
            "event_params": [
                {"key": "ga_session_id", "value": nothing | {"int_value": 77}},
                {"key": "page_location", "value": nothing | {"string_value": page}},
            ],
            "user_pseudo_id": "p1",
            "traffic_source": {"source": "search", "medium": None},
        }
        for at, name, page in ((1609464800123456, "view", "/a"), (1609465000123456, "buy", None))
    ]
    pl.DataFrame(rows).write_parquet(path)
    with workspace() as space:
        read = Events.open([str(path)], ReadOptions(), space).rows().frame
    assert read["session_id"].to_list() == ["77", "77"]
    assert read["page"].to_list() == ["/a", None]
    assert read["channel"].to_list() == ["search", "search"]
