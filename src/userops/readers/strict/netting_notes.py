"""What netting assumed, in sentences."""

from __future__ import annotations

from userops.core.messages import Note
from userops.readers.strict.clashes import notes_of
from userops.readers.strict.netting import Netted


def netting_notes(netted: Netted) -> list[Note]:
    """What netting assumed."""
    notes = notes_of(netted.clashes)
    if netted.totals:
        what = Note("the line's own")
        if netted.totals == "order":
            what = Note("the order's total, repeated")
        notes.append(
            Note("several rows per order: an amount is {what}; --totals overrides it", what=what)
        )
    if netted.equal_rows.rows:
        notes.append(
            Note(
                "{count:row is|rows are} equal throughout to an earlier row of the same order: added up, as more "
                "of the same article; if they're copies, remove them, or give the exports that were joined "
                "one by one (an order in several counts once)",
                count=netted.equal_rows.rows,
            )
        )
    if netted.replaced:
        notes.append(
            Note(
                "{count:order differs|orders differ} between exports; the later export's content counts",
                count=netted.replaced,
            )
        )
    if netted.partly:
        notes.append(
            Note(
                "{count:order counts|orders count}, net, whose status says refunded: only a part was given back",
                count=netted.partly,
            )
        )
    if netted.told_twice:
        notes.append(
            Note(
                "{count:refund is|refunds are} told twice, in the order's own row and as rows of their "
                "own: netted once",
                count=netted.told_twice,
            )
        )
    if netted.loose_refunds:
        notes.append(
            Note(
                "{count:refund without its order was netted from its user's|refunds without their order were netted from their user's} spend",
                count=netted.loose_refunds,
            )
        )
    return notes
