"""What an export of orders means: its columns' claims held to what its values say, questions asked."""

from __future__ import annotations

from userops.core.errors import InputError, UsageError
from userops.datasets.orders import UNSURE_STATUSES, known_statuses
from userops.readers.meaning.evidence import Evidence
from userops.readers.meaning.headers import bare, folded
from userops.readers.meaning.identity import settle_user
from userops.readers.meaning.missing import misnamed
from userops.readers.meaning.profile import Column
from userops.readers.meaning.questions import ask
from userops.readers.meaning.refunds import settle_refunds
from userops.readers.meaning.taken import Taken
from userops.readers.meaning.unit_prices import check_maker_totals, settle_amount
from userops.readers.meaning.unread import note_unread
from userops.readers.meaning.values import ask_about_values

# An id so long loses its last digits in a spreadsheet, which keeps 15.
_ROUNDED = r"^\d{15}0+$"
_LONG = r"^\d{16,}$"
_MEANT = 10
_EACH_ROW = "none"
FILE = "file"


def settle(evidence: Evidence) -> None:
    """Settle what an export's columns mean, in place.

    Raises:
        InputError: something can't be told, each such thing named with the option that tells it.
        UsageError: an option names what can't be.
    """
    _drop_unsure_status(evidence)
    if evidence.options.amount:
        _take_amount(evidence, evidence.options.amount)
    if evidence.options.order_id:
        _take_order_id(evidence, evidence.options.order_id)
    for name in ("order_id", "user_id"):
        profile = evidence.of(name)
        if profile is not None and not evidence.taken[name].joined:
            _check_rounded(evidence, name, profile)
    check_maker_totals(evidence)
    settle_user(evidence)
    settle_amount(evidence)
    settle_refunds(evidence)
    note_unread(evidence)
    if evidence.questions:
        ask_about_values(evidence)
    ask(evidence.name, evidence.questions)


def _take_amount(evidence: Evidence, said: str) -> None:
    """The amount that the user names: a column, or two of them multiplied."""
    places = {folded(column): at for at, column in reversed(list(enumerate(evidence.header)))}
    parts = [said] if folded(said) in places else [part.strip() for part in said.split("*")]
    if len(parts) > 2 or not all(parts):
        raise UsageError(
            f"--amount {said}: neither a column nor two of them multiplied",
            mend="--amount Total, or --amount 'Quantity * Price'",
        )
    for part in parts:
        if folded(part) not in places:
            raise misnamed(evidence.name, "amount", part, evidence.header, "--amount", said)
    *times, price = (places[folded(part)] for part in parts)
    if times and evidence.profiles[times[0]].whole < 1 <= evidence.profiles[price].whole:
        times, price = [price], times[0]  # what is counted is whole; prices have decimals
    factor = (evidence.header[times[0]], times[0]) if times else None
    evidence.change("amount", Taken("amount", evidence.header[price], price, "map", times=factor))
    if times:
        evidence.totals = "lines"


def _take_order_id(evidence: Evidence, said: str) -> None:
    """The order's number that the user names: a column, several together, or none."""
    if said.strip().casefold() == _EACH_ROW:
        evidence.change("order_id", None)
        return
    places = {folded(column): at for at, column in reversed(list(enumerate(evidence.header)))}
    parts = [said] if folded(said) in places else [part.strip() for part in said.split("+")]
    at = []
    for part in parts:
        if folded(part) in places:
            at.append((evidence.header[places[folded(part)]], places[folded(part)]))
        elif folded(part) == FILE and len(parts) > 1:
            at.append((FILE, -1))
        else:
            raise misnamed(evidence.name, "order_id", part, evidence.header, "--order-id", said)
    columns = [one for one in at if one[1] >= 0]
    if not columns:
        raise UsageError(f"--order-id {said}: no column", mend="--order-id 'Store + Number'")
    first = columns[0]
    joined = tuple(one for one in at if one is not first)
    evidence.change("order_id", Taken("order_id", *first, "map", joined=joined))


def _drop_unsure_status(evidence: Evidence) -> None:
    """A column like `state` is a status only if its words are."""
    taken, profile = evidence.taken.get("status"), evidence.of("status")
    if taken is None or profile is None or taken.why != "name":
        return
    if bare(taken.column) not in set(map(folded, UNSURE_STATUSES)):
        return
    known = {*known_statuses(), *evidence.options.statuses}
    if not any(word.casefold() in known for word in profile.texts.drop_nulls().unique()):
        evidence.change("status", None)


def _check_rounded(evidence: Evidence, field: str, profile: Column) -> None:
    """Long ids that all end in zeros behind their 15th digit have been through a spreadsheet."""
    texts = profile.texts
    long = texts.str.contains(_LONG)
    rounded = texts.str.contains(_ROUNDED)
    rows = int(long.sum())
    several = texts.filter(rounded.fill_null(False))
    # Numbers rounder than that are meant so.
    digits = max((len(number.rstrip("0")) for number in several), default=0)
    if rows < 3 or int(rounded.sum()) < rows or several.n_unique() < 2 or digits < _MEANT:
        return
    raise InputError(
        f"{evidence.name}: {profile.name!r} holds {several[0]}: all {rows:,} long ids end in zeros, "
        "as after a spreadsheet, which keeps 15 digits: ids that differed are one now",
        mend=f"export it again and don't save it from a spreadsheet, or name another column with "
        f"--map {field}=COLUMN"
        + ("; --order-id none takes each row for an order" * (field == "order_id")),
    )
