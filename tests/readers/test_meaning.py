"""What a column means is told by its values, too; what they leave open is a question with an answer."""

from __future__ import annotations

import csv
import io
import shlex
from pathlib import Path

import pytest

from helpers.running import Ran, userops
from userops.readers.meaning.headers import power_of_ten


def spent(ran: Ran) -> dict[str, tuple[str, str]]:
    """Of each user the orders, and what was spent."""
    assert ran.code == 0, ran.err
    rows = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    return {row["user_id"]: (row["frequency"], row["monetary"]) for row in rows}


def mended(ran: Ran) -> list[str]:
    """The options that a message proposes, as a shell parts them."""
    line = next(line for line in ran.err.splitlines() if line.strip().startswith("try:"))
    return shlex.split(line.strip().removeprefix("try:").split(";")[0])


def segment(path: Path, text: str, *options: str) -> Ran:
    path.write_text(text, encoding="utf-8")
    return userops("segment", path, "-f", "csv", *options)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


class TestAmounts:
    def test_a_unit_price_where_returns_have_a_negative_quantity(self, export: Path) -> None:
        ran = segment(
            export,
            "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"
            "5001,A1,12,2024-12-01 07:45:00,7.00,101\n5001,A2,12,2024-12-01 07:45:00,6.00,101\n"
            "5002,A3,12,2024-12-01 07:46:00,2.50,102\nC5003,A2,-12,2024-12-02 10:33:00,6.00,101\n",
        )
        assert spent(ran) == {"101": ("1", "84.00"), "102": ("1", "30.00")}
        assert "amount is 'Quantity' x 'Price'" in ran.err

    LINES = "order_id,user,date,sku,qty,price\n" + "".join(
        f"{at},u{at % 3},2025-01-0{1 + at % 9},P{at % 4},{1 + at % 3},{price:.2f}\n"
        for at in range(24)
        for price in [(3 + at % 4 * 2.5)]
    )

    def test_one_price_of_a_product_whatever_its_quantity(self, export: Path) -> None:
        ran = segment(export, self.LINES)
        total = sum((1 + at % 3) * (3 + at % 4 * 2.5) for at in range(24))
        assert sum(float(money) for _, money in spent(ran).values()) == total

    def test_a_price_that_grows_with_the_quantity_is_the_lines(self, export: Path) -> None:
        lines = [line.split(",") for line in self.LINES.splitlines()]
        rows = [[*line[:5], f"{int(line[4]) * float(line[5]):.2f}"] for line in lines[1:]]
        ran = segment(export, "\n".join(map(",".join, [lines[0], *rows])) + "\n")
        total = sum(float(row[5]) for row in rows)
        assert sum(float(money) for _, money in spent(ran).values()) == total

    UNSURE = "user,date,qty,price\nu1,2025-01-01,3,10.00\nu2,2025-01-02,2,8.00\n"

    def test_what_nothing_tells_is_asked_and_the_answer_helps(self, export: Path) -> None:
        ran = segment(export, self.UNSURE)
        assert ran.code == 3
        assert "'price' may be the price of one, or what 'qty' of it cost" in ran.err
        again = segment(export, self.UNSURE, *mended(ran))
        assert spent(again) == {"u1": ("1", "30.00"), "u2": ("1", "16.00")}
        line = segment(export, self.UNSURE, "--amount", "price")
        assert spent(line) == {"u1": ("1", "10.00"), "u2": ("1", "8.00")}

    def test_either_order_of_a_product(self, export: Path) -> None:
        ran = segment(export, self.UNSURE, "--amount", "price * qty")
        assert spent(ran) == {"u1": ("1", "30.00"), "u2": ("1", "16.00")}

    def test_no_cent_is_lost_in_a_product(self, export: Path) -> None:
        text = "user,date,qty,price\nu1,2025-01-01,3,0.335\nu2,2025-01-02,1,0.125\nu2,2025-01-02,1,0.135\n"
        ran = segment(export, text, "--amount", "qty * price")
        assert spent(ran) == {"u1": ("1", "1.00"), "u2": ("2", "0.26")}  # halves to even

    def test_pieces_called_amount(self, export: Path) -> None:
        ran = segment(
            export, "user,date,Amount,Price\nu1,2025-01-01,3,10.50\nu2,2025-01-02,2,8.25\n"
        )
        assert ran.code == 3
        assert mended(ran) == ["--amount", "Amount * Price"]

    def test_a_total_of_two_equal_lines_is_theirs(self, export: Path) -> None:
        ran = segment(
            export,
            "order_id,user,date,qty,unit price,total\n1,u1,2025-01-01,2,5.00,10.00\n"
            "1,u1,2025-01-01,1,10.00,10.00\n2,u2,2025-01-02,3,2.00,6.00\n",
        )
        assert spent(ran) == {"u1": ("1", "20.00"), "u2": ("1", "6.00")}

    def test_a_total_on_each_line_is_the_orders(self, export: Path) -> None:
        ran = segment(
            export,
            "order_id,user,date,qty,unit price,total\n1,u1,2025-01-01,2,5.00,20.00\n"
            "1,u1,2025-01-01,1,10.00,20.00\n2,u2,2025-01-02,3,2.00,6.00\n",
        )
        assert spent(ran) == {"u1": ("1", "20.00"), "u2": ("1", "6.00")}

    def test_a_column_named_by_its_currency(self, export: Path) -> None:
        ran = segment(export, "user,date,元\nu1,2025-01-01,3.50\n")
        assert spent(ran) == {"u1": ("1", "3.50")}


class TestRefunds:
    HEAD = "user,date,total,refund amount"

    def test_net_where_the_total_says_so(self, export: Path) -> None:
        ran = segment(
            export,
            "订单编号,买家会员名,总金额,买家实际支付金额,订单创建时间,订单付款时间,退款金额\n"
            "1,u1,99.0,0.0,2024-02-21 00:00:00,,0.0\n"
            "2,u1,25.0,25.0,2024-02-20 23:50:00,2024-02-20 23:51:00,0.0\n"
            "3,u2,60.0,0.0,2024-02-20 22:50:00,2024-02-20 22:51:00,60.0\n"
            "4,u2,100.0,65.0,2024-02-20 21:50:00,2024-02-20 21:51:00,35.0\n"
            "5,u3,300.0,140.0,2024-02-20 20:50:00,2024-02-20 20:51:00,160.0\n",
        )
        assert spent(ran) == {"u1": ("1", "25.00"), "u2": ("1", "65.00"), "u3": ("1", "140.00")}
        assert "already has '退款金额' subtracted" in ran.err

    def test_more_paid_back_than_is_left_is_net(self, export: Path) -> None:
        ran = segment(export, f"{self.HEAD}\nu1,2025-01-01,20,80\nu2,2025-01-02,0,50\n")
        assert spent(ran) == {"u1": ("1", "20.00")}

    def test_all_paid_back_of_what_stands_is_gross(self, export: Path) -> None:
        ran = segment(export, f"{self.HEAD}\nu1,2025-01-01,80,20\nu2,2025-01-02,50,50\n")
        assert spent(ran) == {"u1": ("1", "60.00")}

    def test_asked_where_nothing_tells(self, export: Path) -> None:
        text = f"{self.HEAD}\nu1,2025-01-01,80,20\n"
        ran = segment(export, text)
        assert ran.code == 3
        assert spent(segment(export, text, *mended(ran))) == {"u1": ("1", "60.00")}
        assert spent(segment(export, text, "--refunds", "net")) == {"u1": ("1", "80.00")}

    def test_our_own_names_are_defined(self, export: Path) -> None:
        ran = segment(export, "user_id,date,amount,refund\nu1,2025-01-01,80,20\n")
        assert spent(ran) == {"u1": ("1", "60.00")}

    def test_a_refund_column_by_another_name(self, export: Path) -> None:
        ran = segment(
            export,
            "Order ID,Order Status,Buyer,Paid Time,Created at,Order Amount,Order Refund Amount\n"
            "A1,Completed,a,2026-09-01,2026-09-01,36.00,0.00\nA2,Completed,b,2026-09-14,2026-09-14,16.00,16.00\n"
            "A3,Completed,a,2026-09-20,2026-09-20,15.00,5.00\n",
        )
        assert spent(ran) == {"a": ("2", "46.00")}


class TestOrderNumbers:
    def test_rounded_by_a_spreadsheet(self, export: Path) -> None:
        ran = segment(
            export,
            "订单编号,买家会员名,订单付款时间,买家实际支付金额,订单状态\n"
            "2025072511111120000,u1,2025-07-25 12:34:59,10.00,交易成功\n"
            "2025072511111120000,u1,2025-09-25 13:34:59,20.00,交易成功\n"
            "2025072711111120000,u2,2025-07-26 12:34:59,30.00,交易成功\n",
        )
        assert ran.code == 3
        assert "a spreadsheet, which keeps 15 digits" in ran.err

    STORES = (
        "order_no,store,customer_id,date,total\n1,north,u1,2024-01-01,10.00\n"
        "1,south,u2,2024-01-01,20.00\n2,north,u3,2024-01-02,5.00\n2,south,u1,2024-01-02,7.00\n"
    )

    def test_a_number_per_store(self, export: Path) -> None:
        ran = segment(export, self.STORES)
        assert ran.code == 3
        assert mended(ran) == ["--order-id", "store + order_no"]
        truth = {"u1": ("2", "17.00"), "u2": ("1", "20.00"), "u3": ("1", "5.00")}
        assert spent(segment(export, self.STORES, *mended(ran))) == truth
        assert spent(segment(export, self.STORES, "--order-id", "none")) == truth

    def test_a_number_that_begins_again(self, export: Path) -> None:
        text = (
            "order_no,customer_id,date,total\n1,u1,2024-01-01,10.00\n1,u1,2024-06-01,20.00\n"
            "2,u2,2024-01-01,5.00\n"
        )
        ran = segment(export, text)
        assert ran.code == 3
        assert spent(segment(export, text, *mended(ran)))["u1"] == ("2", "30.00")

    def test_several_shops_with_the_same_numbers(self, export: Path) -> None:
        other = export.with_name("other.csv")
        head = "order_no,customer_id,date,total\n"
        other.write_text(f"{head}1,v1,2024-01-01,1.00\n2,v2,2024-01-01,2.00\n")
        text = f"{head}1,u1,2024-01-01,10.00\n2,u2,2024-01-02,20.00\n"
        ran = segment(export, text, str(other))
        assert ran.code == 3
        assert len(spent(segment(export, text, str(other), *mended(ran)))) == 4

    def test_without_a_number_each_row_is_an_order_and_it_is_said(self, export: Path) -> None:
        ran = segment(export, "user,date,total\nu1,2025-01-01,3.50\n")
        assert "no order number: each row counts as an order" in ran.err

    def test_a_transaction_of_several_lines(self, export: Path) -> None:
        ran = segment(
            export,
            "Date,Category,Item,Qty,Net Sales,Transaction ID,Customer ID\n"
            "2026-06-20,Drinks,Latte,1.0,$7.00,T1,C1\n2026-06-20,Food,Bagel,1.0,$5.00,T1,C1\n",
        )
        assert spent(ran) == {"C1": ("1", "12.00")}


class TestUsers:
    def test_a_full_column_before_a_nearly_empty_one(self, export: Path) -> None:
        ran = segment(
            export,
            "Name,Email,Financial Status,Paid at,Total,Lineitem quantity,Lineitem name,Phone\n"
            "#1,,paid,2026-04-01,1500.00,1,Soap,+8801700000001\n#2,,paid,2026-04-02,1400.00,1,Soap,+8801700000002\n"
            "#3,x@y.example,paid,2026-04-03,1300.00,1,Soap,+8801700000003\n"
            "#4,,paid,2026-04-04,1200.00,1,Soap,+8801700000001\n",
        )
        assert spent(ran)["+8801700000001"] == ("2", "2700.00")

    def test_another_column_where_the_first_is_blank(self, export: Path) -> None:
        text = "customer id,email,date,total\n" + "".join(
            f"{'' if at % 5 == 0 else at},{'m' if at % 5 == 0 else at}@x.example,2025-01-01,10\n"
            for at in range(10)
        )
        ran = segment(export, text)
        assert spent(ran)["m@x.example"] == ("2", "20.00")
        assert "where 'customer id' is blank or nobody, the user is told by 'email'" in ran.err

    def test_an_id_of_each_order_beside_the_customers(self, export: Path) -> None:
        text = "order_id,customer_id,customer_unique_id,date,total\n" + "".join(
            f"{at},c{at},p{at % 20},2025-01-01,10\n" for at in range(40)
        )
        ran = segment(export, text)
        assert ran.code == 3
        assert mended(ran) == ["--map", "user_id=customer_unique_id"]
        assert spent(segment(export, text, *mended(ran)))["p1"] == ("2", "20.00")

    def test_one_masked_looking_name_is_a_name(self, export: Path) -> None:
        ran = segment(
            export,
            "买家昵称,付款时间,实付金额\n小蓝,2019-01-01,186\n阿绿,2019-01-02,145\n"
            "8xxxxx12345,2019-01-03,194\n小蓝,2019-02-01,99\n",
            "--map",
            "user_id=买家昵称",
        )
        assert spent(ran)["小蓝"] == ("2", "285.00")

    def test_few_masked_users_are_refused_row_by_row(self, export: Path) -> None:
        text = "phone,date,total\n" + "".join(
            f"{'138****0000' if at == 7 else 13800000000 + at},2025-01-01,10\n" for at in range(40)
        )
        ran = segment(export, text, "--max-rejects", "5%")
        assert len(spent(ran)) == 39
        assert "1 a masked user" in ran.err


class TestQuestions:
    def test_all_that_is_missing_at_once_from_the_values(self, export: Path) -> None:
        ran = segment(
            export,
            "Ref,Buyer Code,Tax Total,Order Worth Total,Placed\n1,9,4.55,50.00,2026-01-13\n2,8,5.45,60.00,2026-01-14\n",
        )
        assert ran.code == 3
        assert "no column for user_id, order_time, amount" in ran.err
        again = segment(
            export,
            export.read_text(),
            *mended(ran),
        )
        assert spent(again) == {"9": ("1", "50.00"), "8": ("1", "60.00")}

    def test_no_date_is_proposed_for_an_amount(self, export: Path) -> None:
        ran = segment(
            export,
            "Order_ID,Customer_ID,Product_ID,Quantity,Order_Date,Order_Time\n1,C01,67,5,24/02/2023,23:48:13\n",
        )
        assert ran.code == 3
        assert mended(ran) == ["--map", "amount=COLUMN"]

    def test_several_questions_have_one_line(self, export: Path) -> None:
        text = "user,date,qty,price,refund\nu1,2025-01-01,3,10.00,0\nu2,2025-01-02,2,8.00,0\n"
        ran = segment(export, text.replace("price", "total").replace(",0\n", ",1\n"))
        assert mended(ran) == ["--refunds", "gross"]

    def test_columns_nobody_reads_that_would_matter(self, export: Path) -> None:
        ran = segment(
            export,
            "user,date,total,Refunded to card,Discount\nu1,2025-01-01,30.00,5.00,2.00\n",
        )
        assert "'Refunded to card' looks like refunds, but isn't subtracted" in ran.err
        assert "'Discount' isn't subtracted" in ran.err

    def test_why_is_told_to_who_asks(self, export: Path) -> None:
        ran = segment(
            export,
            "Order_ID,Customer_ID,Order_Date,Order_Time,Total\n1,C01,24/02/2023,23:48:13,5\n",
            "-v",
        )
        assert "order_time from 'Order_Date': by its name; no value of 'Order_Time' fits" in ran.err

    def test_names_of_other_languages(self, export: Path) -> None:
        ran = segment(
            export,
            "Numéro client;Date de commande;Montant total (EUR);Numéro de commande\n7;2025-01-13;12,50;1\n",
        )
        assert spent(ran) == {"7": ("1", "12.50")}


class TestUnits:
    """What stands behind a name in brackets is a currency, or says something else."""

    def test_a_bracket_that_is_no_currency_is_a_part_of_the_name(self, export: Path) -> None:
        ran = segment(export, "user,date,Total (tax),paid sum\nu1,2025-01-01,1.90,10.00\n")
        assert ran.code == 3
        assert "no column for amount" in ran.err
        for name in ("金额(优惠)", "金额(万分)", "amount (per unit)"):
            assert segment(export, f"user,date,{name}\nu1,2025-01-01,1.25\n").code == 3, name

    def test_a_currency_in_the_header_is_that_of_the_amounts(self, export: Path) -> None:
        other = export.with_name("usd.csv")
        other.write_text("order_id,user,date,amount (USD)\n9,u1,2025-01-01,1.00\n")
        text = "order_id,user,date,amount (EUR)\n1,u1,2025-01-01,10.00\n"
        ran = segment(export, text, str(other))
        assert ran.code == 3
        assert "amounts in several currencies: EUR (1), USD (1)" in ran.err
        assert spent(segment(export, text)) == {"u1": ("1", "10.00")}

    def test_taxes_in_it(self, export: Path) -> None:
        ran = segment(export, "user,date,Order Total (incl. tax)\nu1,2025-01-01,1.25\n")
        assert spent(ran) == {"u1": ("1", "1.25")}


class TestProducts:
    GERMAN = "Kunde;Bestelldatum;Einzelpreis;Menge\n"

    def test_a_quantity_has_the_price_s_decimal_mark(self, export: Path) -> None:
        ran = segment(export, f"{self.GERMAN}7;2025-01-13;12,50;2,000\n8;2025-01-13;10,00;1,5\n")
        assert spent(ran) == {"7": ("1", "25.00"), "8": ("1", "15.00")}

    def test_what_no_name_tells_is_told_by_the_option(self, export: Path) -> None:
        text = "order_id,client,date,VK netto,Stk\n1,u1,2025-01-01,10.00,2\n"
        assert segment(export, text).code == 3
        assert spent(segment(export, text, "--amount", "Stk * VK netto")) == {"u1": ("1", "20.00")}
        assert spent(segment(export, text, "--amount", "VK netto")) == {"u1": ("1", "10.00")}

    def test_net_is_not_for_a_product(self, export: Path) -> None:
        text = "user,date,qty,price,refund\nu1,2025-01-01,2,10.00,1.00\n"
        ran = segment(export, text, "--amount", "qty * price", "--refunds", "net")
        assert ran.code == 2


def test_a_column_of_zeros_is_no_total(export: Path) -> None:
    """Where half was given back, what is left less that is 0, as shipping may be."""
    ran = segment(
        export,
        "user,date,paid,refund,shipping,order total\nu1,2025-01-01,40,40,0,80\n"
        "u2,2025-01-02,30,30,0,60\nu3,2025-01-03,80,0,0,80\n",
        "--map",
        "amount=paid",
    )
    assert spent(ran) == {"u1": ("1", "40.00"), "u2": ("1", "30.00"), "u3": ("1", "80.00")}


@pytest.mark.parametrize(
    "header",
    ["Sales (week)", "Sales (West)", "Amount (wire)", "Total (kilo)", "积分", "满减（元）"],
)
def test_what_only_begins_like_a_unit_counts_in_none(header: str) -> None:
    assert power_of_ten(header) == (0, "")
