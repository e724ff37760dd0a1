"""Forecasts: what each buyer is expected to buy and be worth.

p_alive : probability
    That the user hasn't left for good, given when and how often they bought.
expected_orders : purchase days
    Purchases expected in the `horizon` days after as_of. By BG/NBD, MBG/NBD or Pareto/NBD,
    fitted by maximum likelihood over everyone; from x = purchase days - 1, t_x = days from the
    first purchase to the last, T = days from the first purchase to as_of.
expected_spend : money
    Expected worth of a purchase day, by Gamma-Gamma from the mean worth of repeat purchases; empty
    where that model can't be fitted. It takes spend not to depend on frequency: where Spearman's rank
    correlation of the two is .3 or more either way, a note says so.
clv : money
    What the user is expected to bring in the `horizon` days after as_of: purchases, discounted
    at the annual rate, times expected spend, times the margin.
clv_low, clv_high : money
    Holds what the user will bring with the probability `level`: the user's own luck, in whether
    she is still there, how often she buys and for how much. The parameters are taken as
    known: their error is small beside it.

Sources: Fader, Hardie and Lee 2005 (BG/NBD); Batislam, Denizel and Filiztekin 2007 (MBG/NBD);
Schmittlein, Morrison and Colombo 1987 (Pareto/NBD); Fader and Hardie 2013 (Gamma-Gamma).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers.params import LtvParams
from userops.stats.models import gamma_gamma
from userops.stats.models.catalogue import MODELS
from userops.stats.models.fit import Fit
from userops.stats.models.histories import Histories, distinct_histories, distinct_keys
from userops.stats.models.horizon import Horizon
from userops.stats.models.purchase import PurchaseModel
from userops.stats.models.special import Floats, Integers
from userops.stats.models.uncertainty import Prediction, predict
from userops.stats.models.user_interval import value_quantiles

Flags = NDArray[np.bool_]
NAMES = {"mbg-nbd": "MBG/NBD", "bg-nbd": "BG/NBD", "pareto-nbd": "Pareto/NBD"}
UNITS = {"day": 1, "week": 7}
_YEAR = 365.0
# From this rank correlation on, spend is said to depend on frequency.
_DEPENDS = 0.3


def horizon_of(params: LtvParams) -> Horizon:
    """The horizon in the model's unit of time, discounted."""
    unit = UNITS[params.time_unit]
    return Horizon.of(params.horizon / unit, annual_rate=params.discount_rate, year=_YEAR / unit)


@dataclass(frozen=True)
class History:
    """What the models see of each buyer, in the rows' order.

    `x, t_x, T` as in `models.histories`, in `unit` days; `m` is the mean worth of repeat
    purchases in whole units of the currency, 0 where refunds outweigh them; `days` how long
    the shop has been watched.
    """

    x: Integers
    t_x: Floats
    T: Floats
    m: Floats
    unit: str
    days: int

    @classmethod
    def of(cls, buyers: pl.DataFrame, as_of: int, unit: str, places: int) -> Self:
        """Of buyers as `BUYERS` gives them, as of a day."""
        first, last = (
            buyers[name].to_numpy().astype(np.int64) for name in ("first_day", "last_day")
        )
        x = buyers["days"].to_numpy().astype(np.int64) - 1
        repeat_amount = (buyers["amount"] - buyers["first_amount"]).to_numpy().astype(np.float64)
        m = np.maximum(np.where(x > 0, repeat_amount / np.maximum(x, 1), 0.0), 0.0) / 10.0**places
        unit_days = float(UNITS[unit])
        days = as_of - int(first.min()) + 1 if len(first) else 0
        return cls(x, (last - first) / unit_days, (as_of - first) / unit_days, m, unit, days)

    @cached_property
    def distinct(self) -> tuple[Histories, Integers]:
        """Distinct histories, and for each user the row."""
        return distinct_histories(self.x, self.t_x, self.T)

    @property
    def repeat(self) -> Flags:
        """Rows whose spend the Gamma-Gamma model can learn from."""
        return (self.x > 0) & (self.m > 0)


def check_enough(history: History, params: LtvParams) -> None:
    """Refuse what a fit would only pretend to know.

    Raises:
        InputError: too few buyers, days, or repeat purchases; says which.
    """
    lacking = []
    if len(history.x) < params.min_users:
        lacking.append(
            Note(
                "{count:buyer|buyers} of {needed:,}", count=len(history.x), needed=params.min_users
            )
        )
    if history.days < params.min_days:
        lacking.append(
            Note("{count:day|days} of {needed:,}", count=history.days, needed=params.min_days)
        )
    if not (history.x >= 2).any():
        lacking.append(Note("no buyer with 3 or more purchase days"))
    if lacking:
        raise InputError(
            Note("too few data: {lacking}", lacking=tuple(lacking)),
            mend="--show summary gives what was observed; more orders make a fit possible",
        )


@dataclass(frozen=True)
class Forecast:
    """Fitted models and the buyers they were fitted to.

    `spend` is None where there's no telling what a purchase will be worth; `of_fit` says why.
    """

    history: History
    model: PurchaseModel
    purchases: Fit
    spend: Fit | None
    of_fit: tuple[Note, ...] = ()

    def p_alive(self) -> Floats:
        """P(alive) per user."""
        rows, rows_of_users = self.history.distinct
        return self.model.p_alive(self.purchases.estimates, rows.x, rows.t_x, rows.T)[rows_of_users]

    def expected_orders(self, horizon: Horizon | float) -> Floats:
        """Expected purchases per user, discounted if the horizon says so."""
        rows, rows_of_users = self.history.distinct
        return self.model.expectation_over(rows, horizon)(self.purchases.estimates)[rows_of_users]

    def expected_spend(self) -> Floats | None:
        """Expected worth of a purchase per user, in whole units of the currency."""
        if self.spend is None:
            return None
        return gamma_gamma.expected_spend(self.spend.estimates, self.history.x, self.history.m)

    def value_interval(self, horizon: Horizon, level: float) -> tuple[Floats, Floats] | None:
        """(low, high) of what each user will spend."""
        if self.spend is None:
            return None
        tail = (1.0 - level) / 2.0
        quantiles = value_quantiles(
            self.model, self.purchases.estimates, self.spend.estimates, *self.history.distinct,
            m=self.history.m, horizon=horizon, levels=(tail, 1.0 - tail),
        )  # fmt: skip
        return quantiles[:, 0], quantiles[:, 1]

    def group_totals(self, codes: Integers, in_all: Flags, horizon: Horizon) -> Prediction | None:
        """Expected spend of all users of each group 0, 1, ..., then of all, with its error.

        `in_all` says by group whether its users are among all. Expected spend is linear in m, so
        users of one history and group count as one.
        """
        if self.spend is None:
            return None
        h, groups = self.history, len(in_all)
        rows, rows_of_users = self.history.distinct
        keys, key_rows = distinct_keys(rows_of_users * groups + codes, len(rows.x) * groups)
        users = np.bincount(key_rows).astype(np.float64)
        mean = np.bincount(key_rows, weights=h.m) / users
        history_rows, group = np.divmod(keys, groups)

        estimates = np.array(self.purchases.estimates)
        expected = self.model.expectation_over(rows, horizon)
        fitted_expectation = expected(estimates)

        def totals(purchases: Floats, spend: Floats) -> Floats:
            bought = (
                fitted_expectation if np.array_equal(purchases, estimates) else expected(purchases)
            )
            revenue = (
                bought[history_rows]
                * gamma_gamma.expected_spend(spend, rows.x[history_rows], mean)
                * users
            )
            sums = np.bincount(group, weights=revenue, minlength=groups)
            return np.append(sums, sums[in_all].sum())

        return predict(totals, self.purchases, self.spend)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What to say of the fit, and of spend that isn't as the model has it."""
        if self.spend is None:
            return self.of_fit
        repeat = self.history.repeat
        rho = spearman(self.history.x[repeat], self.history.m[repeat])
        if abs(rho) < _DEPENDS:
            return self.of_fit
        depends = Note(
            "spend depends on frequency (Spearman {rho:.2f}), and Gamma-Gamma takes it not to: "
            "values of frequent buyers are too {bent}, of others the reverse",
            rho=rho,
            bent=Note("low") if rho > 0 else Note("high"),
        )
        return (*self.of_fit, depends)

    @cached_property
    def name(self) -> str:
        """The purchase model as papers write it."""
        return NAMES[self.model.name]


def fit(history: History, model: str, params: LtvParams) -> Forecast:
    """Fit a purchase model, and the spend model where spend allows it.

    Raises:
        InputError: there's too little to fit, or the fit didn't converge.
    """
    check_enough(history, params)
    purchase_model = MODELS[model]
    purchases = purchase_model.fit_to(history.distinct[0], time_unit=history.unit)
    if not purchases.converged or not np.isfinite(purchases.log_covariance).all():
        raise InputError(
            Note("the {model} model doesn't converge on these orders", model=NAMES[model]),
            mend="try another --model; --show summary gives what was observed",
        )
    spend, notes = _spend(history)
    if purchases.fixed:
        border = Note(
            "no sign that users leave for good in these orders: {model} reduces to the NBD",
            model=NAMES[model],
        )
        notes = [border, *notes]
    return Forecast(history, purchase_model, purchases, spend, tuple(notes))


def _spend(history: History) -> tuple[Fit | None, list[Note]]:
    """The spend model if there can be one, and what to say about it."""
    repeat = history.repeat
    notes = []
    without_spend = int((history.x > 0).sum() - repeat.sum())
    if without_spend:
        notes.append(
            Note(
                "{count:repeat buyer has|repeat buyers have} no net repeat spend (refunds): left out of the spend model",
                count=without_spend,
            )
        )
    if repeat.sum() < 3:
        return None, [*notes, _FEW]
    x, m = history.x[repeat], history.m[repeat]
    fit_ = gamma_gamma.fit(x, m)
    if not fit_.converged or not np.isfinite(fit_.log_covariance).all():
        return None, [*notes, _ADRIFT]
    if fit_.estimates[1] <= 1.0:
        return None, [*notes, _WILD]
    return fit_, notes


_FEW = Note("too few paid repeat purchases for a spend model: no values in money")
_ADRIFT = Note(
    "the spend model doesn't converge (spend hardly differs between users, or not as Gamma-Gamma "
    "has it): no values in money"
)
_WILD = Note("spend varies so much that it has no mean: no values in money")


def spearman(x: Integers, m: Floats) -> float:
    """Spearman's rank correlation, equal values sharing their mean rank; 0 where one is constant."""
    ranks = [pl.Series(values).rank("average").to_numpy() for values in (x, m)]
    if any(rank.min() == rank.max() for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def caveats(forecast: Forecast, params: LtvParams) -> list[Note]:
    """What a reader of the predictions should know."""
    days_seen = forecast.history.days
    if params.horizon > days_seen:
        return [
            Note(
                "the horizon of {horizon:day|days} is longer than the {watched:day|days} of data: "
                "predictions that far ahead are untested",
                horizon=params.horizon,
                watched=days_seen,
            )
        ]
    return []
