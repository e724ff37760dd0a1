"""Needed fields without a column: one error for all of them, with what the values suggest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from userops.core.errors import InputError, NoColumn
from userops.core.shell import quoted
from userops.datasets.fields import Field, Type
from userops.readers.meaning.headers import bare, folded, words
from userops.readers.meaning.people import speaks_of_users
from userops.readers.meaning.profile import Column, Profiles

# Of a header of thousands no name is worth the time.
_GUESSED_FROM = 400
_SHOWN = 40
# Words of columns that are meant, by what their values are, and of those that never are.
_AMOUNT_WORDS = {
    *(
        "total",
        "amount",
        "sum",
        "revenue",
        "paid",
        "price",
        "sales",
        "value",
        "net",
        "gross",
        "pay",
    ),
    *("montant", "betrag", "summe", "importe", "valor", "importo", "bedrag", "harga", "jumlah"),
}
_AMOUNT_PARTS = ("金额", "实付", "总额", "总价", "价", "money", "金額", "금액")
_NO_AMOUNT = {
    *("tax", "vat", "shipping", "freight", "delivery", "discount", "coupon", "fee", "fees", "tip"),
    *("quantity", "qty", "count", "number", "no", "id", "code", "zip", "phone", "age", "weight"),
    *("refund", "refunded", "refunds", "rate", "percent", "commission", "cost", "points", "rank"),
}
_NO_AMOUNT_PARTS = (
    "税",
    "运费",
    "邮费",
    "折扣",
    "优惠",
    "数量",
    "件数",
    "积分",
    "退款",
    "佣金",
    "编号",
    "电话",
)
_TIME_WORDS = {"date", "time", "created", "paid", "ordered", "placed", "datum", "fecha", "tanggal"}
_NO_TIME = {
    *("birth", "birthday", "dob", "shipped", "shipping", "delivered", "delivery", "cancelled"),
    *("canceled", "updated", "modified", "refund", "refunded", "due", "expiry", "registered"),
}
_NO_TIME_PARTS = ("生日", "发货", "收货", "取消", "更新", "修改", "退款", "注册")
_NO_USER = {
    "sku",
    "product",
    "item",
    "order",
    "store",
    "shop",
    "country",
    "city",
    "address",
    "agent",
}


def missing(
    name: str,
    fields: Sequence[Field],
    header: Sequence[str],
    profiles: Profiles | None,
    spare: Collection[int] = (),
    *,
    dataset: str,
) -> NoColumn:
    """No columns serve some fields of a dataset; the mend names what could, by name and by values.

    `spare` are the columns that serve other fields.
    """
    options = []
    used = set(spare)
    for field in fields:
        at = _suggestion(field, header, profiles, used)
        used |= {at} if at is not None else set()
        column = quoted(header[at]) if at is not None else "COLUMN"
        options.append(f"--map {field.name}={column}")
    lacking = ", ".join(field.name for field in fields)
    hints = "".join(f"; {field.hint}" for field in fields if field.hint)
    return NoColumn(
        f"{name}: no column for {lacking}",
        mend=f"{' '.join(options)}{hints}; the file has: {_listed(header)}",
        file=name,
        dataset=dataset,
    )


def misnamed(
    name: str, field: str, said: str, header: Sequence[str], option: str = "", whole: str = ""
) -> InputError:
    """The column that the user names for a field isn't there.

    `option` names it, with `said` as a part of what is given as a `whole`; else `--map` does.
    """
    columns = [column for column in header if column.strip()][:_GUESSED_FROM]
    likeness = {
        column: SequenceMatcher(None, folded(column), folded(said)).ratio() for column in columns
    }
    near = max(columns, key=likeness.__getitem__, default=None)
    column = quoted(near) if near is not None and likeness[near] >= 0.4 else "COLUMN"
    mend = f"--map {field}={column}"
    if option:
        found = near if column != "COLUMN" and near is not None else "COLUMN"
        mend = f"{option} {quoted(whole.replace(said, found))}"
    return InputError(
        f"{name}: no column named {said!r} for {field}",
        mend=f"{mend}; the file has: {_listed(header)}",
    )


def _listed(header: Sequence[str]) -> str:
    columns = [column for column in header if column.strip()]
    more = f", and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return ", ".join(columns[:_SHOWN]) + more


def _suggestion(
    field: Field, header: Sequence[str], profiles: Profiles | None, used: Collection[int]
) -> int | None:
    """The column that a field may be meant to be, or None: better none than an absurd one."""
    free = [
        at for at, column in enumerate(header[:_GUESSED_FROM]) if column.strip() and at not in used
    ]
    scored = {at: _score(field, header[at], profiles[at] if profiles else None) for at in free}
    best = max(free, key=lambda at: (scored[at], -at), default=None)
    return best if best is not None and scored[best] > 0 else None


def _score(field: Field, column: str, profile: Column | None) -> float:
    """How likely a column is meant for a field; 0 for not at all."""
    spelled = max(
        (SequenceMatcher(None, bare(column), folded(name)).ratio() for name in field.names),
        default=0.0,
    )
    like = spelled if spelled >= 0.7 else 0.0
    said, has = words(column), set(words(column))
    match field.type:
        case Type.MONEY:
            if has & _NO_AMOUNT or any(part in column for part in _NO_AMOUNT_PARTS):
                return 0.0
            if profile and (profile.numeric < 0.9 or profile.dated >= 0.5):
                return 0.0
            known = bool(has & _AMOUNT_WORDS) or any(part in column for part in _AMOUNT_PARTS)
            decimals = 0.5 if profile and profile.whole < 1 else 0.0
            return (1.0 + like + decimals) if known or like else 0.0
        case Type.TIME:
            if has & _NO_TIME or any(part in column for part in _NO_TIME_PARTS):
                return 0.0
            if profile and profile.dated < 0.9:
                return 0.0
            return (0.5 if profile else 0.0) + like + bool(has & _TIME_WORDS)
        case Type.ID:
            if has & _NO_USER or (profile and (profile.dated >= 0.5 or not profile.filled)):
                return 0.0
            if profile and profile.numeric > 0.9 and profile.whole < 1:
                return 0.0
            known = speaks_of_users(column)
            return (1.0 + like) if known and said and field.name == "user_id" else like
        case _:
            return like
