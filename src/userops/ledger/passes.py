"""Customers and their orders over time: put together from what passes over the orders give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from userops.engines.reductions import FromKeys, IdNames, Ids, Query, Reduction

if TYPE_CHECKING:
    import polars as pl

    from userops.core.dates import Window
    from userops.core.facts import Facts
    from userops.core.periods import Period
    from userops.ledger.large_users import LargeUsers
    from userops.ledger.spend_by_period import Spending
    from userops.ledger.timeline import Timeline

# NumPy, which not every analysis needs, comes with the modules that functions import.

T = TypeVar("T")


class OrderPasses(ABC):
    """Orders that reductions run over.

    Where integers stood for users' ids in the last pass, `_id_names` knows the ids.
    """

    _id_names: IdNames | None = None
    # The folder to which tables with a row a user go from where the users are, on an engine that writes.
    users_to: str | None = None

    @property
    def users_written(self) -> int:
        """How many users were written there."""
        return 0

    def large_users(
        self, as_of: int | None = None, *, gaps: bool = False
    ) -> tuple[LargeUsers, Facts]:
        """Customers that stay where they are, to be written to `users_to`; and the facts.

        With `gaps` it's known how long each waited before the last purchase day.

        Raises:
            InputError: the exports can't be used.
        """
        raise NotImplementedError

    @property
    def id_names(self) -> IdNames | None:
        """Of integers that stood for users' ids in the last pass the ids; None where these stood themselves."""
        return self._id_names

    @abstractmethod
    def reduce(
        self, reductions: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders, and some over line items, in one pass."""

    def timeline(
        self,
        customers: Query,
        keys: Query,
        more: Sequence[Query] = (),
        as_of: int | None = None,
        *,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """Customers and their orders in the order of time, by one pass; what `more` gives; the facts.

        Args:
            customers: gives `user_id, first_day, last_day` of who bought, and maybe more.
            keys: `timeline.SORT_KEYS`, or `SORT_KEYS_WITH_AMOUNTS`.
            more: other reductions.
            as_of: the last day that counts.
            lines: reductions over line items.
            named: whether the customers are to have their ids, not what stands for them.
            lined: whether the orders themselves are asked for; else they may be left out, where
                the customers don't come from them.

        Raises:
            InputError: the exports can't be used.
        """
        from userops.ledger import timeline

        reduction, sort_keys = Reduction.of(customers), Reduction.of(keys)
        from_keys = _from_keys(reduction, sort_keys)
        asked: list[Query] = [
            (reduction.on(Ids.OWN) if from_keys else reduction).unnamed(),
            sort_keys if lined else sort_keys.on(Ids.INTEGERS),
            *more,
        ]
        (frame, key_frame, *rest), facts = self.reduce(asked, as_of, lines)
        names = self._id_names  # of this pass; another one sets it anew

        def again(*reductions: Query) -> list[pl.DataFrame]:
            # Ids that stand as they are in the customers must do so here, too.
            alike = [Reduction.of(one).unnamed() if names else one for one in reductions]
            return self.reduce(alike, as_of)[0]

        integer_ids = "id_key" in key_frame
        line = timeline.EMPTY
        if integer_ids and from_keys:
            from_keys_alone = _of_keys(key_frame, facts.window, from_keys, lined=lined)
            if from_keys_alone is None:  # too many days for sort keys
                frame, days = again(customers, timeline.ORDER_DAYS)
                from_keys_alone = frame, timeline.from_rows(frame, days)
            frame, line = from_keys_alone
        elif integer_ids or lined:
            line = timeline.build(frame, key_frame, lambda: again(timeline.ORDER_DAYS)[0])
        if names and not names.sorts(frame["user_id"]):
            frame, line = line.placed(frame, names.named(frame)["user_id"].arg_sort())
        return names.named(frame) if names and named else frame, line, rest, facts

    def spending(
        self,
        period: Period,
        more: Sequence[Query] = (),
        as_of: int | None = None,
        *,
        week_start: str = "monday",
        named: bool = True,
    ) -> tuple[pl.DataFrame, Spending, list[pl.DataFrame], Facts]:
        """Customers and what they bought in each period; see `timeline`."""
        from userops.ledger import spend_by_period
        from userops.ledger.customers import ORDERS_BY_PERIOD

        asked, make = (period, week_start, as_of), spend_by_period.spending_of
        result, rest, facts = self._by_period(spend_by_period.SPEND_BY_PERIOD, make, *asked, more)
        if result is None:
            result, _, _ = self._by_period(ORDERS_BY_PERIOD, make, *asked)
            assert result is not None
        customers, spent = result
        return self._named(customers, named=named), spent, rest, facts

    def _by_period(
        self,
        reduction: Reduction,
        make: Callable[[pl.DataFrame, Window, Period, str], T],
        period: Period,
        week_start: str,
        as_of: int | None,
        more: Sequence[Query] = (),
    ) -> tuple[T, list[pl.DataFrame], Facts]:
        """What is made of a reduction by period; what `more` gives in the same pass; the facts."""
        asked = reduction.given(period=period, week_start=week_start).unnamed()
        (frame, *rest), facts = self.reduce([asked, *more], as_of)
        return make(frame, facts.window, period, week_start), rest, facts

    def _named(self, customers: pl.DataFrame, *, named: bool) -> pl.DataFrame:
        """Customers of the last pass with their ids, if those are wanted."""
        return self._id_names.named(customers) if self._id_names and named else customers


def _from_keys(customers: Reduction, keys: Reduction) -> FromKeys | None:
    """How the sort keys that are asked for give the customers, if they do."""
    from userops.ledger import timeline

    from_keys = customers.from_keys
    if from_keys is None:
        return None
    needed = timeline.SORT_KEYS_WITH_AMOUNTS if from_keys.amounts else timeline.SORT_KEYS
    return from_keys if keys == needed else None


def _of_keys(
    keys: pl.DataFrame, window: Window, from_keys: FromKeys, *, lined: bool
) -> tuple[pl.DataFrame, Timeline] | None:
    """Customers, and their timeline or none, from sort keys alone; None where they can't tell."""
    from userops.ledger import timeline

    if not lined and from_keys.amounts:
        customers = timeline.customers_from_id_keys(keys, window, from_keys.finish)
        return None if customers is None else (customers, timeline.EMPTY)
    both = timeline.from_id_keys(keys, window)
    if both is None or from_keys.finish is None:
        return both
    return from_keys.finish(*both), both[1]
