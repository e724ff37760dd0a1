"""Whether a column is a unit's price, a line's amount, an order's total, or a number of pieces.

Told by what must then hold: price times quantity is the line's amount; the lines' sum is the order's
total; one product has one price, whatever its quantity; a return has a negative quantity.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from userops.core.messages import Note
from userops.core.shell import quoted
from userops.datasets.orders import PRICES, UNIT_PRICES
from userops.readers.meaning.evidence import Evidence, near
from userops.readers.meaning.headers import bare, folded
from userops.readers.meaning.profile import Column
from userops.readers.meaning.questions import Question

_UNIT, _UNSURE = frozenset(map(folded, UNIT_PRICES)), frozenset(map(folded, PRICES))
_PIECES = frozenset({"amount", "amounts", "numero", "anzahl", "jumlah"})
_PRODUCT = ("sku", "stockcode", "itemid", "productid", "productcode", "asin", "商品id", "商品编码")
# Of what must hold as large a part: the rest may be discounts.
_MOST = 0.95
# Of orders with several lines so many say the same on each where they repeat the order's total.
_REPEATED = 0.9
# A price that varies by no more than this is one price.
_ONE_PRICE = 1.3
# As many products that all say the same outweigh a column's name.
_OUTWEIGH = 5


def settle_amount(evidence: Evidence) -> None:
    """Take an order's amount for what it is: as it stands, or times the quantity; or ask."""
    taken, amount, quantity = (
        evidence.taken.get("amount"),
        evidence.of("amount"),
        evidence.of("quantity"),
    )
    # What the user or the maker says of a column needs no evidence.
    if taken is None or amount is None or taken.why != "name" or taken.times:
        return
    name = bare(amount.name)
    if quantity is None or quantity.position == amount.position:
        _ask_about_pieces(evidence, amount)
        return
    if name in _UNIT or name in _UNSURE:
        _settle_price(evidence, amount, quantity, sure=name in _UNIT)
        return
    price = evidence.named((*UNIT_PRICES, *PRICES), but=(amount.position, quantity.position))
    if price is not None:
        _settle_total(evidence, amount, price, quantity)
    elif _votes(evidence, amount, quantity) == "unit of many":
        _ask_for_product(evidence, amount, quantity)


def check_maker_totals(evidence: Evidence) -> None:
    """An order's total isn't repeated on its lines where these say different amounts, whoever made it."""
    amount, order = evidence.of("amount"), evidence.of("order_id")
    if evidence.totals != "order" or amount is None or order is None:
        return
    # A line without a number is of the order above.
    numbers = order.texts.fill_null(strategy="forward")
    lines = pl.DataFrame({"order": numbers, "amount": amount.numbers}).drop_nulls()
    orders = (
        lines.filter(pl.col("amount") > 0)
        .group_by("order")
        .agg(lines=pl.len(), equal=pl.col("amount").n_unique() == 1)
        .filter(pl.col("lines") > 1)
    )
    if len(orders) and not _rate(orders["equal"], orders["lines"] > 1) > _REPEATED:
        evidence.totals = None


def _settle_price(evidence: Evidence, price: Column, quantity: Column, *, sure: bool) -> None:
    """A column named as a price is the line's amount only where something shows it."""
    if not _several(evidence, price, quantity):
        return
    total = _product_of(evidence, price, quantity)
    if total is not None:
        evidence.change("amount", replace(
            evidence.taken["amount"], column=total.name, position=total.position,
            passed_over=(price.name, *_but(evidence.taken["amount"].passed_over, total.name)),
            reason=Note("it is {price!r} x {quantity!r}", price=price.name, quantity=quantity.name),
        ))  # fmt: skip
        evidence.totals = evidence.totals or "lines"
        return
    votes = "unit" if sure else _votes(evidence, price, quantity)
    if votes.startswith("unit"):
        _take_product(evidence, price, quantity)
    elif votes != "line":
        _ask_for_product(evidence, price, quantity)


def _take_product(evidence: Evidence, price: Column, quantity: Column) -> None:
    evidence.change(
        "amount",
        replace(
            evidence.taken["amount"],
            times=(quantity.name, quantity.position),
            reason=Note("{price!r} is the price of one", price=price.name),
        ),
    )
    evidence.totals = "lines"
    evidence.notes.append(
        Note(
            "{file}: amount is {quantity!r} x {price!r}; --amount overrides it",
            file=evidence.name,
            quantity=quantity.name,
            price=price.name,
        )
    )


def _ask_for_product(evidence: Evidence, price: Column, quantity: Column) -> None:
    evidence.questions.append(
        Question(
            f"{price.name!r} may be the price of one, or what {quantity.name!r} of it cost",
            (
                f"--amount {quoted(f'{quantity.name} * {price.name}')}",
                f"--amount {quoted(price.name)}",
            ),
        )
    )


def _settle_total(evidence: Evidence, amount: Column, price: Column, quantity: Column) -> None:
    """Whether an amount beside a price and a quantity is the line's or its order's."""
    if evidence.maker is not None or evidence.totals:
        return
    product = price.numbers * quantity.numbers
    told = product.is_not_null() & amount.numbers.is_not_null()
    several = told & (quantity.numbers.abs() != 1)
    lines = near(product, amount.numbers)
    if _rate(lines, several) >= _MOST and _rate(lines, told) >= _MOST:
        evidence.totals = "lines"
        return
    order = evidence.of("order_id")
    if order is None:
        return
    sums = pl.DataFrame(
        {"order": order.texts, "product": product, "amount": amount.numbers}
    ).drop_nulls()
    orders = sums.group_by("order").agg(
        total=pl.col("product").sum(),
        amount=pl.col("amount").max(),
        one=pl.col("amount").n_unique() == 1,
        lines=pl.len(),
    ).filter(pl.col("lines") > 1, pl.col("one"))  # fmt: skip
    if len(orders) and near(orders["total"], orders["amount"]).mean() >= _MOST:  # type: ignore[operator]
        evidence.totals = "order"


def _ask_about_pieces(evidence: Evidence, amount: Column) -> None:
    """A column called amount that counts small whole things, beside a price: pieces, not money."""
    if bare(amount.name) not in _PIECES or amount.whole < 1 or not amount.numeric:
        return
    price = evidence.named((*UNIT_PRICES, *PRICES), but=(amount.position,))
    most = amount.numbers.abs().max()
    if price is None or price.whole == 1 or not isinstance(most, float) or most > 1000:
        return
    total = _product_of(evidence, price, amount)
    if total is not None:
        evidence.change("quantity", replace(evidence.taken["amount"], field="quantity"))
        evidence.change(
            "amount",
            replace(evidence.taken["amount"], column=total.name, position=total.position),
        )
        return
    evidence.questions.append(
        Question(
            f"{amount.name!r} may be money, or how many of {price.name!r} were bought",
            (
                f"--amount {quoted(f'{amount.name} * {price.name}')}",
                f"--amount {quoted(amount.name)}",
            ),
        )
    )


def _several(evidence: Evidence, price: Column, quantity: Column) -> bool:
    """Whether anything was bought more or less than once on a line: of all rows, not of the first."""
    if (quantity.numbers.drop_nulls() != 1).any():
        return True
    if evidence.profiles.whole:
        return False
    cells = evidence.whole([quantity.position]).to_series()
    numbers = Column(quantity.name, quantity.position, cells).numbers
    return bool((numbers.drop_nulls() != 1).any())


def _product_of(evidence: Evidence, price: Column, quantity: Column) -> Column | None:
    """The column that is price times quantity, throughout and not by chance."""
    product = price.numbers * quantity.numbers
    several = product.is_not_null() & (quantity.numbers.abs() != 1)
    if not several.any():
        return None
    for other in evidence.others():
        if other.position in (price.position, quantity.position):
            continue
        same = near(product, other.numbers)
        if _rate(same, several) >= _MOST and _rate(same, product.is_not_null()) >= _MOST:
            return other
    return None


def _votes(evidence: Evidence, price: Column, quantity: Column) -> str:
    """What the values say that a column is: a "unit"'s price or the "line"'s; "" for neither.

    "unit of many" where as many products agree as outweigh a name.
    """
    numbers = pl.DataFrame({"price": price.numbers, "quantity": quantity.numbers})
    returns = numbers.filter(pl.col("quantity") < 0, pl.col("price") != 0)
    positive = _rate(returns["price"] > 0, returns["price"].is_not_null())
    if len(returns) and positive >= _MOST:
        return "unit"
    if len(returns) and positive <= 1 - _MOST:
        return "line"
    product = evidence.of("product") or evidence.named(_PRODUCT)
    if product is None:
        return ""
    priced = numbers.with_columns(product=product.texts).filter(
        pl.col("quantity") > 0, pl.col("price") > 0, pl.col("product").is_not_null()
    )
    each = pl.col("price") / pl.col("quantity")
    spread = priced.group_by("product").agg(
        quantities=pl.col("quantity").n_unique(),
        level=pl.col("price").median(),
        price=pl.col("price").max() / pl.col("price").min(),
        each=each.max() / each.min(),
    ).filter(pl.col("quantities") > 1)  # fmt: skip
    unit = spread.filter(pl.col("price") <= _ONE_PRICE, pl.col("each") > _ONE_PRICE)
    line = spread.filter(pl.col("each") <= _ONE_PRICE, pl.col("price") > _ONE_PRICE)
    if len(unit) > 3 * len(line):
        many = len(unit) >= _OUTWEIGH and not len(line) and unit["level"].n_unique() > 2
        return "unit of many" if many else "unit"
    return "line" if len(line) > 3 * len(unit) else ""


def _but(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _rate(hits: pl.Series, of: pl.Series) -> float:
    """The share of some rows that are hits; 0 of none."""
    rows = int(of.sum())
    return int((hits & of).sum()) / rows if rows else 0.0
