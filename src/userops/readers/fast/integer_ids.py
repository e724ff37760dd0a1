"""Users' ids of a prefix and digits, or of digits alone, as integers and back.

Grouping by an integer takes two thirds of what grouping by a text takes. Where all ids have as
many digits, numbers sort as the ids do; where some have more, what lists users is sorted anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from userops.engines.reductions import MOST_DIGITS, IdNames, Reduction
from userops.readers.exports import Export
from userops.readers.values import text as text_values

T = TypeVar("T")
_TELEPHONE = 11  # digits

# Letters first: what's masked or was rounded by a spreadsheet is no such id.
_ID = re.compile(rf"([^\W\d_]*[-_]?)([0-9]{{1,{MOST_DIGITS}}})")


@dataclass(frozen=True, slots=True)
class IdForm:
    """The form that some ids have: `prefix`, then `digits` of them, or, if they `vary`, up to so many.

    An id has it if its `number` isn't null and it's no stray; whoever leaves out one of both
    questions has to have them asked elsewhere. Ids of a `whole` column are numbers by type.
    """

    prefix: str
    digits: int
    vary: bool = False

    @property
    def dtype(self) -> type[pl.DataType]:
        """The smallest type that holds all such numbers, and the next one."""
        return pl.UInt32 if 10**self.digits < 2**32 else pl.UInt64

    def sorts(self, numbers: pl.Series) -> bool:
        """Whether such numbers sort as the ids do."""
        return not self.vary or len(str(numbers.min())) == len(str(numbers.max()))

    def number(self, ids: pl.Expr, *, whole: bool = False) -> pl.Expr:
        """Ids as UInt64; null for some of another form."""
        text = ids.str.slice(len(self.prefix)) if self.prefix and not whole else ids
        return text.cast(pl.UInt64, strict=False)

    def strays(self, ids: pl.Expr, *, whole: bool = False) -> pl.Expr:
        """Whether an id has another form, as far as `number` doesn't tell; null for none."""
        if whole:
            many: pl.Expr = ids >= 10**self.digits
            return many
        # Comparing takes less than looking for the prefix, and then for a digit: in UTF-8 the
        # colon is what comes after 9. A plus would be read as a part of a number.
        first, after = f"{self.prefix}0", f"{self.prefix}:"
        shortest = len(self.prefix.encode()) + 1
        length = ids.str.len_bytes()
        if self.vary:  # without zeros in front, which numbers don't keep
            odd = (length >= shortest + self.digits) | (
                (ids < f"{self.prefix}1") & (length > shortest)
            )
        else:
            odd = length != shortest - 1 + self.digits
        return (ids < first) | (ids >= after) | odd

    def is_other(
        self, ids: pl.Expr, *, whole: bool = False, number: pl.Expr | None = None
    ) -> pl.Expr:
        """Whether an id has another form; `number` is its own where that's there already."""
        number = self.number(ids, whole=whole) if number is None else number
        odd = number.is_null() | self.strays(ids, whole=whole)
        return odd & ids.is_not_null()

    def numbers_of(self, ids: Iterable[str]) -> list[int]:
        """The numbers of those of some ids that have the form, in whichever case."""
        prefix = self.prefix.casefold()
        rests = (one[len(prefix) :] for one in map(str.casefold, ids) if one.startswith(prefix))
        return sorted({int(one) for one in rests if re.fullmatch(r"[0-9]{1,18}", one)})

    def text(self, numbers: pl.Expr) -> pl.Expr:
        """The ids that have such numbers."""
        if self.vary:
            return pl.concat_str(pl.lit(self.prefix), numbers.cast(pl.String))
        # A one in front keeps zeros.
        digits: pl.Expr = (numbers + 10**self.digits).cast(pl.String).str.slice(1)
        return pl.concat_str(pl.lit(self.prefix), digits)

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with users' ids as they are, if it has any; its rows stay where they are."""
        if "user_id" not in frame.columns:
            return frame
        return frame.with_columns(self.text(pl.col("user_id")).alias("user_id"))


def number_of(name: str) -> str:
    """What the column is called that has the number of an id."""
    return f"number of {name}"


def unclean(sample: pl.Series, number: pl.Expr | None = None) -> pl.Expr:
    """Whether an id, of a column that begins like this, may be one to be cleaned or refused.

    `number` is that of an id which has the form, where it's there already.
    """
    if sample.dtype != pl.String:
        return pl.lit(False)
    column = pl.col(sample.name)
    # Of a form, which takes less to see, none is.
    form = form_of(sample)
    odd: pl.Expr = (
        form.is_other(column, number=number)
        if form
        else column.str.contains(text_values.unclean_ids())
    )
    return odd.fill_null(False)


def named(reduction: Reduction, frame: pl.DataFrame, form: IdNames | None) -> pl.DataFrame:
    """A reduction's result with users' ids as they are, unless it names nobody."""
    if form is None or not reduction.names_users or "user_id" not in frame.columns:
        return frame
    with_ids = form.named(frame)
    return (
        with_ids if form.sorts(frame["user_id"]) else with_ids.sort("user_id", maintain_order=True)
    )


class OtherIdFormError(Exception):
    """A pass met an id of another form than those of the first rows."""


def with_integer_ids(
    exports: Sequence[Export],
    reductions: Sequence[Reduction],
    attempt: Callable[[IdForm | None], T],
) -> T:
    """What an attempt gives with integers for ids, if all have one form; else with ids as they are.

    Args:
        exports: where the ids are.
        reductions: all must take integers of so many digits.
        attempt: is given the form; raises OtherIdFormError where some id has another one.
    """
    digits = min((one.id_digits for one in reductions), default=MOST_DIGITS)
    form = _form_of_all(exports, digits) if digits else None
    if form is not None:
        with suppress(OtherIdFormError):
            return attempt(form)
    return attempt(None)


def _form_of_all(exports: Sequence[Export], digits: int) -> IdForm | None:
    """The form of all users' ids, of at most so many digits, by the first rows of each export."""
    if any("user_id" not in export.sample for export in exports):
        return None
    return form_of_all([export.sample["user_id"] for export in exports], digits)


def form_of_all(samples: Sequence[pl.Series], digits: int) -> IdForm | None:
    """The form of at most so many digits that all ids of some samples have, if they have one."""
    forms = {form_of(sample) for sample in samples}
    if len(forms) == 1 and (form := forms.pop()) and not _counts_up(form, samples):
        return form if form.digits <= digits else None
    prefixes = {_prefix(sample) for sample in samples}
    prefix = prefixes.pop()
    if prefixes or prefix is None:
        return None
    form = IdForm(prefix, digits, vary=True)
    for sample in samples:
        other = form.is_other(pl.col(sample.name), whole=sample.dtype.is_integer())
        if sample.has_nulls() or sample.to_frame().select(other.any()).item():
            return None
    return form


def _counts_up(form: IdForm, samples: Sequence[pl.Series]) -> bool:
    """Whether ids further down may have more digits: bare numbers too short for a telephone's."""
    bare = not form.prefix and form.digits < _TELEPHONE
    return bare and not any(sample.str.starts_with("0").any() for sample in samples)


def _prefix(sample: pl.Series) -> str | None:
    """What stands before the digits of the first id; None where that isn't of the form."""
    if sample.is_empty() or sample.has_nulls():
        return None
    if sample.dtype.is_integer():
        return ""
    match = _ID.fullmatch(sample[0]) if sample.dtype == pl.String else None
    return match[1] if match else None


def form_of(sample: pl.Series) -> IdForm | None:
    """The form that all ids of a sample have, if they have one."""
    if sample.dtype != pl.String or sample.is_empty() or sample.has_nulls():
        return None
    match = _ID.fullmatch(sample[0])
    if match is None:
        return None
    form = IdForm(match[1], len(match[2]))
    other = form.is_other(pl.col(sample.name))
    return None if sample.to_frame().select(other.any()).item() else form
