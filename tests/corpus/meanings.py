"""Rows 50 to 56: what rows mean together."""

from __future__ import annotations

from corpus.cases import BODY, HEADER, PLAIN, SPENT, Case, csv, named

LINES = "order_id,user_id,order_time,amount,item\n"
FIRST_ONLY = "o1,u1,2024-01-01,30,a\no1,,,,b\no1,,,,c\no2,u2,2024-01-02,5,a\n"
REPEATED = "o1,u1,2024-01-01,30,a\no1,u1,2024-01-01,30,b\no2,u2,2024-01-02,5,a\n"
OWN = "o1,u1,2024-01-01,30,a\no1,u1,2024-01-01,12,b\no2,u2,2024-01-02,5,a\n"
STATUS = "order_id,user_id,order_time,amount,status\n"


CASES = [
    Case(50, "blank totals", csv(LINES + FIRST_ONLY), spent={"u1": 30.0, "u2": 5.0}, told=["4 rows read: 4 used"]),
    Case(50, "repeated totals", csv(LINES + REPEATED), spent={"u1": 30.0, "u2": 5.0}, told=["the order's total, repeated"]),
    Case(50, "own amounts", csv(LINES + OWN), spent={"u1": 42.0, "u2": 5.0}, told=["the line's own"]),
    Case(51, "the same row twice", csv(PLAIN + "o1,u1,2024-01-01,10.00\n"), spent=SPENT, told=["1 the same row twice"]),
    Case(51, "overlapping", named(("a.csv", PLAIN), ("b.csv", HEADER + BODY.splitlines()[2] + "\no4,u2,2024-01-04,1\n")),
         spent={"u1": 15.0, "u2": 21.5}, told=["1 also in a later export"], untold=["differ between exports"]),
    Case(51, "overlapping, without ids",
         named(("a.csv", "user,date,total\nu1,2024-01-01,5\nu1,2024-01-01,5\n"), ("b.csv", "user,date,total\nu1,2024-01-01,5\nu1,2024-01-02,7\n")),
         spent={"u1": 17.0}, told=["1 also in a later export"]),
    Case(52, "changed", named(("a.csv", PLAIN), ("b.csv", HEADER + "o1,u1,2024-01-01,99.00\n")),
         spent={"u1": 104.0, "u2": 20.5}, told=["1 order differs between exports; the later export's content counts"]),
    Case(52, "changed, the other way round", named(("b.csv", HEADER + "o1,u1,2024-01-01,99.00\n"), ("a.csv", PLAIN)), spent=SPENT,
         told=["1 order differs between exports"]),
    Case(53, "two users", csv(PLAIN + "o1,u2,2024-01-01,10.00\n"), spent={"u1": 5.0, "u2": 20.5},
         refused=[(2, "", "an order of two users"), (5, "", "an order of two users")]),
    Case(54, "refund alone", csv(PLAIN + "r1,u1,2024-01-05,-3\n"), spent={"u1": 12.0, "u2": 20.5}, told=["1 refund without its order was netted from its user's spend"]),
    Case(54, "refund of its order", csv(PLAIN + "o1,u1,2024-01-05,-3\n"), spent={"u1": 12.0, "u2": 20.5}, untold=["without their order"]),
    Case(55, "everyone tied", csv(HEADER + "".join(f"o{i},u{i},2024-01-01,5\n" for i in range(10))), spent={f"u{i}": 5.0 for i in range(10)}),
    Case(55, "one order", csv(HEADER + "o1,u1,2024-01-01,5\n"), spent={"u1": 5.0}),
    Case(55, "one order of nothing", csv(HEADER + "o1,u1,2024-01-01,0\n"), spent={"u1": 0.0}),
    Case(56, "before the first row", csv(PLAIN), ["--as-of", "2023-01-01"], spent={}, told=["3 after as_of", "no rows were used"]),
    Case(0, "unknown status", csv(STATUS + "o1,u1,2024-01-01,5,paid\no2,u1,2024-01-01,5,weird\no3,u1,2024-01-01,5,odd\n"), code=3,
         told=["unknown in 'status': odd (1), weird (1)", "--status odd=valid"]),
    Case(0, "statuses told", csv(STATUS + "o1,u1,2024-01-01,5,weird\no2,u2,2024-01-01,6,odd\n"), ["--status", "weird=valid", "--status", "ODD=void"],
         spent={"u1": 5.0}, told=["1 cancelled, unpaid or closed"]),
    Case(0, "blank status", csv(STATUS + "o1,u1,2024-01-01,5,paid\no2,u1,2024-01-01,5,\n"), code=3, told=["1 row has nothing in 'status'"]),
    Case(0, "unpaid without a date", csv(STATUS + "o1,u1,2024-01-01,5,paid\no2,u2,,5,待付款\n"), spent={"u1": 5.0},
         told=["2 rows read: 1 used, 1 left out (1 cancelled, unpaid or closed)"]),
    Case(0, "refunded", csv(STATUS + "o1,u1,2024-01-01,5,paid\no2,u2,2024-01-01,5,refunded\n"), spent={"u1": 5.0}, told=["1 fully refunded"]),
]  # fmt: skip
