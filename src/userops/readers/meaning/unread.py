"""Columns that nobody reads whose names say that they'd matter: always said, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from userops.core.messages import Note
from userops.core.shell import quoted
from userops.readers.meaning.evidence import Evidence
from userops.readers.meaning.headers import bare, words
from userops.readers.meaning.profile import Column


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a column may be: by words of its name, and what it then would change."""

    field: str
    words: frozenset[str]
    parts: tuple[str, ...]  # of names written without spaces
    numeric: bool | None = None  # whether its values must be numbers, or mustn't


_REFUND = _Kind(
    "refund",
    frozenset(
        {
            *(
                "refund",
                "refunds",
                "refunded",
                "returned",
                "remboursement",
                "rembourse",
                "erstattung",
            ),
            *("reembolso", "rimborso", "retour", "pengembalian", "reembolsado", "terugbetaald"),
        }
    ),
    ("退款", "退货", "返金", "환불", "已退"),
    numeric=True,
)
_STATUS = _Kind(
    "status",
    frozenset({"status", "statut", "stato", "durum"}),
    ("状态", "ステータス", "상태", "สถานะ"),
    numeric=False,
)
_NUMBER = _Kind(
    "order_id",
    frozenset({"order", "invoice", "transaction", "receipt", "bestellung", "commande", "pedido"}),
    ("订单", "单号", "编号", "交易号", "流水号", "注文番号", "주문번호"),
)
_DISCOUNT = _Kind(
    "discount",
    frozenset({"discount", "discounts", "remise", "rabatt", "descuento", "desconto", "sconto"}),
    ("折扣", "优惠金额", "割引", "할인"),
    numeric=True,
)
# Words of an order's number beside one of `_NUMBER`.
_IDS = frozenset({"id", "no", "nr", "number", "ref", "reference", "num", "code", "numero"})


def note_unread(evidence: Evidence) -> None:
    """Say which columns nobody reads that look as if they'd change the numbers."""
    said = list(_said(evidence))
    told = "order_id" in evidence.taken or evidence.options.order_id
    if not told and not any(kind is _NUMBER for kind, _ in said):
        evidence.notes.append(
            Note("{file}: no order number: each row counts as an order", file=evidence.name)
        )
    if said:
        sentences = tuple(_sentence(kind, column.name) for kind, column in said)
        kind, column = said[0]
        mend = ""
        if kind.field != "discount":
            mend = Note("; --map {field}={column} reads it", field=kind.field, column=quoted(column.name))  # fmt: skip
        evidence.notes.append(
            Note("{file}: {sentences}{mend}", file=evidence.name, sentences=sentences, mend=mend)
        )


def _sentence(kind: _Kind, column: str) -> Note:
    """What a column looks like, and what that means for the numbers."""
    match kind.field:
        case "refund":
            return Note("{column!r} looks like refunds, but isn't subtracted", column=column)
        case "status":
            return Note(
                "{column!r} looks like a status, but isn't used: all rows count as valid",
                column=column,
            )
        case "order_id":
            return Note(
                "{column!r} looks like an order number, but isn't used: each row counts as an order",
                column=column,
            )
        case _:
            return Note("{column!r} isn't subtracted", column=column)


def _said(evidence: Evidence) -> Iterator[tuple[_Kind, Column]]:
    """One column at most of each kind that nobody reads."""
    taken = evidence.taken
    # What a coupon took off is read, and no amount is less for it.
    read = {one.position for one in taken.values() if one.field != "discount"}
    read |= {at for one in taken.values() for _, at in one.blank}
    passed = {name for one in taken.values() for name in one.passed_over}
    kinds = [kind for kind in (_REFUND, _STATUS) if kind.field not in taken]
    if "order_id" not in taken and not evidence.options.order_id:
        kinds.append(_NUMBER)
    if evidence.maker is not None:
        kinds = [kind for kind in kinds if kind is _REFUND]
    elif evidence.options.amount is None:
        kinds.append(_DISCOUNT)
    for kind in kinds:
        for at, column in enumerate(evidence.header[:200]):
            if at not in read and column not in passed and _is(kind, column):
                profile = evidence.profiles[at]
                if _supports(kind, profile):
                    yield kind, profile
                    break


def _is(kind: _Kind, column: str) -> bool:
    has, spelled = set(words(column)), bare(column)
    if any(part in spelled for part in kind.parts):
        return kind is not _NUMBER or ("金额" not in spelled and "时间" not in spelled)
    if kind is _NUMBER:
        return bool(has & kind.words and has & _IDS)
    return bool(has & kind.words)


def _supports(kind: _Kind, profile: Column) -> bool:
    """Whether values could be of the kind, and say something."""
    if not profile.filled or profile.dated >= 0.5:
        return False
    if kind.numeric:
        numbers = profile.numbers.drop_nulls()
        return profile.numeric >= 0.9 and bool((numbers != 0).any())
    if kind.numeric is False:
        return profile.numeric < 0.5 and profile.distinct < 1
    return True
