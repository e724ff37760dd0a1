"""Rows 1 to 22: what a file is."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import polars as pl

from corpus.cases import BODY, HEADER, PLAIN, SPENT, Case, Make, csv, named

CHINESE = "订单编号,买家会员名,订单付款时间,买家实际支付金额\n"
NAMES = {"张伟": 15.0, "王芳": 20.5}
NAMED = CHINESE + BODY.replace("u1", "张伟").replace("u2", "王芳")
LATE = (
    HEADER
    + "".join(f"n{i},u{i},2024-01-01,1.00\n" for i in range(30_000))
    + "x,王芳,2024-01-02,5\n"
)

LATIN = "order_id,customer,order_time,amount\n" + "".join(
    f"o{i},{name},2024-01-02,{i}.00\n"
    for i, name in enumerate(["José Müller", "Zoë Löfgren", "Hélène Brûlé", "Søren Kjær"] * 6)
)


def zipped(name: str, content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def parquet(folder: Path) -> list[Path]:
    path = folder / "orders.csv"
    pl.read_csv(io.StringIO(PLAIN), infer_schema=False).write_parquet(path)
    return [path]


def wide(folder: Path) -> list[Path]:
    path = folder / "wide.csv"
    path.write_text(",".join(f"column{i}" for i in range(100_000)) + "\n" + "," * 99_999 + "\n")
    return [path]


def long_field(quote: str) -> Make:
    def make(folder: Path) -> list[Path]:
        path = folder / "long.csv"
        with path.open("w") as file:
            file.write(HEADER + f"o1,u1,2024-01-01,{quote}")
            for _ in range(50):
                file.write("x" * (1 << 20))
            file.write(f"{quote}\n" + BODY)
        return [path]

    return make


CASES = [
    Case(1, "empty", csv(""), code=3, told=["orders.csv: is empty"]),
    Case(1, "only a mark", csv(b"\xef\xbb\xbf"), code=3, told=["orders.csv: is empty"]),
    Case(1, "only blanks", csv("\n \n\n"), code=3, told=["orders.csv: is empty"]),
    Case(2, "header only", csv(HEADER), spent={}, told=["the exports hold no rows"]),
    Case(2, "header only, no line end", csv(HEADER.strip()), spent={}, told=["the exports hold no rows"]),
    Case(3, "mark", csv(PLAIN.encode("utf-8-sig")), spent=SPENT),
    Case(4, "gbk", csv(NAMED.encode("gbk")), spent=NAMES, told=["read as gb18030", "isn't UTF-8"]),
    Case(4, "gb18030 with four bytes", csv(NAMED.replace("张伟", "张㐂").encode("gb18030")),
         spent={"张㐂": 15.0, "王芳": 20.5}),
    Case(4, "gbk header alone", csv((CHINESE + BODY).encode("gbk")), spent=SPENT, told=["read as gb18030"]),
    Case(4, "first name far down", csv(LATE.encode("gbk")), told=["30,001 rows read: 30,001 used", "read as gb18030"]),
    Case(5, "utf-16 with mark", csv(NAMED.encode("utf-16")), spent=NAMES, told=["read as utf-16"]),
    Case(5, "utf-16 without", csv(PLAIN.encode("utf-16-le")), spent=SPENT, told=["read as utf-16-le"]),
    Case(5, "utf-16, told", csv(NAMED.encode("utf-16-be")), ["--encoding", "utf-16-be"], spent=NAMES),
    Case(6, "two encodings", csv(NAMED.encode() * 50 + "o9,李娜,2024-01-05,1\n".encode("gbk")), code=3,
         told=[f"byte {50 * len(NAMED.encode()) + 3:,} (0xc0) isn't UTF-8, though the text around it is", "--encoding"]),
    Case(6, "an invalid byte", csv(PLAIN.encode().replace(b"u2", b"u\xff")), code=3,
         told=["byte 62 (0xff) is neither UTF-8 nor surely anything else"]),
    Case(6, "a flipped bit eats no comma", csv(PLAIN.encode().replace(b"u2", b"\xf5a")), code=3, told=["byte 61 (0xf5)"]),
    Case(6, "not what it's told to be", csv(NAMED.encode("gbk")), ["--encoding", "utf-8"], code=3,
         told=["isn't utf-8"]),
    Case(6, "no such encoding", csv(PLAIN), ["--encoding", "utf-9"], code=3, told=["--encoding utf-9: no such encoding"]),
    Case(6, "latin", csv(LATIN.encode("cp1252")), told=["read as cp1252", "24 used"]),
    Case(7, "nul", csv(PLAIN.replace("u2", "u\0002")), spent={"u1": 15.0}, refused=[(3, "user_id", "a NUL character")]),
    Case(8, "returns alone", csv(PLAIN.replace("\n", "\r")), spent=SPENT),
    Case(8, "returns alone in gbk", csv(NAMED.replace("\n", "\r").encode("gbk")), spent=NAMES),
    Case(8, "crlf", csv(PLAIN.replace("\n", "\r\n")), spent=SPENT),
    Case(8, "mixed", csv(PLAIN.replace("00\n", "00\r\n", 1).replace("50\n", "50\r")), spent=SPENT),
    Case(9, "semicolon", csv(PLAIN.replace(",", ";")), spent=SPENT),
    Case(9, "tab", csv(PLAIN.replace(",", "\t")), spent=SPENT),
    Case(9, "bar", csv(PLAIN.replace(",", "|")), spent=SPENT),
    Case(9, "semicolons around commas", csv(PLAIN.replace(",", ";").replace(".", ",")), spent=SPENT),
    Case(10, "sep", csv("sep=,\n" + PLAIN), spent=SPENT),
    Case(10, "sep semicolon", csv("\ufeffsep=;\r\n" + PLAIN.replace(",", ";")), spent=SPENT),
    Case(11, "preamble", csv("支付宝交易记录明细查询\n账号:[x@y.cn]\n起始日期:[2024-01-01]\n-----\n" + NAMED), spent=NAMES,
         told=["the header is on line 5"]),
    Case(12, "header again", csv(PLAIN + HEADER + "o4,u1,2024-01-03,1\n"), spent={"u1": 16.0, "u2": 20.5},
         refused=[(5, "", "the header again")]),
    Case(12, "totals", csv(PLAIN + "合计,,,35.50\n"), spent=SPENT, told=["1 left out (1 a row of totals)"]),
    Case(12, "totals in English", csv(PLAIN + ",Total:,,35.50\n"), spent=SPENT, told=["1 left out (1 a row of totals)"]),
    Case(12, "totals of an account", csv(PLAIN + "Total: Account,,,35.50\n"), spent=SPENT, told=["1 left out (1 a row of totals)"]),
    Case(12, "junk second row", csv(HEADER + "编号,用户,时间,元\n" + BODY), spent=SPENT, told=["1 left out (1 a row of descriptions)"]),
    Case(13, "blank lines", csv(PLAIN.replace("o2", "\n\no2") + "\n,,,\n"), spent=SPENT,
         told=["7 rows read: 3 used, 4 left out (4 blank line)"]),
    Case(13, "a blank line at the end", csv(PLAIN + "\n"), spent=SPENT, told=["1 blank line"]),
    Case(14, "short", csv(PLAIN + "o4,u1\no5,u2,2024-01-03,1\n"), spent={"u1": 15.0, "u2": 21.5},
         refused=[(5, "", "too few fields")], raw={5: "o4,u1"}),
    Case(14, "long", csv(PLAIN + "o4,u1,2024-01-03,1,234.00\n"), spent=SPENT, refused=[(5, "", "too many fields")],
         raw={5: "o4,u1,2024-01-03,1,234.00"}),
    Case(14, "short among quotes", csv(PLAIN.replace("u1", '"u1"') + "o4,u1\n"), spent=SPENT, refused=[(5, "", "too few fields")]),
    Case(15, "never closed", csv(PLAIN + 'o4,"u1,2024-01-03,1\no5,u2,2024-01-03,1\n'), spent={"u1": 15.0, "u2": 21.5},
         refused=[(5, "", "a quote is never closed")], raw={5: 'o4,"u1,2024-01-03,1'}),
    Case(15, "astray", csv(PLAIN + 'o4,"u"1,2024-01-03,1\n'), spent=SPENT, refused=[(5, "", "a quote inside of a field")]),
    Case(16, "newlines inside", csv('order_id,note,user_id,order_time,amount\no1,"two\nlines, ""quoted""\n",u1,2024-01-01,5\no2,,u1,x,5\n'),
         spent={"u1": 5.0}, refused=[(5, "order_time", "not a date")]),
    Case(17, "a needed column twice", csv(PLAIN.replace("order_id", "amount")), code=3, told=["'amount' stands 2 times"]),
    Case(17, "another column twice", csv("x,x,user_id,order_time,amount\n1,2,u1,2024-01-01,5\n"), spent={"u1": 5.0}),
    Case(18, "odd header", csv("\u3000ＯＲＤＥＲ＿ＩＤ , User-ID,\"Order Time\",ＡＭＯＵＮＴ\n" + BODY), spent=SPENT),
    Case(19, "50 MB field", long_field(""), code=3, told=["line 2 is longer than 32 MB"]),
    Case(19, "50 MB quoted", long_field('"'), code=3, told=["line 2 is longer than 32 MB"]),
    Case(19, "100,000 columns", wide, code=3, told=["first line is longer than"]),
    Case(19, "20,000 columns", csv(",".join(map(str, range(20_000))) + "\n"), code=3, told=["has 20,000 columns"]),
    Case(20, "no user", csv(PLAIN.replace("user_id", "buyr")), code=3,
         told=["no column for user_id", "--map user_id=", "order_id, buyr, order_time, amount"]),
    Case(20, "mapped to none", csv(PLAIN), ["--map", "user_id=usr_id"], code=3, told=["no column named 'usr_id' for user_id", "--map user_id=user_id"]),
    Case(21, "parquet named csv", parquet, spent=SPENT, told=["named .csv, but holds Parquet"]),
    Case(21, "csv named xlsx", named(("orders.xlsx", PLAIN)), spent=SPENT, told=["named .xlsx, but holds text"]),
    Case(21, "csv named parquet", named(("orders.parquet", PLAIN)), spent=SPENT, told=["named .parquet, but holds text"]),
    Case(22, "gzip", named(("orders.csv.gz", gzip.compress(PLAIN.encode()))), spent=SPENT),
    Case(22, "gzip cut short", named(("orders.csv.gz", gzip.compress(PLAIN.encode())[:-12])), code=3, told=["orders.csv.gz: damaged"]),
    Case(22, "zip", named(("orders.zip", zipped("a.csv", PLAIN))), spent=SPENT),
    Case(22, "zip of none", named(("orders.zip", b"PK\x03\x04" + b"x" * 40)), code=3, told=["orders.zip: a damaged zip"]),
]  # fmt: skip
